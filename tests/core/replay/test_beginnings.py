"""Where a replay begins, with what it knows of the time before, and what it leaves out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from kiosk.core import passage as entries
from kiosk.core.cases import MOST_CASES
from kiosk.core.events import StaffAction, Stopping
from kiosk.core.kept import Kept
from kiosk.core.past import Past
from kiosk.core.replay.entry import ReplayError, in_force_of
from kiosk.core.replay.replay import Beginning, replay
from kiosk.core.replay.unknown import unknown_before
from kiosk.credentials.credential import Colour
from tests.core.playbook import MORNING, WARM, WELL, code
from tests.core.replay.replaying import Recorded, replayed, seqs
from tests.core.replay.test_lost_cases import too_warm
from tests.core.replay.test_replay import ANOTHER, granted, same
from tests.core.replay.test_runs import after, from_the_middle, told


def test_a_start_that_nothing_follows_has_been_replayed() -> None:
    report = replayed(Recorded().entries()[:1])
    assert (report.entries, report.runs, report.first_seq, report.end_seq) == (1, 1, 0, 1)


def test_a_run_whose_start_could_not_be_recorded_is_left_out() -> None:
    first = granted(Recorded()).goes_through()
    first.happens(Stopping(first.now))
    second = granted(after(first))
    second.wait(9.0)
    third = granted(after(first, second), ANOTHER).goes_through()
    all_of_them = told(first, second, third)
    start = seqs(all_of_them, entries.STARTED)[1]
    report = replayed([each for each in all_of_them if each.seq != start])
    (left_out,) = [each.seq for each in all_of_them[start:] if each.type == entries.DECIDED][:1]
    assert (report.difference, report.runs, report.decisions) == (None, 2, 2)
    assert report.entries == len(all_of_them) - 1
    assert report.statements == [f"Not replayed: entry {left_out} of a run whose start is not there."]


def test_what_an_older_version_recorded_after_the_first_run_is_not_judged_by_the_rules_of_that_run() -> None:
    first = granted(Recorded()).goes_through()
    second = granted(after(first), ANOTHER).goes_through()
    all_of_them = told(first, second)
    start = seqs(all_of_them, entries.STARTED)[1]
    older = [replace(each, data={"version": "0"}) if each.seq == start else each for each in all_of_them]
    report = from_the_middle(older, 1)
    assert (report.difference, report.runs, report.decisions, report.end_seq) == (None, 1, 1, start)
    assert report.statements[1] == (
        f"Not replayed: 2 entries from {start + 1} to {start + 2} "
        "of a version that did not yet record what a decision rests on."
    )


def test_an_end_whose_run_is_deleted_begins_none() -> None:
    play = Recorded()
    play.happens(Stopping(play.now))
    report = from_the_middle(play.entries(), len(play.journal) - 1)
    assert (report.difference, report.runs, report.could_replay) == (None, 0, False)


def test_a_start_is_told_of_as_many_entries_as_it_looks_back_on() -> None:
    first = granted(Recorded()).goes_through()
    second = granted(after(first), ANOTHER).goes_through()
    looked_at: list[Sequence[Kept]] = []

    def recall(before: Sequence[Kept]) -> Past:
        looked_at.append(before)
        return Past()

    replay(told(first, second), recall, Beginning(), 2)
    assert looked_at == [[], told(first)[-2:]]


def test_a_case_of_before_the_start_is_decided_on_again() -> None:
    first = too_warm(Recorded())
    second = after(first)
    second.acts(StaffAction.CLINICAL, case=1, celsius=36.6).goes_through()
    report = replayed(told(first, second))
    assert (report.difference, report.decisions, report.passed, report.statements) == (None, 2, 1, [])


def test_a_case_of_before_the_start_that_has_no_number_is_nobodys() -> None:
    play = too_warm(Recorded())
    play.scan(code()).sample(WARM).wait(9.0)
    play.acts(StaffAction.CLINICAL, case=1, celsius=36.6).goes_through()
    first, _, by_staff = seqs(play.entries(), entries.DECIDED)
    left = play.entries()[first + 1 :]
    unnumbered = {**play.entries()[first].data, "passage": None}
    past = Past(open_cases=((unnumbered, MORNING),))
    in_force = in_force_of(play.entries()[0].data)
    report = replay(left, lambda _: past, Beginning(False, in_force, unknown_before(left)), 100)
    assert (report.difference, report.decisions) == (None, 1)
    assert report.statements == [
        f"Not replayed: entry {by_staff} of staff on somebody whose own decision is not there."
    ]


def test_who_was_turned_away_takes_no_room_from_the_cases_that_are_open() -> None:
    play = too_warm(Recorded())
    for number in range(MOST_CASES):
        play.scan(code(cti=number.to_bytes(8), colour=Colour.YELLOW, lifetime_s=4000))
        if number == 0:
            play.acts(StaffAction.TURN_AWAY, case=2)
    play.wait(9.0)
    play.acts(StaffAction.RECHECK, case=1).wait(0.5).sample(WELL).wait(9.0)
    assert not play.recorded(entries.CASE_LAPSED)
    same(play)


def test_a_decision_of_an_older_version_among_others_is_named_and_why_it_cannot_be_replayed() -> None:
    play = granted(Recorded())
    (seq,) = seqs(play.entries(), entries.DECIDED)
    older = {name: value for name, value in play.entries()[seq].data.items() if name != "facts"}
    told_anew = [replace(each, data=older) if each.seq == seq else each for each in play.entries()]
    with pytest.raises(ReplayError) as raised:
        replayed(told_anew)
    assert str(raised.value) == (
        f"entry {seq} is not what a kiosk writes: "
        "it was written by a version that did not yet record what it rests on"
    )


def test_an_entry_that_lacks_something_is_named_with_what_it_lacks() -> None:
    play = granted(Recorded())
    (seq,) = seqs(play.entries(), entries.DECIDED)
    lacking = {name: value for name, value in play.entries()[seq].data.items() if name != "decision_ms"}
    told_anew = [replace(each, data=lacking) if each.seq == seq else each for each in play.entries()]
    with pytest.raises(ReplayError) as raised:
        replayed(told_anew)
    assert str(raised.value) == f"entry {seq} is not what a kiosk writes: KeyError('decision_ms')"
