"""Re-entry after a break: whose temperature need not be taken a second time.

Somebody who was measured normal when he came in, went in, left by an exit and
comes again within `reentry_minutes` of leaving needs his code only. One
measurement is good for one return, and for a shift: who was let in on an
earlier one is measured the next time. The first exit begins the break, later
ones do not make it longer.

Subjects have several names (pseudonyms), today's first: who went in before
midnight is known by the older ones. At a time that is not trusted nothing is
noted and nothing is reused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from kiosk.terms import Instant

SHIFT = timedelta(hours=12)
"""How long after it was taken a temperature may be reused at the most."""


@dataclass(frozen=True, slots=True)
class Measured:
    """The passage in which somebody was measured normal, and when he went in; `left_at` begins his break."""

    passage_id: int
    at: datetime
    left_at: datetime | None = None


class Reentry:
    """`measured` is by pseudonym; `minutes` 0: nobody's temperature is ever reused."""

    def __init__(self, minutes: int, measured: Mapping[str, Measured]) -> None:
        self._break = timedelta(minutes=minutes)
        self._measured = dict(measured)

    def entered(self, at: Instant, names: Sequence[str], measured_in: int | None) -> None:
        """Somebody went in; `measured_in` is the passage that has just measured him normal, if one has."""
        for name in names:
            self._measured.pop(name, None)
        if self._break and names and measured_in is not None and at.utc_trusted:
            self._measured[names[0]] = Measured(measured_in, at.utc)

    def left(self, at: Instant, names: Sequence[str]) -> None:
        """Somebody went out."""
        for name in names:
            known = self._measured.get(name)
            if known is None or known.left_at is not None:
                continue
            if at.utc_trusted:
                self._measured[name] = replace(known, left_at=at.utc)
            else:
                del self._measured[name]

    def reusable(self, at: Instant, names: Sequence[str]) -> int | None:
        """The passage whose temperature counts for somebody who comes now, or None."""
        if not at.utc_trusted:
            return None
        known = (self._measured[name] for name in names if name in self._measured)
        return next((each.passage_id for each in known if self._counts(at, each)), None)

    def forget(self, at: Instant) -> None:
        """Let go of what can count no more."""
        if at.utc_trusted:
            self._measured = {
                name: each for name, each in self._measured.items() if self._may_count(at, each)
            }

    def _counts(self, at: Instant, measured: Measured) -> bool:
        """Left, and that not in the future: the clock may have been set back."""
        return measured.left_at is not None and measured.left_at <= at.utc and self._may_count(at, measured)

    def _may_count(self, at: Instant, measured: Measured) -> bool:
        left_at = measured.left_at or at.utc
        return at.utc - left_at < self._break and at.utc - measured.at < SHIFT
