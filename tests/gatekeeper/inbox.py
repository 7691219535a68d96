"""What a part under test has posted, on a clock that the test moves."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from kiosk.core.events import DeviceFaulted, DeviceRecovered, Event
from kiosk.gatekeeper.clock import TrustedClock
from sim.clock import SimClock

E = TypeVar("E", bound=Event)


class Posted:
    def __init__(self) -> None:
        self.time = SimClock()
        self.clock = TrustedClock(self.time)
        self.events: list[Event] = []

    def post(self, event: Event) -> None:
        self.events.append(event)

    def of(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]

    def states(self) -> list[str]:
        """Each device as it was lost (-) and came back (+), in order."""
        return [
            f"{'-' if isinstance(event, DeviceFaulted) else '+'}{event.device}"
            for event in self.events
            if isinstance(event, DeviceFaulted | DeviceRecovered)
        ]

    def poll(self, work: Callable[[], None], seconds: float, *, every_s: float = 0.02) -> None:
        end_s = self.time.mono() + seconds
        while self.time.mono() < end_s:
            work()
            self.time.sleep(every_s)
