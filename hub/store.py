"""What the hub keeps: passes, devices, every device's log, alarms. Times are aware, UTC, as RFC 3339.

Several processes may have one database open. What is read in order to be
changed is read under a lock: the device's row for its log, the table of passes
for a pass's index.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, RowMapping, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from hub import alarms, revocation, slip_entries
from hub.alarms import Alarm
from hub.bulk import insert_entries
from hub.errors import StateError
from hub.issuing import Pass
from hub.tables import (
    READ_ONLY,
    devices,
    entries,
    forwarded,
    make_engine,
    passes,
    tree_heads,
)
from kiosk.journal.log_id import device_and_epoch, is_log_of
from kiosk.journal.merkle import Frontier

_CREATING = 0x6B696F736B  # of the advisory lock under which the tables are made; any number would do


@dataclass(frozen=True, slots=True)
class Device:
    """A registered kiosk: its 32-byte Ed25519 key, and the size and root of its log so far.

    `revoked_at` is None while its entries are taken.
    """

    device_id: str
    public_key: bytes
    size: int
    root: bytes
    revoked_at: str | None = None


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """One entry as it came, and where and when."""

    device_id: str
    seq: int
    received_at: str
    entry: dict[str, Any]


@dataclass(frozen=True, slots=True)
class NewEntry:
    """One entry to be kept, as JSON without spaces; `slip` is the hash of the slip that it tells of."""

    text: str
    leaf_hash: bytes
    slip: bytes | None = None


class DeviceLog:
    """One device's log inside one transaction that holds its lock."""

    def __init__(self, connection: Connection, row: RowMapping | dict[str, Any]) -> None:
        self._connection = connection
        self.device_id: str = row["device_id"]
        self.public_key: bytes = row["public_key"]
        self.revoked_at: str | None = row.get("revoked_at")
        self.frontier = Frontier.decode(row["frontier"])

    def leaf_hashes(self, start: int, end: int) -> list[bytes]:
        """The stored leaf hashes from `start` up to, not including, `end`."""
        query = (
            select(entries.c.leaf_hash)
            .where(entries.c.device_id == self.device_id, entries.c.seq >= start, entries.c.seq < end)
            .order_by(entries.c.seq)
        )
        return list(self._connection.scalars(query))

    def root_at(self, size: int) -> bytes | None:
        """The root that the device signed for that size, if it signed one."""
        query = select(tree_heads.c.root).where(
            tree_heads.c.device_id == self.device_id, tree_heads.c.size == size
        )
        return self._connection.scalar(query)

    def append(self, new: Sequence[NewEntry], frontier: Frontier, note: str, now: datetime) -> None:
        """Store `new` after what is there, with the frontier and the signed tree head over all."""
        start = frontier.size - len(new)
        received_at = now.isoformat()
        rows = [
            (self.device_id, start + i, each.leaf_hash, received_at, each.text) for i, each in enumerate(new)
        ]
        head = {
            "device_id": self.device_id,
            "size": frontier.size,
            "root": frontier.root(),
            "note": note,
        }
        insert_entries(self._connection, rows)
        slip_entries.keep(self._connection, self.device_id, start, [each.slip for each in new])
        self._connection.execute(insert(tree_heads).values(head))
        self._connection.execute(
            update(devices).where(devices.c.device_id == self.device_id).values(frontier=frontier.encode())
        )
        self.frontier = frontier

    def raise_alarm(self, kind: str, sentence: str, note: str, now: datetime) -> None:
        """Something that its entries say must be seen; undone with them where they are not taken."""
        alarms.raise_alarm(self._connection, self.device_id, kind, sentence, note, now)


class NextLog:
    """A log that a device has begun after a damaged one, inside one transaction with the device's lock."""

    def __init__(self, connection: Connection, row: RowMapping, log: str, now: datetime) -> None:
        self._connection = connection
        self._log, self._now = log, now
        self.device_id: str = row["device_id"]
        self.public_key: bytes = row["public_key"]
        self.revoked_at: str | None = row["revoked_at"]

    def known(self) -> list[str]:
        """The names of the device's logs that are registered."""
        query = select(devices.c.device_id).where(
            devices.c.device_id.startswith(self.device_id, autoescape=True)
        )
        return [name for name in self._connection.scalars(query) if is_log_of(name, self.device_id)]

    def begin(self, kind: str, sentence: str, note: str) -> DeviceLog:
        """Register it under the device's key, with an alarm."""
        row = _new_device(self._log, self.public_key, self._now)
        self._connection.execute(insert(devices).values(row))
        alarms.raise_alarm(self._connection, self._log, kind, sentence, note, self._now)
        return DeviceLog(self._connection, row)


class NextPass:
    """The place of one more pass, inside one transaction that holds the lock on the passes."""

    def __init__(self, connection: Connection, index: int) -> None:
        self._connection = connection
        self.index = index

    def keep(self, issued: Pass, now: datetime) -> None:
        wallet = json.dumps(issued.wallet_json())
        self._connection.execute(
            insert(passes).values(pass_id=issued.pass_id, issued_at=now.isoformat(), wallet=wallet)
        )


class Store:
    """The database: a SQLite file, or PostgreSQL's address. `open` it before use and `close` it after."""

    def __init__(self, database: Path | URL) -> None:
        self._database = database
        self._engine = make_engine(database)

    @property
    def engine(self) -> Engine:
        """For tables that other modules keep in the same database."""
        return self._engine

    def open(self) -> None:
        """Make the tables that are missing. Raises StateError."""
        name = str(self._database)  # an address hides its password
        try:
            if isinstance(self._database, Path):
                self._database.touch(mode=0o600)  # wallets hold secrets
            with _alone(self._database), self._engine.begin() as connection:
                if connection.dialect.name == "postgresql":  # two hubs may start at once
                    connection.execute(select(func.pg_advisory_xact_lock(_CREATING)))
                slip_entries.make_tables(connection)
        except OSError as error:
            raise StateError(f"{name}: can't be made: {error.strerror}") from error
        except SQLAlchemyError as error:
            self._engine.dispose()
            cause = " ".join(str(getattr(error, "orig", None) or error).split())
            raise StateError(f"{name}: can't be opened as the hub's database: {cause}") from error

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def next_pass(self) -> Iterator[NextPass]:
        """The index of the next pass in the revocation list; nobody else gets it until the block ends."""
        with self._engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("LOCK TABLE passes IN EXCLUSIVE MODE"))
            yield NextPass(connection, connection.scalar(select(func.count()).select_from(passes)) or 0)

    def find_pass(self, pass_id: str) -> Pass | None:
        with self._reading() as connection:
            wallet = connection.scalar(select(passes.c.wallet).where(passes.c.pass_id == pass_id))
        return None if wallet is None else Pass.from_wallet(json.loads(wallet))

    def add_device(self, device_id: str, public_key: bytes, now: datetime) -> bytes:
        """Register a device, once. Returns the key that it is registered with, which may be another."""
        row = _new_device(device_id, public_key, now)
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(devices).values(row))
        except IntegrityError:
            known = self.device(device_id)
            if known is None:
                raise
            return known.public_key
        return public_key

    def devices(self) -> list[Device]:
        """All devices, by name."""
        with self._reading() as connection:
            rows = connection.execute(select(devices).order_by(devices.c.device_id)).mappings().all()
            revoked = revocation.all_revoked(connection)
        return [_device(row, revoked.get(device_and_epoch(row["device_id"])[0])) for row in rows]

    def device(self, device_id: str) -> Device | None:
        with self._reading() as connection:
            row = connection.execute(_one_device(device_id)).mappings().one_or_none()
        return None if row is None else _device(row, row["revoked_at"])

    def decide_on_device(
        self, device_id: str, *, is_revoked: bool, by: str, note: str, now: datetime
    ) -> bool:
        """Revoke a device and all its logs, or take it back in; False where there is no such device."""
        with self._engine.begin() as connection:
            if connection.execute(_one_device(device_id).with_for_update()).one_or_none() is None:
                return False
            revocation.decide(connection, device_id, is_revoked=is_revoked, by=by, note=note, now=now)
            return True

    @contextmanager
    def device_log(self, device_id: str) -> Iterator[DeviceLog | None]:
        """The device's log for one change, committed at the end of the block; None when it is unknown."""
        with self._engine.begin() as connection:
            row = connection.execute(_one_device(device_id).with_for_update()).mappings().one_or_none()
            yield None if row is None else DeviceLog(connection, row)

    @contextmanager
    def next_log(self, device_id: str, log: str, now: datetime) -> Iterator[NextLog | None]:
        """Another log of a device, registered at the end of the block; None when the device is unknown."""
        with self._engine.begin() as connection:
            row = connection.execute(_one_device(device_id).with_for_update()).mappings().one_or_none()
            yield None if row is None else NextLog(connection, row, log, now)

    def raise_alarm(self, device_id: str, kind: str, sentence: str, note: str, now: datetime) -> None:
        """Once a device and kind; again and again, it is counted."""
        with self._engine.begin() as connection:
            alarms.raise_alarm(connection, device_id, kind, sentence, note, now)

    def acknowledge(self, device_id: str, kind: str, by: str, note: str, now: datetime) -> Alarm | None:
        """Somebody has dealt with an alarm; None where there is no such alarm."""
        with self._engine.begin() as connection:
            return alarms.acknowledge(connection, device_id, kind, by, note, now)

    def alarms(self) -> list[Alarm]:
        """All alarms: those that stand open first, and of each the one that was raised last first."""
        with self._reading() as connection:
            return alarms.listed(connection)

    def forwarded(self, target: str) -> dict[str, int]:
        """By device, the number of the entry that a target is to be sent next; absent before its first."""
        query = select(forwarded.c.device_id, forwarded.c.next_seq).where(forwarded.c.target == target)
        with self._reading() as connection:
            return {row.device_id: row.next_seq for row in connection.execute(query)}

    def set_forwarded(self, target: str, device_id: str, next_seq: int) -> None:
        """A target has taken all before `next_seq`; what it had taken before stays taken."""
        this = (forwarded.c.target == target, forwarded.c.device_id == device_id)
        with self._engine.begin() as connection:
            connection.execute(_one_device(device_id).with_for_update())
            known = connection.scalar(select(forwarded.c.next_seq).where(*this))
            if known is None:
                row = {"target": target, "device_id": device_id, "next_seq": next_seq}
                connection.execute(insert(forwarded).values(row))
            elif known < next_seq:
                connection.execute(update(forwarded).where(*this).values(next_seq=next_seq))

    def entries(self, device_id: str, start: int, limit: int) -> list[StoredEntry]:
        """At most `limit` entries of one device from `start` on."""
        query = (
            select(entries)
            .where(entries.c.device_id == device_id, entries.c.seq >= start)
            .order_by(entries.c.seq)
            .limit(limit)
        )
        with self._reading() as connection:
            return [_entry(row) for row in connection.execute(query).mappings()]

    def latest_entries(self, limit: int) -> list[StoredEntry]:
        """The newest entries of all devices, newest first."""
        query = (
            select(entries)
            .order_by(entries.c.received_at.desc(), entries.c.device_id, entries.c.seq.desc())
            .limit(limit)
        )
        with self._reading() as connection:
            return [_entry(row) for row in connection.execute(query).mappings()]

    def has_slip(self, device_id: str, text: str) -> bool:
        """Whether the slip of this text has arrived in a log of this device."""
        with self._reading() as connection:
            return slip_entries.is_recorded(connection, device_id, text)

    def entry_count(self) -> int:
        """How many entries there are of all devices."""
        with self._reading() as connection:
            return connection.scalar(select(func.count()).select_from(entries)) or 0

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with self._engine.connect().execution_options(**READ_ONLY) as connection:
            yield connection


def _new_device(device_id: str, public_key: bytes, now: datetime) -> dict[str, Any]:
    return {
        "device_id": device_id,
        "public_key": public_key,
        "registered_at": now.isoformat(),
        "frontier": Frontier().encode(),
    }


def _one_device(device_id: str) -> Any:
    revoked_at = revocation.revoked_at(device_id).label("revoked_at")
    return select(devices, revoked_at).where(devices.c.device_id == device_id)


def _device(row: RowMapping, revoked_at: str | None) -> Device:
    frontier = Frontier.decode(row["frontier"])
    return Device(row["device_id"], row["public_key"], frontier.size, frontier.root(), revoked_at)


def _entry(row: RowMapping) -> StoredEntry:
    return StoredEntry(row["device_id"], row["seq"], row["received_at"], json.loads(row["entry"]))


@contextmanager
def _alone(database: Path | URL) -> Iterator[None]:
    """For the first use of a SQLite file: turning on its write-ahead log does not wait for its turn."""
    if not isinstance(database, Path):
        yield
        return
    folder = os.open(database.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)
