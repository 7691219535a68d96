"""Restarts within a journal, beginnings that are not there, and entries that no kiosk writes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from kiosk.core import passage as entries
from kiosk.core.events import DeviceFaulted, StaffAction, Stopping, TrustChanged
from kiosk.core.in_force import IN_FORCE, in_force_then
from kiosk.core.replay.entry import ReplayError, in_force_of
from kiosk.core.replay.replay import Beginning, Report
from kiosk.core.replay.unknown import unknown_before
from kiosk.core.view import Mode
from kiosk.credentials.credential import Colour
from kiosk.gatekeeper.restore import past_told_by
from kiosk.journal.reader import Entry
from tests.core.playbook import BUNDLE, COURIER, MORNING, WARM, WELL, code
from tests.core.replay.replaying import Recorded, changed, entries_of, replayed, seqs

SOMEBODY, ANOTHER = b"somebody", b"another!"


def after(*runs: Recorded) -> Recorded:
    """The next run: it knows what the journal tells of those before, and its clock goes on."""
    return Recorded(past=past_told_by("", told(*runs)), begins_at=runs[-1].now.utc + timedelta(seconds=30))


def told(*runs: Recorded) -> list[Entry]:
    return entries_of([record for run in runs for record in run.journal])


def granted(play: Recorded, cti: bytes = SOMEBODY) -> Recorded:
    play.scan(code(cti=cti, shown_at=play.now.utc))
    if play.view.passage_id is not None and play.view.result is None:
        play.wait(0.4).sample(WELL)
    return play


def test_several_runs_after_each_other_know_what_those_before_have_left() -> None:
    first = granted(Recorded()).goes_through()
    first.scan(code(cti=ANOTHER, colour=Colour.YELLOW)).wait(9.0)
    first.scan(code(cti=b"courier1", role=COURIER), "counter-scanner").sample(WELL)  # and then a crash
    second = after(first)
    granted(second).wait(9.0)
    second.acts(StaffAction.ADMIT, case=2).goes_through()
    second.acts(StaffAction.LOCK_DOWN)
    second.happens(Stopping(second.now))
    third = after(first, second)
    granted(third, b"a third!").wait(9.0)
    granted(third, b"a third!").happens(Stopping(third.now))
    report = replayed(told(first, second, third))
    assert report.difference is None
    assert (report.runs, report.annulled) == (3, 1)
    reasons = [each.data["reason"] for each in told(second, third) if each.type == entries.DECIDED]
    assert reasons[:2] == ["passback.already_inside", "staff.admitted"]


def test_a_grant_that_is_annulled_by_a_start_though_it_had_ended_is_shown() -> None:
    first = granted(Recorded())
    second = after(first)
    (annulled,) = [each.seq for each in told(first, second) if each.type == entries.ANNULLED]
    assert replayed(told(first, second)).difference is None
    difference = replayed(changed(told(first, second), annulled, subject="somebody else")).difference
    assert difference is not None
    assert difference.seq == annulled
    difference = replayed(changed(told(first, second), annulled, passage=77)).difference
    assert difference is not None
    assert (difference.seq, difference.now) == (annulled, None)


def test_faults_that_were_there_before_the_start_was_recorded_belong_to_no_run() -> None:
    play = Recorded()
    granted(play).goes_through()
    early = Entry(0, entries.DEVICE_FAULTED, play.entries()[0].time, True, {"device": "keys", "detail": ""})
    shifted = [replace(each, seq=each.seq + 1) for each in play.entries()]
    report = replayed([early, *shifted])
    assert (report.difference, report.statements, report.first_seq) == (None, [], 1)


def forgotten(all_of_them: Sequence[Entry], count: int) -> tuple[list[Entry], dict[str, Any]]:
    """The journal after retention has deleted the data of the first ones, and the note of it."""
    kept: dict[str, Any] = {"last_passage_id": 0, "calibration": None}
    for each in all_of_them[:count]:
        in_force_then(kept, each.type, each.data)
    return [replace(each, data=None) if each.seq < count else each for each in all_of_them], kept


def from_the_middle(all_of_them: Sequence[Entry], count: int, *, with_note: bool = True) -> Report:
    left, kept = forgotten(all_of_them, count)
    known = kept.get("in_force") if with_note else None
    in_force = None if known is None else in_force_of(json.loads(json.dumps(known)))
    return replayed(left, Beginning(False, in_force, unknown_before(left)), json.dumps(kept))


def test_a_journal_whose_beginning_is_deleted_is_replayed_from_there_on() -> None:
    play = granted(Recorded()).goes_through()
    play.wait(9.0).scan(code(shown_at=play.now.utc)).wait(9.0)
    granted(play, ANOTHER).goes_through()
    play.wait(9.0).scan(code(shown_at=play.now.utc), "exit-scanner")
    play.goes_through()
    passed = seqs(play.entries(), entries.PASSED)[0]
    report = from_the_middle(play.entries(), passed + 1)
    assert report.difference is None
    assert (report.first_seq, report.decisions, report.passed) == (passed + 1, 3, 2)
    assert report.statements == [
        f"Not replayed: {passed + 1} entries from 0 to {passed} whose data is deleted.",
        "Taken from the record, as its beginning is not there: 1 people were inside, 0 codes had been used.",
    ]


def test_an_end_whose_grant_is_deleted_is_passed_over_and_a_used_code_taken_from_the_record() -> None:
    play = Recorded()
    play.scan(code(cti=b"courier1", role=COURIER), "counter-scanner").sample(WELL)
    play.wait(9.0).scan(code(cti=b"courier1", role=COURIER), "counter-scanner").wait(9.0)
    report = from_the_middle(play.entries(), seqs(play.entries(), entries.DECIDED)[0] + 1)
    assert (report.difference, report.decisions, report.passed) == (None, 1, 0)
    assert "1 codes had been used" in report.statements[-1]


def test_without_the_rules_of_its_start_a_run_is_left_out_and_the_next_is_replayed() -> None:
    first = granted(Recorded()).goes_through()
    first.happens(Stopping(first.now))
    second = granted(after(first))
    second.wait(9.0)
    report = from_the_middle(told(first, second), 1, with_note=False)
    assert (report.difference, report.runs, report.decisions) == (None, 1, 1)
    assert "of a run whose start is not there" in report.statements[1]
    rest = told(first, second)[1:]
    report = replayed(rest, Beginning(False, None, unknown_before(rest)))
    assert (report.difference, report.runs) == (None, 1)


def test_a_start_that_annuls_what_is_deleted_is_no_difference() -> None:
    first = granted(Recorded())
    second = after(first)
    granted(second, ANOTHER).goes_through()
    report = from_the_middle(told(first, second), len(first.journal))
    assert (report.difference, report.decisions, report.annulled) == (None, 1, 0)


def test_who_left_before_the_next_start_is_not_taken_to_be_inside_there() -> None:
    first = granted(Recorded()).goes_through()
    first.wait(9.0).scan(code(shown_at=first.now.utc)).wait(9.0)
    first.scan(code(shown_at=first.now.utc), "exit-scanner")
    first.goes_through()
    second = granted(after(first)).goes_through()
    passed = seqs(first.entries(), entries.PASSED)[0]
    report = from_the_middle(told(first, second), passed + 1)
    assert (report.difference, report.decisions) == (None, 3)


def test_an_older_version_recorded_too_little_which_is_said() -> None:
    play = granted(Recorded()).goes_through()
    (started,) = seqs(play.entries(), entries.STARTED)
    old = [replace(each, data={"version": "0"}) if each.seq == started else each for each in play.entries()]
    report = replayed(old)
    assert not report.could_replay
    assert report.statements == [
        "Not replayed: 2 entries from 2 to 3 of a version that did not yet record what a decision rests on."
    ]


def test_staff_decide_on_somebody_whose_own_decision_is_not_there() -> None:
    play = Recorded()
    play.journal_works = False
    play.scan(code(colour=Colour.YELLOW))
    play.wait(3.5)  # told to see the staff: the journal is too slow
    play.journal_works = True
    play.wait(9.0)
    play.acts(StaffAction.ADMIT, case=1).goes_through()
    report = play.again()
    assert (report.difference, report.decisions, report.passed, report.statements) == (None, 1, 1, [])
    play.journal_works = False
    play.acts(StaffAction.OPEN_ONCE)
    play.wait(3.5)
    play.journal_works = True
    play.wait(9.0)
    play.acts(StaffAction.ADMIT, case=3).goes_through()
    report = play.again()
    assert (report.difference, report.decisions) == (None, 1)
    assert report.statements == [
        f"Not replayed: entry {seqs(play.entries(), entries.DECIDED)[-1]} of staff on somebody whose own "
        "decision is not there."
    ]


def test_a_mode_whose_entry_was_lost_counts_all_the_same() -> None:
    play = Recorded()
    play.acts(StaffAction.LOCK_DOWN)
    granted(play).wait(9.0)
    lost = [each for each in play.entries() if each.type != entries.STAFF_ACTED]
    assert lost[-1].data["facts"]["mode"] == Mode.LOCKED_DOWN.value
    assert replayed(lost).difference is None


@pytest.mark.parametrize(
    ("kind", "change", "words"),
    [
        (entries.DECIDED, {"facts": None}, "is not what a kiosk writes"),
        (entries.DECIDED, {"decision_ms": "long"}, "is not what a kiosk writes"),
        (entries.DECIDED, {"colour": "blue"}, "is not what a kiosk writes"),
        (entries.DECIDED, {"access_point": "elsewhere"}, "the site had no access point 'elsewhere'"),
        (entries.PASSED, {"recorded_ms": None}, "is not what a kiosk writes"),
        (entries.PASSED, {"door": [[0, "fell off"]]}, "is not what a kiosk writes"),
        (entries.STARTED, {"rules": {"access_points": []}}, "its rules cannot be read: access_points"),
        (entries.STARTED, {"zone": "Nowhere/At-all"}, "its time zone 'Nowhere/At-all' is not known here"),
        (entries.STARTED, {"trust": {"keys": "many"}}, "what it says of the trust cannot be read"),
    ],
)
def test_what_no_kiosk_writes_is_named_with_its_entry(kind: str, change: dict[str, Any], words: str) -> None:
    play = granted(Recorded()).goes_through()
    (seq,) = seqs(play.entries(), kind)
    with pytest.raises(ReplayError, match=f"^entry {seq} ") as raised:
        replayed(changed(play.entries(), seq, **change))
    assert words in str(raised.value)


def test_a_decision_without_its_facts_is_of_an_older_version() -> None:
    play = granted(Recorded())
    without = [
        replace(each, data={name: value for name, value in each.data.items() if name != "facts"})
        for each in play.entries()
    ]
    with pytest.raises(ReplayError, match="did not yet record what it rests on"):
        replayed(without)


def test_what_was_in_force_follows_the_entries() -> None:
    kept: dict[str, Any] = {}
    in_force_then(kept, entries.TRUST_CHANGED, {"version": 2})
    assert kept.get("in_force") is None
    play = Recorded(bundle=replace(BUNDLE, fresh_until=None))
    in_force_then(kept, entries.STARTED, play.entries()[0].data)
    in_force_then(kept, entries.TRUST_CHANGED, {"version": 2, "fresh_until": None})
    in_force_then(kept, entries.TRUST_AGED, {"fresh_until": "2026-11-24T00:00:00+00:00"})
    in_force_then(kept, entries.STOPPED, {})
    assert sorted(kept["in_force"]) == sorted(IN_FORCE)
    assert kept["in_force"]["trust"] == {"version": 2, "fresh_until": "2026-11-24T00:00:00+00:00"}
    in_force_then(kept, entries.STARTED, {"version": "0"})
    assert kept["in_force"] is None


def test_the_sensor_that_is_lost_and_back_between_two_people_is_so_again() -> None:
    play = Recorded()
    play.happens(DeviceFaulted(play.now, "thermal", "gone"))
    play.scan(code()).wait(9.0)
    play.scan(code(cti=ANOTHER)).sample(WARM).wait(9.0)
    assert play.again().difference is None


def test_trust_counts_as_long_as_its_start_says_also_where_its_age_was_not_told() -> None:
    play = Recorded(bundle=replace(BUNDLE, fresh_until=MORNING - timedelta(days=30)))
    granted(play).wait(9.0)
    told_of_age = [each for each in play.entries() if each.type != entries.TRUST_AGED]
    assert play.recorded(entries.DECIDED)[0].data["reason"] == "trust.expired"
    assert len(told_of_age) < len(play.journal)
    assert replayed(told_of_age).difference is None
    renewed = replace(BUNDLE, fresh_until=MORNING + timedelta(hours=9))
    play.happens(TrustChanged(play.now, renewed))
    granted(play, ANOTHER).wait(9.0)
    told_of_age = [each for each in play.entries() if each.type != entries.TRUST_CHANGED]
    assert play.recorded(entries.DECIDED)[1].data["reason"] != "trust.expired"
    assert replayed(told_of_age).difference is None, "that it is fresh again is told with its age"
