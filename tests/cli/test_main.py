from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from kiosk import __main__ as command
from kiosk.__main__ import COMMANDS, main
from kiosk.cli.missing_library import explain
from tests.cli.sites import write_site


def test_without_a_command_it_lists_them_and_exits_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    said = capsys.readouterr().err
    assert all(f"  {name} " in said for name in [*COMMANDS, "sim"])


def test_an_unknown_command_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["frobnicate"]) == 2
    assert capsys.readouterr().err.startswith("kiosk: there is no command 'frobnicate'.\n")


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_goes_to_standard_output(flag: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([flag]) == 0
    captured = capsys.readouterr()
    assert "doctor" in captured.out
    assert captured.err == ""


def test_it_tells_its_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("kiosk 0.")


@pytest.mark.parametrize("name", [*COMMANDS, "sim"])
def test_every_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([name, "--help"])
    assert ended.value.code == 0
    assert f"kiosk {name}" in capsys.readouterr().out


@pytest.mark.parametrize("name", COMMANDS)
def test_an_unknown_option_is_named_and_exits_2(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([name, "--frobnicate"])
    assert ended.value.code == 2
    assert "frobnicate" in capsys.readouterr().err or name in ("journal", "staff", "trust")


def test_a_library_that_is_missing_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def import_module(name: str) -> object:
        raise ImportError("libEGL.so.1: cannot open shared object file: No such file or directory")

    monkeypatch.setattr(command, "import_module", import_module)
    assert main(["screen"]) == 2
    said = "kiosk screen: the system library libEGL.so.1 is missing; run: apt-get install libegl1.\n"
    assert capsys.readouterr().err == said


def test_screen_without_qt_is_one_sentence(tmp_path: object) -> None:
    program = (
        "import sys; sys.modules['PySide6'] = None\n"
        "from kiosk.__main__ import main\n"
        "from kiosk.cli import screen\n"
        "screen.load_or_explain = lambda path: object()\n"
        "sys.exit(main(['screen']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=30
    )
    assert done.returncode == 2
    assert done.stderr.startswith("kiosk screen: the Python package PySide6 is missing; install")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("error", "what", "remedy"),
    [
        (ImportError("Unable to find zbar shared library"), "zbar", "libzbar0"),
        (ImportError("libGL.so.1: cannot open shared object file: No such file"), "libGL.so.1", "libgl1"),
        (
            ImportError("libodd.so.3: cannot open shared object file: No such file"),
            "libodd.so.3",
            "make setup",
        ),
        (ModuleNotFoundError("No module named 'apsw'", name="apsw"), "apsw is missing", "make setup"),
        (ImportError("cannot import name 'x'", name="rich"), "rich cannot be loaded", "make setup"),
    ],
)
def test_a_failed_import_says_what_to_install(error: ImportError, what: str, remedy: str) -> None:
    text, to_do = explain(error)
    assert what in text
    assert remedy in to_do


def test_a_reader_that_goes_away_ends_it_without_a_word() -> None:
    writer = subprocess.Popen(
        [sys.executable, "-m", "kiosk", "verify"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert writer.stdout is not None
    assert writer.stdin is not None
    writer.stdin.write(b"{}\n")
    writer.stdin.flush()
    assert writer.stdout.readline().startswith(b"{")
    writer.stdout.close()
    _, said = writer.communicate(b"{}\n" * 10, timeout=30)
    assert (writer.returncode, said) == (141, b"")


def test_a_screen_for_a_lane_that_there_is_not_is_refused_by_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["screen", "--site", str(write_site(tmp_path)), "--lane", "aus"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("kiosk screen: the site file has no lane 'aus'; ")
    assert said.count("\n") == 1
