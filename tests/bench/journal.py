"""How long an entry takes to be on disk, which a person waits for: `python -m tests.bench.journal`."""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from kiosk.core.commands import JsonValue
from kiosk.journal.store import Journal
from tests.bench.figures import Figure, show

ENTRIES = 300
WRITTEN_AT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
DATA: dict[str, JsonValue] = {
    "access_point": "gate-in",
    "outcome": "grant",
    "reason": "granted",
    "face_skin_celsius": 34.12,
}


def measure(entries: int = ENTRIES) -> list[Figure]:
    """Milliseconds for one entry in a transaction of its own (WAL, synchronous=FULL)."""
    taken_ms = []
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        journal = Journal(Path(folder) / "journal.db", "bench-1").open()
        for number in range(entries):
            began_s = time.perf_counter()
            journal.append_many([("kiosk.passage.decided", DATA | {"passage": number}, WRITTEN_AT, True)])
            taken_ms.append(1000 * (time.perf_counter() - began_s))
        journal.close()
    return [
        Figure(f"commit of an entry, median of {entries}", statistics.median(taken_ms), "ms"),
        Figure("commit of an entry, 95th percentile", statistics.quantiles(taken_ms, n=20)[-1], "ms"),
    ]


if __name__ == "__main__":
    sys.exit(not show("Journal", measure()))
