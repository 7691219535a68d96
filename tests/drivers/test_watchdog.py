"""The driver over a real file descriptor, whose other end is the simulated board."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.errors import DeviceUnavailable
from drivers.watchdog import HardwareWatchdog, Kernel, Standing, open_watchdog, standing_of
from sim.clock import SimClock
from sim.watchdog import SimWatchdog, kernel_of
from tests.board import BoardBench

DEVICE = "/dev/watchdog0"


class Bench(BoardBench):
    """A board and a driver for its watchdog. Time passes as seconds of a board that looks at it each."""

    watchdog: HardwareWatchdog

    def __init__(self) -> None:
        super().__init__()
        self.watchdog = self.another(30)

    def another(self, timeout_s: int) -> HardwareWatchdog:
        return HardwareWatchdog(DEVICE, timeout_s, kernel_of(self.board))

    def pass_time(self, seconds: int) -> None:
        self.board.poll_once()
        for _ in range(seconds):
            self.clock.sleep(1.0)
            self.board.poll_once()


@pytest.fixture
def bench() -> Iterator[Bench]:
    with Bench() as bench:
        yield bench


def test_opening_arms_it_for_the_time_that_was_asked_for(bench: Bench) -> None:
    assert bench.board.feeds == []
    bench.watchdog.open()
    assert bench.board.is_armed
    assert (bench.watchdog.timeout_s, bench.board.timeout_s) == (30, 30)
    assert bench.watchdog.identity == "Broadcom BCM2835 Watchdog timer"
    assert bench.watchdog.complaint is None


def test_a_board_that_is_fed_in_time_runs_on(bench: Bench) -> None:
    bench.watchdog.open()
    for _ in range(10):
        bench.pass_time(29)
        bench.watchdog.feed()
    assert bench.board.resets == []


def test_a_board_that_is_not_fed_is_reset_when_its_time_is_over_and_not_before(bench: Bench) -> None:
    bench.watchdog.open()
    bench.watchdog.feed()
    bench.pass_time(29)
    assert bench.board.resets == []
    bench.pass_time(1)
    assert bench.board.resets == [30.0]


def test_disarmed_it_waits_for_nothing_any_more(bench: Bench) -> None:
    bench.watchdog.open()
    bench.watchdog.disarm()
    bench.pass_time(600)
    assert bench.board.resets == []
    assert not bench.board.is_armed


def test_let_go_it_stays_armed_and_whoever_opens_it_in_time_feeds_on(bench: Bench) -> None:
    bench.watchdog.open()
    bench.watchdog.close()
    bench.pass_time(29)
    assert bench.board.is_armed
    next_one = bench.another(30)
    next_one.open()
    bench.pass_time(29)
    assert bench.board.resets == []
    next_one.close()
    bench.pass_time(30)
    assert len(bench.board.resets) == 1


def test_a_feed_after_a_disarm_that_was_not_followed_by_closing_keeps_it_armed(bench: Bench) -> None:
    """As the kernel has it: only the last word counts."""
    kernel = kernel_of(bench.board)
    descriptor = kernel.open(DEVICE)
    os.write(descriptor, b"V")
    os.write(descriptor, b"\0")
    os.close(descriptor)
    bench.board.take_all()
    assert bench.board.is_armed


def test_one_that_stays_armed_for_ever_resets_the_board_after_an_orderly_end_too() -> None:
    clock = SimClock()
    board = SimWatchdog(clock.mono, stays_armed=True)
    watchdog = HardwareWatchdog(DEVICE, 30, kernel_of(board))
    watchdog.open()
    watchdog.disarm()
    board.take_all()
    clock.sleep(30.0)
    board.poll_once()
    assert board.resets == [30.0]


def test_a_time_that_it_cannot_do_is_said_and_it_is_fed_in_its_own() -> None:
    clock = SimClock()
    board = SimWatchdog(clock.mono, timeout_s=15, longest_s=15)
    watchdog = HardwareWatchdog(DEVICE, 30, kernel_of(board))
    watchdog.open()
    assert watchdog.timeout_s == 15
    assert watchdog.complaint == (
        "watchdog: /dev/watchdog0 (Broadcom BCM2835 Watchdog timer) can't wait 30 s, and resets the board "
        "after 15 s; write gate.hardware_watchdog_s = 15, or update the system."
    )
    watchdog.feed()
    watchdog.disarm()
    board.take_all()
    assert not board.is_armed


def test_one_that_another_program_holds_is_left_to_it_and_named(bench: Bench) -> None:
    bench.watchdog.open()
    with pytest.raises(
        DeviceUnavailable, match=r"held by another program, .* RuntimeWatchdogSec=off"
    ) as caught:
        bench.another(30).open()
    assert caught.value.errno == errno.EBUSY
    assert bench.board.is_held


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (errno.ENOENT, "is not there; turn it on"),
        (errno.ENODEV, "is not there; turn it on"),
        (errno.EACCES, "may not be opened by this user"),
        (errno.EPERM, "may not be opened by this user"),
        (errno.EBUSY, "is held by another program"),
        (errno.EIO, r"cannot be opened \(Input/output error\)"),
    ],
)
def test_why_it_cannot_be_had_is_one_sentence(number: int, sentence: str) -> None:
    def refuse(_path: str) -> int:
        raise OSError(number, os.strerror(number))

    watchdog = HardwareWatchdog(DEVICE, 30, Kernel(refuse, lambda *_: b""))
    with pytest.raises(DeviceUnavailable, match=sentence) as caught:
        watchdog.open()
    assert str(caught.value).startswith("watchdog: /dev/watchdog0 ")
    assert str(caught.value).endswith(".")


def test_a_file_that_is_no_watchdog_is_refused_and_nothing_is_written_to_it(tmp_path: Path) -> None:
    file = tmp_path / "something"
    file.write_bytes(b"precious")
    with pytest.raises(DeviceUnavailable, match="does not answer as one"):
        HardwareWatchdog(str(file), 30).open()
    assert file.read_bytes() == b"precious"


def test_one_that_does_not_answer_is_let_go(bench: Bench) -> None:
    bench.board.breaks_with = errno.EIO
    with pytest.raises(DeviceUnavailable, match=r"does not answer as one \(Input/output error\)"):
        bench.watchdog.open()
    bench.board.take_all()
    assert not bench.board.is_held


def test_one_that_takes_no_feed_any_more_says_so(bench: Bench) -> None:
    bench.watchdog.open()
    bench.pass_time(30)
    with pytest.raises(DeviceUnavailable, match=r"takes nothing \(.*\); restart the board"):
        bench.watchdog.feed()
    with pytest.raises(DeviceUnavailable, match="takes nothing"):
        bench.watchdog.disarm()
    bench.watchdog.disarm()  # let go all the same, and harmless from then on


def test_one_that_is_not_open_takes_no_feed(bench: Bench) -> None:
    with pytest.raises(DeviceUnavailable, match="is not open"):
        bench.watchdog.feed()


@pytest.mark.parametrize("name", ["/dev/watchdog", "/etc/passwd", "wrold:x", "watchdog0", ""])
def test_a_name_that_is_no_watchdog_is_refused(name: str) -> None:
    with pytest.raises(DeviceUnavailable, match="give one such as /dev/watchdog0"):
        open_watchdog(name, 30)


def test_a_name_is_not_opened_before_it_is_told_to() -> None:
    open_watchdog("/dev/watchdog77", 30)
    with pytest.raises(DeviceUnavailable, match="/dev/watchdog77 is not there"):
        open_watchdog("/dev/watchdog77", 30).open()


def test_how_it_stands_is_read_without_opening_it(tmp_path: Path) -> None:
    told = {
        "identity": "Broadcom BCM2835 Watchdog timer\n",
        "timeout": "30\n",
        "state": "active\n",
        "nowayout": "0\n",
    }
    (tmp_path / "watchdog0").mkdir()
    for name, text in told.items():
        (tmp_path / "watchdog0" / name).write_text(text)
    assert standing_of(DEVICE, tmp_path) == Standing("Broadcom BCM2835 Watchdog timer", 30, True, False)
    (tmp_path / "watchdog0/state").write_text("inactive\n")
    (tmp_path / "watchdog0/nowayout").write_text("1\n")
    assert standing_of(DEVICE, tmp_path) == Standing("Broadcom BCM2835 Watchdog timer", 30, False, True)


@pytest.mark.parametrize("name", ["/dev/watchdog9", "/dev/watchdog", "world:/tmp/x"])
def test_of_one_that_the_kernel_does_not_tell_of_nothing_is_said(tmp_path: Path, name: str) -> None:
    assert standing_of(name, tmp_path) is None
