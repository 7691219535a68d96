from __future__ import annotations

from datetime import timedelta

import apsw
import pytest

from kiosk.core.commands import Record
from kiosk.core.events import Recorded, RecordFailed
from kiosk.journal.store import Journal
from kiosk.journal.writer import JournalWriter
from kiosk.terms import Instant
from tests.journal.conftest import START

NOW = Instant(5.0, START + timedelta(seconds=5), True)
Answer = Recorded | RecordFailed


def record(record_id: int, **data: float) -> Record:
    return Record(record_id, Instant(1.0, START, True), "kiosk.door.opened", data)


@pytest.fixture
def answers() -> list[Answer]:
    return []


@pytest.fixture
def writer(journal: Journal, answers: list[Answer]) -> JournalWriter:
    return JournalWriter(journal, answers.append, lambda: NOW, queue_limit=10)


def test_records_that_wait_together_are_committed_together_and_answered_in_order(
    journal: Journal, writer: JournalWriter, answers: list[Answer]
) -> None:
    for record_id in (7, 8, 9):
        writer.submit(record(record_id))
    assert answers == []
    assert writer.run_once(0) == 3
    assert answers == [Recorded(NOW, 7, 0), Recorded(NOW, 8, 1), Recorded(NOW, 9, 2)]
    assert journal.size == 3


def test_the_entry_carries_the_time_of_what_happened(journal: Journal, writer: JournalWriter) -> None:
    writer.submit(Record(1, Instant(1.0, START, False), "kiosk.door.opened", {"a": 1}))
    writer.run_once(0)
    entry = journal.entries(0, 1)[0]
    assert (entry.time, entry.time_trusted) == ("2026-11-22T08:00:00.000000Z", False)
    assert (entry.type, entry.data) == ("kiosk.door.opened", {"a": 1})


def test_nothing_to_write_is_no_commit(writer: JournalWriter, answers: list[Answer]) -> None:
    assert writer.run_once(0) == 0
    assert writer.run_once(0.001) == 0
    assert answers == []


def test_a_record_that_cannot_be_written_fails_alone(writer: JournalWriter, answers: list[Answer]) -> None:
    writer.submit(record(1))
    writer.submit(record(2, bad=float("nan")))
    writer.submit(record(3))
    writer.run_once(0)
    assert [type(answer) for answer in answers] == [Recorded, RecordFailed, Recorded]
    assert [answer.record_id for answer in answers] == [1, 2, 3]


def test_a_queue_that_is_full_fails_the_record_at_once(writer: JournalWriter, answers: list[Answer]) -> None:
    for record_id in range(11):
        writer.submit(record(record_id))
    (failed,) = answers
    assert isinstance(failed, RecordFailed)
    assert failed.record_id == 10
    assert "10 records are waiting" in failed.detail


def test_a_locked_journal_fails_the_records_and_the_next_ones_are_written(
    journal: Journal, writer: JournalWriter, answers: list[Answer]
) -> None:
    other = apsw.Connection(str(journal.path))
    other.execute("BEGIN IMMEDIATE")
    writer.submit(record(1))
    writer.run_once(0)
    other.execute("ROLLBACK")
    other.close()
    writer.submit(record(2))
    writer.run_once(0)
    failed, recorded = answers
    assert isinstance(failed, RecordFailed)
    assert "locked" in failed.detail
    assert recorded == Recorded(NOW, 2, 0)


def test_a_journal_that_is_closed_fails_the_record(
    journal: Journal, writer: JournalWriter, answers: list[Answer]
) -> None:
    journal.close()
    writer.submit(record(1))
    writer.run_once(0)
    assert isinstance(answers[0], RecordFailed)
