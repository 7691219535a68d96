from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.gatekeeper.unix_server import UnixServer, json_requests

PROGRAM = """
import sys
from pathlib import Path
from kiosk.uplink.process import UplinkOptions, main
desk = Path(sys.argv[1])
cache, root = desk.with_name("cache"), desk.with_name("root.json")
sys.exit(main(UplinkOptions(desk, sys.argv[2], cache, root, passing_s=0.0)))
"""


class Gatekeeper:
    """Answers the uplink and notes what it is told of the link."""

    def __init__(self) -> None:
        self.connected: list[object] = []

    def handle(self, request: dict[str, object]) -> dict[str, object]:
        if request["op"] == "link":
            self.connected.append(request["connected"])
        return {"device": "kiosk-7", "size": 0, "acknowledged": 0, "trust": {"root": 0, "timestamp": 0}}


def start(path: Path, url: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", PROGRAM, str(path), url], stderr=subprocess.PIPE)


@pytest.fixture
def silent_hub() -> Iterator[socket.socket]:
    """Takes a connection and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10)
        yield listener


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_within_a_second_in_the_middle_of_a_request(
    tmp_path: Path, silent_hub: socket.socket, number: signal.Signals
) -> None:
    with UnixServer(tmp_path / "u.sock", json_requests(Gatekeeper().handle, max_characters=10_000)):
        process = start(tmp_path / "u.sock", f"http://127.0.0.1:{silent_hub.getsockname()[1]}")
        connection, _ = silent_hub.accept()
        began = time.monotonic()
        process.send_signal(number)
        _, said = process.communicate(timeout=5)
        assert time.monotonic() - began < 1
        connection.close()
    assert (process.returncode, said) == (0, b"")


def test_told_to_end_again_and_again_it_ends_in_order(tmp_path: Path, silent_hub: socket.socket) -> None:
    """As by Ctrl-C, by the supervisor, and by the supervisor's own end."""
    with UnixServer(tmp_path / "u.sock", json_requests(Gatekeeper().handle, max_characters=10_000)):
        process = start(tmp_path / "u.sock", f"http://127.0.0.1:{silent_hub.getsockname()[1]}")
        connection, _ = silent_hub.accept()
        while process.poll() is None:
            process.send_signal(signal.SIGTERM)
            time.sleep(0.0002)
        _, said = process.communicate(timeout=5)
        connection.close()
    assert said == b""
    assert process.returncode in (0, -signal.SIGTERM)  # an interpreter at its end has no handlers any more


def test_without_a_hub_it_says_one_sentence_and_goes_on(tmp_path: Path) -> None:
    gatekeeper = Gatekeeper()
    with UnixServer(tmp_path / "u.sock", json_requests(gatekeeper.handle, max_characters=10_000)):
        process = start(tmp_path / "u.sock", "http://127.0.0.1:1")
        assert process.stderr is not None
        said = process.stderr.readline()
        process.terminate()
        _, rest = process.communicate(timeout=5)
    assert said == b"uplink: The hub cannot be reached; entries are kept until it can.\n"
    assert (process.returncode, rest) == (0, b"")


def test_without_a_gatekeeper_it_says_one_sentence_and_goes_on(tmp_path: Path) -> None:
    process = start(tmp_path / "none.sock", "http://127.0.0.1:1")
    assert process.stderr is not None
    said = process.stderr.readline()
    while said and b"Gatekeeper does not serve" not in said:
        said = process.stderr.readline()
    process.terminate()
    _, rest = process.communicate(timeout=5)
    assert said
    assert b"Traceback" not in said + rest
    assert process.returncode == 0
