"""Anti-passback: who is inside and since when, so that one code does not let two people in.

Subjects are pseudonyms under a key that changes daily, so one subject has
several names while older keys live: the first is today's. Someone is inside
when any of the names is, and stands in the book under one of them: whoever
enters again is counted once, under today's name.

With a window (`timed`) an entry keeps the same code out for so long, and no
longer: somebody who has left another way is not kept out for ever. What this
kiosk has not seen it does not know: all of it is within this kiosk.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType

from kiosk.core.rules import Purpose
from kiosk.terms import Instant

NOBODY: Mapping[str, datetime | None] = MappingProxyType({})


class Passback:
    """Who is inside, as this kiosk knows it: each name, and when it came in.

    None where the clock was not trusted then: such an entry is never long ago.
    """

    def __init__(self, inside: Mapping[str, datetime | None] = NOBODY) -> None:
        self._inside = dict(inside)

    @property
    def occupancy(self) -> int:
        return len(self._inside)

    @property
    def inside(self) -> Mapping[str, datetime | None]:
        """Names, and when they came in (UTC)."""
        return MappingProxyType(self._inside)

    def clear(self) -> None:
        """The house is empty."""
        self._inside.clear()

    def is_inside(self, names: Sequence[str]) -> bool:
        return any(name in self._inside for name in names)

    def keeps_out(self, at: Instant, names: Sequence[str], window_minutes: int) -> bool:
        """Whether the subject is inside, or (window of more than 0) came in so short a time ago."""
        entered = [self._inside[name] for name in names if name in self._inside]
        if not window_minutes or not at.utc_trusted:
            return bool(entered)
        window = timedelta(minutes=window_minutes)
        return any(since is None or at.utc - since < window for since in entered)

    def enter(self, at: Instant, names: Sequence[str]) -> str | None:
        """Count somebody once; the older name under which he was inside still, if he was."""
        before = self.leave(names)
        self._inside[names[0]] = at.utc if at.utc_trusted else None
        return None if before == names[0] else before

    def passed(self, at: Instant, purpose: Purpose, names: Sequence[str]) -> str | None:
        """Count somebody who went through; the name under which he was inside, if that is another."""
        if names and purpose is Purpose.ENTRY:
            return self.enter(at, names)
        if purpose is Purpose.EXIT:
            return self.leave(names)
        return None

    def leave(self, names: Sequence[str]) -> str | None:
        """The name under which the subject was inside, if it was."""
        known = [name for name in names if self._inside.pop(name, self) is not self]
        return known[0] if known else None
