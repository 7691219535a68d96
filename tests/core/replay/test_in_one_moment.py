"""What happens within a millisecond, in an order that no time tells, and what failed in between."""

from __future__ import annotations

import pytest

from kiosk.core import passage as entries
from kiosk.core.commands import Record
from kiosk.core.events import (
    DeviceFaulted,
    DeviceRecovered,
    DoorClosed,
    DoorOpened,
    RecordFailed,
    StaffAction,
    StaffSignedIn,
    Tick,
)
from kiosk.core.events import Recorded as OnDisk
from kiosk.core.rules import DoorRules
from tests.core.playbook import GATE_IN, WELL, code, rules_with
from tests.core.replay.replaying import Recorded, changed, replayed, seqs
from tests.core.replay.test_replay import ANOTHER, granted, late_answer, same
from tests.core.test_lanes import TWO


def ends(play: Recorded) -> list[str]:
    return [
        each.type.rpartition(".")[2]
        for each in play.entries()
        if each.type in (entries.PASSED, entries.ANNULLED)
    ]


def test_a_contact_that_says_something_though_it_was_lost_and_is_lost_again_does_so_again() -> None:
    play = Recorded(rules_with(door=DoorRules(passage_sensor=True, debounce_s=0.0)))
    play.happens(DeviceFaulted(play.now, "door", "cut"))
    granted(play).wait(0.5).happens(DoorOpened(play.now))
    play.wait(0.5).happens(DeviceFaulted(play.now, "door", "cut"))
    play.wait(40.0)
    assert ends(play) == ["annulled"]
    same(play)


def test_a_contact_that_is_lost_and_says_that_the_door_is_open_is_both_when_a_grant_is_on_disk() -> None:
    play = Recorded(rules_with(door=DoorRules(contact=False, passage_sensor=True, debounce_s=0.0)))
    play.happens(DeviceFaulted(play.now, "door", "cut")).happens(DoorOpened(play.now))
    play.scan(code(), "exit-scanner").happens(DoorClosed(play.now))
    play.wait(9.0)
    assert ends(play) == ["annulled"]
    same(play)


@pytest.mark.parametrize("is_told", [True, False])
@pytest.mark.parametrize("is_open", [True, False])
def test_a_gate_that_is_lost_before_the_record_is_there_does_not_move(is_told: bool, is_open: bool) -> None:
    play = Recorded()
    if is_open:
        play.happens(DoorOpened(play.now))
    play.journal_works = False
    granted(play).happens(DeviceFaulted(play.now, "gate", "gone"))
    late_answer(play)
    play.wait(0.5).happens(DeviceRecovered(play.now, "gate"))
    play.happens(DoorClosed(play.now)).wait(9.0)
    granted(play, ANOTHER).goes_through()
    assert ends(play) == ["annulled", "passed"]
    told = [each for each in play.entries() if is_told or not each.type.startswith("kiosk.device")]
    assert replayed(told).difference is None


def test_a_lock_down_that_is_over_when_a_grant_reaches_the_disk_takes_nothing_back() -> None:
    play = Recorded()
    play.journal_works = False
    granted(play).acts(StaffAction.LOCK_DOWN).acts(StaffAction.RELEASE)
    late_answer(play)
    play.wait(9.0)
    assert ends(play) == ["annulled"], "nobody has opened the door"
    same(play)
    (annulled,) = seqs(play.entries(), entries.ANNULLED)
    assert play.entries()[annulled].data["recorded_between"] == 4
    assert "door" not in play.entries()[annulled].data
    # An entry in between that had not failed yet and did so later moves nothing past the end itself.
    assert replayed(changed(play.entries(), annulled, recorded_between=40)).difference is None


def test_what_failed_meanwhile_is_not_counted_as_recorded_since() -> None:
    play = Recorded()
    play.happens(DeviceFaulted(play.now, "gate", "gone"))
    play.scan(code()).sample(WELL)
    play.happens(DeviceRecovered(play.now, "gate"))
    play.acts(StaffAction.ANNUL)
    play.scan(code(cti=ANOTHER))
    play.journal_works = False
    play.happens(StaffSignedIn(play.now, "07"))
    play.happens(RecordFailed(play.now, play.asked(Record)[-1].record_id, "disk full"))
    play.journal_works = True
    play.happens(DeviceFaulted(play.now, "camera", "gone"))
    play.sample(WELL).wait(9.0)
    facts = play.recorded(entries.DECIDED)[-1].data["facts"]
    assert isinstance(facts, dict)
    assert facts["recorded_since"] == 1
    same(play)


def test_a_gate_that_is_lost_takes_nothing_back_from_who_had_passed_before_in_another_lane() -> None:
    play = Recorded(TWO)
    play.scan(code(cti=ANOTHER), "exit-scanner").scan(code()).wait(0.5)
    play.happens(DoorOpened(play.now, "out")).wait(0.5).happens(DoorClosed(play.now, "out"))
    play.wait(0.5).happens(DeviceFaulted(play.now, "gate", "gone"))
    play.wait(0.5).sample(WELL, 2)
    play.wait(9.0)
    assert ends(play) == ["passed"]
    same(play)
    lost = [each for each in play.entries() if not each.type.startswith("kiosk.device")]
    assert replayed(lost).difference is None, "its entry was lost: the decision says that it stood"


def test_who_waits_is_dealt_with_after_what_ended_the_passage_before_though_that_was_recorded_later() -> None:
    play = Recorded()
    play.scan(code(cti=ANOTHER), "exit-scanner").scan(code())
    play.journal_works = False
    play.happens(StaffSignedIn(play.now, "07"))
    play.happens(RecordFailed(play.now, play.asked(Record)[-1].record_id, "disk full"))
    play.happens(DoorOpened(play.now)).happens(DoorClosed(play.now))
    play.sample(WELL)
    late = play.asked(Record)[-1]
    play.journal.append(late)
    play.journal_works = True
    play.happens(OnDisk(play.now, late.record_id, len(play.journal) - 1))
    play.wait(9.0)
    kinds = [each.type for each in play.entries()]
    assert kinds.index(entries.PASSED) > seqs(play.entries(), entries.DECIDED)[1]
    assert play.recorded(entries.DECIDED)[1].data["access_point"] == GATE_IN.id
    same(play)


def test_a_lock_down_whose_release_was_lost_bars_nobody_who_was_dealt_with_after_it() -> None:
    play = Recorded()
    play.acts(StaffAction.LOCK_DOWN).wait(1.0)
    play.acts(StaffAction.RELEASE).wait(1.0)
    play.scan(code()).wait(9.0)
    lost = [each for each in play.entries() if each.data.get("action") != StaffAction.RELEASE.value]
    report = replayed(lost)
    assert (report.difference, report.decisions) == (None, 1)


def test_what_stands_in_the_decision_already_is_not_told_again() -> None:
    (decided,) = Recorded().scan(code()).sample(WELL).recorded(entries.DECIDED)
    assert decided.data["slot"] is not None
    assert decided.data["facts"] == {"area": "330100", "revocable": False, "rotating": True}


def test_a_grant_that_was_void_before_it_was_on_disk_takes_nothing_from_who_is_in_the_door_by_then() -> None:
    play = Recorded()
    play.journal_works = False
    granted(play)
    late = play.asked(Record)[-1]
    for staff in ("07", "08", "09"):
        play.happens(StaffSignedIn(play.now, staff))
    failed = play.asked(Record)[-3:]
    play.passes(3.1).happens(Tick(play.now))
    for record in failed:
        play.happens(RecordFailed(play.now, record.record_id, "disk full"))
    play.journal_works = True
    play.scan(code(cti=ANOTHER)).sample(WELL)
    play.happens(DeviceFaulted(play.now, "camera", "gone"))
    play.journal.append(late)
    play.happens(OnDisk(play.now, late.record_id, len(play.journal) - 1))
    play.goes_through().wait(9.0)
    play.journal.sort(key=lambda record: record.record_id)
    assert ends(play) == ["annulled", "passed"]
    same(play)


def test_who_passes_in_the_moment_in_which_another_grant_reaches_the_disk_has_passed() -> None:
    play = Recorded(TWO)
    play.scan(code(cti=ANOTHER), "exit-scanner").wait(0.5)
    play.happens(DoorOpened(play.now, "out")).scan(code()).wait(0.5)
    play.journal_works = False
    play.sample(WELL, 2).happens(DoorClosed(play.now, "out"))
    late_answer(play)
    play.wait(9.0)
    assert ends(play) == ["passed", "annulled"]
    (annulled,) = seqs(play.entries(), entries.ANNULLED)
    assert play.entries()[annulled].data["recorded_between"] == 1
    same(play)
