from __future__ import annotations

import argparse
import base64
import csv
import json
from pathlib import Path

import apsw
import pytest
import rfc8785

from kiosk.cli import journal as command
from kiosk.core.commands import JsonValue
from kiosk.journal.device_key import load_or_create
from kiosk.journal.merkle import leaf_hash, root
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
        whole = base64.b64encode(journal.root()).decode()
    said = json.loads(capsys.readouterr().out)
    said.pop("not_held_against")
    assert said == {
        "ok": True,
        "log": "kiosk-7",
        "entries": 30,
        "root": whole,
        "acknowledged": 0,
        "forgotten": 0,
        "vouched_for": 0,
        "problems": [],
        "places": [],
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


@pytest.fixture
def signed(tmp_path: Path) -> Path:
    """A state folder with the device's key, and tree heads that it has signed."""
    with Journal(tmp_path / "journal.db", "kiosk-7", device_key=load_or_create(tmp_path / "device.key")) as j:
        for start in range(0, 300, 50):
            j.append_many([draft(n) for n in range(start, start + 50)])
    return tmp_path


def device_key(state: Path) -> str:
    return base64.b64encode(load_or_create(state / "device.key").public_key().public_bytes_raw()).decode()


@pytest.mark.parametrize("wanted", [["17"], ["299"], ["--since", "100"], ["--since", "300"]])
def test_what_prove_prints_is_checked_with_the_devices_public_key_alone(
    signed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], wanted: list[str]
) -> None:
    assert run("prove", *wanted, "--state", str(signed)) == 0
    proof = tmp_path / "proof.json"
    proof.write_text(capsys.readouterr().out, encoding="utf-8")
    assert run("check", str(proof), "--device-key", device_key(signed)) == 0
    assert "the log 'kiosk-7'" in capsys.readouterr().out.lower()
    stranger = base64.b64encode(bytes(range(32))).decode()
    assert run("check", str(proof), "--device-key", stranger) == 1
    assert "does NOT hold" in capsys.readouterr().out


@pytest.mark.parametrize(
    "change",
    [
        {"seq": 18},
        {"data": {}},
        {"path": []},
        {"salt": None, "seq": 3},
        {"kind": "consistency"},
        {"kind": []},
        {"tree_head": "x"},
    ],
)
def test_a_proof_that_was_changed_does_not_hold(
    signed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], change: dict[str, object]
) -> None:
    run("prove", "17", "--state", str(signed))
    proof = json.loads(capsys.readouterr().out)
    (tmp_path / "proof.json").write_text(json.dumps({**proof, **change}), encoding="utf-8")
    assert run("check", str(tmp_path / "proof.json"), "--device-key", device_key(signed)) == 1


@pytest.mark.parametrize("wanted", [["300"], ["-1"], ["--since", "301"], ["--since", "0"], []])
def test_what_cannot_be_proven_is_one_sentence(
    signed: Path, capsys: pytest.CaptureFixture[str], wanted: list[str]
) -> None:
    assert run("prove", "--state", str(signed), *(["--", *wanted] if wanted == ["-1"] else wanted)) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_an_unsigned_entry_can_be_proven_by_who_holds_the_key_and_by_nobody_else(
    signed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Journal(signed / "journal.db", "kiosk-7", device_key=load_or_create(signed / "device.key")) as j:
        j.append_many([draft(300)])
        assert run("prove", "300", "--state", str(signed)) == 0
        (signed / "device.key").unlink()
        assert run("prove", "300", "--state", str(signed)) == 2
    assert "run as the user of the gatekeeper" in capsys.readouterr().err


def test_json_lines_hold_all_that_is_needed_to_verify_the_log_elsewhere(
    signed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("export", "--format", "jsonl", "--state", str(signed)) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    leaves = [leaf_hash(rfc8785.dumps(line["envelope"])) for line in lines]
    with Journal(signed / "journal.db", "kiosk-7") as journal:
        assert root(leaves) == journal.root()
    assert lines[3]["data"]["passage_id"] == 3


def test_csv_has_a_row_for_each_entry_and_defuses_formulas(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data: JsonValue = {
        "passage": 4,
        "outcome": "grant",
        "subject": "=cmd()",
        "temperature": {"face_skin_celsius": -34.5},
    }
    with Journal(tmp_path / "journal.db", "kiosk-7") as journal:
        journal.append_many([draft(0), ("kiosk.passage.decided", data, START, False)])  # type: ignore[list-item]
    out = tmp_path / "entries.csv"
    assert run("export", "--state", str(tmp_path), "--start", "1", "--out", str(out)) == 0
    (row,) = csv.DictReader(out.read_text(encoding="utf-8").splitlines())
    assert (row["seq"], row["passage"], row["time_trusted"], row["outcome"]) == ("1", "4", "false", "grant")
    assert (row["subject"], row["face_skin_celsius"]) == ("'=cmd()", "-34.5")
    assert json.loads(row["data"]) == data
    assert run("export", "--state", str(tmp_path), "--out", str(out)) == 2
    assert "exists" in capsys.readouterr().err


def test_show_takes_a_first_entry_and_a_type(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Journal(state / "journal.db", "kiosk-7") as journal:
        journal.append_many([("kiosk.door.alarm", {}, START, True), draft(31)])
    assert run("show", "--state", str(state), "--start", "5", "--limit", "2", "--json") == 0
    assert [json.loads(line)["seq"] for line in capsys.readouterr().out.splitlines()] == [5, 6]
    assert run("show", "--state", str(state), "--type", "kiosk.door.alarm") == 0
    assert capsys.readouterr().out.split()[0] == "30"


def test_data_that_was_deleted_is_said_to_be_and_the_proof_still_holds(
    signed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Journal(signed / "journal.db", "kiosk-7", device_key=load_or_create(signed / "device.key")) as j:
        j.acknowledge(290)
        j.forget(290, "")
    assert run("show", "--state", str(signed), "--start", "289", "--limit", "2") == 0
    assert "deleted at the end of retention" in capsys.readouterr().out.splitlines()[0]
    assert run("raw", "3", "--state", str(signed)) == 2
    assert run("export", "--state", str(signed)) == 0
    assert run("export", "--state", str(signed), "--format", "jsonl") == 0
    capsys.readouterr()
    run("prove", "17", "--state", str(signed))
    (signed / "proof.json").write_text(capsys.readouterr().out, encoding="utf-8")
    assert run("check", str(signed / "proof.json"), "--device-key", device_key(signed)) == 0
    assert "its data has been deleted" in capsys.readouterr().out


def test_verify_says_what_it_could_not_hold_the_journal_against(
    signed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("verify", "--state", str(signed), "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["vouched_for"], len(said["not_held_against"])) == (300, 1)
    (signed / "device.key").unlink()
    assert run("verify", "--state", str(signed)) == 0
    assert capsys.readouterr().out.count("Not held against") == 3
    stranger = base64.b64encode(bytes(range(32))).decode()
    assert run("verify", "--state", str(signed), "--device-key", stranger) == 1
    assert "entries 0 to 255" in capsys.readouterr().out
