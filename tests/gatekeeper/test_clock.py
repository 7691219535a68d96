from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from kiosk.gatekeeper.clock import BUILT, LONGEST_JUMP, TrustedClock
from sim.clock import SimClock

NOON = BUILT + timedelta(days=1, hours=12)


class WallClock(SimClock):
    """A wall clock that can be set, as somebody or an NTP server may do."""

    def __init__(self, begins: datetime = NOON) -> None:
        super().__init__(begins)
        self.set_by = timedelta()

    def utc(self) -> datetime:
        return super().utc() + self.set_by


def trusted(clock: TrustedClock) -> bool:
    return clock.instant().utc_trusted


@pytest.fixture
def wall() -> WallClock:
    return WallClock()


@pytest.fixture
def clock(wall: WallClock) -> TrustedClock:
    return TrustedClock(wall)


def test_an_instant_tells_both_clocks(clock: TrustedClock, wall: WallClock) -> None:
    wall.sleep(2.5)
    at = clock.instant()
    assert (at.mono, at.utc, at.utc_trusted) == (2.5, NOON + timedelta(seconds=2.5), True)
    assert clock.mono() == 2.5


def test_a_clock_that_was_never_set_is_not_trusted() -> None:
    assert not trusted(TrustedClock(WallClock(datetime.fromisoformat("1970-01-01T00:00:00+00:00"))))
    assert not trusted(TrustedClock(WallClock(BUILT - timedelta(seconds=1))))


def test_a_clock_behind_what_is_known_to_have_passed_is_not_trusted_until_it_is_set(wall: WallClock) -> None:
    clock = TrustedClock(wall, floor=NOON + timedelta(hours=1))
    assert not trusted(clock)
    wall.set_by = timedelta(hours=1)
    assert trusted(clock)


def test_the_floor_never_sinks(clock: TrustedClock) -> None:
    clock.raise_floor(NOON)
    clock.raise_floor(BUILT - timedelta(days=400))
    assert clock.floor == NOON
    assert TrustedClock(WallClock(), floor=BUILT - timedelta(days=400)).floor == BUILT


def test_a_clock_that_jumps_far_ahead_is_not_trusted_and_does_not_raise_the_floor(
    clock: TrustedClock, wall: WallClock
) -> None:
    assert trusted(clock)
    wall.set_by = LONGEST_JUMP + timedelta(seconds=1)
    assert not trusted(clock)
    wall.set_by = timedelta()
    assert trusted(clock), "the wrong clock has left nothing behind"


def test_a_small_correction_is_believed(clock: TrustedClock, wall: WallClock) -> None:
    assert trusted(clock)
    wall.set_by = LONGEST_JUMP - timedelta(seconds=1)
    assert trusted(clock)


def test_a_correction_counts_beyond_the_time_that_has_really_passed(
    clock: TrustedClock, wall: WallClock
) -> None:
    assert trusted(clock)
    wall.sleep(3600.0)
    wall.set_by = LONGEST_JUMP
    assert trusted(clock), "an hour has passed on both clocks, and ten minutes were added"


def test_a_receipt_of_the_hub_bears_out_a_jump(clock: TrustedClock, wall: WallClock) -> None:
    assert trusted(clock)
    wall.set_by = timedelta(days=2)
    assert not trusted(clock)
    clock.raise_floor(NOON + timedelta(days=2))
    assert trusted(clock)


class Witness:
    """A time server or a clock chip, that may come later."""

    def __init__(self, says: bool = False) -> None:
        self.says = says

    def __call__(self) -> bool:
        return self.says


def test_a_restart_soon_after_needs_nobody_who_bears_the_clock_out(wall: WallClock) -> None:
    assert trusted(TrustedClock(wall, NOON - LONGEST_JUMP, Witness(False)))


def test_after_a_start_of_the_machine_a_clock_near_the_last_entry_is_not_believed_for_that(
    wall: WallClock,
) -> None:
    """As a Pi without a clock chip comes up after weeks: where it was switched off."""
    clock = TrustedClock(wall, NOON - timedelta(seconds=20), Witness(False), same_boot=False)
    assert not trusted(clock)
    clock.told(NOON + timedelta(days=21))
    assert not trusted(clock), "three weeks behind"
    wall.set_by = timedelta(days=21)
    assert trusted(clock)


def test_a_hub_that_is_a_little_ahead_makes_no_right_clock_wrong(
    clock: TrustedClock, wall: WallClock
) -> None:
    assert trusted(clock)
    clock.told(NOON + timedelta(seconds=40))
    assert trusted(clock)


def test_it_is_said_once_that_the_clock_is_believed(wall: WallClock) -> None:
    said: list[int] = []
    witness = Witness(False)
    clock = TrustedClock(wall, NOON - timedelta(days=1), witness, believed=lambda: said.append(1))
    assert not trusted(clock)
    assert said == []
    witness.says = True
    assert [trusted(clock) for _ in range(3)] == [True] * 3
    assert said == [1]


def test_after_weeks_without_mains_the_clock_needs_a_time_server_or_a_chip(wall: WallClock) -> None:
    weeks_ago = NOON - timedelta(hours=13)
    assert trusted(TrustedClock(wall, weeks_ago, Witness(True)))
    assert not trusted(TrustedClock(wall, weeks_ago, Witness(False)))


def test_a_time_server_that_is_reached_later_puts_it_right(wall: WallClock) -> None:
    witness = Witness()
    wall.set_by = timedelta(days=365)
    clock = TrustedClock(wall, NOON - timedelta(hours=1), witness)
    assert not trusted(clock)
    wall.set_by, witness.says = timedelta(), True
    assert trusted(clock)


def test_a_receipt_bears_the_clock_out_where_nothing_else_does(wall: WallClock) -> None:
    clock = TrustedClock(wall, NOON - timedelta(hours=13), Witness(False))
    assert not trusted(clock)
    clock.raise_floor(NOON - timedelta(seconds=3))
    assert trusted(clock)


def test_a_clock_that_is_a_year_ahead_for_hours_leaves_nothing_behind(wall: WallClock) -> None:
    wall.set_by = timedelta(days=365)
    clock = TrustedClock(wall, NOON - timedelta(minutes=5), Witness(False))
    for _ in range(100):
        wall.sleep(60.0)
        assert not trusted(clock)
    floor = clock.floor
    wall.set_by = timedelta()
    assert floor == NOON - timedelta(minutes=5)
    assert not trusted(clock), "an hour and more has passed, and nobody bears it out yet"
    clock.raise_floor(wall.utc())
    assert trusted(clock)


def test_what_a_wrong_hub_has_said_is_taken_back_by_what_it_says_next(wall: WallClock) -> None:
    for says in (TrustedClock.told, TrustedClock.told_before, TrustedClock.dated):
        clock = TrustedClock(wall)
        says(clock, NOON + timedelta(days=365))
        assert not trusted(clock)
        says(clock, NOON)
        assert trusted(clock)


def test_what_the_hub_says_never_takes_the_floor_below_what_was_lived_through(clock: TrustedClock) -> None:
    clock.raise_floor(NOON)
    clock.told(NOON - timedelta(days=30))
    clock.dated(NOON - timedelta(days=30))
    assert clock.floor == NOON


def test_an_old_timestamp_raises_the_floor_and_bears_nothing_out(wall: WallClock) -> None:
    clock = TrustedClock(wall, NOON - timedelta(days=3), Witness(False), same_boot=False)
    clock.dated(NOON - timedelta(minutes=5))
    assert clock.floor == NOON - timedelta(minutes=6)
    assert not trusted(clock)


def test_once_believed_a_clock_runs_on_without_being_borne_out_again(wall: WallClock) -> None:
    witness = Witness(True)
    clock = TrustedClock(wall, NOON - timedelta(days=1), witness)
    assert trusted(clock)
    witness.says = False
    wall.sleep(30 * 86_400.0)
    assert trusted(clock)
