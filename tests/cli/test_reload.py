from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.__main__ import main
from tests.cli.sites import write_site

WAITS = "import signal, sys\nprint('ready', flush=True)\nsys.exit(signal.sigwait({signal.SIGHUP}))"


@pytest.fixture
def waiting() -> Iterator[subprocess.Popen[bytes]]:
    """A process that waits for SIGHUP and ends with its number."""
    held = "import signal; signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})\n"
    process = subprocess.Popen([sys.executable, "-c", held + WAITS], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    yield process
    process.stdout.close()
    process.kill()
    process.wait()


def reload(site: Path, pid: int | str) -> int:
    return main(["reload", "--site", str(site), f"--pid={pid}"])


def test_the_process_is_told_of_a_right_file(waiting: subprocess.Popen[bytes], tmp_path: Path) -> None:
    assert reload(write_site(tmp_path), waiting.pid) == 0
    assert waiting.wait(10.0) == signal.SIGHUP


def test_of_a_wrong_one_it_is_told_as_well_and_so_is_who_asks(
    waiting: subprocess.Popen[bytes], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site = write_site(tmp_path)
    site.write_text(site.read_text(encoding="utf-8") + "\n[weather]\nrain = 3\n", encoding="utf-8")
    assert reload(site, waiting.pid) == 1
    assert waiting.wait(10.0) == signal.SIGHUP
    assert "weather: is not a key of the site file" in capsys.readouterr().err


@pytest.mark.parametrize("pid", ["0", "-1", str(2**22 + 1), str(10**30)])
def test_what_is_no_process_is_named(pid: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert reload(write_site(tmp_path), pid) == 2
    assert pid in capsys.readouterr().err
