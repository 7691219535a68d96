"""The hub's tables, and the engine over them: SQLite in WAL, or PostgreSQL; what is answered is on the disk.

A transaction that writes holds a lock from its first statement on: SQLite's
one write lock (BEGIN IMMEDIATE), or the device's row on PostgreSQL, which the
store selects FOR UPDATE. Whoever waits for a lock for more than 5 s gives up.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlalchemy import (
    BigInteger,
    Column,
    Engine,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    event,
)
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry

from hub.errors import StateError

metadata = MetaData()

passes = Table(
    "passes",
    metadata,
    Column("pass_id", String(32), primary_key=True),
    Column("issued_at", String(32), nullable=False),
    Column("wallet", Text, nullable=False),
)

devices = Table(
    "devices",
    metadata,
    Column("device_id", String(64), primary_key=True),
    Column("public_key", LargeBinary(32), nullable=False),
    Column("registered_at", String(32), nullable=False),
    Column("frontier", LargeBinary, nullable=False),
)

entries = Table(
    "entries",
    metadata,
    Column("device_id", ForeignKey("devices.device_id"), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("leaf_hash", LargeBinary(32), nullable=False),
    Column("received_at", String(32), nullable=False),
    Column("entry", Text, nullable=False),
)

tree_heads = Table(
    "tree_heads",
    metadata,
    Column("device_id", ForeignKey("devices.device_id"), primary_key=True),
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("root", LargeBinary(32), nullable=False),
    Column("note", Text, nullable=False),
)

# One row a device and kind: a kiosk that repeats itself a thousand times is one alarm, and fills no disk.
alarms = Table(
    "alarms",
    metadata,
    Column("device_id", ForeignKey("devices.device_id"), primary_key=True),
    Column("kind", String(32), primary_key=True),
    Column("first_at", String(32), nullable=False),
    Column("last_at", String(32), nullable=False),
    Column("times", Integer, nullable=False),
    Column("sentence", Text, nullable=False),
    Column("note", Text, nullable=False),
)

acknowledgements = Table(
    "alarm_acknowledgements",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("device_id", ForeignKey("devices.device_id"), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("at", String(32), nullable=False),
    Column("by", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("times", Integer, nullable=False),
)

revocations = Table(
    "device_revocations",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("device_id", ForeignKey("devices.device_id"), nullable=False, index=True),
    Column("is_revoked", Integer, nullable=False),
    Column("by", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("at", String(32), nullable=False),
)

forwarded = Table(
    "forwarded",
    metadata,
    Column("target", String(2048), primary_key=True),
    Column("device_id", ForeignKey("devices.device_id"), primary_key=True),
    Column("next_seq", BigInteger, nullable=False),
)

slip_entries = Table(
    "slip_entries",
    metadata,
    Column("device_id", ForeignKey("devices.device_id"), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("digest", LargeBinary(32), nullable=False, index=True),
)

READ_ONLY = {"hub_read_only": True}
"""Execution options of a connection that takes no write lock."""

POSTGRESQL = "postgresql+psycopg"
_BUSY_TIMEOUT_S = 5.0


def read_url(text: str) -> URL:
    """The address of a PostgreSQL database. Raises StateError for any other."""
    try:
        url = make_url(text)
    except ArgumentError:
        url = None
    if url is None or url.drivername not in (POSTGRESQL, "postgresql"):
        raise StateError(f"the database is an address like {POSTGRESQL}://USER@HOST/NAME")
    return url.set(drivername=POSTGRESQL)


def make_engine(database: Path | URL) -> Engine:
    """An engine on a SQLite file, or on a PostgreSQL database. Nothing is opened yet."""
    if isinstance(database, URL):
        waits = f"-c lock_timeout={int(1000 * _BUSY_TIMEOUT_S)}"
        arguments = {"connect_timeout": int(_BUSY_TIMEOUT_S), "options": waits}
        return create_engine(database, connect_args=arguments)
    engine = create_engine(
        URL.create("sqlite+pysqlite", database=str(database)),
        connect_args={"timeout": _BUSY_TIMEOUT_S, "isolation_level": None},
    )
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", _begin)
    return engine


def _set_up(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin(connection: Connection) -> None:
    """The write lock at once: what was read in a transaction that writes must still hold when it does."""
    read_only = connection.get_execution_options().get("hub_read_only", False)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")
