"""The hub's tables, and the engine over them: SQLite in WAL; what is answered is on the disk."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlalchemy import (
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
from sqlalchemy.engine import URL, Connection
from sqlalchemy.pool import ConnectionPoolEntry

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
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("leaf_hash", LargeBinary(32), nullable=False),
    Column("received_at", String(32), nullable=False),
    Column("entry", Text, nullable=False),
)

tree_heads = Table(
    "tree_heads",
    metadata,
    Column("device_id", ForeignKey("devices.device_id"), primary_key=True),
    Column("size", Integer, primary_key=True, autoincrement=False),
    Column("root", LargeBinary(32), nullable=False),
    Column("note", Text, nullable=False),
)

READ_ONLY = {"hub_read_only": True}
"""Execution options of a connection that takes no write lock."""

_BUSY_TIMEOUT_S = 5.0


def make_engine(path: Path) -> Engine:
    """An engine on the SQLite file at `path`. Nothing is opened yet."""
    engine = create_engine(
        URL.create("sqlite+pysqlite", database=str(path)),
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
