from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from sim import report
from sim.logbook import Logbook
from sim.report import Books
from tests.gatekeeper.rig import Rig
from tests.sim.test_logbook import GRANT, book, ended
from tests.sim.visits import visit

__all__ = ["book"]
DECISIONS = (("grant", "granted"),)
AGREE = Books(True, 2, "root", DECISIONS, 2, "root")


@pytest.fixture
def day(book: Logbook) -> Logbook:
    book.end(ended(visit(), GRANT, "gate", passed=True))
    return book


def told(day: Logbook, books: Books) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(report.as_json(day, books, {"seed": 1}))
    return answer


def test_a_day_is_right_when_every_answer_was_and_the_hub_holds_what_the_journal_holds(day: Logbook) -> None:
    assert report.is_right(day, AGREE)
    assert told(day, AGREE)["ok"] is True


@pytest.mark.parametrize(
    "books",
    [
        Books(False, 2, "root", DECISIONS, 2, "root"),
        Books(True, 2, "root", DECISIONS, 1, "root"),
        Books(True, 2, "root", DECISIONS, 2, "another"),
        Books(True, 2, "root", (), 2, "root"),
        Books(True, 2, "root", (("deny", "colour.red"),), 2, "root"),
        Books(True, 2, "root", DECISIONS * 2, 2, "root"),
    ],
)
def test_a_day_is_not_right_when_any_book_says_otherwise(day: Logbook, books: Books) -> None:
    assert not report.is_right(day, books)
    assert told(day, books)["ok"] is False


def test_a_wrong_answer_makes_the_day_wrong_and_is_named(day: Logbook) -> None:
    day.end(ended(visit("red", number=9), GRANT, "gate"))
    books = Books(True, 2, "root", DECISIONS * 2, 2, "root")
    assert not report.is_right(day, books)
    assert told(day, books)["wrong"] == [9]
    assert report.line(day.pages[-1]).endswith("WRONG")


def test_a_line_tells_who_came_what_was_shown_and_what_was_answered(day: Logbook) -> None:
    line = report.line(day.pages[0])
    for word in ("12:00:00", "green and well", "grant", "granted", "right"):
        assert word in line
    assert len(report.heading().split()) >= 8


def test_the_tables_name_what_differs(day: Logbook) -> None:
    written = io.StringIO()
    damaged = Books(False, 2, "root", (), 1, "other")
    report.print_tables(Console(file=written, width=160), day, damaged, Path("/tmp/pictures"))
    text = written.getvalue()
    for word in ("DAMAGED", "DIFFERENT", "NOT AS", "1 visits, 0 wrong", "/tmp/pictures"):
        assert word in text


def test_a_report_counts_the_temperature_check_against_the_truth_and_the_people_a_minute(
    day: Logbook,
) -> None:
    document = told(day, AGREE)
    assert document["temperature"]["feverish"]["normal"] == 0
    assert set(document["temperature"]) == {"normal", "near the limit", "feverish"}
    assert (document["people_per_minute"], document["own_share_s"]) == (None, {"median": None, "p95": None})
    written = io.StringIO()
    report.print_tables(Console(file=written, width=160), day, AGREE, None)
    assert "feverish" in written.getvalue()
    assert "nan" not in written.getvalue()


def test_the_passages_of_a_report_hold_nothing_that_differs_from_run_to_run(day: Logbook) -> None:
    (passage,) = told(day, AGREE)["passages"]
    assert passage["kind"] == "green_well"
    assert passage["right"] == [["grant", "granted"]]
    assert not {"root", "signature", "salt"} & passage.keys()


def test_a_journal_is_verified_and_its_decisions_are_read_in_order(tmp_path: Path) -> None:
    rig = Rig(tmp_path).start()
    for kind in ("red", "web_address"):
        rig.visit(kind)
    rig.stop()
    ok, size, root, decisions = report.read_journal(rig.site.journal_path)
    assert (ok, size, len(root)) == (True, 4, 44), "start, calibration, two decisions"
    assert decisions == (("deny", "colour.red"), ("deny", "credential.not_a_pass"))
