"""Simulated time: it passes only when somebody sleeps or the day moves on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from kiosk.gatekeeper.clock import BUILT

# Seven in the morning in China, on a day after the build, so that the kiosk has no reason to doubt its clock.
DAY_BEGINS = (BUILT + timedelta(days=1)).replace(hour=23, minute=0, tzinfo=UTC)


class SimClock:
    """The shape of `kiosk.clock.Clock`."""

    def __init__(self, begins: datetime = DAY_BEGINS) -> None:
        self._begins = begins
        self._elapsed_s = 0.0

    def mono(self) -> float:
        return self._elapsed_s

    def utc(self) -> datetime:
        return self._begins + timedelta(seconds=self._elapsed_s)

    def sleep(self, seconds: float) -> None:
        self._elapsed_s += max(seconds, 0.0)

    def advance_to(self, mono_s: float) -> None:
        """Go on to a moment; one that has passed already changes nothing."""
        self._elapsed_s = max(self._elapsed_s, mono_s)


class OwnTime:
    """The clock of one process of several on a simulated day: what it waits for delays nobody else.

    While it waits it is ahead of the day, and has to be let alone until the day has caught up.
    """

    def __init__(self, day: SimClock) -> None:
        self._day = day
        self._ahead_until_s = 0.0

    def mono(self) -> float:
        return max(self._day.mono(), self._ahead_until_s)

    def utc(self) -> datetime:
        return self._day.utc() + timedelta(seconds=self.mono() - self._day.mono())

    def sleep(self, seconds: float) -> None:
        self._ahead_until_s = self.mono() + max(seconds, 0.0)
