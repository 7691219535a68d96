"""The clock that every process is given; nothing else in the kiosk asks the operating system for the time."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What a poller, a loop or the uplink needs of time. The simulated day brings its own."""

    def mono(self) -> float:
        """Seconds that never go back."""

    def utc(self) -> datetime:
        """The wall clock, aware, in UTC; it may be wrong (see `kiosk.terms.Instant`)."""

    def sleep(self, seconds: float) -> None:
        """Let `seconds` pass."""


class SystemClock:
    """The operating system's clocks."""

    def mono(self) -> float:
        return time.monotonic()

    def utc(self) -> datetime:
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)
