"""`kiosk journal replay` over journals and exports on disk."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import apsw
import pytest

from kiosk.__main__ import main as kiosk
from kiosk.cli.journal_source import JournalSource
from kiosk.core import passage as entries
from kiosk.gatekeeper.journal_house import note_of
from kiosk.journal.store import Journal
from tests.core.playbook import code
from tests.core.replay.replaying import Recorded
from tests.core.replay.test_replay import in_twice
from tests.journal.tampering import receipt

DECIDED_SEQ = 4
"""The last decision of `in_twice`: start, calibration, decided, passed, decided."""


@pytest.fixture
def state(tmp_path: Path) -> Path:
    play = Recorded()
    in_twice(play)
    play.wait(9.0).scan(code(cti=b"another!", shown_at=play.now.utc)).wait(9.0)
    with Journal(tmp_path / "journal.db", "kiosk-7") as journal:
        journal.append_many(
            [(each.type, each.data, each.at.utc, each.at.utc_trusted) for each in play.journal]
        )
    return tmp_path


def export(state: Path, *arguments: str) -> Path:
    out = state / "export.jsonl"
    command = ["journal", "export", "--state", str(state), "--format", "jsonl", "--out", str(out)]
    assert kiosk([*command, *arguments]) == 0
    return out


def change_entry(state: Path, seq: int, **data: Any) -> None:
    """As somebody does who can write the file, and forgets the hashes."""
    connection = apsw.Connection(str(state / "journal.db"))
    connection.execute("DROP TRIGGER entry_is_final")
    old: Any = connection.execute("SELECT data FROM entry WHERE seq = ?", (seq,)).get
    new = json.dumps({**json.loads(old), **data}).encode()
    connection.execute("UPDATE entry SET data = ? WHERE seq = ?", (new, seq))
    connection.close()


def test_a_journal_gives_the_same_decisions_from_folder_file_and_export(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for source in (state, state / "journal.db", export(state)):
        assert kiosk(["journal", "replay", str(source)]) == 0
        said = capsys.readouterr().out
        assert "the same: entries 0 to 5, 1 runs: 3 decisions, 1 passed, 0 annulled" in said
    assert "an export alone proves neither that it is complete nor who wrote it" in said


def test_a_difference_ends_with_1_and_says_what_was_and_what_is(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change_entry(state, DECIDED_SEQ, outcome="grant", reason="granted")
    assert kiosk(["journal", "replay", str(state), "--no-verify"]) == 1
    said = capsys.readouterr().out
    assert f"The first difference is entry {DECIDED_SEQ} of 2026-" in said
    assert 'recorded: {"outcome": "grant"' in said
    assert "passback.already_inside" in said
    assert "Not verified" in said
    assert kiosk(["journal", "replay", str(state), "--no-verify", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["same"], told["difference"]["seq"]) == (False, DECIDED_SEQ)
    assert told["difference"]["now"]["reason"] == "passback.already_inside"


def test_what_is_not_what_the_kiosk_has_written_is_not_replayed(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = export(state)
    out.write_text(out.read_text(encoding="utf-8").replace("passback.already_inside", "granted"))
    change_entry(state, DECIDED_SEQ, outcome="grant")
    for source in (state, out):
        assert kiosk(["journal", "replay", str(source)]) == 2
        said = capsys.readouterr()
        assert said.out == ""
        assert "--no-verify replays it all the same" in said.err


def test_an_export_with_a_gap_is_told_by_its_line(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = export(state)
    lines = out.read_text(encoding="utf-8").splitlines(keepends=True)
    out.write_text("".join([*lines[:3], *lines[4:]]), encoding="utf-8")
    assert kiosk(["journal", "replay", str(out)]) == 2
    assert "Line 4 holds entry 4, not 3: one is missing." in capsys.readouterr().err


def test_an_export_from_the_middle_can_t_be_replayed_before_the_next_start(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert kiosk(["journal", "replay", str(export(state, "--start", "2"))]) == 2
    said = capsys.readouterr().out
    assert "none of 4 entries can be replayed" in said
    assert "of a run whose start is not there" in said


@pytest.mark.parametrize(
    "line", ["", "nonsense", "[]", "{}", '{"seq": 0, "envelope": 7}', "[" * 100_000, '{"seq": null}']
)
def test_a_line_that_is_no_entry_is_named(
    tmp_path: Path, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "export.jsonl"
    out.write_text(line + "\n", encoding="utf-8")
    assert kiosk(["journal", "replay", str(out)]) == 2
    assert "line 1 is no entry" in capsys.readouterr().err


def test_an_export_of_two_logs_is_none(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = export(state)
    text = out.read_text(encoding="utf-8")
    before, last = text.rstrip("\n").rsplit("\n", 1)
    out.write_text(f"{before}\n{last.replace('kiosk-7', 'kiosk-8')}\n", encoding="utf-8")
    assert kiosk(["journal", "replay", str(out)]) == 2
    assert "is of another log than those before it" in capsys.readouterr().err


def test_nothing_at_all_and_nothing_that_was_recorded_are_told_apart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert kiosk(["journal", "replay", str(tmp_path / "nowhere.jsonl")]) == 2
    assert "there is neither a journal nor an export" in capsys.readouterr().err
    (tmp_path / "empty.jsonl").write_bytes(b"")
    assert kiosk(["journal", "replay", str(tmp_path / "empty.jsonl")]) == 2
    assert "none of 0 entries" in capsys.readouterr().out


def test_an_entry_that_no_kiosk_writes_is_one_sentence(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change_entry(state, DECIDED_SEQ, decision_ms="long")
    assert kiosk(["journal", "replay", str(state), "--no-verify"]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert f"entry {DECIDED_SEQ} is not what a kiosk writes" in said


def test_after_retention_the_rest_is_replayed_by_the_rules_that_the_note_has_kept(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Journal(state / "journal.db", "kiosk-7") as journal:
        kept = note_of("", journal.entries(0, DECIDED_SEQ))
        journal.acknowledge(6, receipt(6, journal.root_at(6)))
        journal.forget(DECIDED_SEQ, kept)
    assert not JournalSource(state / "journal.db").begins_whole()
    assert kiosk(["journal", "replay", str(state)]) == 0
    said = capsys.readouterr().out
    assert f"the same: entries {DECIDED_SEQ} to 5" in said
    assert "4 entries from 0 to 3 whose data is deleted" in said
    assert "1 people were inside" in said
    kinds = [each.type for each in JournalSource(state / "journal.db").entries()]
    assert kinds[DECIDED_SEQ] == entries.DECIDED
