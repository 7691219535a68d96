"""Where `kiosk journal replay` reads from: a kiosk's journal, or an export of one as JSON lines.

An export is hostile until its hashes say otherwise. They show that each entry is
the one that its own leaf hash names; that none is missing at either end, and
who wrote them, only the journal's tree heads can tell.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

from kiosk.cli.journal_keys import at_hand
from kiosk.cli.journal_verify import JOURNAL_FILE, SITE_FILE, hub_key_of
from kiosk.core.replay.entry import InForce, in_force_of
from kiosk.gatekeeper.restore import past_told_by
from kiosk.journal.envelope import MAX_DATA_BYTES, canonical, data_hash
from kiosk.journal.epoch_statement import EPOCH_BEGAN
from kiosk.journal.errors import EntryRefused, JournalError, JournalMissing
from kiosk.journal.merkle import leaf_hash
from kiosk.journal.reader import Entry, JournalReader
from kiosk.journal.verify import verify

CHUNK = 1_000
MAX_LINE_BYTES = 4 * MAX_DATA_BYTES
_SQLITE = b"SQLite format 3\0"


class Source(Protocol):
    """Entries that can be read more than once. `note` is what was left of entries that are deleted."""

    name: str
    note: str

    def entries(self) -> Iterator[Entry]: ...

    def begins_whole(self) -> bool:
        """Whether nothing was before the first entry."""

    def check(self) -> tuple[list[str], list[str]]:
        """What is wrong, and what it was not held against, in sentences. Raises JournalError."""


def open_source(path: Path) -> Source:
    """A state folder, its journal, or an export. Raises JournalError, OSError."""
    if path.is_dir():
        return JournalSource(path / JOURNAL_FILE)
    if not path.exists():
        raise JournalMissing(f"{path}: there is neither a journal nor an export.")
    with path.open("rb") as file:
        is_journal = file.read(len(_SQLITE)) == _SQLITE
    return JournalSource(path) if is_journal else ExportSource(path)


def in_force_at_first(note: str) -> InForce | None:
    """By what people were judged when the first entry that is left was written. Raises ReplayError."""
    past_told_by(note, ())  # a note that can't be read is said there
    kept: Any = json.loads(note) if note else {}
    known = kept.get("in_force")
    return in_force_of(known) if isinstance(known, dict) else None


class JournalSource:
    """A journal file; its device's key and site file are used where they stand beside it."""

    def __init__(self, path: Path) -> None:
        self.name = str(path)
        self._path = path
        with JournalReader(path) as reader:
            self._size = reader.size
            self._is_first = reader.owner[1] == 1
            self._forgotten, self.note = reader.forgotten

    def entries(self) -> Iterator[Entry]:
        with JournalReader(self._path) as reader:
            for start in range(0, self._size, CHUNK):
                yield from reader.entries(start, min(CHUNK, self._size - start))

    def begins_whole(self) -> bool:
        return self._is_first and self._forgotten == 0

    def check(self) -> tuple[list[str], list[str]]:
        folder = self._path.parent
        trusted, lacking = at_hand(folder, hub_key_of(folder / SITE_FILE))
        return list(verify(self._path, trusted).problems), lacking


class ExportSource:
    """What `kiosk journal export --format jsonl` has written."""

    note = ""

    def __init__(self, path: Path) -> None:
        self.name = str(path)
        self._path = path

    def entries(self) -> Iterator[Entry]:
        """Raises JournalError for a line that is none."""
        for number, line in self._lines():
            try:
                envelope = line["envelope"]
                yield Entry(
                    int(line["seq"]),
                    str(envelope["type"]),
                    str(envelope["time"]),
                    bool(envelope["timetrusted"]),
                    line["data"],
                )
            except (KeyError, TypeError, ValueError) as error:
                raise self._broken(number) from error

    def begins_whole(self) -> bool:
        first = next(self.entries(), None)
        return first is None or (first.seq == 0 and first.type != EPOCH_BEGAN and first.data is not None)

    def check(self) -> tuple[list[str], list[str]]:
        problems, expected, source = [], None, None
        for number, line in self._lines():
            try:
                seq, envelope = line["seq"], line["envelope"]
                if expected is not None and seq != expected:
                    problems.append(f"Line {number} holds entry {seq}, not {expected}: one is missing.")
                if source is not None and envelope["source"] != source:
                    problems.append(f"Entry {seq} is of another log than those before it.")
                if not _is_what_it_says(line):
                    problems.append(f"Entry {seq} is not what its own hashes say.")
                expected, source = seq + 1, envelope["source"]
            except (KeyError, TypeError, ValueError) as error:
                raise self._broken(number) from error
        alone = "a signed tree head: an export alone proves neither that it is complete nor who wrote it"
        return problems, [alone]

    def _lines(self) -> Iterator[tuple[int, dict[str, Any]]]:
        with self._path.open("rb") as file:
            number = 0
            while line := file.readline(MAX_LINE_BYTES + 1):
                number += 1
                try:
                    document = json.loads(line) if len(line) <= MAX_LINE_BYTES else None
                except (ValueError, RecursionError) as error:
                    raise self._broken(number) from error
                if not isinstance(document, dict):
                    raise self._broken(number)
                yield number, document

    def _broken(self, number: int) -> JournalError:
        return JournalError(
            f"{self.name}: line {number} is no entry; write it with kiosk journal export --format jsonl."
        )


def _is_what_it_says(line: dict[str, Any]) -> bool:
    """Raises KeyError, TypeError, ValueError for what is no entry at all."""
    envelope, data, seq = line["envelope"], line["data"], line["seq"]
    try:
        sound = base64.b64encode(leaf_hash(canonical(envelope))).decode() == line["leaf_hash"]
        if sound and data is not None:
            salt = base64.b64decode(line["salt"], validate=True)
            sound = data_hash(salt, canonical(data)) == envelope["datahash"]
    except EntryRefused:
        return False
    return sound and type(seq) is int and envelope["id"] == str(seq)
