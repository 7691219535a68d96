"""The contacts of a site, debounced: a level counts once it has stood for `settle_s`.

It then counts from the moment at which it came, so what is measured from it
(when the strike is due, whether a door was opened in time) is as exact as
without. A contact that bounces, or a spike on its wire, is nothing that happened.
"""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.core.events import Input


@dataclass(frozen=True, slots=True)
class Settled:
    """An input has another level since `since_s` (monotonic seconds)."""

    input: Input
    active: bool
    since_s: float


class Inputs:
    """Every input rests until it is said to be active."""

    def __init__(self, settle_s: float) -> None:
        self._settle_s = settle_s
        self._active: set[Input] = set()
        self._since_s: dict[Input, float] = {}

    @property
    def wake_at(self) -> float | None:
        """The monotonic second at which another level has stood long enough."""
        return min((since_s + self._settle_s for since_s in self._since_s.values()), default=None)

    def changed(self, at_s: float, which: Input, *, active: bool) -> None:
        """A level has come; the one that counts already takes back another that has not settled."""
        if active is (which in self._active):
            self._since_s.pop(which, None)
        else:
            self._since_s.setdefault(which, at_s)

    def settled(self, now_s: float) -> list[Settled]:
        """What counts from now on, in the order in which it came."""
        due = [
            (since_s, which) for which, since_s in self._since_s.items() if now_s >= since_s + self._settle_s
        ]
        return [self._settle(which, since_s) for since_s, which in sorted(due)]

    def forget(self, at_s: float, which: Input) -> list[Settled]:
        """The input is lost: it is at rest, as far as anybody knows."""
        self._since_s.pop(which, None)
        return [self._settle(which, at_s)] if which in self._active else []

    def _settle(self, which: Input, since_s: float) -> Settled:
        self._since_s.pop(which, None)
        self._active ^= {which}
        return Settled(which, which in self._active, since_s)
