"""A simulated I2C bus: devices by address, and the time that every bit takes.

A byte is nine bits on the wire (UM10204, 3.1.5: eight and the acknowledge);
start, repeated start and stop take one bit time each. The device answers at
the start of its turn, then the bus is busy for as long as the bits take: what
a chip measures meanwhile is not in what was read.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Protocol

from sim.mlx90640_chip import Nack

BITS_PER_BYTE = 9


class Device(Protocol):
    """What answers at an address: a chip in this process, or one behind a socket."""

    def transfer(self, write: bytes, read_len: int) -> bytes:
        """Raises Nack."""


class SimI2C:
    """The shape of `drivers.i2c.I2CBus`. `devices` is looked into at every transaction."""

    def __init__(
        self,
        devices: Mapping[int, Device],
        sleep: Callable[[float], None],
        bus_hz: int = 400_000,
    ) -> None:
        self._devices = devices
        self._sleep = sleep
        self._bus_hz = bus_hz
        self._lock = threading.Lock()

    def try_lock(self) -> bool:
        return self._lock.acquire(blocking=False)

    def unlock(self) -> None:
        self._lock.release()

    def close(self) -> None:
        """Nothing to close: the devices belong to the world."""

    def writeto(
        self, address: int, buffer: bytes | bytearray, *, start: int = 0, end: int | None = None
    ) -> None:
        self.transfer(address, bytes(buffer[start:end]), 0)

    def readfrom_into(
        self, address: int, buffer: bytearray, *, start: int = 0, end: int | None = None
    ) -> None:
        span = slice(start, len(buffer) if end is None else end)
        buffer[span] = self.transfer(address, b"", span.stop - span.start)

    def writeto_then_readfrom(
        self,
        address: int,
        out_buffer: bytes | bytearray,
        in_buffer: bytearray,
        *,
        out_start: int = 0,
        out_end: int | None = None,
        in_start: int = 0,
        in_end: int | None = None,
    ) -> None:
        span = slice(in_start, len(in_buffer) if in_end is None else in_end)
        out = bytes(out_buffer[out_start:out_end])
        in_buffer[span] = self.transfer(address, out, span.stop - span.start)

    def transfer(self, address: int, write: bytes, read_len: int) -> bytes:
        """One transaction, and the time it takes. Raises Nack after the address byte where nobody answers."""
        device = self._devices.get(address)
        try:
            if device is None:
                raise Nack
            answer = device.transfer(write, read_len)
        except Nack:
            self._take(1, parts=1)
            raise
        turns = bool(write or not read_len) + bool(read_len)
        self._take(turns + len(write) + read_len, parts=turns)
        return answer

    def _take(self, byte_count: int, *, parts: int) -> None:
        self._sleep((byte_count * BITS_PER_BYTE + parts + 1) / self._bus_hz)
