"""`kiosk journal`: is the record whole, and what stands in it. Reads beside a running kiosk."""

from __future__ import annotations

import argparse
import base64
import json
import sys
from pathlib import Path
from typing import Any

from kiosk.journal.errors import JournalError
from kiosk.journal.reader import Entry, JournalReader
from kiosk.journal.verify import VerifyReport, verify

JOURNAL_FILE = "journal.db"
DEFAULT_LIMIT = 20


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("journal", help="check or read the journal")
    actions = parser.add_subparsers(dest="action", required=True)
    checking = actions.add_parser("verify", help="check every entry, hash and receipt")
    showing = actions.add_parser("show", help="print the newest entries, oldest first")
    showing.add_argument(
        "--limit", type=_count, default=DEFAULT_LIMIT, help="how many (default: %(default)s)"
    )
    raw = actions.add_parser(
        "raw", help="print the sensor's words behind an elevated reading, for kiosk-calibrate decode"
    )
    raw.add_argument("seq", type=int, help="the entry's number")
    raw.add_argument("--state", type=Path, required=True, help="the kiosk's state folder")
    for each in (checking, showing):
        each.add_argument("--state", type=Path, required=True, help="the kiosk's state folder")
        each.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """0: done, and for `verify` the journal is whole; 1: it is not; 2: it cannot be read."""
    path = arguments.state / JOURNAL_FILE
    try:
        if arguments.action == "verify":
            return _verify(path, as_json=arguments.json)
        if arguments.action == "raw":
            return _raw(path, arguments.seq)
        return _show(path, arguments.limit, as_json=arguments.json)
    except JournalError as error:
        sys.stderr.write(f"{error}\n")
        return 2


def _verify(path: Path, *, as_json: bool) -> int:
    report = verify(path)
    if as_json:
        sys.stdout.write(json.dumps(_document(report)) + "\n")
    else:
        for problem in report.problems:
            sys.stdout.write(f"{problem}\n")
        judgement = "whole" if report.ok else "NOT whole"
        sys.stdout.write(
            f"{path}: the journal is {judgement}: {report.entries} entries, "
            f"{report.acknowledged} acknowledged, root {_root(report)}\n"
        )
    return 0 if report.ok else 1


def _document(report: VerifyReport) -> dict[str, object]:
    return {
        "ok": report.ok,
        "entries": report.entries,
        "root": _root(report),
        "acknowledged": report.acknowledged,
        "problems": list(report.problems),
    }


def _root(report: VerifyReport) -> str:
    """As it stands in tree heads and receipts."""
    return base64.b64encode(report.root).decode()


def _show(path: Path, limit: int, *, as_json: bool) -> int:
    with JournalReader(path) as reader:
        entries = reader.entries(max(reader.size - limit, 0), limit)
    for entry in entries:
        sys.stdout.write((_json_line(entry) if as_json else _text_line(entry)) + "\n")
    return 0


def _raw(path: Path, seq: int) -> int:
    with JournalReader(path) as reader:
        entries = reader.entries(seq, 1) if 0 <= seq < reader.size else []
    temperature = entries[0].data.get("temperature") if entries else None
    if not isinstance(temperature, dict) or "raw" not in temperature:
        sys.stderr.write(
            f"Entry {seq} holds no raw words of the sensor; only those of elevated readings do: "
            "find one with kiosk journal show.\n"
        )
        return 2
    sys.stdout.write(json.dumps(temperature["raw"]) + "\n")
    return 0


def _json_line(entry: Entry) -> str:
    return json.dumps(
        {
            "seq": entry.seq,
            "type": entry.type,
            "time": entry.time,
            "time_trusted": entry.time_trusted,
            "data": entry.data,
        }
    )


def _text_line(entry: Entry) -> str:
    doubt = "" if entry.time_trusted else "?"
    data = dict(entry.data)
    temperature = data.get("temperature")
    if isinstance(temperature, dict) and "raw" in temperature:
        data["temperature"] = {**temperature, "raw": "…"}
    shown = json.dumps(data, ensure_ascii=False)
    return _plain(f"{entry.seq:>7}  {entry.time}{doubt}  {entry.type}  {shown}")


def _plain(text: str) -> str:
    """Without anything that a terminal would obey."""
    return "".join(
        character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text
    )


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:10]) <= 1_000_000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to 1000000")
    return int(text)
