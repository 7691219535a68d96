"""Threads and sockets around the real parts, over simulated pins and no other device."""

from __future__ import annotations

import os
import pwd
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from drivers.camera import open_camera
from drivers.i2c import open_i2c
from kiosk.clock import SystemClock
from kiosk.config import Site, parse
from kiosk.core.commands import Record, ReleaseGate
from kiosk.gatekeeper import process
from kiosk.gatekeeper.backends import Backends
from kiosk.gatekeeper.pollers import CameraPoller
from kiosk.gatekeeper.process import SCREEN_USER, UPLINK_USER, _Process
from kiosk.gatekeeper.thermal import ThermalPoller
from kiosk.journal.reader import JournalReader
from sim.pins import BoardPinFactory, Pins
from tests.gatekeeper.rig import GATE_PIN, LAMP_PIN, site_tree
from tests.processes import wait_until

PATIENCE_S = 10.0


class Board(Pins):
    """`broken` pins raise what no driver expects."""

    def __init__(self) -> None:
        super().__init__(SystemClock().mono, lambda _pin: False)
        self.broken: set[int] = set()

    def write(self, pin: int, level: bool) -> None:
        if pin in self.broken:
            raise ZeroDivisionError
        super().write(pin, level)


class Run:
    """A gatekeeper on a thread of its own, from READY to its end."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.process = _Process(site, site.site.state_dir / "site.toml")
        self.status: int | BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="gatekeeper")

    def start(self) -> Run:
        self._thread.start()
        wait_until(self.site.uplink_socket.exists, PATIENCE_S, "the sockets are there")
        return self

    def stop(self) -> None:
        self.process._stop()

    def ended(self) -> int | BaseException | None:
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive()
        return self.status

    def _gate_is_open(self) -> bool:
        relays = self.process._gatekeeper.gate._relays.values()
        return bool(relays) and all(relay._device is not None for relay in relays)

    def _run(self) -> None:
        try:
            self.status = self.process.run()
        except ZeroDivisionError as error:
            self.status = error

    def energise(self) -> None:
        wait_until(self._gate_is_open, PATIENCE_S, "the gate is open")
        for output in ("gate", "lamp"):
            self.process._gatekeeper.loop._do(ReleaseGate(1, output, 9.0))


@pytest.fixture
def board(monkeypatch: pytest.MonkeyPatch) -> Board:
    board = Board()
    backends = Backends(open_i2c, open_camera, lambda _name: BoardPinFactory(board))
    monkeypatch.setattr(process, "SYSTEM", backends)
    monkeypatch.setattr(process, "on_stop_signals", lambda _stop: None)  # for the main thread only
    monkeypatch.setattr(process, "on_reload_signal", lambda _reload: None)
    return board


@pytest.fixture
def begin(tmp_path: Path, board: Board) -> Iterator[Callable[[], Run]]:
    tree = site_tree(tmp_path, thermal={"bus": "/dev/null"})
    tree["readers"] = [{"id": "gate-camera", "kind": "camera", "device": "/dev/null"}]
    before = set(threading.enumerate())
    runs: list[Run] = []

    def make() -> Run:
        site = parse(tree, tmp_path / "site.toml")
        site.site.runtime_dir.mkdir()
        runs.append(Run(site))
        return runs[-1]

    yield make
    for run in runs:
        run.stop()
        run.ended()
        assert set(threading.enumerate()) == before
        assert list(run.site.site.runtime_dir.iterdir()) == []


def a_record(run: Run) -> Record:
    return Record(1, run.process._gatekeeper.clock.instant(), "kiosk.test", {})


def entries_on_disk(site: Site) -> int:
    with JournalReader(site.journal_path) as journal:
        return len([entry for entry in journal.entries(0, journal.size) if entry.type == "kiosk.test"])


def test_told_to_stop_it_brings_every_relay_to_rest_and_ends_well(
    begin: Callable[[], Run], board: Board
) -> None:
    run = begin().start()
    run.energise()
    assert board.level(GATE_PIN)
    run.stop()
    assert run.ended() == 0
    assert not board.level(GATE_PIN)
    assert not board.level(LAMP_PIN)


def test_records_are_on_disk_before_anybody_waits_for_a_poller_that_hangs(
    begin: Callable[[], Run], board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    hanging, go_on = threading.Event(), threading.Event()

    def hang(_poller: CameraPoller) -> None:
        hanging.set()
        assert go_on.wait(PATIENCE_S)

    monkeypatch.setattr(CameraPoller, "poll_once", hang)
    monkeypatch.setattr(_Process, "_write_journal", lambda run: run._stopping.wait())
    run = begin().start()
    assert hanging.wait(PATIENCE_S)
    run.process._gatekeeper.writer.submit(a_record(run))
    run.stop()
    wait_until(lambda: entries_on_disk(run.site) == 1, PATIENCE_S, "the record is on disk")
    assert not go_on.is_set()
    go_on.set()
    assert run.ended() == 0


def test_a_step_of_the_end_that_fails_leaves_no_relay_energised_no_thread_and_no_socket(
    begin: Callable[[], Run], board: Board
) -> None:
    run = begin().start()
    run.energise()
    board.broken.add(GATE_PIN)
    run.process._gatekeeper.writer.submit(a_record(run))
    run.stop()
    assert isinstance(run.ended(), ZeroDivisionError)
    assert not board.level(LAMP_PIN)
    assert entries_on_disk(run.site) == 1


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_poller_that_dies_ends_the_process_with_every_relay_at_rest(
    begin: Callable[[], Run], board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    die = threading.Event()

    def work_for_a_while(_poller: ThermalPoller) -> None:
        if die.is_set():
            raise ZeroDivisionError

    monkeypatch.setattr(ThermalPoller, "poll_once", work_for_a_while)
    run = begin().start()
    run.energise()
    die.set()
    assert run.ended() == 1
    assert not board.level(GATE_PIN)
    assert not board.level(LAMP_PIN)


@pytest.mark.parametrize("user", [SCREEN_USER, UPLINK_USER])
def test_each_socket_lets_in_the_user_of_its_own_process_and_not_the_other_one(
    begin: Callable[[], Run], board: Board, monkeypatch: pytest.MonkeyPatch, user: str
) -> None:
    own = os.geteuid()
    monkeypatch.setattr(pwd, "getpwnam", lambda name: SimpleNamespace(pw_uid=own if name == user else 4711))
    run = begin().start()
    monkeypatch.setattr(os, "geteuid", lambda: 4712)
    is_let_in = {
        SCREEN_USER: answers(run.site.screen_socket, b""),
        UPLINK_USER: answers(run.site.uplink_socket, b'{"op":"status"}\n'),
    }
    assert is_let_in == {name: name == user for name in (SCREEN_USER, UPLINK_USER)}


def answers(path: Path, request: bytes) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(PATIENCE_S)
        client.connect(str(path))
        try:
            client.sendall(request)
            return bool(client.recv(1))
        except OSError:
            return False
