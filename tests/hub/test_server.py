"""The real server on loopback."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from hub.__main__ import main
from tests.hub.conftest import NOON
from tests.hub.hubs import new_hub
from tests.processes import wait_until


class Served:
    """A hub in a process of its own."""

    def __init__(self, state: Path, *options: str) -> None:
        read_end, write_end = os.pipe()
        command = [sys.executable, "-m", "hub", "serve", "--state", str(state), "--port", "0", *options]
        self.process = subprocess.Popen(
            [*command, "--ready-fd", str(write_end)],
            pass_fds=[write_end],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        os.close(write_end)
        with os.fdopen(read_end) as ready:
            self.url = ready.read().strip()

    @property
    def port(self) -> int:
        return urlsplit(self.url).port or 0

    def stop(self, number: signal.Signals) -> tuple[float, int, str, str]:
        """Seconds to the end, exit status, standard output and error."""
        start = time.monotonic()
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=10)
        return time.monotonic() - start, self.process.returncode, out, err


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    new_hub(tmp_path / "hub", datetime.now(UTC)).close()
    served = Served(tmp_path / "hub")
    yield served
    if served.process.poll() is None:
        served.process.kill()
        served.process.communicate()


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_within_a_second_whatever_is_open(served: Served, number: signal.Signals) -> None:
    half = http.client.HTTPConnection("127.0.0.1", served.port)
    half.putrequest("POST", "/v1/logs/gate-1/entries")
    half.putheader("Content-Length", "1000")
    half.endheaders(b"{")
    idle = http.client.HTTPConnection("127.0.0.1", served.port)
    idle.request("GET", "/trust/metadata/timestamp.json")
    assert idle.getresponse().read().startswith(b"{")
    seconds, status, out, err = served.stop(number)
    half.close()
    idle.close()
    assert (status, err) == (0, "")
    assert seconds < 1
    assert out.count("\n") == 1
    assert served.url in out
    assert "admin_token" in out


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[Served]:
    new_hub(tmp_path / "hub", datetime.now(UTC)).close()
    served = Served(tmp_path / "hub", "--workers", "2")
    with served.process:  # closes the pipes at the end
        wait_until(lambda: len(children(served.process.pid)) == 2, 10, "two workers")
        yield served
        if served.process.poll() is None:
            served.process.kill()


def children(pid: int) -> set[int]:
    return {int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}


def is_alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def serves(port: int) -> bool:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request("GET", "/trust/metadata/timestamp.json")
        return connection.getresponse().status == 200


@pytest.mark.slow
def test_a_worker_that_dies_is_replaced_and_a_signal_ends_them_all(workers: Served) -> None:
    killed = min(children(workers.process.pid))
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: len(children(workers.process.pid) - {killed}) == 2, 10, "another worker")
    assert serves(workers.port)
    _, status, out, err = workers.stop(signal.SIGTERM)
    assert (status, out.count("\n")) == (0, 1)
    assert f"worker {killed} has ended (signal 9); starting another" in err


@pytest.mark.slow
def test_workers_end_with_their_parent_however_it_dies(workers: Served) -> None:
    assert serves(workers.port)
    orphans = children(workers.process.pid)
    workers.process.kill()
    workers.process.wait()
    wait_until(
        lambda: not any(Path(f"/proc/{pid}").exists() for pid in orphans), 10, "the workers have ended"
    )


@pytest.mark.parametrize("address", ["mysql://there/hub", "hub.db", "postgresql+psycopg2://there/hub"])
def test_a_database_that_is_not_postgresql_is_refused_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], address: str
) -> None:
    assert main(["serve", "--state", str(tmp_path), "--database", address]) == 2
    assert capsys.readouterr().err == (
        "kiosk-hub: the database is an address like postgresql+psycopg://USER@HOST/NAME\n"
    )


def test_a_database_that_does_not_answer_is_said_without_its_password(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new_hub(tmp_path / "hub", NOON).close()
    address = f"postgresql://hub:secret@/hub?host={tmp_path}"
    assert main(["serve", "--state", str(tmp_path / "hub"), "--port", "0", "--database", address]) == 2
    said = capsys.readouterr().err
    assert "can't be opened as the hub's database" in said
    assert said.count("\n") == 1
    assert "secret" not in said


def test_a_port_in_use_is_said_in_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["serve", "--state", str(tmp_path), "--port", str(port)]) == 2
    said = capsys.readouterr().err
    assert f"port {port}: Address already in use" in said
    assert said.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


DAMAGED = [
    "hub_key.pem",
    "issuer_key.pem",
    "admin_token",
    "hub.db",
    "policy.json",
    "revoked.json",
    "signers.json",
    "trust/metadata/1.root.json",
    "trust/metadata/1.targets.json",
    "trust/metadata/1.snapshot.json",
    "trust/metadata/timestamp.json",
]


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_file_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    new_hub(tmp_path / "hub", NOON).close()
    (tmp_path / "hub" / name).write_bytes(b"\x00 damaged " * 100)
    assert main(["serve", "--state", str(tmp_path / "hub"), "--port", "0"]) == 2
    said = capsys.readouterr().err
    assert name in said
    assert said.count("\n") == 1


def test_a_folder_without_a_trust_repository_says_how_to_make_one_and_gets_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve", "--state", str(tmp_path), "--port", "0"]) == 2
    assert "kiosk-hub trust create --state" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_state_folder_that_is_a_file_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    keys = [str(tmp_path / name) for name in "abc"]
    assert main(["trust", "create", "--state", str(tmp_path / "file"), *keys]) == 2
    assert "can't be made a folder" in capsys.readouterr().err
