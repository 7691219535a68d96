"""What the hub keeps: passes, devices, and every device's log. Times are aware, UTC, as RFC 3339."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping, func, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from hub.errors import StateError
from hub.issuing import Pass
from hub.tables import READ_ONLY, devices, entries, make_engine, metadata, passes, tree_heads
from kiosk.journal.merkle import Frontier


@dataclass(frozen=True, slots=True)
class Device:
    """A registered kiosk: its 32-byte Ed25519 key, and the size and root of its log so far."""

    device_id: str
    public_key: bytes
    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """One entry as it came, and where and when."""

    device_id: str
    seq: int
    received_at: str
    entry: dict[str, Any]


@dataclass(frozen=True, slots=True)
class NewEntry:
    """One entry to be kept."""

    entry: dict[str, Any]
    leaf_hash: bytes


class DeviceLog:
    """One device's log inside one transaction that holds the write lock."""

    def __init__(self, connection: Connection, row: RowMapping) -> None:
        self._connection = connection
        self.device_id: str = row["device_id"]
        self.public_key: bytes = row["public_key"]
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
        rows = [
            {
                "device_id": self.device_id,
                "seq": start + i,
                "leaf_hash": each.leaf_hash,
                "received_at": now.isoformat(),
                "entry": json.dumps(each.entry, ensure_ascii=False, separators=(",", ":")),
            }
            for i, each in enumerate(new)
        ]
        head = {
            "device_id": self.device_id,
            "size": frontier.size,
            "root": frontier.root(),
            "note": note,
        }
        self._connection.execute(insert(entries), rows)
        self._connection.execute(insert(tree_heads).values(head))
        self._connection.execute(
            update(devices).where(devices.c.device_id == self.device_id).values(frontier=frontier.encode())
        )
        self.frontier = frontier


class Store:
    """The database. `open` it before use and `close` it after."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._engine = make_engine(path)

    @property
    def engine(self) -> Engine:
        """For tables that other modules keep in the same database."""
        return self._engine

    def open(self) -> None:
        """Make the tables that are missing. Raises StateError."""
        try:
            self._path.touch(mode=0o600)  # wallets hold secrets
            metadata.create_all(self._engine)
        except OSError as error:
            raise StateError(f"{self._path}: can't be made: {error.strerror}") from error
        except SQLAlchemyError as error:
            self._engine.dispose()
            cause = getattr(error, "orig", None) or error
            raise StateError(f"{self._path}: can't be opened as the hub's database: {cause}") from error

    def close(self) -> None:
        self._engine.dispose()

    def add_pass(self, issued: Pass, now: datetime) -> None:
        wallet = json.dumps(issued.wallet_json())
        with self._engine.begin() as connection:
            connection.execute(
                insert(passes).values(pass_id=issued.pass_id, issued_at=now.isoformat(), wallet=wallet)
            )

    def pass_count(self) -> int:
        """How many passes have been issued, which is the next one's index in the revocation list."""
        with self._reading() as connection:
            return connection.scalar(select(func.count()).select_from(passes)) or 0

    def find_pass(self, pass_id: str) -> Pass | None:
        with self._reading() as connection:
            wallet = connection.scalar(select(passes.c.wallet).where(passes.c.pass_id == pass_id))
        return None if wallet is None else Pass.from_wallet(json.loads(wallet))

    def add_device(self, device_id: str, public_key: bytes, now: datetime) -> bytes:
        """Register a device, once. Returns the key that it is registered with, which may be another."""
        with self._engine.begin() as connection:
            known = connection.scalar(select(devices.c.public_key).where(devices.c.device_id == device_id))
            if known is None:
                connection.execute(
                    insert(devices).values(
                        device_id=device_id,
                        public_key=public_key,
                        registered_at=now.isoformat(),
                        frontier=Frontier().encode(),
                    )
                )
        return public_key if known is None else bytes(known)

    def devices(self) -> list[Device]:
        """All devices, by name."""
        with self._reading() as connection:
            rows = connection.execute(select(devices).order_by(devices.c.device_id)).mappings().all()
        return [_device(row) for row in rows]

    def device(self, device_id: str) -> Device | None:
        with self._reading() as connection:
            row = connection.execute(_one_device(device_id)).mappings().one_or_none()
        return None if row is None else _device(row)

    @contextmanager
    def device_log(self, device_id: str) -> Iterator[DeviceLog | None]:
        """The device's log for one change, committed at the end of the block; None when it is unknown."""
        with self._engine.begin() as connection:
            row = connection.execute(_one_device(device_id).with_for_update()).mappings().one_or_none()
            yield None if row is None else DeviceLog(connection, row)

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

    def entry_count(self) -> int:
        """How many entries there are of all devices."""
        with self._reading() as connection:
            return connection.scalar(select(func.count()).select_from(entries)) or 0

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with self._engine.connect().execution_options(**READ_ONLY) as connection:
            yield connection


def _one_device(device_id: str) -> Any:
    return select(devices).where(devices.c.device_id == device_id)


def _device(row: RowMapping) -> Device:
    frontier = Frontier.decode(row["frontier"])
    return Device(row["device_id"], row["public_key"], frontier.size, frontier.root())


def _entry(row: RowMapping) -> StoredEntry:
    return StoredEntry(row["device_id"], row["seq"], row["received_at"], json.loads(row["entry"]))
