"""The board's own watchdog, for what no service manager can end: a gatekeeper that hangs in the kernel.

Such a process holds its relay energised, and SIGKILL does not end it either. A board that is reset lets every
pin go, and the relay rests.

- It is armed once all parts have made progress for the first time, and fed whenever they
  all have.
- It is disarmed by an orderly end only, when everything is closed. A mistake, a hang and a
  kill leave it armed: either the next gatekeeper opens it in time, or the board is reset.
- One that can't be had, or fails later, is the fault `watchdog`, which decides about nobody.
  It is tried again every `RETRY_S`, less than the shortest time that a site may ask for.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from drivers.errors import DeviceError
from drivers.watchdog import HardwareWatchdog
from kiosk.gatekeeper.clock import TrustedClock
from kiosk.gatekeeper.device_state import DeviceState, Post

WATCHDOG = "watchdog"
RETRY_S = 10.0


class BoardWatchdog:
    """`make` builds the site's watchdog, not yet open; None where the site has none."""

    def __init__(self, make: Callable[[], HardwareWatchdog] | None, clock: TrustedClock, post: Post) -> None:
        self._make = make
        self._device: HardwareWatchdog | None = None
        self._state = DeviceState(WATCHDOG, clock, post, retry_s=RETRY_S)

    def feed(self) -> None:
        """All parts have made progress. The first time arms it."""
        if self._make is None or not self._state.may_try:
            return
        try:
            if self._device is None:
                self._device = self._open(self._make())
            else:
                self._device.feed()
        except DeviceError as error:
            self._state.lost(error)
            self.close()

    def disarm(self) -> None:
        """The end is an orderly one, and every relay rests."""
        device, self._device = self._device, None
        if device is None:
            return
        try:
            device.disarm()
        except DeviceError as error:
            sys.stderr.write(f"gatekeeper: {error}\n")

    def close(self) -> None:
        """Let it go, armed."""
        device, self._device = self._device, None
        if device is not None:
            device.close()

    def _open(self, device: HardwareWatchdog) -> HardwareWatchdog:
        device.open()
        if device.complaint is None:
            self._state.works()
        else:
            self._state.complain(device.complaint)
        return device
