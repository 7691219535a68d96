"""The one place through which words go to and from an MLX90640.

A transaction that the bus fails (no acknowledge, lost arbitration) is tried
again at once, `TRIES` times in all. Nothing here waits beyond `deadline`.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

from drivers.errors import DeviceError, DeviceStalled, DeviceUnavailable
from drivers.i2c import I2CBus

TRIES = 3
LOCK_POLL_S = 0.001
LOCK_TRIES = 5000
WRITE_PAUSE_S = 0.001


class Registers:
    """Words by address. `deadline` is on the clock of `now`, and set anew before every piece of work."""

    def __init__(
        self, bus: I2CBus, address: int, now: Callable[[], float], sleep: Callable[[float], None]
    ) -> None:
        self._bus = bus
        self._address = address
        self._now = now
        self._sleep = sleep
        self.deadline = float("-inf")

    @property
    def name(self) -> str:
        return f"The thermal sensor at 0x{self._address:02x}"

    def read(self, address: int, count: int) -> bytes:
        """`count` words, big-endian as on the wire. Raises DeviceUnavailable or DeviceStalled."""
        raw = bytearray(2 * count)
        where = struct.pack(">H", address)
        self._transact(lambda: self._bus.writeto_then_readfrom(self._address, where, raw))
        return bytes(raw)

    def read_word(self, address: int) -> int:
        return int.from_bytes(self.read(address, 1), "big")

    def write_word(self, address: int, word: int) -> None:
        """Raises as `read`."""
        data = struct.pack(">HH", address, word)
        self._transact(lambda: self._bus.writeto(self._address, data))
        self._sleep(WRITE_PAUSE_S)

    def _transact(self, transaction: Callable[[], None]) -> None:
        for attempt in range(1, TRIES + 1):
            try:
                self._locked(transaction)
                return
            except DeviceError:
                raise
            except OSError as error:
                if attempt == TRIES:
                    raise DeviceUnavailable(
                        error.errno,
                        f"{self.name} does not answer ({error.strerror or error}); "
                        "check that it is plugged in.",
                    ) from error

    def _locked(self, transaction: Callable[[], None]) -> None:
        for _ in range(LOCK_TRIES):
            self._check_deadline()
            if self._bus.try_lock():
                break
            self._sleep(LOCK_POLL_S)
        else:
            raise DeviceStalled(f"{self.name} does not get the bus; check what else uses it.")
        try:
            transaction()
        finally:
            self._bus.unlock()

    def _check_deadline(self) -> None:
        if self._now() > self.deadline:
            raise DeviceStalled(f"{self.name} takes too long to answer; check its supply, wiring and bus.")
