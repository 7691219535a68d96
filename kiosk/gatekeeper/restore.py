"""What a gatekeeper must know of its past when it starts: who is inside, and how far the clock has come."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from kiosk.core.passage import PASSED
from kiosk.core.rules import Purpose
from kiosk.journal.reader import Entry
from kiosk.journal.store import Journal

LOOK_BACK_ENTRIES = 20_000
_CHUNK = 1_000


@dataclass(frozen=True, slots=True)
class Past:
    """`trusted_until` is the time of the last entry that was written at trusted time.

    `last_passage_id` is the highest that the journal holds.
    """

    inside: frozenset[str] = frozenset()
    trusted_until: datetime | None = None
    last_passage_id: int = 0


def past_of(journal: Journal) -> Past:
    """Read the last `LOOK_BACK_ENTRIES`. Raises JournalError."""
    inside: set[str] = set()
    trusted_until: datetime | None = None
    last_passage_id = 0
    for entry in _recent(journal):
        if entry.time_trusted:
            trusted_until = datetime.fromisoformat(entry.time)
        data = entry.data if isinstance(entry.data, dict) else {}
        last_passage_id = max(last_passage_id, data.get("passage", 0))
        subject = data.get("subject")
        if entry.type == PASSED and subject is not None:
            if data["purpose"] == Purpose.ENTRY.value:
                inside.add(subject)
            elif data["purpose"] == Purpose.EXIT.value:
                inside.discard(subject)
    return Past(frozenset(inside), trusted_until, last_passage_id)


def _recent(journal: Journal) -> Iterator[Entry]:
    size = journal.size
    for start in range(max(0, size - LOOK_BACK_ENTRIES), size, _CHUNK):
        yield from journal.entries(start, _CHUNK)
