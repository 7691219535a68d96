"""The journal's file: one SQLite database in WAL mode, append-only by its own triggers.

Each row keeps, beside its leaf hash, the root of the largest perfect subtree
that ends with it. The frontier at any earlier size, and every node of a proof,
is then a row or two for each doubling of the log, and needs no walk over it.

An entry is never changed, but for one thing: once the hub has acknowledged it
its data and salt may be emptied together. Envelope and hashes stay.

`run.state` is 1 from the opening for writing until an orderly end, so that a
start knows how the run before it has ended, and 2 where that run had met damage
that a start must look for. `epoch` counts the logs of one
device: a file that was damaged is set aside and never gone on with.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import apsw

from kiosk.journal.errors import (
    JournalDamaged,
    JournalError,
    JournalFull,
    JournalMissing,
    JournalUnavailable,
)

FORMAT_VERSION = 2
APPLICATION_ID = 0x434B_4A31
BUSY_TIMEOUT_MS = 500
CLOSED, OPEN, SUSPECT = 0, 1, 2
PAGE_BYTES, WAL_FRAME_HEADER_BYTES = 4096, 24
SMALL_TABLES = ("device", "run", "tree_head", "receipt", "forgotten")
_WRITE_BYTES = 65_536  # SQLite's own files take less than 128 KiB at once

TABLES = f"""
CREATE TABLE device (
    id INTEGER PRIMARY KEY CHECK (id = 0),
    device_id TEXT NOT NULL,
    epoch INTEGER NOT NULL CHECK (epoch >= 1)
) STRICT;
CREATE TABLE run (
    id INTEGER PRIMARY KEY CHECK (id = 0),
    state INTEGER NOT NULL
) STRICT;
CREATE TABLE entry (
    seq INTEGER PRIMARY KEY,
    envelope BLOB NOT NULL,
    data BLOB NOT NULL,
    salt BLOB NOT NULL,
    leaf_hash BLOB NOT NULL CHECK (length(leaf_hash) = 32),
    subtree BLOB NOT NULL CHECK (length(subtree) = 32)
) STRICT;
CREATE TABLE tree_head (
    size INTEGER PRIMARY KEY,
    note TEXT NOT NULL
) STRICT;
CREATE TABLE receipt (
    size INTEGER PRIMARY KEY CHECK (size >= 0),
    document BLOB NOT NULL,
    time_s INTEGER
) STRICT;
CREATE INDEX receipt_by_time ON receipt (time_s, size);
CREATE TABLE forgotten (
    id INTEGER PRIMARY KEY CHECK (id = 0),
    size INTEGER NOT NULL,
    note TEXT NOT NULL
) STRICT;
CREATE TRIGGER entry_in_order BEFORE INSERT ON entry
WHEN NEW.seq IS NOT (SELECT coalesce(max(seq) + 1, 0) FROM entry)
BEGIN SELECT RAISE(ABORT, 'entries are appended in order'); END;
CREATE TRIGGER entry_is_final BEFORE UPDATE ON entry
WHEN NEW.seq IS NOT OLD.seq OR NEW.envelope IS NOT OLD.envelope
  OR NEW.leaf_hash IS NOT OLD.leaf_hash OR NEW.subtree IS NOT OLD.subtree
  OR NEW.data IS NOT x'' OR NEW.salt IS NOT x''
  OR OLD.seq >= (SELECT coalesce(max(size), 0) FROM receipt)
BEGIN SELECT RAISE(ABORT, 'entries are never changed'); END;
CREATE TRIGGER entry_stays BEFORE DELETE ON entry
BEGIN SELECT RAISE(ABORT, 'entries are never deleted'); END;
CREATE TRIGGER head_is_final BEFORE UPDATE ON tree_head
BEGIN SELECT RAISE(ABORT, 'a signed tree head is never changed'); END;
CREATE TRIGGER head_stays BEFORE DELETE ON tree_head
BEGIN SELECT RAISE(ABORT, 'a signed tree head is never deleted'); END;
CREATE TRIGGER receipt_grows BEFORE INSERT ON receipt
WHEN NEW.size <= (SELECT coalesce(max(size), 0) FROM receipt)
BEGIN SELECT RAISE(ABORT, 'a receipt never takes an acknowledgement back'); END;
CREATE TRIGGER receipt_is_final BEFORE UPDATE ON receipt
BEGIN SELECT RAISE(ABORT, 'a receipt is never changed'); END;
CREATE TRIGGER receipt_stays BEFORE DELETE ON receipt
WHEN NOT EXISTS (SELECT 1 FROM receipt WHERE size > OLD.size AND (size - 1) / 256 = (OLD.size - 1) / 256)
BEGIN SELECT RAISE(ABORT, 'the last receipt of each 256 entries stays'); END;
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {FORMAT_VERSION};
"""


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn what SQLite raises into a JournalUnavailable that names the file and says what to do."""
    try:
        yield
    except apsw.FullError as error:
        raise JournalFull(f"{path}: the disk is full; free space on it.") from error
    except (apsw.BusyError, apsw.LockedError) as error:
        raise JournalUnavailable(f"{path}: another process holds the journal locked; end it.") from error
    except (apsw.CorruptError, apsw.NotADBError, UnicodeDecodeError) as error:
        raise JournalDamaged(
            f"{path}: is damaged or not a journal; keep the file and see a technician."
        ) from error
    except (apsw.CantOpenError, apsw.ReadOnlyError, apsw.PermissionsError) as error:
        raise JournalUnavailable(f"{path}: cannot be opened; check its folder and permissions.") from error
    except apsw.Error as error:
        raise JournalUnavailable(f"{path}: the journal cannot be used: {error}.") from error


def connect_read_only(path: Path, vfs: str | None = None) -> apsw.Connection:
    """A connection that writes nothing, also beside a process that does. Raises JournalError."""
    if not path.is_file():
        raise JournalMissing(f"{path}: there is no journal here; name the kiosk's state folder with --state.")
    with explained(path):
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY, vfs=vfs)
        connection.set_busy_timeout(BUSY_TIMEOUT_MS)
        try:
            _check_format(connection, path)
        except JournalUnavailable:
            connection.close()
            raise
        return connection


def connect_for_writing(
    path: Path, device_id: str, *, new_epoch: int = 1, vfs: str | None = None
) -> apsw.Connection:
    """The one connection that appends; makes the file, as log `new_epoch`, where there is none.

    Raises JournalError.
    """
    with explained(path):
        connection = apsw.Connection(str(path), vfs=vfs)
        try:
            _prepare(connection, path, device_id, new_epoch)
        except BaseException:
            with suppress(apsw.Error):
                connection.close(True)
            raise
    return connection


def make(path: Path, device_id: str, *, epoch: int, vfs: str | None = None) -> None:
    """An empty journal, as log `epoch`. Raises JournalError."""
    with explained(path):
        connect_for_writing(path, device_id, new_epoch=epoch, vfs=vfs).close()


def _prepare(connection: apsw.Connection, path: Path, device_id: str, new_epoch: int) -> None:
    connection.set_busy_timeout(BUSY_TIMEOUT_MS)
    connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
    # As FULL, and the rollback journal of the very first transactions is gone for good before any entry: one
    # that came back after a power cut would take back all of them.
    connection.execute("PRAGMA synchronous = EXTRA")
    connection.execute("PRAGMA journal_mode = WAL").fetchall()
    connection.execute("PRAGMA secure_delete = ON").fetchall()
    with connection:
        if connection.execute("SELECT count(*) FROM sqlite_schema").get == 0:
            _create(connection, device_id, new_epoch)
    _check_format(connection, path)
    owner = connection.execute("SELECT device_id FROM device").get
    if owner is None:
        raise JournalDamaged(f"{path}: does not say whose journal it is; keep the file.")
    if owner != device_id:
        raise JournalError(
            f"{path}: is the journal of {owner!r}, not of {device_id!r}; correct site.device_id."
        )


def allot_wal(path: Path, pages: int, vfs: str | None = None) -> None:
    """Write the write-ahead log's blocks once, as zeros: an empty one to SQLite. Nothing where there is one.

    A flush of a file that grows costs several times one of a file that does not. Raises JournalError.
    """
    wal = path.with_name(path.name + "-wal")
    if not path.is_file() or (wal.exists() and wal.stat().st_size > 0):
        return
    flags = apsw.SQLITE_OPEN_SUPER_JOURNAL | apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
    with explained(path):
        file = apsw.VFSFile(vfs or "", str(wal), [flags, 0])
        try:
            for start in range(0, pages * (PAGE_BYTES + WAL_FRAME_HEADER_BYTES), _WRITE_BYTES):
                file.xWrite(bytes(_WRITE_BYTES), start)
            file.xSync(apsw.SQLITE_SYNC_NORMAL)
        finally:
            file.xClose()


def _create(connection: apsw.Connection, device_id: str, epoch: int) -> None:
    for _ in connection.execute(TABLES):
        pass
    connection.execute("INSERT INTO device VALUES (0, ?, ?)", (device_id, epoch))
    connection.execute("INSERT INTO run VALUES (0, ?)", (CLOSED,))
    connection.execute("INSERT INTO forgotten VALUES (0, 0, '')")


def _check_format(connection: apsw.Connection, path: Path) -> None:
    identity = (
        connection.execute("PRAGMA application_id").get,
        connection.execute("PRAGMA user_version").get,
    )
    if identity != (APPLICATION_ID, FORMAT_VERSION):
        raise JournalUnavailable(f"{path}: is not a journal that this version reads; keep the file.")
