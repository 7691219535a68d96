"""A simulated MLX90640 at the level of its registers.

It knows nothing of whoever reads it. Bytes come in and go out as on the
wire (datasheet 3901090640 rev. 11, section 10): two bytes of address, then
words, big-endian, the address counting on.

The chip is free of steps: its state follows from `now()`. Subpage n is
complete at epoch + n periods; changing the refresh rate starts a new epoch.
The scene is asked only when the RAM is really read, and for the moment at
which that subpage was complete. The noise belongs to (seed, n), so it does
not depend on how often somebody looks.
"""

from __future__ import annotations

import errno
import math
import struct
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

import numpy as np
import numpy.typing as npt

from sim.radiation import RAM_WORDS, Unit, subpage_mask

RAM, EEPROM, STATUS, CONTROL, I2C_CONFIG = 0x0400, 0x2400, 0x8000, 0x800D, 0x800F
POWER_ON_CONTROL = 0x1901
NEW_DATA, OVERWRITE = 0x0008, 0x0010
SUBPAGES_ON, REPEAT_SELECTED, CHESS = 0x0001, 0x0008, 0x1000
PIXELS = 768


class Nack(OSError):
    """Nobody acknowledged."""

    def __init__(self) -> None:
        super().__init__(errno.ENXIO, "no acknowledge")


class Fault(Enum):
    """What a developer can do to the chip."""

    UNPLUGGED = "unplugged"
    STALLED = "stalled"
    ALL_ONES = "all_ones"
    ALL_ZEROS = "all_zeros"


@dataclass(frozen=True, slots=True, eq=False)
class ThermalScene:
    """What the sensor's pixels look at, and the sensor's own state."""

    to_celsius: npt.NDArray[np.floating]
    emissivity: npt.NDArray[np.floating] | float
    reflected_celsius: float
    ta_celsius: float
    vdd_v: float = 3.3


class Scene(Protocol):
    def thermal_at(self, t: float) -> ThermalScene:
        """The scene at time `t` of the chip's clock, which lies at most a few periods back."""


class Mlx90640Chip:
    """Powered on at construction, and again when it is plugged in again. `seed` None: no noise."""

    def __init__(self, unit: Unit, scene: Scene, now: Callable[[], float], *, seed: int | None) -> None:
        self._unit = unit
        self._scene = scene
        self._now = now
        self._seed = seed
        self._eeprom = np.array(unit.eeprom(), dtype=np.uint16)
        self._fault: Fault | None = None
        self._base = 0
        self._power_on()

    @property
    def fault(self) -> Fault | None:
        return self._fault

    @fault.setter
    def fault(self, fault: Fault | None) -> None:
        self._base = self._completed()
        self._epoch_s = self._now()
        was, self._fault = self._fault, fault
        if was is Fault.UNPLUGGED and fault is not Fault.UNPLUGGED:
            self._power_on()

    @property
    def refresh_hz(self) -> float:
        """Subpages per second (control register 1, bits 7 to 9)."""
        return 2.0 ** ((self._control >> 7 & 0x7) - 1)

    def next_ready_at(self) -> float:
        """When the next subpage will be complete; later than now; infinite while the chip is dead."""
        if self._fault in (Fault.UNPLUGGED, Fault.STALLED):
            return math.inf
        return self._complete_at(self._completed() + 1)

    def transfer(self, write: bytes, read_len: int) -> bytes:
        """One transaction: `write` an address and words, then read `read_len` bytes. Raises Nack."""
        if self._fault is Fault.UNPLUGGED:
            raise Nack
        if len(write) >= 2:
            self._address = int.from_bytes(write[:2], "big")
        for (word,) in struct.iter_unpack(">H", write[2 : len(write) & ~1]):
            self._write(self._address, word)
            self._address = self._address + 1 & 0xFFFF
        if self._fault in (Fault.ALL_ONES, Fault.ALL_ZEROS):
            return (b"\xff" if self._fault is Fault.ALL_ONES else b"\0") * read_len
        return self._read(self._address, (read_len + 1) // 2)[:read_len]

    def _power_on(self) -> None:
        self._control = POWER_ON_CONTROL
        self._i2c_config = 0
        self._overwrite = False
        self._address = 0
        self._ram = np.zeros(RAM_WORDS, dtype=np.uint16)
        self._rendered = self._cleared = self._base
        self._epoch_s = self._now()

    def _completed(self) -> int:
        """How many subpages have been measured since the first power-on."""
        if self._fault in (Fault.UNPLUGGED, Fault.STALLED):
            return self._base
        periods = (self._now() - self._epoch_s) * self.refresh_hz
        return self._base + math.floor(periods + 1e-6)

    def _complete_at(self, number: int) -> float:
        return self._epoch_s + (number - self._base) / self.refresh_hz

    def _in_ram(self) -> int:
        """The subpage that the RAM holds: without overwriting, the first one since the flag was cleared."""
        completed = self._completed()
        return completed if self._overwrite else min(completed, self._cleared + 1)

    def _subpage(self, number: int) -> int:
        """Which half a measurement is of (control register 1, bits 0, 3 and 4 to 6)."""
        if self._control & SUBPAGES_ON and not self._control & REPEAT_SELECTED:
            return (number + 1) % 2
        return self._control >> 4 & 1

    def _status(self) -> int:
        number = self._in_ram()
        fresh = number > self._cleared and self._fault is not Fault.STALLED
        last = self._subpage(number) if number else 0
        return last | NEW_DATA * fresh | OVERWRITE * self._overwrite

    def _write(self, address: int, word: int) -> None:
        """Status and control registers take what is written; all else is left as it is."""
        if address == STATUS:
            self._overwrite = bool(word & OVERWRITE)
            if not word & NEW_DATA:
                self._cleared = self._completed()
        elif address == CONTROL:
            self._base, self._epoch_s = self._completed(), self._now()
            self._control = word
        elif address == I2C_CONFIG:
            self._i2c_config = word

    def _read(self, address: int, count: int) -> bytes:
        if address >= EEPROM and address + count <= EEPROM + len(self._eeprom):
            return _wire(self._eeprom[address - EEPROM : address - EEPROM + count])
        if address >= RAM and address + count <= RAM + RAM_WORDS:
            self._render()
            return _wire(self._ram[address - RAM : address - RAM + count])
        registers = {STATUS: self._status(), CONTROL: self._control, I2C_CONFIG: self._i2c_config}
        words = [registers.get(address + i & 0xFFFF, 0) for i in range(count)]
        return struct.pack(f">{count}H", *words)

    def _render(self) -> None:
        """Bring the RAM up to date. A subpage changes its own pixels and leaves the other half as it was."""
        number = self._in_ram()
        if number == self._rendered:
            return
        self._rendered = number
        scene = self._scene.thermal_at(self._complete_at(number))
        subpage, chess = self._subpage(number), bool(self._control & CHESS)
        words = self._unit.ram(
            scene.to_celsius,
            scene.emissivity,
            scene.reflected_celsius,
            scene.ta_celsius,
            scene.vdd_v,
            subpage,
            None if self._seed is None else np.random.default_rng([self._seed, number]),
            self.refresh_hz,
            chess=chess,
            resolution=self._control >> 10 & 0x3,
        )
        mine = subpage_mask(subpage, chess)
        self._ram[:PIXELS][mine] = words[:PIXELS][mine]
        self._ram[PIXELS:] = words[PIXELS:]


def _wire(words: npt.NDArray[np.uint16]) -> bytes:
    return words.astype(">u2").tobytes()
