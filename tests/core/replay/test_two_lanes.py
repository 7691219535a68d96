"""One loop for two lanes: what ends in one decides in the other, in its order and not before."""

from __future__ import annotations

from kiosk.core import passage as entries
from kiosk.core.commands import Record
from kiosk.core.events import DeviceFaulted, DoorClosed, DoorOpened, RecordFailed, StaffAction, Tick
from kiosk.terms import Reason
from tests.core.playbook import WELL, code, reading
from tests.core.replay.replaying import Recorded
from tests.core.replay.test_holds import TWO, goes_through
from tests.core.replay.test_lanes import ends, leaves
from tests.core.replay.test_late_records import reaches_the_disk
from tests.core.replay.test_replay import ANOTHER, granted, same

SIDE = "side-camera"


def reaches_the_disk_alone(play: Recorded, decided: Record, *lost: Record) -> None:
    """The others fail, and the journal works from then on."""
    for each in lost:
        play.happens(RecordFailed(play.now, each.record_id, "disk full"))
    play.journal_works = True
    reaches_the_disk(play, decided)
    play.wait(9.0)


def reasons(play: Recorded) -> list[object]:
    return [each.data["reason"] for each in play.recorded(entries.DECIDED)]


def test_a_code_that_is_shown_beside_a_pulse_which_a_late_loop_has_not_ended_is_shown_already() -> None:
    play = granted(Recorded(TWO))
    play.passes(5.0).happens(Tick(play.now)).passes(0.001).scan(code(), SIDE)
    play.wait(9.0)
    assert reasons(play) == [Reason.GRANTED, Reason.ALREADY_SHOWN]
    assert ends(play) == ["annulled"]
    same(play)


def test_a_code_that_is_shown_while_its_holder_is_seen_to_pass_is_so_until_it_has_settled() -> None:
    play = granted(Recorded(TWO))
    play.wait(0.5)
    play.happens(DoorOpened(play.now)).wait(1.0)
    play.happens(DoorClosed(play.now)).passes(0.01)
    play.scan(code(), SIDE).wait(9.0)
    play.scan(code(), SIDE).wait(9.0)
    assert reasons(play) == [Reason.GRANTED, Reason.ALREADY_SHOWN, Reason.ALREADY_INSIDE]
    same(play)


def test_what_is_overdue_in_one_lane_does_not_end_a_grant_in_the_other() -> None:
    play = granted(Recorded(TWO))
    play.scan(code(cti=ANOTHER), SIDE)
    play.passes(5.0).happens(Tick(play.now))
    play.happens(DoorOpened(play.now)).passes(0.1)
    play.happens(DoorClosed(play.now)).wait(9.0)
    assert reasons(play) == [Reason.GRANTED, Reason.TEMPERATURE_NO_READING]
    assert ends(play) == ["passed"]
    same(play)


def test_two_grants_that_end_in_one_turn_of_the_loop_end_one_after_the_other() -> None:
    """Whoever waits for the first is decided on while the second is still open."""
    play = Recorded(TWO)
    play.acts(StaffAction.HOLD_OPEN).acts(StaffAction.HOLD_OPEN, lane="side").wait(0.1)
    granted(play, ANOTHER).wait(0.1)
    play.scan(code(), SIDE).sample(WELL, 2).wait(0.1)
    play.scan(code())
    play.acts(StaffAction.RELEASE).wait(9.0)
    assert reasons(play) == [Reason.GRANTED, Reason.GRANTED, Reason.ALREADY_SHOWN]
    assert ends(play) == ["annulled", "annulled"]
    same(play)


def test_an_end_whose_entry_had_to_wait_for_the_journal_was_in_its_own_time() -> None:
    play = granted(Recorded(TWO))
    play.wait(0.5)
    play.happens(DoorOpened(play.now)).wait(1.0)
    play.journal_works = False
    play.happens(DoorClosed(play.now)).wait(0.1)
    lost = play.asked(Record)[-1]
    play.happens(RecordFailed(play.now, lost.record_id, "disk full"))
    play.journal_works = True
    play.wait(60.0)
    granted(play, ANOTHER)
    goes_through(play).wait(9.0)
    assert lost.record_id not in [each.record_id for each in play.journal]
    assert ends(play) == ["passed", "passed"]
    same(play)


def test_who_waited_for_an_end_comes_after_it_be_it_that_its_entry_was_lost_at_first() -> None:
    play = Recorded(TWO)
    leaves(play, 1).wait(0.5)
    leaves(play, 2).passes(11.0).happens(Tick(play.now))
    play.journal_works = False
    play.wait(0.3)
    lost, decided = play.asked(Record)[-2:]
    reaches_the_disk_alone(play, decided, lost)
    assert ends(play) == ["annulled", "annulled"]
    same(play)


def test_who_waited_for_an_end_comes_after_it_be_it_that_an_entry_before_it_was_lost_since() -> None:
    play = Recorded(TWO)
    leaves(play, 1).wait(0.5)
    leaves(play, 2)
    play.journal_works = False
    play.happens(DeviceFaulted(play.now, "camera", "gone")).passes(11.0)
    other = play.asked(Record)[-1]
    play.happens(Tick(play.now)).wait(0.3)
    end, decided = play.asked(Record)[-2:]
    reaches_the_disk_alone(play, decided, other, end)
    assert ends(play) == ["annulled", "annulled"]
    same(play)


def test_who_waited_for_an_end_is_measured_from_then_on_be_it_that_its_entry_was_lost_twice() -> None:
    play = granted(Recorded(TWO))
    play.scan(code(cti=ANOTHER)).passes(5.0)
    play.journal_works = False
    play.happens(Tick(play.now)).wait(0.1)
    play.happens(RecordFailed(play.now, play.asked(Record)[-1].record_id, "disk full"))
    play.happens(DeviceFaulted(play.now, "camera", "gone"))
    reaches_the_disk(play, play.asked(Record)[-1])
    play.happens(Tick(play.now))
    again = play.asked(Record)[-1]
    play.wait(TWO.screening.timeout_s - 0.1).sample(reading(38.5), 2)
    decided = play.asked(Record)[-1]
    reaches_the_disk_alone(play, decided, again)
    assert reasons(play) == [Reason.GRANTED, Reason.TEMPERATURE_ELEVATED]
    assert ends(play) == ["annulled"]
    same(play)


def test_who_is_measured_in_his_last_moment_is_so_be_it_that_another_one_was_not_just_before() -> None:
    play = Recorded(TWO)
    play.scan(code(cti=ANOTHER)).passes(0.03)
    play.scan(code(), SIDE).wait(TWO.screening.timeout_s - 0.03)
    play.passes(0.02).sample(WELL, 2).wait(9.0)
    assert reasons(play) == [Reason.TEMPERATURE_NO_READING, Reason.GRANTED]
    same(play)
