"""Holds the whole log against its hashes while nothing is recorded, a few entries at a time, round and round.

A start looks at the newest entries only. A disk that loses or changes older
ones is found here, within an hour for 100,000 of them.
"""

from __future__ import annotations

from kiosk.journal.reader import JournalReader
from kiosk.journal.soundness import check_entries

STEP_ENTRIES = 256


class Scrub:
    """Begins with the first entry, at every start."""

    def __init__(self, journal: JournalReader) -> None:
        self._journal = journal
        self._next = 0

    def step(self) -> None:
        """Look at the next entries. Raises JournalDamaged, and other JournalErrors."""
        size = self._journal.size
        start = self._next if self._next < size else 0
        end = min(start + STEP_ENTRIES, size)
        check_entries(self._journal, start, end)
        self._next = end
