from __future__ import annotations

from datetime import UTC, datetime

import pytest

from kiosk.core.view import Result
from kiosk.terms import Outcome, Reason
from sim.logbook import Logbook, Page
from sim.people import Visit
from sim.visitor import Experience
from tests.core.playbook import RULES
from tests.sim.visits import MODEL, visit

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
GRANT = (Outcome.GRANT, Reason.GRANTED)
ELEVATED = (Outcome.REFER, Reason.TEMPERATURE_ELEVATED)


@pytest.fixture
def book() -> Logbook:
    return Logbook(RULES, lambda: NOON, 0.45, model=MODEL)


def ended(
    who: Visit, answer: tuple[Outcome, Reason] | None, *released: str, passed: bool = False
) -> Experience:
    experience = Experience(who, passed=passed, released=set(released))
    if answer is not None:
        experience.result = Result(*answer, "gate-in")
        experience.passages.append(who.number)
    return experience


def test_a_right_answer_with_the_right_relay_is_right(book: Logbook) -> None:
    book.end(ended(visit(), GRANT, "gate", passed=True))
    assert book.wrong == []
    assert book.pages[0].is_right


@pytest.mark.parametrize(
    "experience",
    [
        ended(visit(), ELEVATED),
        ended(visit(), None),
        ended(visit(), GRANT),
        ended(visit(), GRANT, "lamp"),
        ended(visit(), GRANT, "gate", "lamp"),
        ended(visit("red"), (Outcome.DENY, Reason.COLOUR_RED), "gate"),
        ended(visit("green_fever", skin_celsius=39.5), GRANT, "gate"),
        ended(visit("courier"), GRANT, "gate"),
    ],
)
def test_a_wrong_answer_none_at_all_or_a_wrong_relay_is_wrong(book: Logbook, experience: Experience) -> None:
    book.end(experience)
    assert len(book.wrong) == 1


def test_who_has_passed_is_inside_for_the_next_judgement_and_outside_after_he_left(book: Logbook) -> None:
    inside = (Outcome.REFER, Reason.ALREADY_INSIDE)
    book.end(ended(visit(), GRANT, "gate", passed=True))
    book.end(ended(visit("second_entry", number=2), inside))
    book.end(ended(visit("exit", number=3), (Outcome.GRANT, Reason.EXIT_RECORDED), "gate", passed=True))
    book.end(ended(visit("return", number=4), GRANT, "gate", passed=True))
    assert book.wrong == []


def test_a_grant_that_was_not_used_leaves_nobody_inside(book: Logbook) -> None:
    book.end(ended(visit(), GRANT, "gate"))
    book.end(ended(visit(number=2), GRANT, "gate", passed=True))
    assert book.wrong == []


def test_visits_near_the_limit_are_counted_apart_and_not_as_wrong(book: Logbook) -> None:
    book.end(ended(visit(skin_celsius=37.0), ELEVATED))
    assert (len(book.in_doubt), book.wrong) == (1, [])


def test_results_are_counted_by_outcome_and_reason(book: Logbook) -> None:
    for _ in range(2):
        book.end(ended(visit("red"), (Outcome.DENY, Reason.COLOUR_RED)))
    book.end(ended(visit(), None))
    assert book.results() == {"deny colour.red": 2}


def test_each_page_is_told_when_it_is_finished(book: Logbook) -> None:
    told: list[Page] = []
    book.on_page = told.append
    book.begin(visit())
    book.end(ended(visit(), GRANT, "gate"))
    assert told == book.pages
    assert told[0].began == NOON
