from __future__ import annotations

from datetime import UTC, datetime

from kiosk.core.view import Result
from kiosk.terms import Outcome, Reason
from sim.confusion import Judged, TrueClass, confusion
from sim.logbook import Page
from sim.truth import Truth
from sim.visitor import Experience
from tests.sim.visits import MODEL, visit

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
WELL, FEVERISH = 33.9, 39.4


def page(true_skin_celsius: float, reason: Reason, *, measured: bool = True, in_doubt: bool = False) -> Page:
    outcome = Outcome.GRANT if reason is Reason.GRANTED else Outcome.REFER
    skin = true_skin_celsius if measured else None
    result = Result(outcome, reason, "gate-in", face_skin_celsius=skin)
    experience = Experience(visit(skin_celsius=true_skin_celsius), result=result)
    return Page(NOON, experience, Truth(frozenset(), in_doubt), moved_rightly=True)


def counted(*pages: Page) -> dict[tuple[TrueClass, Judged], int]:
    table = confusion(pages, 38.0, model=MODEL)
    return {(true, judged): times for true, row in table.items() for judged, times in row.items() if times}


def test_every_pair_of_truth_and_answer_is_stated_even_if_it_never_came() -> None:
    table = confusion([], 38.0, model=MODEL)
    assert {(true, judged) for true, row in table.items() for judged in row} == {
        (true, judged) for true in TrueClass for judged in Judged
    }


def test_truth_is_what_the_skin_truly_was_and_not_what_was_measured() -> None:
    missed, false_alarm = page(FEVERISH, Reason.GRANTED), page(WELL, Reason.TEMPERATURE_ELEVATED)
    assert counted(missed, false_alarm, page(WELL, Reason.GRANTED)) == {
        (TrueClass.FEVERISH, Judged.NORMAL): 1,
        (TrueClass.NORMAL, Judged.ELEVATED): 1,
        (TrueClass.NORMAL, Judged.NORMAL): 1,
    }


def test_who_is_too_near_the_limit_to_be_judged_is_a_class_of_his_own() -> None:
    assert counted(page(WELL, Reason.TEMPERATURE_RECHECK, in_doubt=True)) == {
        (TrueClass.NEAR, Judged.RECHECK): 1
    }


def test_who_was_not_measured_is_not_counted_but_for_want_of_a_reading() -> None:
    assert counted(
        page(WELL, Reason.COLOUR_RED, measured=False),
        page(WELL, Reason.EXIT_RECORDED, measured=False),
        page(WELL, Reason.TEMPERATURE_NO_READING, measured=False),
    ) == {(TrueClass.NORMAL, Judged.NO_READING): 1}
