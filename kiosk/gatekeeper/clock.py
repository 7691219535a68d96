"""Instants with a judgement on the wall clock.

A Pi may have no clock of its own. The floor is the latest moment that is
known to have passed: the build, the last journal entry written at trusted
time, the last receipt of the hub. A wall clock behind the floor is wrong, and
every instant says so until it has been set.
"""

from __future__ import annotations

from datetime import UTC, datetime

from kiosk.clock import Clock
from kiosk.terms import Instant

BUILT = datetime(2026, 11, 22, tzinfo=UTC)


class TrustedClock:
    """Stamps events. `raise_floor` takes only moments that something trustworthy has stated."""

    def __init__(self, clock: Clock, floor: datetime = BUILT) -> None:
        self._clock = clock
        self._floor = max(floor, BUILT)

    @property
    def floor(self) -> datetime:
        return self._floor

    def raise_floor(self, moment: datetime) -> None:
        self._floor = max(self._floor, moment)

    def instant(self) -> Instant:
        utc = self._clock.utc()
        return Instant(self._clock.mono(), utc, utc >= self._floor)

    def mono(self) -> float:
        return self._clock.mono()
