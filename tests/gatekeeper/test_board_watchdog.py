"""What the gatekeeper does with the board's watchdog: the driver over a simulated board."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.watchdog import HardwareWatchdog
from kiosk.core import passage as entries
from kiosk.core.events import DeviceFaulted, DeviceRecovered, Event
from kiosk.gatekeeper.board_watchdog import RETRY_S, BoardWatchdog
from kiosk.gatekeeper.clock import TrustedClock
from kiosk.terms import Outcome
from sim.clock import SimClock
from sim.watchdog import kernel_of
from tests.board import BoardBench
from tests.gatekeeper.rig import Rig


class Bench(BoardBench):
    watchdog: BoardWatchdog

    def __init__(self, *, longest_s: int = 3600) -> None:
        super().__init__(longest_s=longest_s)
        self.events: list[Event] = []
        self.watchdog = BoardWatchdog(self._make, TrustedClock(self.clock), self.events.append)

    def _make(self) -> HardwareWatchdog:
        return HardwareWatchdog("/dev/watchdog0", 30, kernel_of(self.board))

    def feed_for(self, seconds: int) -> None:
        for _ in range(seconds):
            self.watchdog.feed()
            self.board.poll_once()
            self.clock.sleep(1.0)

    def wait(self, seconds: float) -> None:
        self.board.poll_once()
        self.clock.sleep(seconds)
        self.board.poll_once()

    @property
    def details(self) -> list[str]:
        return [event.detail for event in self.events if isinstance(event, DeviceFaulted)]


@pytest.fixture
def bench() -> Iterator[Bench]:
    with Bench() as bench:
        yield bench


def test_the_first_feed_arms_it_and_the_next_ones_feed_it(bench: Bench) -> None:
    assert not bench.board.is_armed
    bench.feed_for(100)
    assert bench.board.resets == []
    assert bench.events == []
    assert bench.board.is_held


def test_without_feeds_the_board_is_reset(bench: Bench) -> None:
    bench.feed_for(1)
    bench.wait(30.0)
    assert len(bench.board.resets) == 1


def test_an_orderly_end_disarms_it(bench: Bench) -> None:
    bench.feed_for(1)
    bench.watchdog.disarm()
    bench.watchdog.close()
    bench.wait(60.0)
    assert bench.board.resets == []


def test_any_other_end_leaves_it_armed_for_the_next_gatekeeper(bench: Bench) -> None:
    bench.feed_for(1)
    bench.watchdog.close()
    bench.wait(20.0)
    assert bench.board.is_armed
    bench.feed_for(30)
    assert bench.board.resets == []


def test_one_that_is_held_is_one_fault_and_is_tried_again_every_ten_seconds(bench: Bench) -> None:
    other = HardwareWatchdog("/dev/watchdog0", 30, kernel_of(bench.board))
    other.open()
    opened = len(bench.board.feeds)
    bench.feed_for(25)
    assert len(bench.details) == 1
    assert "held by another program" in bench.details[0]
    assert len(bench.board.feeds) == opened
    other.disarm()
    bench.feed_for(int(RETRY_S))
    assert bench.board.is_held
    assert [type(event) for event in bench.events] == [DeviceFaulted, DeviceRecovered]
    assert all(event.device == "watchdog" for event in bench.events if isinstance(event, DeviceFaulted))


def test_one_that_fails_later_is_said_and_opened_again(bench: Bench) -> None:
    bench.feed_for(1)
    bench.wait(30.0)  # the simulated board has let it go; on a real one nobody would be left to see it
    bench.feed_for(1)
    assert "takes nothing" in bench.details[0]
    bench.feed_for(int(RETRY_S) + 1)
    assert bench.board.is_held
    assert isinstance(bench.events[-1], DeviceRecovered)


def test_one_that_does_not_answer_is_let_go_and_said(bench: Bench) -> None:
    bench.board.breaks_with = errno.EIO
    bench.feed_for(1)
    assert "does not answer as one" in bench.details[0]
    assert not bench.board.is_held


def test_one_that_cannot_wait_so_long_is_said_once_and_fed_all_the_same() -> None:
    with Bench(longest_s=15) as bench:
        bench.feed_for(60)
        assert bench.board.resets == []
        assert len(bench.board.feeds) >= 60
        assert len(bench.details) == 1
        assert "can't wait 30 s, and resets the board after 15 s" in bench.details[0]
        bench.watchdog.disarm()


def test_one_that_cannot_be_disarmed_is_said_and_the_end_goes_on(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    bench.feed_for(1)
    bench.wait(30.0)
    bench.watchdog.disarm()
    assert "gatekeeper: watchdog: /dev/watchdog0 takes nothing" in capsys.readouterr().err


def test_a_site_without_one_has_none() -> None:
    watchdog = BoardWatchdog(None, TrustedClock(SimClock()), lambda _event: None)
    watchdog.feed()
    watchdog.disarm()
    watchdog.close()


def test_one_that_cannot_be_had_is_told_everywhere_and_decides_about_nobody(tmp_path: Path) -> None:
    rig = Rig(
        tmp_path,
        gate={"hardware_watchdog": "/dev/watchdog77"},
        rules={"heartbeat_s": 60.0},
    )
    rig.start()
    rig.kiosk.board_watchdog.feed()
    rig.run(61.0)
    assert rig.faults() == ["watchdog"]
    assert rig.visit("green_well").passed
    rig.visit("red")
    rig.stop()
    assert rig.result.outcome is Outcome.DENY
    (faulted,) = rig.entries(entries.DEVICE_FAULTED)
    assert faulted.data["device"] == "watchdog"
    assert "/dev/watchdog77 is not there" in faulted.data["detail"]
    assert rig.entries(entries.HEARTBEAT)[0].data["faults"] == ["watchdog"]
