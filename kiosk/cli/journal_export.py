"""`kiosk journal export`: entries as CSV for a spreadsheet, or as JSON lines that can be verified elsewhere.

A JSON line holds an entry byte for byte: `{"seq", "envelope", "data", "salt",
"leaf_hash"}`; data and salt are null once they have been deleted. The CSV
(RFC 4180, UTF-8) has the columns that people ask for, and all data as JSON in
the last. A cell that a spreadsheet would take for a formula begins with an
apostrophe.
"""

from __future__ import annotations

import argparse
import base64
import csv
import io
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TextIO

from kiosk.cli.journal_verify import JOURNAL_FILE
from kiosk.journal.reader import JournalReader, StoredEntry

CHUNK = 1_000
COLUMNS = ("passage", "access_point", "purpose", "outcome", "reason", "subject", "format")
MEASURED = ("face_skin_celsius", "expanded_u_celsius", "oral_estimate_celsius")
HEADER = ("seq", "time", "time_trusted", "type", *COLUMNS, *MEASURED, "data")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def add_parser(actions: Any) -> None:
    parser = actions.add_parser("export", help="write entries as CSV or JSON lines")
    parser.add_argument("--state", type=Path, required=True, help="the kiosk's state folder")
    parser.add_argument("--format", choices=sorted(WRITERS), default="csv")
    parser.add_argument("--start", type=int, default=0, help="the first entry (default: %(default)s)")
    parser.add_argument("--end", type=int, help="the one after the last (default: all)")
    parser.add_argument("--out", type=Path, metavar="FILE", help="a new file, instead of standard output")


def run(arguments: argparse.Namespace) -> int:
    with JournalReader(arguments.state / JOURNAL_FILE) as reader:
        end = reader.size if arguments.end is None else min(arguments.end, reader.size)
        entries = _stored(reader, max(arguments.start, 0), end)
        if arguments.out is None:
            WRITERS[arguments.format](entries, sys.stdout)
            return 0
        with arguments.out.open("x", encoding="utf-8", newline="") as file:
            WRITERS[arguments.format](entries, file)
    return 0


def _stored(reader: JournalReader, start: int, end: int) -> Iterator[StoredEntry]:
    for begin in range(start, end, CHUNK):
        yield from reader.stored(begin, min(CHUNK, end - begin))


def _json_lines(entries: Iterator[StoredEntry], out: TextIO) -> None:
    for entry in entries:
        line = {
            "seq": entry.seq,
            "envelope": json.loads(entry.envelope),
            "data": json.loads(entry.data) if entry.data else None,
            "salt": base64.b64encode(entry.salt).decode() if entry.data else None,
            "leaf_hash": base64.b64encode(entry.leaf_hash).decode(),
        }
        out.write(json.dumps(line, ensure_ascii=False) + "\n")


def _csv(entries: Iterator[StoredEntry], out: TextIO) -> None:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(HEADER)
    for entry in entries:
        writer.writerow(_row(entry))
        out.write(buffer.getvalue())
        buffer.seek(0)
        buffer.truncate()
    out.write(buffer.getvalue())


def _row(entry: StoredEntry) -> list[str]:
    envelope = json.loads(entry.envelope)
    data = json.loads(entry.data) if entry.data else {}
    named = data if isinstance(data, dict) else {}
    temperature = named.get("temperature")
    measured = temperature if isinstance(temperature, dict) else {}
    return [
        str(entry.seq),
        _cell(envelope.get("time")),
        _cell(envelope.get("timetrusted")),
        _cell(envelope.get("type")),
        *(_cell(named.get(name)) for name in COLUMNS),
        *(_cell(measured.get(name)) for name in MEASURED),
        _cell(entry.data.decode()),
    ]


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, int | float):
        return str(value).lower()
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


WRITERS: dict[str, Callable[[Iterator[StoredEntry], TextIO], None]] = {"csv": _csv, "jsonl": _json_lines}
