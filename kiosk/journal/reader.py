"""Reading a journal, in the gatekeeper or beside it: never writes, never blocks an append."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, Self

import apsw
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kiosk.journal.envelope import wire_entry
from kiosk.journal.errors import EntryForgotten, JournalError, JournalUnavailable
from kiosk.journal.log_id import log_id
from kiosk.journal.merkle import Frontier, MerkleError, node_hash, subtree_ends
from kiosk.journal.proofs import consistency_proof, inclusion_proof, largest_power_below
from kiosk.journal.schema import SMALL_TABLES, connect_read_only, explained

MAX_BATCH_BYTES = 1_048_576


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry for a human eye. `time` is RFC 3339 in UTC; order is by `seq`, never by `time`.

    `data` is None once it has been deleted at the end of retention.
    """

    seq: int
    type: str
    time: str
    time_trusted: bool
    data: Any


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """An entry byte for byte; `data` and `salt` are empty once they have been deleted."""

    seq: int
    envelope: bytes
    data: bytes
    salt: bytes
    leaf_hash: bytes
    subtree: bytes


@dataclass(frozen=True, slots=True)
class StoredReceipt:
    """A receipt as it came, empty where there was none to keep, and the time that is kept of it."""

    document: bytes
    time_s: int | None


class JournalReader:
    """The entries of a journal file. Safe to share between threads."""

    def __init__(self, path: Path, vfs: str | None = None) -> None:
        self.path = path
        self._vfs = vfs
        self._lock = Lock()
        self._open_connection: apsw.Connection | None = None
        self.device_public_key: Ed25519PublicKey | None = None

    def open(self) -> Self:
        """Raises JournalMissing, JournalUnavailable."""
        self._open_connection = connect_read_only(self.path, self._vfs)
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
    def owner(self) -> tuple[str, int]:
        """The device that the journal belongs to, and which of its logs this is."""
        device_id, epoch = self._rows("SELECT device_id, epoch FROM device")[0]
        return str(device_id), int(epoch)

    @property
    def log(self) -> str:
        """The log's name."""
        return log_id(*self.owner)

    @property
    def size(self) -> int:
        """How many entries are committed."""
        return int(self._one("SELECT coalesce(max(seq) + 1, 0) FROM entry"))

    @property
    def acknowledged(self) -> int:
        """How many entries the hub has given a receipt for."""
        return int(self._one("SELECT coalesce(max(size), 0) FROM receipt"))

    @property
    def receipt(self) -> bytes:
        """The hub's last receipt, as it came; empty where there is none."""
        found = self._rows("SELECT document FROM receipt ORDER BY size DESC LIMIT 1")
        return bytes(found[0][0]) if found else b""

    @property
    def forgotten(self) -> tuple[int, str]:
        """Of how many entries, from the first on, the data is deleted; and the note that was left of them."""
        size, note = self._rows("SELECT size, note FROM forgotten")[0]
        return int(size), str(note)

    def acknowledged_by(self, time_s: int) -> int:
        """How many entries the hub had given receipts for by then (its own signed time, Unix seconds)."""
        query = "SELECT coalesce(max(size), 0) FROM receipt WHERE time_s <= ?"
        return int(self._rows(query, (time_s,))[0][0])

    def root_at(self, size: int) -> bytes:
        """The RFC 6962 root over the first `size` entries. Raises JournalUnavailable when there are fewer."""
        return self.frontier_at(size).root()

    def frontier_at(self, size: int) -> Frontier:
        """The growing edge of the first `size` entries. Raises JournalUnavailable when there are fewer."""
        ends = subtree_ends(size)
        marks = ", ".join("?" * len(ends))
        query = f"SELECT subtree FROM entry WHERE seq IN ({marks}) ORDER BY seq"
        subtrees = [row[0] for row in self._rows(query, tuple(ends))]
        try:
            return Frontier.of(size, subtrees)
        except (MerkleError, OverflowError, TypeError) as error:
            raise JournalUnavailable(f"{self.path}: does not hold {size} whole entries.") from error

    def range_hash(self, start: int, end: int) -> bytes:
        """The hash over leaves `start` to `end` - 1, a subtree of the tree. Raises JournalUnavailable."""
        count = end - start
        if count & (count - 1):
            middle = start + largest_power_below(count)
            return node_hash(self.range_hash(start, middle), self.range_hash(middle, end))
        # The row at `last` keeps the largest subtree that ends there. Smaller ones are put together from its
        # leaf and from what stands at the left of it: rows whose largest subtree is just the one needed.
        last = end - 1
        computed = self._hash_at("leaf_hash", last)
        width = 1
        while width < count:
            computed = node_hash(self._hash_at("subtree", last - width), computed)
            width *= 2
        return computed

    def inclusion_proof(self, seq: int, size: int) -> list[bytes]:
        """RFC 9162, 2.1.3.1. Raises MerkleError, JournalUnavailable."""
        return inclusion_proof(seq, size, self.range_hash)

    def consistency_proof(self, first: int, second: int) -> list[bytes]:
        """RFC 9162, 2.1.4.1. Raises MerkleError, JournalUnavailable."""
        return consistency_proof(first, second, self.range_hash)

    def tree_head_covering(self, size: int) -> str | None:
        """The first signed tree head that is kept for at least `size` entries, or None."""
        found = self._rows("SELECT note FROM tree_head WHERE size >= ? ORDER BY size LIMIT 1", (size,))
        return str(found[0][0]) if found else None

    def tree_heads(self, start: int, end: int) -> dict[int, str]:
        """By size, the signed tree heads that are kept for more than `start` entries and at most `end`."""
        query = "SELECT size, note FROM tree_head WHERE size > ? AND size <= ? ORDER BY size"
        return dict(self._rows(query, (start, end)))

    def receipts(self, start: int, end: int) -> dict[int, StoredReceipt]:
        """By size, the receipts that are kept for more than `start` entries and at most `end`."""
        query = "SELECT size, document, time_s FROM receipt WHERE size > ? AND size <= ? ORDER BY size"
        return {size: StoredReceipt(*row) for size, *row in self._rows(query, (start, end))}

    def table_problems(self) -> list[str]:
        """What SQLite finds wrong with the pages and indices of the tables other than that of the entries."""
        found = [row[0] for table in SMALL_TABLES for row in self._rows(f"PRAGMA integrity_check({table})")]
        return [text for text in found if text != "ok"]

    def wire_entries(
        self, start: int, limit: int, max_bytes: int = MAX_BATCH_BYTES
    ) -> list[dict[str, object]]:
        """At most `limit` entries from `start` on, as the hub takes them.

        Fewer when they would exceed `max_bytes`, but never none for that reason.
        Raises EntryForgotten for one that the hub had acknowledged so long ago that its data is deleted.
        """
        found: list[dict[str, object]] = []
        total_bytes = 0
        for entry in self.stored(start, limit):
            if not entry.data:
                raise EntryForgotten(
                    f"{self.path}: the data of entry {entry.seq} is deleted; the hub acknowledged it."
                )
            total_bytes += len(entry.envelope) + len(entry.data)
            if found and total_bytes > max_bytes:
                break
            found.append(wire_entry(entry.envelope, entry.data, entry.salt))
        return found

    def entries(self, start: int, limit: int) -> list[Entry]:
        """At most `limit` entries from `start` on, in order."""
        return [_entry(self.path, each.seq, each.envelope, each.data) for each in self.stored(start, limit)]

    def stored(self, start: int, limit: int) -> list[StoredEntry]:
        """At most `limit` entries from `start` on, in order, byte for byte."""
        query = "SELECT * FROM entry WHERE seq >= ? ORDER BY seq LIMIT ?"
        return [StoredEntry(*row) for row in self._rows(query, (start, limit))]

    def _hash_at(self, column: str, seq: int) -> bytes:
        found = self._rows(f"SELECT {column} FROM entry WHERE seq = ?", (seq,))
        if not found:
            raise JournalUnavailable(f"{self.path}: does not hold entry {seq}.")
        return bytes(found[0][0])

    def _rows(self, query: str, bindings: tuple[int, ...] = ()) -> list[Any]:
        with self._lock, explained(self.path):
            return self._connection().execute(query, bindings).fetchall()

    def _one(self, query: str) -> Any:
        with self._lock, explained(self.path):
            return self._connection().execute(query).get

    def _connection(self) -> apsw.Connection:
        if self._open_connection is None:
            raise JournalUnavailable(f"{self.path}: the journal is not open.")
        return self._open_connection


def _entry(path: Path, seq: int, envelope: bytes, data: bytes) -> Entry:
    try:
        attributes = json.loads(envelope)
        return Entry(
            seq,
            attributes["type"],
            attributes["time"],
            attributes["timetrusted"],
            json.loads(data) if data else None,
        )
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise JournalError(f"{path}: entry {seq} cannot be read; run kiosk journal verify.") from error
