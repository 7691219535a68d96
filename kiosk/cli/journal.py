"""`kiosk journal`: is the record whole, and what stands in it. Reads beside a running kiosk."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from kiosk.cli import journal_export, journal_prove, journal_replay, journal_verify
from kiosk.cli.journal_verify import JOURNAL_FILE
from kiosk.journal.errors import JournalError
from kiosk.journal.reader import Entry, JournalReader

DEFAULT_LIMIT = 20
DELETED = "(deleted at the end of retention)"


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("journal", help="check, read, prove or export the journal")
    actions = parser.add_subparsers(dest="action", required=True)
    journal_verify.add_parser(actions)
    showing = actions.add_parser("show", help="print the newest entries, oldest first")
    showing.add_argument(
        "--limit", type=_count, default=DEFAULT_LIMIT, help="how many (default: %(default)s)"
    )
    showing.add_argument("--start", type=_number, help="from this entry on, instead of the newest")
    showing.add_argument("--type", help="only entries of this type, such as kiosk.passage.decided")
    showing.add_argument("--state", type=Path, required=True, help="the kiosk's state folder")
    showing.add_argument("--json", action="store_true", help="print JSON")
    raw = actions.add_parser(
        "raw", help="print the sensor's words behind an elevated reading, for kiosk-calibrate decode"
    )
    raw.add_argument("seq", type=int, help="the entry's number")
    raw.add_argument("--state", type=Path, required=True, help="the kiosk's state folder")
    journal_prove.add_parsers(actions)
    journal_export.add_parser(actions)
    journal_replay.add_parser(actions)


def run(arguments: argparse.Namespace) -> int:
    """0: done, and where something is checked it is as it should be; 1: it is not; 2: it cannot be read."""
    actions = {
        "verify": journal_verify.run,
        "show": _show,
        "raw": _raw,
        "prove": journal_prove.prove,
        "check": journal_prove.check,
        "export": journal_export.run,
        "replay": journal_replay.run,
    }
    try:
        return actions[arguments.action](arguments)
    except (JournalError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2


def _show(arguments: argparse.Namespace) -> int:
    with JournalReader(arguments.state / JOURNAL_FILE) as reader:
        entries = _chosen(reader, arguments.start, arguments.limit, arguments.type)
    for entry in entries:
        sys.stdout.write((_json_line(entry) if arguments.json else _text_line(entry)) + "\n")
    return 0


def _chosen(reader: JournalReader, start: int | None, limit: int, kind: str | None) -> list[Entry]:
    """From `start` on, or the newest; of one kind where it is given."""
    if kind is None:
        return reader.entries(max(reader.size - limit, 0) if start is None else start, limit)
    found = [each for each in reader.entries(start or 0, reader.size) if each.type == kind]
    return found[-limit:] if start is None else found[:limit]


def _raw(arguments: argparse.Namespace) -> int:
    seq = arguments.seq
    with JournalReader(arguments.state / JOURNAL_FILE) as reader:
        entries = reader.entries(seq, 1) if 0 <= seq < reader.size else []
    data = entries[0].data if entries else None
    temperature = data.get("temperature") if isinstance(data, dict) else None
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
    shown = DELETED if entry.data is None else json.dumps(_without_raw(entry.data), ensure_ascii=False)
    return _plain(f"{entry.seq:>7}  {entry.time}{doubt}  {entry.type}  {shown}")


def _without_raw(data: Any) -> Any:
    temperature = data.get("temperature") if isinstance(data, dict) else None
    if isinstance(temperature, dict) and "raw" in temperature:
        return {**data, "temperature": {**temperature, "raw": "…"}}
    return data


def _plain(text: str) -> str:
    """Without anything that a terminal would obey."""
    return "".join(
        character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text
    )


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 15:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 on")
    return int(text)


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:10]) <= 1_000_000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to 1000000")
    return int(text)
