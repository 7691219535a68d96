"""Anti-passback: who is inside, so that one code does not let two people in.

Subjects are pseudonyms under a key that changes daily, so one subject has
several names while older keys live: the first is today's. Someone is inside
when any of the names is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kiosk.core.rules import Purpose


class Passback:
    """The set of subjects inside, as this kiosk knows it."""

    def __init__(self, inside: Iterable[str] = ()) -> None:
        self._inside = set(inside)

    @property
    def occupancy(self) -> int:
        return len(self._inside)

    def clear(self) -> None:
        """The house is empty."""
        self._inside.clear()

    def is_inside(self, names: Sequence[str]) -> bool:
        return not self._inside.isdisjoint(names)

    def enter(self, names: Sequence[str]) -> None:
        self._inside.add(names[0])

    def passed(self, purpose: Purpose, names: Sequence[str]) -> str | None:
        """Count somebody who went through; the name under which a leaving one was inside."""
        if names and purpose is Purpose.ENTRY:
            self.enter(names)
        elif purpose is Purpose.EXIT:
            return self.leave(names)
        return None

    def leave(self, names: Sequence[str]) -> str | None:
        """The name under which the subject was inside, if it was."""
        known = [name for name in names if name in self._inside]
        self._inside.difference_update(known)
        return known[0] if known else None
