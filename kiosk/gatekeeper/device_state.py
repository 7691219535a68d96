"""Whether one device works: said once when it is lost, once when it is back, tried again in between."""

from __future__ import annotations

from collections.abc import Callable

from kiosk.core.events import DeviceFaulted, DeviceReconnecting, DeviceRecovered, Event
from kiosk.gatekeeper.clock import TrustedClock

Post = Callable[[Event], None]

RETRY_S = 1.0


class DeviceState:
    """The state of the device called `name`, as events."""

    def __init__(self, name: str, clock: TrustedClock, post: Post, *, retry_s: float = RETRY_S) -> None:
        self.name = name
        self._retry_s = retry_s
        self._clock = clock
        self._post = post
        self._lost = False
        self._retry_at_s = 0.0
        self._tells_of_reconnecting = False

    @property
    def is_lost(self) -> bool:
        return self._lost

    @property
    def may_try(self) -> bool:
        """False while a lost device need not be tried again yet."""
        return not self._lost or self._clock.mono() >= self._retry_at_s

    def lost(self, detail: object) -> None:
        self._retry_at_s = self._clock.mono() + self._retry_s
        self.complain(detail)

    def complain(self, detail: object) -> None:
        """The device answers, and what it delivers can't be used; nobody need wait to look again."""
        if not self._lost:
            self._lost = self._tells_of_reconnecting = True
            self._post(DeviceFaulted(self._clock.instant(), self.name, str(detail)))

    def reconnecting(self) -> None:
        """It is there again, and has still to show that it works; said once for each loss."""
        if self._lost and self._tells_of_reconnecting:
            self._tells_of_reconnecting = False
            self._post(DeviceReconnecting(self._clock.instant(), self.name))

    def works(self) -> None:
        if self._lost:
            self._lost = False
            self._post(DeviceRecovered(self._clock.instant(), self.name))
