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
from typing import Protocol

import numpy as np
import numpy.typing as npt

from sim import mlx90640_faults as faults
from sim.mlx90640_faults import Fault
from sim.radiation import RAM_WORDS, Unit, subpage_mask
from sim.self_heating import ERROR_PER_CELSIUS, SelfHeating

__all__ = ["Fault", "Mlx90640Chip", "Nack", "Scene", "ThermalScene"]

RAM, EEPROM, STATUS, CONTROL, I2C_CONFIG = 0x0400, 0x2400, 0x8000, 0x800D, 0x800F
POWER_ON_CONTROL = 0x1901
NEW_DATA, OVERWRITE = 0x0008, 0x0010
SUBPAGES_ON, REPEAT_SELECTED, CHESS = 0x0001, 0x0008, 0x1000
PIXELS = 768

Words = npt.NDArray[np.uint16]


class Nack(OSError):
    """Nobody acknowledged."""

    def __init__(self) -> None:
        super().__init__(errno.ENXIO, "no acknowledge")


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
    """Powered on at construction, and again when it is plugged in again. `seed` None: no noise.

    `powered_since_s` says for how long it has warmed already; without, it has
    settled. A scene's `ta_celsius` is that of a chip that has settled.
    """

    def __init__(
        self,
        unit: Unit,
        scene: Scene,
        now: Callable[[], float],
        *,
        seed: int | None,
        powered_since_s: float | None = None,
    ) -> None:
        self._unit = unit
        self._scene = scene
        self._now = now
        self._seed = seed
        self._eeprom = np.array(unit.eeprom(), dtype=np.uint16)
        self._heating = SelfHeating(now(), powered_since_s)
        self._fault: Fault | None = None
        self._failing: faults.FailingSupply | None = None
        self._is_on = True
        self._base = self._orders = self._reads = 0
        self._power_on(now())
        self._powered_since_s = -math.inf if powered_since_s is None else powered_since_s

    @property
    def fault(self) -> Fault | None:
        return self._fault

    @fault.setter
    def fault(self, fault: Fault | None) -> None:
        """Ends whatever fault there was, and begins this one."""
        now_s = self._settle()
        self._base = self._completed()
        self._epoch_s = now_s
        self._repeated = self._subpage(self._base)
        self._fault, self._orders = fault, self._orders + 1
        self._failing = None
        if fault is Fault.BROWN_OUT:
            self._failing = faults.FailingSupply(self._fault_seed, now_s)
        elif (fault is Fault.UNPLUGGED) is self._is_on:
            self._switch(now_s, on=not self._is_on)
        self._settle()

    @property
    def powered_since_s(self) -> float:
        """Since when it has its supply; minus infinity where it always had."""
        self._settle()
        return self._powered_since_s

    @property
    def refresh_hz(self) -> float:
        """Subpages per second (control register 1, bits 7 to 9)."""
        return 2.0 ** ((self._control >> 7 & 0x7) - 1)

    def next_ready_at(self) -> float:
        """When the next subpage will be complete; later than now; infinite while the chip is dead."""
        self._settle()
        if not self._is_on and self._failing is not None:
            return self._failing.changes_at_s + 2.0 ** -((POWER_ON_CONTROL >> 7 & 0x7) - 1)
        if not self._is_measuring:
            return math.inf
        return self._complete_at(self._completed() + 1)

    def transfer(self, write: bytes, read_len: int) -> bytes:
        """One transaction: `write` an address and words, then read `read_len` bytes. Raises Nack."""
        self._settle()
        if not self._is_on:
            raise Nack
        if len(write) >= 2:
            self._address = int.from_bytes(write[:2], "big")
        for (word,) in struct.iter_unpack(">H", write[2 : len(write) & ~1]):
            self._write(self._address, word)
            self._address = self._address + 1 & 0xFFFF
        if self._fault in (Fault.ALL_ONES, Fault.ALL_ZEROS):
            return (b"\xff" if self._fault is Fault.ALL_ONES else b"\0") * read_len
        return self._read(self._address, (read_len + 1) // 2)[:read_len]

    @property
    def _is_measuring(self) -> bool:
        return self._is_on and self._fault is not Fault.STALLED

    @property
    def _fault_seed(self) -> int:
        return (self._seed or 0) * 1000 + self._orders

    def _settle(self) -> float:
        """Let the supply do all that it has done by now; what time it is."""
        now_s = self._now()
        while self._failing is not None and self._failing.changes_at_s <= now_s:
            at_s = self._failing.change()
            self._switch(at_s, on=self._failing.is_on)
        return now_s

    def _switch(self, at_s: float, *, on: bool) -> None:
        self._heating.switch(at_s, on=on)
        if on:
            self._is_on = True
            self._power_on(at_s)
        else:
            self._base = self._completed(at_s)
            self._is_on = False

    def _power_on(self, at_s: float) -> None:
        self._powered_since_s = at_s
        self._control = POWER_ON_CONTROL
        self._i2c_config = 0
        self._overwrite = False
        self._address = 0
        self._repeated = 0
        self._ram = np.zeros(RAM_WORDS, dtype=np.uint16)
        self._rendered = self._cleared = self._base
        self._epoch_s = at_s

    def _completed(self, at_s: float | None = None) -> int:
        """How many subpages have been measured since the first power-on."""
        if not self._is_measuring:
            return self._base
        periods = ((self._now() if at_s is None else at_s) - self._epoch_s) * self.refresh_hz
        return self._base + math.floor(periods + 1e-6)

    def _complete_at(self, number: int) -> float:
        return self._epoch_s + (number - self._base) / self.refresh_hz

    def _in_ram(self) -> int:
        """The subpage that the RAM holds: without overwriting, the first one since the flag was cleared."""
        completed = self._completed()
        return completed if self._overwrite else min(completed, self._cleared + 1)

    def _subpage(self, number: int) -> int:
        """Which half a measurement is of (control register 1, bits 0, 3 and 4 to 6)."""
        if self._fault is Fault.REPEATED_SUBPAGE:
            return self._repeated
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
        words = self._words(address, count)
        if self._fault is Fault.BIT_FLIPS and count:
            self._reads += 1
            words = faults.flip(words, address, np.random.default_rng([self._fault_seed, self._reads]))
        return words.astype(">u2").tobytes()

    def _words(self, address: int, count: int) -> Words:
        if address >= EEPROM and address + count <= EEPROM + len(self._eeprom):
            return self._eeprom[address - EEPROM : address - EEPROM + count]
        if address >= RAM and address + count <= RAM + RAM_WORDS:
            return self._ram_words(address - RAM, count)
        registers = {STATUS: self._status(), CONTROL: self._control, I2C_CONFIG: self._i2c_config}
        return np.array([registers.get(address + i & 0xFFFF, 0) for i in range(count)], dtype=np.uint16)

    def _ram_words(self, first: int, count: int) -> Words:
        self._render()
        before = self._ram.copy() if self._fault is Fault.TORN else self._ram
        if self._fault is Fault.DEAD_ROWS:
            before = faults.kill(self._ram, faults.dead_rows(self._fault_seed))
        words = before[first : first + count]
        if self._fault is Fault.TORN and first < PIXELS:
            return self._torn(words, first)
        return words

    def _torn(self, words: Words, first: int) -> Words:
        """While `words` are on the wire the next subpage is complete: from some pixel on they are new."""
        self._base, self._epoch_s = self._completed() + 1, self._now()
        self._reads += 1
        rng = np.random.default_rng([self._fault_seed, self._reads])
        cut = int(rng.integers(1, max(min(len(words), PIXELS - first), 2)))
        self._render()
        return np.concatenate([words[:cut], self._ram[first + cut : first + len(words)]])

    def _render(self) -> None:
        """Bring the RAM up to date. A subpage changes its own pixels and leaves the other half as it was."""
        number = self._in_ram()
        if number == self._rendered:
            return
        self._rendered = number
        at_s = self._complete_at(number)
        scene = self._scene.thermal_at(at_s)
        lacking = self._heating.lacking_celsius(at_s)
        subpage, chess = self._subpage(number), bool(self._control & CHESS)
        words = self._unit.ram(
            scene.to_celsius + ERROR_PER_CELSIUS * lacking,
            scene.emissivity,
            scene.reflected_celsius,
            scene.ta_celsius - lacking,
            scene.vdd_v if self._failing is None else self._failing.sagging_v,
            subpage,
            None if self._seed is None else np.random.default_rng([self._seed, number]),
            self.refresh_hz,
            chess=chess,
            resolution=self._control >> 10 & 0x3,
        )
        mine = subpage_mask(subpage, chess)
        self._ram[:PIXELS][mine] = words[:PIXELS][mine]
        self._ram[PIXELS:] = words[PIXELS:]
