"""Who had checked in before a start, from a real journal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from kiosk.core.commands import JsonValue
from kiosk.core.passage import ANNULLED, DECIDED
from kiosk.core.roster import CheckIn
from kiosk.core.rules import Duty
from kiosk.gatekeeper import restore_check_ins
from kiosk.gatekeeper.restore import past_of
from sim.clock import DAY_BEGINS
from tests.gatekeeper.test_restore import Book

TEMPERATURE: dict[str, JsonValue] = {"face_skin_celsius": 34.0, "expanded_u_celsius": 0.8}


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    book = Book(tmp_path)
    yield book
    book.journal.close()


def decided(passage: int, subject: str | None, **changes: JsonValue) -> dict[str, JsonValue]:
    data: dict[str, JsonValue] = {
        "passage": passage,
        "access_point": "kitchen",
        "purpose": "checkin",
        "duty": "cook",
        "subject": subject,
        "outcome": "grant",
        "reason": "checkin.recorded",
        "decision_ms": 1500,
        "temperature": TEMPERATURE,
    }
    return data | changes


def there(book: Book) -> list[str]:
    return [each.subject for each in past_of(book.journal).check_ins]


def test_a_check_in_is_what_the_roster_knew_of_it(book: Book) -> None:
    book.write(DECIDED, decided(1, "a"))
    begun_at = DAY_BEGINS + timedelta(minutes=1) - timedelta(milliseconds=1500)
    assert past_of(book.journal).check_ins == (CheckIn(begun_at, Duty.COOK, "a", TEMPERATURE),)


def test_the_newer_check_in_of_somebody_counts(book: Book) -> None:
    book.write(DECIDED, decided(1, "a")).write(DECIDED, decided(2, "b", duty="packer"))
    book.write(DECIDED, decided(3, "a"))
    assert there(book) == ["b", "a"]


def test_whom_the_lamp_did_not_answer_has_not_checked_in_and_whom_a_crash_cut_off_has(book: Book) -> None:
    for passage, subject in ((1, "a"), (2, "b")):
        book.write(DECIDED, decided(passage, subject))
    book.write(ANNULLED, {"passage": 1, "purpose": "checkin", "subject": "a"})
    book.write(ANNULLED, {"passage": 2, "purpose": "checkin", "subject": "b", "cause": "restart"})
    assert there(book) == ["b"]


def test_the_end_of_another_passage_takes_no_check_in_away(book: Book) -> None:
    book.write(DECIDED, decided(1, "a")).write(DECIDED, decided(2, "a"))
    book.write(ANNULLED, {"passage": 1, "purpose": "checkin", "subject": "a"})
    assert there(book) == ["a"]


def test_who_was_too_warm_later_is_there_no_more(book: Book) -> None:
    book.write(DECIDED, decided(1, "a"))
    book.write(DECIDED, decided(2, "a", outcome="refer", reason="temperature.elevated"))
    assert there(book) == []


def test_whom_staff_let_through_is_not_there(book: Book) -> None:
    book.write(DECIDED, decided(1, "a", reason="staff.admitted"))
    assert there(book) == []


def test_data_of_another_shape_is_passed_over(book: Book) -> None:
    book.write(DECIDED, decided(1, "a", duty="waiter")).write(DECIDED, decided(2, None))
    book.write(DECIDED, decided(3, "a", temperature=None)).write(DECIDED, decided(4, "a", decision_ms=None))
    book.write(DECIDED, decided(5, "a") | {"passage": "x"}).write(
        DECIDED, decided(6, "a", purpose="handover")
    )
    assert there(book) == []


def test_only_so_many_are_kept(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restore_check_ins, "KEPT", 2)
    for passage, subject in enumerate("abc", start=1):
        book.write(DECIDED, decided(passage, subject))
    assert there(book) == ["b", "c"]


def by_hand(passage: int, celsius: float, outcome: str, reason: str) -> dict[str, JsonValue]:
    return decided(passage, "a", outcome=outcome, reason=reason, staff="07", clinical_celsius=celsius)


def test_who_checked_in_by_a_clinical_thermometer_is_there_with_its_value(book: Book) -> None:
    book.write(DECIDED, by_hand(1, 36.6, "grant", "temperature.clinical_normal"))
    (check_in,) = past_of(book.journal).check_ins
    assert check_in.temperature == {"clinical_celsius": 36.6}


def test_who_was_too_warm_by_a_clinical_thermometer_is_there_no_more(book: Book) -> None:
    book.write(DECIDED, decided(1, "a"))
    book.write(DECIDED, by_hand(2, 38.4, "deny", "temperature.clinical_elevated"))
    assert there(book) == []
