from __future__ import annotations

import resource
import socket
from pathlib import Path

import pytest

from kiosk.gatekeeper.watchdog import PATIENCE_S, Watchdog, notify
from sim.clock import SimClock


def test_nobody_is_stuck_at_the_start() -> None:
    assert Watchdog(["loop", "door"], SimClock().mono).stuck() == []


def test_a_part_without_progress_is_named_after_a_while_and_no_other() -> None:
    clock = SimClock()
    watchdog = Watchdog(["loop", "thermal", "door"], clock.mono)
    clock.sleep(PATIENCE_S)
    watchdog.progressed("loop")
    assert watchdog.stuck() == []
    clock.sleep(0.1)
    assert watchdog.stuck() == ["door", "thermal"]
    watchdog.progressed("door")
    assert watchdog.stuck() == ["thermal"]


def test_a_part_that_goes_on_is_stuck_no_more() -> None:
    clock = SimClock()
    watchdog = Watchdog(["loop"], clock.mono)
    clock.sleep(60.0)
    assert watchdog.stuck() == ["loop"]
    watchdog.progressed("loop")
    assert watchdog.stuck() == []


def test_all_have_begun_once_each_part_has_made_progress() -> None:
    watchdog = Watchdog(["loop", "door"], SimClock().mono)
    assert not watchdog.all_have_begun
    watchdog.progressed("loop")
    watchdog.progressed("loop")
    assert not watchdog.all_have_begun
    watchdog.progressed("door")
    assert watchdog.all_have_begun


def test_the_service_manager_is_told_where_there_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        notify("READY=1")
        assert manager.recv(100) == b"READY=1"


def test_an_abstract_address_is_understood(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind("")  # the kernel chooses an abstract address
        monkeypatch.setenv("NOTIFY_SOCKET", "@" + manager.getsockname()[1:].decode())
        notify("WATCHDOG=1")
        assert manager.recv(100) == b"WATCHDOG=1"


@pytest.mark.parametrize("address", ["", "/nowhere/at/all"])
def test_without_a_manager_nothing_happens(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    notify("READY=1")


def test_a_process_without_a_descriptor_to_spare_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, limits[1]))
    try:
        notify("WATCHDOG=1")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def test_a_manager_that_does_not_listen_holds_nobody_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        for _ in range(1000):  # far more than the queue takes
            notify("WATCHDOG=1")
        assert manager.recv(100) == b"WATCHDOG=1"
