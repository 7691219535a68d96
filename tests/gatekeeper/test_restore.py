"""What a restarted gatekeeper knows, from a real journal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from kiosk.core.commands import JsonValue
from kiosk.core.passage import ANNULLED, DECIDED, DOOR_ALARM, PASSED, STAFF_ACTED, TRIP_CHOSEN
from kiosk.core.past import Past
from kiosk.core.reentry import Measured
from kiosk.core.view import Mode
from kiosk.gatekeeper import restore
from kiosk.gatekeeper.journal_house import note_of
from kiosk.gatekeeper.restore import past_of, past_told_by
from kiosk.journal.store import Journal
from sim.clock import DAY_BEGINS


class Book:
    def __init__(self, path: Path) -> None:
        self.journal = Journal(path / "journal.db", "kiosk-7").open()
        self._n = 0

    def write(self, kind: str, data: dict[str, JsonValue], *, trusted: bool = True) -> Book:
        self._n += 1
        self.journal.append_many([(kind, data, DAY_BEGINS + timedelta(minutes=self._n), trusted)])
        return self

    def granted(self, passage: int, subject: str, purpose: str = "entry") -> Book:
        return self.write(
            DECIDED, _data(passage, subject, purpose) | {"outcome": "grant", "reason": "granted"}
        )

    def passed(self, passage: int, subject: str | None, purpose: str = "entry") -> Book:
        return self.write(PASSED, _data(passage, subject, purpose))


def _data(passage: int, subject: str | None, purpose: str) -> dict[str, JsonValue]:
    return {"passage": passage, "access_point": "gate", "purpose": purpose, "subject": subject}


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    book = Book(tmp_path)
    yield book
    book.journal.close()


def test_an_empty_journal_knows_nothing(book: Book) -> None:
    assert past_of(book.journal) == Past()


def test_who_has_passed_the_entry_and_not_the_exit_is_inside(book: Book) -> None:
    book.granted(1, "a").passed(1, "a").granted(2, "b").passed(2, "b").passed(3, "a", "exit")
    assert set(past_of(book.journal).inside) == {"b"}


def test_who_is_inside_has_come_in_when_the_journal_says_at_a_time_that_was_trusted(book: Book) -> None:
    book.passed(1, "a").passed(2, "b").write(PASSED, _data(3, "c", "entry"), trusted=False)
    minute = timedelta(minutes=1)
    assert past_of(book.journal).inside == {"a": DAY_BEGINS + minute, "b": DAY_BEGINS + 2 * minute, "c": None}


def test_who_has_entered_twice_is_inside_once_since_the_second_time_under_his_newer_name(book: Book) -> None:
    book.passed(1, "yesterday").passed(2, "b")
    book.write(PASSED, _data(3, "today", "entry") | {"inside_as": "yesterday"}).passed(4, "b")
    inside = past_of(book.journal).inside
    assert inside == {"today": DAY_BEGINS + timedelta(minutes=3), "b": DAY_BEGINS + timedelta(minutes=4)}


def test_a_grant_that_nobody_used_and_a_courier_leave_nobody_inside(book: Book) -> None:
    book.granted(1, "a").write(ANNULLED, _data(1, "a", "entry"))
    book.granted(2, "b", "handover").passed(2, "b", "handover")
    past = past_of(book.journal)
    assert not past.inside
    assert past.open_grants == ()


def test_a_grant_that_a_crash_left_open_is_named_so_that_it_can_be_closed(book: Book) -> None:
    book.granted(1, "a").passed(1, "a").granted(2, "b")
    (open_grant,) = past_of(book.journal).open_grants
    assert (open_grant["passage"], open_grant["subject"]) == (2, "b")


def test_an_exit_with_a_code_that_did_not_verify_takes_nobody_out(book: Book) -> None:
    book.passed(1, "a").passed(2, None, "exit")
    assert set(past_of(book.journal).inside) == {"a"}


def test_who_left_an_empty_house_or_came_again_is_counted_after_a_restart_as_before_it(book: Book) -> None:
    book.passed(1, None, "exit").passed(2, "a").passed(3, None, "exit").passed(4, "a")
    past = past_of(book.journal)
    assert (list(past.inside), past.unnamed) == (["a"], 0)


def test_passages_go_on_after_the_highest_in_the_journal(book: Book) -> None:
    book.passed(12, "a").write(DOOR_ALARM, {"reason": "door.forced_open"}).passed(7, "b")
    assert past_of(book.journal).last_passage_id == 12


def test_the_clock_has_come_as_far_as_the_last_entry_at_trusted_time(book: Book) -> None:
    book.write(DOOR_ALARM, {}).write(DOOR_ALARM, {}).write(DOOR_ALARM, {}, trusted=False)
    assert past_of(book.journal).trusted_until == DAY_BEGINS + timedelta(minutes=2)


def test_only_so_much_of_a_long_journal_is_read(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restore, "LOOK_BACK_ENTRIES", 3)
    monkeypatch.setattr(restore, "_CHUNK", 2)
    for number, subject in enumerate("abcde", start=1):
        book.passed(number, subject)
    assert set(past_of(book.journal).inside) == {"c", "d", "e"}


def test_data_of_another_shape_is_passed_over(book: Book) -> None:
    book.write(PASSED, {"passage": "x"}).write(PASSED, {"passage": True, "subject": "a", "purpose": "entry"})
    assert not past_of(book.journal).inside


def test_the_slots_of_the_last_grants_are_spent_still_unless_nobody_used_them(book: Book) -> None:
    for passage, subject in ((1, "a"), (2, "b"), (3, "c")):
        data: dict[str, JsonValue] = {"outcome": "grant", "slot": 100 + passage}
        book.write(DECIDED, _data(passage, subject, "entry") | data)
    book.write(ANNULLED, _data(2, "b", "entry"))
    book.write(ANNULLED, _data(3, "c", "entry") | {"cause": "restart"})
    assert past_of(book.journal).spent == (("a", 101), ("c", 103))


def measured(book: Book, passage: int, subject: str, **temperature: JsonValue) -> Book:
    """A grant by a temperature, and the way through."""
    decided: dict[str, JsonValue] = {"outcome": "grant", "reason": "granted", "temperature": temperature}
    return book.write(DECIDED, _data(passage, subject, "entry") | decided).passed(passage, subject)


def test_whose_temperature_counts_after_a_break_is_known_after_a_restart(book: Book) -> None:
    measured(book, 1, "a", face_skin_celsius=33.9)
    measured(book, 2, "b", face_skin_celsius=34.1).passed(3, "b", "exit").passed(4, "b", "exit")
    measured(book, 5, "c", missing="no_face")
    minute = timedelta(minutes=1)
    assert past_of(book.journal).measured == {
        "a": Measured(1, DAY_BEGINS + 2 * minute),
        "b": Measured(2, DAY_BEGINS + 4 * minute, DAY_BEGINS + 5 * minute),
    }


def test_a_temperature_that_was_reused_after_midnight_under_another_name_counts_no_more(book: Book) -> None:
    measured(book, 1, "yesterday", face_skin_celsius=33.9).passed(2, "yesterday", "exit")
    measured(book, 3, "today", reused_from_passage=1)
    assert not past_of(book.journal).measured


def test_a_break_that_begins_or_a_temperature_at_a_time_that_is_not_trusted_counts_for_nothing(
    book: Book,
) -> None:
    measured(book, 1, "a", face_skin_celsius=33.9)
    book.write(PASSED, _data(2, "a", "exit"), trusted=False).passed(3, "a", "exit")
    decided: dict[str, JsonValue] = {"outcome": "grant", "reason": "granted"}
    decided["temperature"] = {"face_skin_celsius": 33.9}
    book.write(DECIDED, _data(4, "b", "entry") | decided)
    book.write(PASSED, _data(4, "b", "entry"), trusted=False)
    assert not past_of(book.journal).measured


def test_the_trip_that_the_driver_has_chosen_last_is_known_after_a_restart(book: Book) -> None:
    book.write(TRIP_CHOSEN, {"trip": "early"}).write(TRIP_CHOSEN, {"trip": "late"}).passed(1, "a")
    assert past_of(book.journal).trip == "late"


@pytest.mark.parametrize("is_forgotten", [True, False])
def test_a_lock_down_and_a_trip_of_long_ago_outlast_a_restart(
    is_forgotten: bool, book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    book.write(STAFF_ACTED, {"action": "lock_down"}).write(TRIP_CHOSEN, {"trip": "K7"})
    if is_forgotten:  # the hub has acknowledged them more than two weeks ago
        note = note_of("", book.journal.entries(0, 2))
        past = past_told_by(note, ())
    else:  # more has been recorded since than a start reads, each decision under the same choices
        monkeypatch.setattr(restore, "LOOK_BACK_ENTRIES", 2)
        told: dict[str, JsonValue] = {
            "outcome": "deny",
            "reason": "gate.locked_down",
            "trip": "K7",
            "facts": {"mode": "locked_down"},
        }
        book.write(DECIDED, _data(1, "a", "boarding") | told).write(DOOR_ALARM, {})
        past = past_of(book.journal)
    assert (past.mode, past.trip) == (Mode.LOCKED_DOWN, "K7")


def test_what_was_released_since_is_locked_down_no_more(book: Book) -> None:
    book.write(STAFF_ACTED, {"action": "lock_down"})
    note = note_of("", book.journal.entries(0, 1))
    book.write(STAFF_ACTED, {"action": "release"})
    assert past_told_by(note, book.journal.entries(1, 1)).mode is Mode.NORMAL
    assert past_told_by('{"mode": "of a later version"}', ()).mode is Mode.NORMAL


def test_what_staff_have_let_in_was_not_measured_normal(book: Book) -> None:
    decided: dict[str, JsonValue] = {"outcome": "grant", "reason": "staff.override"}
    decided["temperature"] = {"face_skin_celsius": 39.0}
    book.write(DECIDED, _data(1, "a", "entry") | decided).passed(1, "a")
    assert not past_of(book.journal).measured
