from __future__ import annotations

import argparse
import base64
import json
from pathlib import Path

import apsw
import pytest

from kiosk.cli import journal as command
from kiosk.core.commands import JsonValue
from kiosk.journal.store import Journal
from tests.journal.conftest import START, draft


def run(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    command.add_parser(parser.add_subparsers(required=True))
    return command.run(parser.parse_args(["journal", *arguments]))


@pytest.fixture
def state(tmp_path: Path) -> Path:
    with Journal(tmp_path / "journal.db", "kiosk-7") as journal:
        journal.append_many([draft(n) for n in range(30)])
    return tmp_path


def test_verify_reports_a_whole_journal_as_json(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("verify", "--state", str(state), "--json") == 0
    with Journal(state / "journal.db", "kiosk-7") as journal:
        root = base64.b64encode(journal.root()).decode()
    assert json.loads(capsys.readouterr().out) == {
        "ok": True,
        "entries": 30,
        "root": root,
        "acknowledged": 0,
        "problems": [],
    }


def test_verify_exits_1_and_names_the_entry_that_was_changed(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    connection = apsw.Connection(str(state / "journal.db"))
    connection.execute("DROP TRIGGER entry_is_final")
    connection.execute("UPDATE entry SET data = x'7b7d' WHERE seq = 17")
    connection.close()
    assert run("verify", "--state", str(state)) == 1
    said = capsys.readouterr().out
    assert "entry 17: its data" in said
    assert "NOT whole" in said


@pytest.mark.parametrize("action", ["verify", "show"])
def test_a_missing_journal_is_one_sentence_and_exit_2(
    action: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(action, "--state", str(tmp_path)) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert f"{tmp_path}/journal.db: there is no journal here" in captured.err


def test_show_prints_the_newest_entries_oldest_first(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("show", "--state", str(state), "--limit", "3", "--json") == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["seq"] for line in lines] == [27, 28, 29]
    assert lines[0]["data"]["passage_id"] == 27


def test_show_marks_a_doubtful_time_and_defuses_what_a_terminal_would_obey(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Journal(tmp_path / "journal.db", "kiosk-7") as journal:
        journal.append_many([("kiosk.note\x1b[2J", {"name": "王\u202e\x9b"}, START, False)])
    assert run("show", "--state", str(tmp_path)) == 0
    said = capsys.readouterr().out
    assert "2026-11-22T08:00:00.000000Z?  kiosk.note\ufffd[2J" in said
    assert "王\ufffd\ufffd" in said


@pytest.mark.parametrize("limit", ["0", "-1", "x", "9" * 5000, "²"])
def test_an_unfit_limit_is_refused(limit: str, state: Path) -> None:
    with pytest.raises(SystemExit):
        run("show", "--state", str(state), "--limit", limit)


def test_the_raw_words_of_an_elevated_reading_come_out_alone_and_are_left_out_of_the_lines(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    raw: JsonValue = {"eeprom": "AAA=", "frames": ["AAE="], "emissivity": 0.98, "reflected_celsius": None}
    with Journal(state / "journal.db", "kiosk-7") as journal:
        journal.append_many([("kiosk.passage.decided", {"temperature": {"raw": raw}}, START, True)])
    assert run("raw", "30", "--state", str(state)) == 0
    assert json.loads(capsys.readouterr().out) == raw
    assert run("show", "--limit", "1", "--state", str(state)) == 0
    assert "AAE=" not in capsys.readouterr().out


@pytest.mark.parametrize("seq", ["3", "-1", "99999"])
def test_an_entry_without_raw_words_is_said_to_have_none(
    seq: str, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("raw", "--state", str(state), "--", seq) == 2
    assert "holds no raw words" in capsys.readouterr().err
