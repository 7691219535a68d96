"""Instants with a judgement on the wall clock.

A Pi may have no clock of its own. The floor is the latest moment that is
known to have passed: the build, the last journal entry written at trusted
time, the last receipt of the hub. A wall clock behind the floor is wrong, and
every instant says so until it has been set. So is one that has jumped forward
by more than `LONGEST_JUMP` while the kiosk ran, until a receipt bears it out:
one wrong clock must not raise the floor for good.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from kiosk.clock import Clock
from kiosk.terms import Instant

BUILT = datetime(2026, 11, 22, tzinfo=UTC)
LONGEST_JUMP = timedelta(minutes=10)


class TrustedClock:
    """Stamps events. `raise_floor` takes only moments that something trustworthy has stated."""

    def __init__(self, clock: Clock, floor: datetime = BUILT) -> None:
        self._clock = clock
        self._floor = max(floor, BUILT)
        self._last_trusted: tuple[float, datetime] | None = None

    @property
    def floor(self) -> datetime:
        return self._floor

    def raise_floor(self, moment: datetime) -> None:
        self._floor = max(self._floor, moment)

    def instant(self) -> Instant:
        mono_s, utc = self._clock.mono(), self._clock.utc()
        trusted = self._floor <= utc <= self._latest_credible(mono_s, utc)
        if trusted:
            self._last_trusted = (mono_s, utc)
        return Instant(mono_s, utc, trusted)

    def _latest_credible(self, mono_s: float, utc: datetime) -> datetime:
        """How late it can be by the time that has passed, or by what has been signed since."""
        if self._last_trusted is None:
            return utc
        before_s, before = self._last_trusted
        return max(before + timedelta(seconds=mono_s - before_s), self._floor) + LONGEST_JUMP

    def mono(self) -> float:
        return self._clock.mono()
