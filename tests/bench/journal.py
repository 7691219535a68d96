"""How long an entry takes to be on disk, and a kiosk to start: `python -m tests.bench.journal`.

Held against the barest thing that could be done instead: the same bytes, in a
row of a table without triggers, by an SQLite that flushes each transaction (WAL,
synchronous=FULL). The two take turns, one entry each, so that both meet the
same disk.
"""

from __future__ import annotations

import gc
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import apsw
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.core.commands import JsonValue
from kiosk.gatekeeper.restore import past_of
from kiosk.journal.envelope import Draft
from kiosk.journal.store import Journal
from tests.bench.figures import Figure, show

ENTRIES, FEW_ENTRIES = 10_000, 2_000
OLD_ENTRIES, FEW_OLD_ENTRIES = 100_000, 20_000
P99_TIMES_LIMIT, COMMITS_PER_S, START_LIMIT_S = 1.5, 2_000.0, 2.0
BARE_INSERT = "INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?)"
WRITTEN_AT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(b"b" * 32)
DATA: dict[str, JsonValue] = {
    "access_point": "gate-in",
    "purpose": "entry",
    "source": "gate-camera",
    "decoder": "zxing",
    "outcome": "grant",
    "reason": "granted",
    "format": "HP1",
    "kid": "0a1b2c3d",
    "decision_ms": 1204,
    "subject": "0123456789abcdef0123456789abcdef",
    "colour": "green",
    "roles": [1],
    "temperature": {
        "face_skin_celsius": 34.12,
        "expanded_u_celsius": 0.91,
        "oral_estimate_celsius": 36.65,
        "budget": {"fit": 0.05, "blackbody": 0.15, "noise": 0.032, "drift": 0.4},
        "frames": 4,
    },
}


def measure(entries: int = ENTRIES) -> list[Figure]:
    """The commit of one entry beside the bare insert, commits one after the other, and a start."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        path = Path(folder)
        own_ms, bare_ms = _beside_the_bare_insert(path, entries)
        rate = _one_after_the_other(path, entries)
        bare_rate = _bare_rate(path, entries)
        start_s = _start(path / "old.db", OLD_ENTRIES if entries >= ENTRIES else FEW_OLD_ENTRIES)
    own, bare = _p99(own_ms), _p99(bare_ms)
    return [
        Figure(f"commit of an entry, median of {entries}", statistics.median(own_ms), "ms"),
        Figure("commit of an entry, 99th percentile", own, "ms"),
        Figure("bare synchronous insert of the same bytes, median", statistics.median(bare_ms), "ms"),
        Figure("bare synchronous insert, 99th percentile", bare, "ms"),
        Figure("99th percentiles, commit to bare insert", own / bare, "times", P99_TIMES_LIMIT),
        Figure("single commits one after the other", rate, "/s", at_least=COMMITS_PER_S),
        Figure("bare inserts one after the other", bare_rate, "/s"),
        Figure(f"start at {start_s[0]} entries, after a run that broke off", start_s[1], "s", START_LIMIT_S),
    ]


def _beside_the_bare_insert(folder: Path, entries: int) -> tuple[list[float], list[float]]:
    journal = Journal(folder / "journal.db", "bench-1", device_key=KEY).open()
    bare = _bare(folder / "bare.db")
    own_ms, bare_ms = [], []
    gc.disable()
    for number in range(entries):
        draft = _draft(number)
        own_ms.append(_ms(lambda draft=draft: journal.append_many([draft])))  # type: ignore[misc]
        journal.bear_witness()
        (stored,) = journal.stored(number, 1)
        row = (number, stored.envelope, stored.data, stored.salt, stored.leaf_hash, stored.leaf_hash)
        bare_ms.append(_ms(lambda row=row: bare.execute(BARE_INSERT, row)))  # type: ignore[misc]
    gc.enable()
    bare.close()
    journal.close()
    return own_ms, bare_ms


def _bare(path: Path) -> apsw.Connection:
    connection = apsw.Connection(str(path))
    connection.execute("PRAGMA journal_mode = WAL").fetchall()
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE entry (seq INTEGER PRIMARY KEY, a BLOB, b BLOB, c BLOB, d BLOB, e BLOB)")
    return connection


def _bare_rate(folder: Path, entries: int) -> float:
    """What the disk gives at most: bare inserts a second."""
    connection = _bare(folder / "bare-rate.db")
    parts = (bytes(300), bytes(500), bytes(16), bytes(32), bytes(32))
    began_s = time.perf_counter()
    for number in range(entries):
        connection.execute(BARE_INSERT, (number, *parts))
    rate = entries / (time.perf_counter() - began_s)
    connection.close()
    return rate


def _one_after_the_other(folder: Path, entries: int) -> float:
    """Commits a second, with all that belongs to them."""
    with Journal(folder / "rate.db", "bench-1", device_key=KEY) as journal:
        drafts = [_draft(number) for number in range(entries)]
        began_s = time.perf_counter()
        for draft in drafts:
            journal.append_many([draft])
            journal.bear_witness()
        return entries / (time.perf_counter() - began_s)


def _start(path: Path, entries: int) -> tuple[int, float]:
    """Seconds from opening until it is known what the past means for the rules."""
    journal = Journal(path, "bench-1", device_key=KEY).open()
    for first in range(0, entries, 500):
        journal.append_many([_draft(first + n) for n in range(500)])
    journal.bear_witness()
    journal._let_go()  # as a run that broke off: nothing is put in order
    again = Journal(path, "bench-1", device_key=KEY)
    began_s = time.perf_counter()
    again.open()
    past_of(again)
    taken_s = time.perf_counter() - began_s
    again.close()
    return entries, taken_s


def _draft(number: int) -> Draft:
    return "kiosk.passage.decided", DATA | {"passage": number}, WRITTEN_AT, True


def _ms(work: Callable[[], Any]) -> float:
    began_s = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - began_s)


def _p99(values: list[float]) -> float:
    return statistics.quantiles(values, n=100)[-1]


if __name__ == "__main__":
    sys.exit(not show("Journal", measure()))
