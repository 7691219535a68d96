"""Reading a journal, in the gatekeeper or beside it: never writes, never blocks an append."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, Self

import apsw

from kiosk.journal.envelope import wire_entry
from kiosk.journal.errors import JournalUnavailable
from kiosk.journal.merkle import Frontier, MerkleError, subtree_ends
from kiosk.journal.schema import connect_read_only, explained

MAX_BATCH_BYTES = 1_048_576


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry for a human eye. `time` is RFC 3339 in UTC; order is by `seq`, never by `time`."""

    seq: int
    type: str
    time: str
    time_trusted: bool
    data: Any


class JournalReader:
    """The entries of a journal file. Safe to share between threads."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = Lock()
        self._open_connection: apsw.Connection | None = None

    def open(self) -> Self:
        """Raises JournalMissing, JournalUnavailable."""
        self._open_connection = connect_read_only(self.path)
        return self

    def close(self) -> None:
        with self._lock:
            if self._open_connection is not None:
                self._open_connection.close()
                self._open_connection = None

    def __enter__(self) -> Self:
        return self.open()

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def size(self) -> int:
        """How many entries are committed."""
        return int(self._one("SELECT coalesce(max(seq) + 1, 0) FROM entry"))

    @property
    def acknowledged(self) -> int:
        """How many entries the hub has given a receipt for."""
        return int(self._one("SELECT size FROM receipt"))

    @property
    def receipt(self) -> bytes:
        """The hub's last receipt, as it was handed in; empty before the first. Raises JournalError."""
        document = self._one("SELECT document FROM receipt")
        return document if isinstance(document, bytes) else b""

    def root_at(self, size: int) -> bytes:
        """The RFC 6962 root over the first `size` entries. Raises JournalUnavailable when there are fewer."""
        ends = subtree_ends(size)
        marks = ", ".join("?" * len(ends))
        query = f"SELECT subtree FROM entry WHERE seq IN ({marks}) ORDER BY seq"
        subtrees = [row[0] for row in self._rows(query, tuple(ends))]
        try:
            return Frontier.of(size, subtrees).root()
        except (MerkleError, OverflowError) as error:
            raise JournalUnavailable(f"{self.path}: does not hold {size} whole entries.") from error

    def wire_entries(
        self, start: int, limit: int, max_bytes: int = MAX_BATCH_BYTES
    ) -> list[dict[str, object]]:
        """At most `limit` entries from `start` on, as the hub takes them.

        Fewer when they would exceed `max_bytes`, but never none for that reason.
        """
        query = "SELECT envelope, data, salt FROM entry WHERE seq >= ? ORDER BY seq LIMIT ?"
        found: list[dict[str, object]] = []
        total_bytes = 0
        for envelope, data, salt in self._rows(query, (start, limit)):
            total_bytes += len(envelope) + len(data)
            if found and total_bytes > max_bytes:
                break
            found.append(wire_entry(envelope, data, salt))
        return found

    def entries(self, start: int, limit: int) -> list[Entry]:
        """At most `limit` entries from `start` on, in order."""
        query = "SELECT seq, envelope, data FROM entry WHERE seq >= ? ORDER BY seq LIMIT ?"
        return [_entry(*row) for row in self._rows(query, (start, limit))]

    def _rows(self, query: str, bindings: tuple[int, ...]) -> list[Any]:
        with self._lock, explained(self.path):
            return self._connection().execute(query, bindings).fetchall()

    def _one(self, query: str) -> Any:
        with self._lock, explained(self.path):
            return self._connection().execute(query).get

    def _connection(self) -> apsw.Connection:
        if self._open_connection is None:
            raise JournalUnavailable(f"{self.path}: the journal is not open.")
        return self._open_connection


def _entry(seq: int, envelope: bytes, data: bytes) -> Entry:
    attributes = json.loads(envelope)
    return Entry(seq, attributes["type"], attributes["time"], attributes["timetrusted"], json.loads(data))
