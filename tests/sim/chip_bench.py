"""The simulated thermal chip alone: registers read and written by hand, on a clock that moves when told."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sim.mlx90640_chip import Mlx90640Chip
from sim.radiation import Unit
from tests.drivers.thermal_rig import ManualClock, StillScene, plain

STATUS, CONTROL, RAM, EEPROM = b"\x80\x00", b"\x80\x0d", b"\x04\x00", b"\x24\x00"
CLEAR_AND_OVERWRITE, CLEAR_AND_HOLD = b"\x00\x30", b"\x00\x00"


class Bench:
    def __init__(self, *, seed: int | None = 7, powered_since_s: float | None = None) -> None:
        self.clock = ManualClock()
        self.scene = StillScene(plain(30.0))
        self.unit = Unit.random(1)
        self.chip = Mlx90640Chip(
            self.unit, self.scene, self.clock.now, seed=seed, powered_since_s=powered_since_s
        )

    def read(self, address: bytes) -> int:
        return int.from_bytes(self.chip.transfer(address, 2), "big")

    def write(self, address: bytes, word: bytes) -> None:
        self.chip.transfer(address + word, 0)

    def ram(self) -> bytes:
        return self.chip.transfer(RAM, 1664)

    def words(self) -> npt.NDArray[np.uint16]:
        """The RAM as numbers, shape (832,)."""
        return np.frombuffer(self.ram(), ">u2").astype(np.uint16)

    def next_subpage(self) -> int:
        """Wait for it and clear its flag; which half it is."""
        self.clock.t = self.chip.next_ready_at()
        status = self.read(STATUS)
        self.write(STATUS, CLEAR_AND_OVERWRITE)
        return status & 0x7
