"""Whatever is wrong: a sentence that names the file, key or device and what to do, and never a traceback."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from threading import Timer

import pytest

from calibration.__main__ import main as calibrate
from hub.__main__ import main as hub
from kiosk import wire
from kiosk.__main__ import main
from tests.cli.sites import write_site
from tests.sentences import GARBAGE, sentence

EXAMPLE = Path(__file__).resolve().parents[1] / "systemd/site.example.toml"
SITE_COMMANDS = ("run", "gatekeeper", "screen", "uplink", "gate-safe")
PATIENCE_S = 20.0


Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts `kiosk`; what still runs after the test, or after `PATIENCE_S`, is killed."""
    with ExitStack() as ended:

        def begin(*arguments: str | Path, **environment: str) -> subprocess.Popen[str]:
            kept = {
                name: text for name, text in os.environ.items() if "DISPLAY" not in name and "QT_" not in name
            }
            process = ended.enter_context(
                subprocess.Popen(
                    [sys.executable, "-m", "kiosk", *map(str, arguments)],
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    text=True,
                    env=kept | environment,
                )
            )
            ended.callback(process.kill)
            timer = Timer(PATIENCE_S, process.kill)
            timer.start()
            ended.callback(timer.cancel)
            return process

        yield begin


# -- gatekeeper


def test_a_site_file_in_a_real_process_is_one_sentence_and_status_2(start: Start, tmp_path: Path) -> None:
    process = start("gatekeeper", "--site", tmp_path)
    out, err = process.communicate()
    assert (process.returncode, out) == (2, "")
    assert sentence(err) == f"{tmp_path}: cannot be read: Is a directory. Name the site file with --site.\n"


def read_until_said(process: subprocess.Popen[str], names: set[str]) -> str:
    """The lines on standard error up to the one with which every one of `names` has been said not to work."""
    assert process.stderr is not None
    lines: list[str] = []
    while not all(f"gatekeeper: fault: {name};" in "".join(lines) for name in names):
        lines.append(process.stderr.readline())
        assert lines[-1], "".join(lines)
    return "".join(lines)


def faults_shown(path: Path) -> set[str]:
    """What the screen that connects now is told."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(PATIENCE_S)
        connection.connect(str(path))
        message = wire.decode(connection.makefile("rb").readline())
    assert isinstance(message, wire.ViewMessage)
    return set(message.view.faults)


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.parametrize("damage", ["nothing", "journal.db", "trust/generations/1-1-1-1.json"])
def test_gatekeeper_starts_without_its_devices_says_which_and_ends_within_a_second(
    damage: str, start: Start, tmp_path: Path
) -> None:
    site = write_site(tmp_path)
    wanted = {"entrance", "thermal", "gate", "door", "calibration", "keys"}
    if damage != "nothing":
        garbage(tmp_path / "state" / damage)
        wanted |= {"journal_epoch"} if damage == "journal.db" else set()
    process = start("gatekeeper", "--site", site)
    said = read_until_said(process, wanted)
    assert faults_shown(tmp_path / "run/screen.sock") == wanted
    began = time.monotonic()
    process.terminate()
    _, rest = process.communicate()
    assert time.monotonic() - began < 1.0
    assert process.returncode == 0
    assert "Traceback" not in said + rest


def a_file(path: Path) -> None:
    path.write_bytes(b"")


def garbage(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(GARBAGE)
    path.chmod(0o600)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("place", "spoil", "said"),
    [
        ("state", a_file, "correct site.state_dir"),
        ("run", a_file, "or site.runtime_dir"),
        ("state/device.key", garbage, "is not an Ed25519 key in PEM"),
    ],
)
def test_gatekeeper_that_cannot_start_names_the_place_and_exits_2(
    place: str, spoil: Callable[[Path], None], said: str, start: Start, tmp_path: Path
) -> None:
    spoil(tmp_path / place)
    process = start("gatekeeper", "--site", write_site(tmp_path))
    _, err = process.communicate()
    assert process.returncode == 2
    assert str(tmp_path / place) in sentence(err)
    assert said in err


@pytest.mark.slow
def test_a_second_gatekeeper_is_told_that_the_first_one_runs(start: Start, tmp_path: Path) -> None:
    site = write_site(tmp_path)
    first = start("gatekeeper", "--site", site)
    read_until_said(first, {"keys"})
    second = start("gatekeeper", "--site", site)
    _, err = second.communicate()
    first.terminate()
    first.communicate()
    assert second.returncode == 2
    assert "another process serves this socket; end it first" in err
    assert "Traceback" not in err


# -- the other processes


@pytest.mark.slow
@pytest.mark.alone
def test_uplink_without_hub_and_gatekeeper_goes_on(start: Start, tmp_path: Path) -> None:
    process = start("uplink", "--site", write_site(tmp_path))
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(1.5)
    process.terminate()
    _, err = process.communicate()
    assert process.returncode == 0
    assert "Traceback" not in err


@pytest.mark.slow
@pytest.mark.parametrize("environment", [{}, {"DISPLAY": ":4711"}, {"QT_QPA_PLATFORM": "nosuch"}])
def test_screen_without_a_display_is_one_sentence(
    environment: dict[str, str], start: Start, tmp_path: Path
) -> None:
    process = start("screen", "--site", write_site(tmp_path), **environment)
    _, err = process.communicate()
    assert process.returncode == 2
    assert "--headless" in sentence(err)
    assert all(value in err for value in environment.values())


def test_gate_safe_without_its_pins_names_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gate-safe", "--site", str(write_site(tmp_path))]) == 1
    assert "there is no pin factory 'no-such-factory'; known are" in sentence(capsys.readouterr().err)


@pytest.mark.parametrize("action", ["verify", "show"])
def test_journal_names_a_damaged_file(
    action: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "journal.db").write_bytes(GARBAGE)
    assert main(["journal", action, "--state", str(tmp_path)]) == 2
    said = sentence(capsys.readouterr().err)
    assert f"{tmp_path}/journal.db: is damaged or not a journal; keep the file" in said


def test_trust_refuses_a_root_that_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = tmp_path / "root.json"
    root.write_bytes(GARBAGE)
    assert main(["trust", "--state", str(tmp_path), "--root", str(root)]) == 1
    assert f"{root}: the pinned root is not" in sentence(capsys.readouterr().err)


def test_verify_answers_every_line_of_garbage() -> None:
    process = subprocess.run(
        [sys.executable, "-m", "kiosk", "verify"],
        input=GARBAGE + b"\n" + b"[" * 100_000 + b"\n{}\n\n\xff\n",
        capture_output=True,
        check=False,
        timeout=30,
    )
    assert (process.returncode, process.stderr) == (0, b"")
    answers = [json.loads(line) for line in process.stdout.splitlines()]
    assert len(answers) >= 4
    assert all(answer["outcome"] == "refuse" and answer["detail"] for answer in answers)


# -- kiosk-hub, kiosk-calibrate


def test_a_port_in_use_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert hub(["serve", "--state", str(tmp_path), "--port", str(port)]) == 2
    said = sentence(capsys.readouterr().err)
    assert f"can't listen on 127.0.0.1 port {port}: Address already in use; choose another --port" in said


def test_a_hub_whose_folder_is_a_file_names_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a_file(tmp_path / "hub")
    assert hub(["serve", "--state", str(tmp_path / "hub"), "--port", "0"]) == 2
    assert f"{tmp_path}/hub" in sentence(capsys.readouterr().err)


@pytest.mark.parametrize("bus", ["/dev/i2c-99", "nosuch:1", "nosuch"])
def test_calibrating_without_a_sensor_names_the_bus(
    bus: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--set-point", "32", "--set-point", "38", "--out", str(tmp_path / "record.json")]
    assert calibrate(["blackbody", "--bus", bus, *options]) == 2
    assert bus in sentence(capsys.readouterr().err)


@pytest.mark.parametrize("command", [hub, calibrate])
def test_their_commands_must_be_given(command: Callable[[list[str]], int]) -> None:
    with pytest.raises(SystemExit) as ended:
        command([])
    assert ended.value.code == 2
