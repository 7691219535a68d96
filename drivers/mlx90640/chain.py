"""Subpages taken one right after the other, each one confirmed by the next.

A measurement writes its own half of the pixels and leaves the other half's
words in the RAM as they were. So what was new in one read must still stand in
the next: a word that differs was read wrong once. Two confirmed subpages make
a picture, which is therefore complete one subpage after its second half.

Whether a subpage was missed between two reads follows from bounds on when the
first was complete: it has lain ready since the flag was last seen down, but
no longer than a period (the next one overwrites it), and none has come before
the read ended. A shade is taken off for the chip's clock.
"""

from __future__ import annotations

from dataclasses import dataclass

from drivers.mlx90640.decoder import Ambient
from drivers.mlx90640.plausible import RamFault, changed_words, new_pixels, step_faults, subpage_of

CLOCK_SHADE = 0.1
CONFIRMED = 3
MOST_MISSED = 8


@dataclass(frozen=True, slots=True, eq=False)
class Subpage:
    """One subpage as read from `asked_s` to `taken_s`; it was complete at `ready_s` at the earliest."""

    raw: bytes
    ambient: Ambient
    ready_s: float
    asked_s: float
    taken_s: float


class Chain:
    """Grows by `add`, gives pictures by `picture`."""

    def __init__(self, period_s: float) -> None:
        self._period_s = period_s
        self._kept: list[Subpage] = []
        self._missed = 0
        self.repeats = 0

    @property
    def last(self) -> Subpage | None:
        return self._kept[-1] if self._kept else None

    def forget(self) -> None:
        self._kept.clear()

    def add(self, new: Subpage) -> list[RamFault]:
        """What the new one says against the last; with any fault, a new chain begins at `new`."""
        faults = self._faults(new)
        self.repeats = self.repeats + 1 if any(fault.name == "repeated_subpage" for fault in faults) else 0
        if faults:
            self._kept.clear()
        self._kept.append(new)
        return faults

    def miss(self) -> list[RamFault]:
        """A subpage has been lost because it was asked for too late; a fault when it is time to say so."""
        self._kept.clear()
        return self._count_missed()

    def picture(self) -> tuple[Subpage, Subpage] | None:
        """Two confirmed subpages, older first; each is given once."""
        if len(self._kept) < CONFIRMED:
            return None
        older, newer, last = self._kept
        self._kept = [last]
        self._missed = 0
        return older, newer

    def _faults(self, new: Subpage) -> list[RamFault]:
        last = self.last
        if last is None:
            return []
        if new.asked_s > self._latest_for_next(last):
            return self.miss()
        if subpage_of(new.raw) == subpage_of(last.raw):
            return [
                RamFault("repeated_subpage", len(new.raw) // 2 - 1, "is the same as in the subpage before")
            ]
        changed = changed_words(last.raw, new.raw, new_pixels(last.raw)).tolist()
        disagree = [
            RamFault("words_disagree", word, "was read as something else a subpage later") for word in changed
        ]
        return disagree + step_faults(last.ambient, new.ambient)

    def _latest_for_next(self, last: Subpage) -> float:
        """Up to when a new subpage is certainly the one right after `last`."""
        whole = 1 - CLOCK_SHADE
        return max(last.ready_s + 2 * whole * self._period_s, last.taken_s + whole * self._period_s)

    def _count_missed(self) -> list[RamFault]:
        """Who polls too seldom never gets a picture; that is told, and not left to be wondered at."""
        self._missed += 1
        if self._missed < MOST_MISSED:
            return []
        self._missed = 0
        return [RamFault("missed_subpage", 0, f"and all others: {MOST_MISSED} times a subpage was missed")]
