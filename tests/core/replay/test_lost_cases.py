"""What staff decide on somebody whose own decision is not there: it was lost, or is deleted."""

from __future__ import annotations

from dataclasses import replace

from kiosk.core import passage as entries
from kiosk.core.events import FaceAppeared, StaffAction
from kiosk.core.replay.replay import Report
from kiosk.core.rules import TemperatureCheck
from tests.core.playbook import GATE_IN, GATE_OUT, WARM, WELL, code, rules_with
from tests.core.replay.replaying import Recorded, changed, replayed, seqs
from tests.core.replay.test_replay import ANOTHER, granted
from tests.core.replay.test_runs import from_the_middle


def too_warm(play: Recorded) -> Recorded:
    play.scan(code(cti=ANOTHER, shown_at=play.now.utc)).wait(0.5)
    play.sample(WARM).wait(9.0)
    return play


def without_the_first(play: Recorded) -> Report:
    """What is replayed where the first decision is deleted, and all before it."""
    return from_the_middle(play.entries(), seqs(play.entries(), entries.DECIDED)[0] + 1)


def of_staff(play: Recorded) -> str:
    (_, seq, *_) = seqs(play.entries(), entries.DECIDED)
    return f"Not replayed: entry {seq} of staff on somebody whose own decision is not there."


def test_somebody_too_warm_whose_record_was_late_is_admitted_again() -> None:
    play = Recorded()
    play.journal_works = False
    too_warm(play)
    play.journal_works = True
    play.acts(StaffAction.ADMIT, case=1).goes_through()
    report = play.again()
    assert (report.difference, report.decisions, report.passed, report.statements) == (None, 1, 1, [])


def test_a_clinical_value_of_somebody_whose_decision_is_deleted_is_not_replayed_which_is_said() -> None:
    play = too_warm(Recorded())
    play.acts(StaffAction.CLINICAL, case=1, celsius=36.6).goes_through().wait(9.0)
    granted(play).goes_through()
    report = without_the_first(play)
    assert (report.difference, report.decisions, report.passed) == (None, 1, 1)
    assert of_staff(play) in report.statements


def test_nor_is_who_was_measured_again() -> None:
    play = too_warm(Recorded())
    play.acts(StaffAction.RECHECK, case=1).wait(0.5).sample(WELL)
    play.goes_through().wait(9.0)
    granted(play).goes_through()
    report = without_the_first(play)
    assert (report.difference, report.decisions, report.passed) == (None, 1, 1)
    assert of_staff(play) in report.statements


def test_a_code_of_which_its_entry_says_nothing_is_none() -> None:
    play = granted(Recorded())
    (decided,) = seqs(play.entries(), entries.DECIDED)
    difference = replayed(changed(play.entries(), decided, facts={})).difference
    assert difference is not None
    assert difference.now is not None
    assert (difference.seq, difference.now["reason"]) == (decided, "credential.not_a_pass")


def test_nor_is_the_code_that_was_asked_for_as_he_was_measured_again() -> None:
    point = replace(GATE_IN, temperature=TemperatureCheck.BEFORE)
    play = Recorded(rules_with(access_points=(point, GATE_OUT)))
    play.happens(FaceAppeared(play.now))
    play.wait(0.5).sample(WARM).wait(9.0)
    play.acts(StaffAction.RECHECK, case=1).wait(0.5).sample(WELL)
    play.wait(0.5).scan(code(cti=ANOTHER, shown_at=play.now.utc))
    play.goes_through().wait(60.0)
    play.scan(code(shown_at=play.now.utc), "exit-scanner")
    play.goes_through().wait(9.0)
    report = without_the_first(play)
    assert (report.difference, report.decisions, report.passed) == (None, 1, 1)
    assert of_staff(play) in report.statements
