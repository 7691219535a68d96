"""The journal that gatekeeper alone appends to.

A call to `append_many` is one transaction: its entries and the frontier over
them are on disk (WAL, synchronous=FULL) when it returns, or none of them is.
Nothing about the log is kept in memory between calls, so an append that failed
half-way cannot leave a wrong idea of it behind.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock
from typing import Self

import apsw

from kiosk.journal.envelope import Draft, seal
from kiosk.journal.errors import JournalError, JournalUnavailable
from kiosk.journal.merkle import Frontier
from kiosk.journal.reader import MAX_BATCH_BYTES, Entry, JournalReader
from kiosk.journal.schema import connect_for_writing, explained
from kiosk.terms import is_device_id


class Journal:
    """One device's log. Appends from one thread, reads from any."""

    def __init__(
        self, path: Path, device_id: str, *, random: Callable[[int], bytes] = secrets.token_bytes
    ) -> None:
        """`random(n)` gives n unpredictable bytes, for the salts. Raises JournalError for an unfit id."""
        if not is_device_id(device_id):
            raise JournalError(
                f"site.device_id: {device_id!r} is not 1 to 64 letters, digits, dots, underscores or hyphens."
            )
        self.path = path
        self.device_id = device_id
        self._random = random
        self._write_lock = Lock()
        self._writer: apsw.Connection | None = None
        self._reader = JournalReader(path)

    def open(self) -> Self:
        """Open the file, or make it. Raises JournalError."""
        self._writer = connect_for_writing(self.path, self.device_id)
        self._reader.open()
        return self

    def close(self) -> None:
        self._reader.close()
        with self._write_lock:
            if self._writer is not None:
                self._writer.close()
                self._writer = None

    def __enter__(self) -> Self:
        return self.open()

    def __exit__(self, *_: object) -> None:
        self.close()

    def append_many(self, drafts: Sequence[Draft]) -> list[int]:
        """Commit entries together and give their sequence numbers, in order.

        Raises EntryRefused when one of them is not plain JSON, JournalUnavailable
        when the disk is full, the database locked or damaged. Nothing is written then.
        """
        with self._write_lock, explained(self.path):
            writer = self._connection()
            writer.execute("BEGIN IMMEDIATE")
            try:
                seqs = self._insert(writer, drafts)
                writer.execute("COMMIT")
            finally:
                if writer.in_transaction:
                    writer.execute("ROLLBACK")
        return seqs

    def _insert(self, writer: apsw.Connection, drafts: Sequence[Draft]) -> list[int]:
        frontier = Frontier.decode(writer.execute("SELECT frontier FROM head").get)
        first = frontier.size
        for seq, draft in enumerate(drafts, first):
            entry = seal(self.device_id, seq, draft, self._random)
            subtree = frontier.append(entry.leaf_hash)
            row = (seq, entry.envelope, entry.data, entry.salt, entry.leaf_hash, subtree)
            writer.execute("INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?)", row)
        writer.execute("UPDATE head SET frontier = ?", (frontier.encode(),))
        return list(range(first, frontier.size))

    def acknowledge(self, size: int, receipt: bytes = b"") -> int:
        """Keep the hub's receipt for the first `size` entries; gives how many are acknowledged now.

        An older receipt than the one kept changes nothing. Raises JournalUnavailable.
        """
        with self._write_lock, explained(self.path):
            self._connection().execute(
                "UPDATE receipt SET size = ?1, document = ?2 WHERE ?1 > size", (size, receipt)
            ).fetchall()
        return self.acknowledged

    @property
    def size(self) -> int:
        """How many entries are committed."""
        return self._reader.size

    @property
    def acknowledged(self) -> int:
        """How many entries the hub has given a receipt for."""
        return self._reader.acknowledged

    @property
    def receipt(self) -> bytes:
        """The hub's last receipt, as it was handed in; empty before the first. Raises JournalError."""
        return self._reader.receipt

    def root(self) -> bytes:
        """The RFC 6962 root over all committed entries."""
        return self.root_at(self.size)

    def root_at(self, size: int) -> bytes:
        """The RFC 6962 root over the first `size` entries. Raises JournalUnavailable when there are fewer."""
        return self._reader.root_at(size)

    def wire_entries(
        self, start: int, limit: int, max_bytes: int = MAX_BATCH_BYTES
    ) -> list[dict[str, object]]:
        """At most `limit` entries from `start` on, as the hub takes them; fewer beyond `max_bytes`."""
        return self._reader.wire_entries(start, limit, max_bytes)

    def entries(self, start: int, limit: int) -> list[Entry]:
        """At most `limit` entries from `start` on, in order, for display."""
        return self._reader.entries(start, limit)

    def _connection(self) -> apsw.Connection:
        if self._writer is None:
            raise JournalUnavailable(f"{self.path}: the journal is not open.")
        return self._writer
