"""Staff hold a door open, or let go of it, under somebody who is granted: a replay knows both."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.core.commands import Record
from kiosk.core.events import DoorClosed, DoorOpened, RecordFailed, StaffAction
from kiosk.core.rules import DoorRules, LaneRules
from tests.core.playbook import rules_with
from tests.core.replay.replaying import Recorded
from tests.core.replay.test_lanes import SIDE_IN, SIDE_OUT, ends, leaves
from tests.core.replay.test_late_records import reaches_the_disk
from tests.core.replay.test_replay import ANOTHER, granted, same

SETTLING = rules_with(door=DoorRules())
TWO = replace(
    SETTLING,
    access_points=(*SETTLING.access_points, SIDE_IN, SIDE_OUT),
    lanes=(LaneRules("side", DoorRules()),),
)


def goes_through(play: Recorded, lane: str = "") -> Recorded:
    play.wait(0.5).happens(DoorOpened(play.now, lane))
    play.wait(1.0).happens(DoorClosed(play.now, lane))
    play.wait(0.5)
    return play


def last_asked(play: Recorded) -> Record:
    return play.asked(Record)[-1]


@pytest.mark.parametrize(("after_s", "end"), [(1.0, "passed"), (8.0, "annulled")])
def test_a_hold_that_begins_under_somebody_leaves_him_the_time_of_his_pulse(after_s: float, end: str) -> None:
    play = granted(Recorded(SETTLING))
    play.wait(1.0)
    play.acts(StaffAction.HOLD_OPEN).wait(after_s)
    goes_through(play)
    assert ends(play) == [end]
    same(play)


@pytest.mark.parametrize("passes", [True, False])
def test_a_hold_that_ends_under_somebody_gives_him_a_pulse_of_his_own(passes: bool) -> None:
    play = Recorded(SETTLING).acts(StaffAction.HOLD_OPEN)
    granted(play).wait(3.0)
    play.acts(StaffAction.RELEASE).wait(3.0)
    if passes:
        goes_through(play)
    play.wait(9.0)
    assert ends(play) == ["passed" if passes else "annulled"]
    same(play)


@pytest.mark.parametrize("end", [StaffAction.RELEASE, StaffAction.LOCK_DOWN])
def test_whoever_went_through_while_it_was_held_has_passed_however_it_ends(end: StaffAction) -> None:
    play = granted(Recorded(SETTLING))
    play.wait(0.5)
    play.acts(StaffAction.HOLD_OPEN)
    goes_through(play).acts(end).wait(9.0)
    assert ends(play) == ["passed"]
    same(play)


def test_a_door_that_shuts_as_the_hold_ends_is_shut_after_it() -> None:
    """Its contact has still to settle then."""
    play = Recorded(SETTLING).acts(StaffAction.HOLD_OPEN)
    play.happens(DoorOpened(play.now)).wait(1.0)
    granted(play).wait(0.5)
    play.happens(DoorClosed(play.now)).passes(0.01)
    play.acts(StaffAction.RELEASE).wait(9.0)
    assert ends(play) == ["passed"]
    same(play)


def test_a_hold_in_the_millisecond_of_a_grant_came_before_it_or_after() -> None:
    before = granted(Recorded(SETTLING).acts(StaffAction.HOLD_OPEN))
    after = granted(Recorded(SETTLING)).acts(StaffAction.HOLD_OPEN)
    before.wait(9.0)
    after.wait(9.0)
    assert [ends(before), ends(after)] == [["passed"], ["annulled"]]
    same(before)
    same(after)


def test_an_evacuation_opens_when_its_record_is_on_disk_and_not_before() -> None:
    play = granted(Recorded(SETTLING))
    play.journal_works = False
    play.acts(StaffAction.EVACUATE)
    opens = last_asked(play)
    play.wait(1.0)
    play.journal_works = True
    reaches_the_disk(play, opens)
    play.wait(9.0)
    assert ends(play) == ["annulled"]
    same(play)


def test_an_evacuation_that_is_over_before_its_record_was_there_has_opened_nothing() -> None:
    play = Recorded(SETTLING)
    play.journal_works = False
    play.acts(StaffAction.EVACUATE)
    opens = last_asked(play)
    play.journal_works = True
    play.wait(0.1)
    play.acts(StaffAction.RELEASE)
    reaches_the_disk(play, opens)
    granted(play)
    goes_through(play).wait(9.0)
    assert ends(play) == ["passed"]
    same(play)


def test_letting_go_of_one_door_lets_go_of_all() -> None:
    play = Recorded(TWO)
    play.acts(StaffAction.HOLD_OPEN).wait(0.1)
    play.acts(StaffAction.HOLD_OPEN, lane="side").wait(0.1)
    granted(play)
    leaves(play, 1).wait(2.0)
    play.acts(StaffAction.RELEASE)
    goes_through(play, "side").wait(9.0)
    assert sorted(ends(play)) == ["annulled", "passed"]
    same(play)


def test_a_lost_record_of_a_hold_held_nothing() -> None:
    play = granted(Recorded(SETTLING))
    play.journal_works = False
    play.acts(StaffAction.HOLD_OPEN)
    lost = last_asked(play)
    play.happens(RecordFailed(play.now, lost.record_id, "disk full"))
    play.journal_works = True
    goes_through(play).wait(9.0)
    granted(play, ANOTHER).wait(9.0)
    assert ends(play) == ["passed", "annulled"]
    same(play)
