"""The journal that gatekeeper alone appends to.

A call to `append_many` is one transaction: its entries are on disk (WAL,
synchronous=FULL) when it returns, or none of them is. The frontier over them is
kept between calls, and read anew after any call that failed, so an append that
broke off half-way cannot leave a wrong idea of the log behind.

After each commit the witness is to be told how far the log has come
(`bear_witness`): by whoever has appended, when those who wait have had their
answer. With each 256th entry the device's key signs the tree head, in the same
transaction: a change that nobody vouches for can be placed to 256 entries.

The write-ahead log is copied into the database while nothing is recorded
(`checkpoint`), so that nobody at the gate waits for it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Self

import apsw
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.journal.envelope import Draft, seal
from kiosk.journal.errors import JournalDamaged, JournalError, JournalFull, JournalUnavailable
from kiosk.journal.log_id import check_device_id, log_id
from kiosk.journal.merkle import Frontier
from kiosk.journal.reader import JournalReader
from kiosk.journal.receipts import signed_time_s
from kiosk.journal.schema import CLOSED, OPEN, SUSPECT, allot_wal, connect_for_writing, explained, make
from kiosk.journal.startup import Found, examine
from kiosk.journal.tree_head import HEAD_EVERY, TreeHead, sign
from kiosk.journal.witness import Mark, Witness, latest_mark, witness_key, witness_path

WAL_WORTH_PAGES = 250
"""A write-ahead log of 1 MB is worth copying when nobody waits."""
WAL_MOST_PAGES = 1_000
"""At 4 MB, all that is allotted to it, it is copied although somebody may be waiting."""

_INSERT = "INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?)"
_Row = tuple[int, bytes, bytes, bytes, bytes, bytes]


class Journal(JournalReader):
    """One device's log. Appends from one thread, reads from any."""

    def __init__(
        self,
        path: Path,
        device_id: str,
        *,
        random: Callable[[int], bytes] = secrets.token_bytes,
        device_key: Ed25519PrivateKey | None = None,
        make_room: Callable[[], bool] = lambda: False,
        vfs: str | None = None,
    ) -> None:
        """`random(n)` gives n unpredictable bytes, for the salts; `device_key` signs tree heads.

        `make_room` is asked when the disk is full; True: it has freed space, try again. `vfs` names the
        SQLite VFS that all files go through. Raises JournalError for an unfit id.
        """
        check_device_id(device_id)
        super().__init__(path, vfs)
        self.device_id = device_id
        self.epoch = 1
        self.is_damaged = False
        self._owner_id = device_id
        self._random = random
        self._device_key = device_key
        self.device_public_key = None if device_key is None else device_key.public_key()
        self._make_room = make_room
        self._write_lock = Lock()
        self._writer: apsw.Connection | None = None
        self._frontier: Frontier | None = None
        self._witness: Witness | None = None
        self._wal_pages = 0

    def open(self) -> Self:
        """Open the file, or make it; see `open_and_examine`."""
        self.open_and_examine()
        return self

    def open_and_examine(self, *, new_epoch: int = 1) -> Found:
        """Open the file, or make it as log `new_epoch`, and say what the last run has left.

        Raises JournalDamaged when it is not what was written, and other JournalErrors.
        """
        wal_bytes = _bytes_of(self.path.with_name(self.path.name + "-wal"))
        mark = self._latest_mark()
        if mark is not None and not self.path.exists():
            raise JournalDamaged(f"{self.path}: is gone; its witness tells of {mark.size} entries.")
        try:
            if not self.path.exists():
                make(self.path, self._owner_id, epoch=new_epoch, vfs=self._vfs)
            allot_wal(self.path, WAL_MOST_PAGES, self._vfs)
            self._writer = connect_for_writing(self.path, self._owner_id, new_epoch=new_epoch, vfs=self._vfs)
            super().open()
            self.epoch = self.owner[1]
            self.device_id = log_id(self._owner_id, self.epoch)
            found = examine(self, mark, wal_bytes, self._last_state())
            self._begin_run()
        except JournalError:
            self._let_go()
            raise
        except (TypeError, ValueError, IndexError) as error:  # a damaged page may hold anything at all
            self._let_go()
            raise JournalDamaged(f"{self.path}: holds what was never written: {error}.") from error
        return found

    def _begin_run(self) -> None:
        self.is_damaged = False
        with self._write_lock, explained(self.path):
            writer = self._connection_for_writing()
            writer.set_wal_hook(self._on_wal)
            writer.execute("UPDATE run SET state = ?", (OPEN,))
            self._frontier = self.frontier_at(self.size)
            self._witness = Witness(witness_path(self.path), witness_key(self._device_key), self._vfs)
        self.bear_witness()

    def close(self) -> None:
        """An orderly end: a tree head over everything, and the next start knows."""
        with suppress(JournalError), self._write_lock, explained(self.path):
            if self._writer is not None and not self.is_damaged:
                frontier = self._frontier or self.frontier_at(self.size)
                self._in_one(self._writer, lambda: self._end_run(frontier))
                self._frontier = frontier
                self._mark()
                if self._witness is not None:
                    self._witness.sync()
        self._let_go()

    def _end_run(self, frontier: Frontier) -> None:
        self._keep_head(frontier)
        self._connection_for_writing().execute("UPDATE run SET state = ?", (CLOSED,))

    def _let_go(self) -> None:
        super().close()
        with self._write_lock, suppress(apsw.Error):
            if self._witness is not None:
                self._witness.close()
        with self._write_lock, suppress(apsw.Error):
            if self._writer is not None:
                self._writer.close(True)
        self._witness = self._writer = self._frontier = None

    # -- writing

    def append_many(self, drafts: Sequence[Draft]) -> list[int]:
        """Commit entries together and give their sequence numbers, in order.

        Raises EntryRefused when one of them is not plain JSON, JournalUnavailable
        when the disk is full, the database locked or damaged. Nothing is written then.
        """
        try:
            with self._write_lock:
                try:
                    return self._append(drafts)
                except JournalFull:
                    if not self._make_room():
                        raise
                    return self._append(drafts)
        except JournalDamaged:
            self.suspect()
            raise

    def _append(self, drafts: Sequence[Draft]) -> list[int]:
        with explained(self.path):
            writer = self._connection_for_writing()
            frontier = (self._frontier or self.frontier_at(self.size)).copy()
            first = frontier.size
            rows, heads = self._sealed(drafts, frontier)
            self._frontier = None  # until it is certain what is on disk
            if len(rows) == 1 and not heads:
                writer.execute(_INSERT, rows[0])
            elif rows:
                self._in_one(writer, lambda: self._insert(writer, rows, heads))
            self._frontier = frontier
        if self._wal_pages > WAL_MOST_PAGES:
            with suppress(JournalError):  # the entries are safe; the next one tells what is wrong
                self._copy_wal()
        return list(range(first, frontier.size))

    def _sealed(self, drafts: Sequence[Draft], frontier: Frontier) -> tuple[list[_Row], list[Frontier]]:
        """The rows to insert, and the frontiers to be signed; `frontier` grows by them."""
        rows: list[_Row] = []
        heads: list[Frontier] = []
        for draft in drafts:
            entry = seal(self.device_id, frontier.size, draft, self._random)
            subtree = frontier.append(entry.leaf_hash)
            rows.append((entry.seq, entry.envelope, entry.data, entry.salt, entry.leaf_hash, subtree))
            if frontier.size % HEAD_EVERY == 0:
                heads.append(frontier.copy())
        return rows, heads

    def _insert(self, writer: apsw.Connection, rows: Sequence[_Row], heads: Sequence[Frontier]) -> None:
        for row in rows:
            writer.execute(_INSERT, row)
        for head in heads:
            self._keep_head(head)

    def _keep_head(self, frontier: Frontier) -> None:
        if self._device_key is not None:
            note = sign(TreeHead(self.device_id, frontier.size, frontier.root()), self._device_key)
            statement = "INSERT OR IGNORE INTO tree_head VALUES (?, ?)"
            self._connection_for_writing().execute(statement, (frontier.size, note))

    def bear_witness(self) -> None:
        """Tell the witness how far the log has come. Raises nothing."""
        with self._write_lock:
            self._mark()

    def acknowledge(self, size: int, receipt: bytes = b"") -> int:
        """Keep the hub's receipt for the first `size` entries; gives how many are acknowledged now.

        A receipt for no more than that changes nothing. Raises JournalUnavailable.
        """
        with self._write_lock, explained(self.path):
            if size > self.acknowledged:
                self._connection_for_writing().execute(
                    "INSERT INTO receipt VALUES (?, ?, ?)", (size, receipt, signed_time_s(receipt))
                )
        return self.acknowledged

    def forget(self, end: int, note: str) -> None:
        """Delete data and salt of the entries before `end`, all acknowledged; `note` is kept of them.

        Receipts among them are thinned to the last of each 256 entries. Raises JournalError.
        """
        with self._write_lock, explained(self.path):
            writer = self._connection_for_writing()
            self._in_one(writer, lambda: self._forget(writer, end, note))

    def _forget(self, writer: apsw.Connection, end: int, note: str) -> None:
        start, _ = self.forgotten
        writer.execute("UPDATE entry SET data = x'', salt = x'' WHERE seq >= ? AND seq < ?", (start, end))
        writer.execute(
            "DELETE FROM receipt WHERE size > ?1 AND size <= ?2 AND EXISTS (SELECT 1 FROM receipt AS later"
            " WHERE later.size > receipt.size AND (later.size - 1) / 256 = (receipt.size - 1) / 256)",
            (start, end),
        )
        writer.execute("UPDATE forgotten SET size = max(size, ?), note = ?", (end, note))

    def checkpoint(self, *, erase: bool = False) -> None:
        """Copy the write-ahead log into the database, if it is worth it. Raises JournalError.

        With `erase` always, and nothing of it is left on disk.
        """
        with self._write_lock:
            if erase:
                self._copy_wal(erase=True)
                allot_wal(self.path, WAL_MOST_PAGES, self._vfs)
            elif self._wal_pages >= WAL_WORTH_PAGES:
                self._copy_wal()

    def _copy_wal(self, *, erase: bool = False) -> None:
        mode = apsw.SQLITE_CHECKPOINT_TRUNCATE if erase else apsw.SQLITE_CHECKPOINT_PASSIVE
        try:
            with explained(self.path):
                self._connection_for_writing().wal_checkpoint(mode=mode)
        except JournalDamaged:
            self.is_damaged = True
            raise
        self._wal_pages = 0

    def _on_wal(self, _connection: apsw.Connection, _name: str, pages: int) -> int:
        self._wal_pages = pages
        return apsw.SQLITE_OK

    def suspect(self) -> None:
        """Damage was met among the older entries: the next start looks at all of them. Raises nothing."""
        self.is_damaged = True
        with suppress(JournalError), self._write_lock, explained(self.path):
            self._connection_for_writing().execute("UPDATE run SET state = ?", (SUSPECT,))

    # -- reading

    def root(self) -> bytes:
        """The RFC 6962 root over all committed entries."""
        return self.root_at(self.size)

    def tree_head(self) -> TreeHead:
        """The log as it is now, for the device to sign."""
        size = self.size
        return TreeHead(self.device_id, size, self.root_at(size))

    # -- beneath

    def _latest_mark(self) -> Mark | None:
        try:
            return latest_mark(witness_path(self.path), witness_key(self._device_key))
        except OSError as error:
            raise JournalUnavailable(
                f"{witness_path(self.path)}: cannot be read: {error.strerror}; check its permissions."
            ) from error

    def _last_state(self) -> int:
        return int(self._one("SELECT state FROM run"))

    def _mark(self) -> None:
        frontier = self._frontier
        if self._witness is None or frontier is None:
            return
        with suppress(apsw.Error):  # the entries are on disk, and a witness that lags accuses nobody
            self._witness.mark(Mark(self.epoch, frontier.size, frontier.root()))

    @staticmethod
    def _in_one(writer: apsw.Connection, work: Callable[[], object]) -> None:
        writer.execute("BEGIN IMMEDIATE")
        try:
            work()
            writer.execute("COMMIT")
        finally:
            if writer.in_transaction:
                writer.execute("ROLLBACK")

    def _connection_for_writing(self) -> apsw.Connection:
        if self._writer is None:
            raise JournalUnavailable(f"{self.path}: the journal is not open.")
        return self._writer


def _bytes_of(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
