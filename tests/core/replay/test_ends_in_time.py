"""A grant is over when it was, to what milliseconds keep of it, and a contact has settled when it had."""

from __future__ import annotations

from kiosk.core import passage as entries
from kiosk.core.commands import Record
from kiosk.core.events import DeviceFaulted, DoorClosed, DoorOpened, RecordFailed, StaffSignedIn
from kiosk.core.rules import DoorRules
from kiosk.terms import Reason
from tests.core.playbook import code, rules_with
from tests.core.replay.replaying import Recorded
from tests.core.replay.test_holds import TWO
from tests.core.replay.test_lanes import ends
from tests.core.replay.test_late_records import reaches_the_disk
from tests.core.replay.test_replay import ANOTHER, NEAR, granted, late_answer, same


def loses_the_end(play: Recorded) -> None:
    """What the journal was asked for reaches it, but for the end of the grant, which comes a minute later."""
    asked = [each for each in play.asked(Record) if each not in play.journal]
    for each in [one for one in asked if one.type == entries.DECIDED]:
        reaches_the_disk(play, each)
    for each in [one for one in asked if one.type == entries.PASSED]:
        play.happens(RecordFailed(play.now, each.record_id, "disk full"))
    play.passes(60.0)
    play.journal_works = True
    play.happens(StaffSignedIn(play.now, "07"))
    play.wait(60.0)


def ended_before_it_is_recorded(play: Recorded) -> bool:
    kinds = [each.type for each in play.entries()]
    return kinds.index(entries.PASSED) > kinds.index(entries.DECIDED, kinds.index(entries.DECIDED) + 1)


def test_who_has_passed_is_inside_for_the_other_lane_before_that_could_be_recorded() -> None:
    play = granted(Recorded(TWO))
    play.wait(0.5)
    play.happens(DoorOpened(play.now)).wait(1.0)
    play.journal_works = False
    play.happens(DoorClosed(play.now)).wait(0.1)
    play.scan(code(), "side-camera")
    loses_the_end(play)
    assert ended_before_it_is_recorded(play)
    assert play.recorded(entries.DECIDED)[1].data["reason"] == Reason.ALREADY_INSIDE
    same(play)


def test_who_waited_for_it_begins_after_it_though_both_its_times_are_kept_a_little_too_long() -> None:
    play = Recorded()
    play.journal_works = False
    granted(play).passes(0.0006)
    late_answer(play)
    play.scan(code(cti=ANOTHER)).passes(1.0)
    play.happens(DoorOpened(play.now)).passes(1.0006)
    play.journal_works = False
    play.happens(DoorClosed(play.now)).sample(NEAR, 2)
    play.passes(0.3).sample(NEAR, 2)
    loses_the_end(play)
    (passed,) = play.recorded(entries.PASSED)
    assert (passed.data["recorded_ms"], passed.data["ended"]) == (1, [2001, 0])
    assert ended_before_it_is_recorded(play)
    same(play)


def test_a_door_that_has_just_settled_is_open_when_the_gate_is_lost_in_that_moment() -> None:
    play = granted(Recorded(rules_with(door=DoorRules())))
    play.wait(0.5).happens(DoorOpened(play.now)).wait(DoorRules().debounce_s)
    play.happens(DeviceFaulted(play.now, "gate", "gone"))
    play.wait(0.5).happens(DoorClosed(play.now)).wait(9.0)
    assert ends(play) == ["passed"]
    same(play)
