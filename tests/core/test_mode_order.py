"""What staff set the site to is recorded once the journal works again; an evacuation opens the doors then."""

from __future__ import annotations

import pytest

from kiosk.core import passage as entries
from kiosk.core.busy import Busy
from kiosk.core.commands import HoldGate, Record
from kiosk.core.events import Recorded, RecordFailed, StaffAction, Tick
from kiosk.core.mode_order import AGAIN_S
from kiosk.core.view import Mode, Notice, Page
from kiosk.gatekeeper.restore import past_told_by
from tests.core.playbook import Playbook
from tests.core.replay.replaying import entries_of
from tests.core.staff_play import acts, does, signed_in, staff


def last_record(play: Playbook) -> Record:
    return play.asked(Record)[-1]


def fails(play: Playbook) -> Playbook:
    return play.happens(RecordFailed(play.now, last_record(play).record_id, "disk full"))


def unrecorded() -> Playbook:
    """Staff have ordered it, and the journal cannot keep it."""
    play = signed_in(Playbook(inside=["today-1"]))
    play.journal_works = False
    return fails(does(play, StaffAction.EVACUATE))


def test_its_doors_stay_shut_as_long_as_it_is_not_on_disk_and_staff_see_that() -> None:
    play = unrecorded()
    assert (play.page(), staff(play).mode, staff(play).held) == (Page.EVACUATE, Mode.EVACUATING, ())
    assert (staff(play).notice, staff(play).evacuation_unrecorded) == (Notice.NOT_RECORDED, True)
    assert play.asked(HoldGate) == []


def test_its_record_is_asked_for_again_at_a_pace_that_a_failing_journal_bears() -> None:
    play = unrecorded()
    asked, answers = len(play.asked(Record)), staff(play).answers
    for _ in range(5):
        assert play.checkpoint.wake_at == play.now.mono + AGAIN_S
        fails(play.wait(AGAIN_S))
    assert len(play.asked(Record)) == asked + 5
    assert staff(play).answers == answers, "it is told once"
    assert staff(play).evacuation_unrecorded
    assert play.asked(HoldGate) == []


def test_the_doors_open_as_soon_as_it_is_on_disk_and_it_is_asked_for_no_more() -> None:
    play = unrecorded().wait(AGAIN_S)
    again = last_record(play)
    play.happens(Recorded(play.now, again.record_id, 0))
    assert play.asked(HoldGate) == [HoldGate("gate")]
    assert (staff(play).held, staff(play).notice) == (("",), Notice.DONE)
    assert not staff(play).evacuation_unrecorded
    first = play.asked(Record)[-2]
    assert again.data == {**first.data, "since": first.at.utc.isoformat()}
    asked = len(play.asked(Record))
    play.wait(30.0)
    assert [one.type for one in play.asked(Record)[asked:]] == []


def test_nothing_is_asked_for_while_the_journal_has_not_answered_yet() -> None:
    play = signed_in()
    play.journal_works = False
    does(play, StaffAction.EVACUATE)
    asked = len(play.asked(Record))
    play.wait(30.0)
    assert len(play.asked(Record)) == asked
    assert not staff(play).evacuation_unrecorded


def test_another_record_that_fails_meanwhile_is_not_its_own() -> None:
    play = signed_in()
    play.journal_works = False
    does(play, StaffAction.EVACUATE)
    mine = last_record(play).record_id
    play.happens(RecordFailed(play.now, mine + 100, "disk full"))
    assert not staff(play).evacuation_unrecorded
    play.happens(Recorded(play.now, mine + 100, 0)).happens(Recorded(play.now, mine, 1))
    assert play.asked(HoldGate) == [HoldGate("gate")]
    assert staff(play).answers == 1


def test_an_evacuation_that_staff_have_ended_is_recorded_no_more() -> None:
    play = does(unrecorded(), StaffAction.RELEASE)
    asked = len(play.asked(Record))
    play.passes(AGAIN_S).happens(Tick(play.now))
    assert len(play.asked(Record)) == asked
    assert (staff(play).mode, staff(play).evacuation_unrecorded) == (Mode.NORMAL, False)


def test_a_kiosk_that_owes_it_is_held_open_as_far_as_a_restart_is_concerned() -> None:
    assert unrecorded().checkpoint.busy == does(signed_in(), StaffAction.HOLD_OPEN).checkpoint.busy


def test_one_that_is_recorded_at_once_is_recorded_once() -> None:
    play = does(signed_in(), StaffAction.EVACUATE).wait(30.0)
    assert acts(play) == ["evacuate"]
    assert len(play.recorded(entries.STAFF_ACTED)) == 1


SETS = {StaffAction.LOCK_DOWN: Mode.LOCKED_DOWN, StaffAction.RELEASE: Mode.NORMAL}


def closed_without_a_record(action: StaffAction) -> Playbook:
    """The site was evacuated; staff set it to something else, and the journal cannot keep that."""
    play = does(signed_in(), StaffAction.EVACUATE)
    play.journal_works = False
    return fails(does(play, action))


@pytest.mark.parametrize("action", SETS)
def test_what_closes_is_done_at_once_and_recorded_as_soon_as_the_journal_works_again(
    action: StaffAction,
) -> None:
    play = closed_without_a_record(action)
    assert (staff(play).mode, staff(play).held, staff(play).notice) == (SETS[action], (), Notice.DONE)
    assert not staff(play).evacuation_unrecorded
    first, play.journal_works = last_record(play), True
    play.wait(AGAIN_S)
    again = play.journal[-1]
    assert again.data == {**first.data, "since": first.at.utc.isoformat()}
    assert (staff(play).mode, staff(play).held) == (SETS[action], ())
    play.wait(30.0)
    assert acts(play) == ["evacuate", action.value]


@pytest.mark.parametrize("action", SETS)
def test_a_restart_knows_what_was_set_while_the_journal_did_not_work(action: StaffAction) -> None:
    play = closed_without_a_record(action)
    assert past_told_by("", entries_of(play.journal)).mode is Mode.EVACUATING
    play.journal_works = True
    play.wait(AGAIN_S)
    assert past_told_by("", entries_of(play.journal)).mode is SETS[action]


def test_a_kiosk_that_owes_a_lock_down_is_not_ended_for_another_site_file() -> None:
    play = closed_without_a_record(StaffAction.LOCK_DOWN)
    assert play.checkpoint.busy is Busy.OPEN
    play.journal_works = True
    assert play.wait(AGAIN_S).checkpoint.busy is Busy.FREE


def test_no_door_is_held_open_while_a_release_is_owed_that_would_end_it_in_the_journal() -> None:
    play = closed_without_a_record(StaffAction.RELEASE)
    play.journal_works = True
    does(play, StaffAction.HOLD_OPEN)
    assert (staff(play).notice, staff(play).held) == (Notice.NOT_RECORDED, ())
    does(play.wait(AGAIN_S), StaffAction.HOLD_OPEN)
    assert (staff(play).notice, staff(play).held) == (Notice.DONE, ("",))
