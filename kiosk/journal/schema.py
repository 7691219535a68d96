"""The journal's file: one SQLite database in WAL mode, append-only by its own triggers.

Each row keeps, beside its leaf hash, the root of the largest perfect subtree
that ends with it. The frontier at any earlier size is then a row or two for
each doubling of the log, and needs no walk over it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw

from kiosk.journal.errors import JournalError, JournalMissing, JournalUnavailable

FORMAT_VERSION = 1
APPLICATION_ID = 0x434B_4A31
BUSY_TIMEOUT_MS = 500

TABLES = f"""
CREATE TABLE device (
    id INTEGER PRIMARY KEY CHECK (id = 0),
    device_id TEXT NOT NULL
) STRICT;
CREATE TABLE entry (
    seq INTEGER PRIMARY KEY,
    envelope BLOB NOT NULL,
    data BLOB NOT NULL,
    salt BLOB NOT NULL,
    leaf_hash BLOB NOT NULL CHECK (length(leaf_hash) = 32),
    subtree BLOB NOT NULL CHECK (length(subtree) = 32)
) STRICT;
CREATE TABLE head (
    id INTEGER PRIMARY KEY CHECK (id = 0),
    frontier BLOB NOT NULL
) STRICT;
CREATE TABLE receipt (
    id INTEGER PRIMARY KEY CHECK (id = 0),
    size INTEGER NOT NULL,
    document BLOB NOT NULL
) STRICT;
CREATE TRIGGER entry_in_order BEFORE INSERT ON entry
WHEN NEW.seq IS NOT (SELECT coalesce(max(seq) + 1, 0) FROM entry)
BEGIN SELECT RAISE(ABORT, 'entries are appended in order'); END;
CREATE TRIGGER entry_is_final BEFORE UPDATE ON entry
BEGIN SELECT RAISE(ABORT, 'entries are never changed'); END;
CREATE TRIGGER entry_stays BEFORE DELETE ON entry
BEGIN SELECT RAISE(ABORT, 'entries are never deleted'); END;
CREATE TRIGGER head_stays BEFORE DELETE ON head
BEGIN SELECT RAISE(ABORT, 'the head is never deleted'); END;
CREATE TRIGGER receipt_grows BEFORE UPDATE ON receipt
WHEN NEW.size < OLD.size
BEGIN SELECT RAISE(ABORT, 'a receipt never takes an acknowledgement back'); END;
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {FORMAT_VERSION};
"""


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn what SQLite raises into a JournalUnavailable that names the file and says what to do."""
    try:
        yield
    except apsw.FullError as error:
        raise JournalUnavailable(f"{path}: the disk is full; free space on it.") from error
    except (apsw.BusyError, apsw.LockedError) as error:
        raise JournalUnavailable(f"{path}: another process holds the journal locked; end it.") from error
    except (apsw.CorruptError, apsw.NotADBError) as error:
        raise JournalUnavailable(
            f"{path}: is damaged or not a journal; keep the file and see a technician."
        ) from error
    except (apsw.CantOpenError, apsw.ReadOnlyError, apsw.PermissionsError) as error:
        raise JournalUnavailable(f"{path}: cannot be opened; check its folder and permissions.") from error
    except apsw.Error as error:
        raise JournalUnavailable(f"{path}: the journal cannot be used: {error}.") from error


def connect_read_only(path: Path) -> apsw.Connection:
    """A connection that writes nothing, also beside a process that does. Raises JournalError."""
    if not path.is_file():
        raise JournalMissing(f"{path}: there is no journal here; name the kiosk's state folder with --state.")
    with explained(path):
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
        connection.set_busy_timeout(BUSY_TIMEOUT_MS)
        _check_format(connection, path)
        return connection


def connect_for_writing(path: Path, device_id: str) -> apsw.Connection:
    """The one connection that appends; makes the file when there is none. Raises JournalError."""
    with explained(path):
        connection = apsw.Connection(str(path))
        connection.set_busy_timeout(BUSY_TIMEOUT_MS)
        connection.execute("PRAGMA journal_mode = WAL").fetchall()
        connection.execute("PRAGMA synchronous = FULL")
        with connection:
            if connection.execute("SELECT count(*) FROM sqlite_schema").get == 0:
                _create(connection, device_id)
        _check_format(connection, path)
        owner = connection.execute("SELECT device_id FROM device").get
    if owner != device_id:
        connection.close()
        raise JournalError(
            f"{path}: is the journal of {owner!r}, not of {device_id!r}; correct site.device_id."
        )
    return connection


def _create(connection: apsw.Connection, device_id: str) -> None:
    for _ in connection.execute(TABLES):
        pass
    connection.execute("INSERT INTO device VALUES (0, ?)", (device_id,))
    connection.execute("INSERT INTO head VALUES (0, zeroblob(8))")
    connection.execute("INSERT INTO receipt VALUES (0, 0, x'')")


def _check_format(connection: apsw.Connection, path: Path) -> None:
    identity = (
        connection.execute("PRAGMA application_id").get,
        connection.execute("PRAGMA user_version").get,
    )
    if identity != (APPLICATION_ID, FORMAT_VERSION):
        connection.close()
        raise JournalUnavailable(f"{path}: is not a journal that this version reads; keep the file.")
