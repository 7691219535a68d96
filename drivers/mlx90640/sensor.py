"""The MLX90640 on its bus: pictures when they are there and certain, never a wait for one.

The sensor measures one half of its pixels (a subpage) per period and then
sets its new-data flag. `read_if_ready` reads that flag first and takes a
subpage only when it is set. How subpages become a picture, and why that takes
one more of them, stands in `chain`. A poller that idles must poll through
three periods for a picture.

Nothing that crosses the bus is believed at once:

- the EEPROM is read three times, each word by majority (`eeprom`), and must be
  one that a factory could have written (`eeprom_check`);
- settings are read back when they are made, and again with every subpage: a
  chip that lost its supply comes back at 2 Hz, and is set anew;
- the auxiliary words, from which every pixel is computed, are read twice;
- the status is read before and after: a subpage that arrived meanwhile, or
  another number, is a torn read;
- what all this cannot see is held to what is possible (`plausible`).

A subpage has taken a period to measure, and has lain ready since the flag was
last seen down, but no longer than a period, since the next one overwrites it.
So it is known from when on its light is.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable
from enum import StrEnum

import numpy as np

from drivers.errors import DeviceError, DeviceStalled, DeviceUnavailable
from drivers.i2c import I2CBus
from drivers.mlx90640 import layout
from drivers.mlx90640.chain import CLOCK_SHADE, Chain, Subpage
from drivers.mlx90640.decoder import (
    OPEN_AIR_SHIFT_CELSIUS,
    Ambient,
    Decoded,
    Decoder,
    NativeDecoder,
    NotDecodable,
    ambient_of,
    tail_of,
)
from drivers.mlx90640.eeprom import Parameters
from drivers.mlx90640.frame import ThermalFrame, fill_from_neighbours
from drivers.mlx90640.layout import COLUMNS, PIXELS, REFRESH_CODES, RESOLUTION_CODES, ROWS
from drivers.mlx90640.library import AdafruitDecoder
from drivers.mlx90640.plausible import RamFault, RecentGain, pixel_faults, subpage_faults
from drivers.mlx90640.registers import Registers
from drivers.mlx90640.setting_up import SetUp, set_up

STALL_PERIODS = 3
MIN_READ_LIMIT_S = 0.25
MOST_REPEATS = 3
FAULTY_UNTIL_SET_UP_ANEW = 8

_ALL_PIXELS = np.arange(PIXELS)
_UNKNOWN = Ambient(math.nan, math.nan, math.nan)
_OF_A_LATE_READ = frozenset({"torn_read", "words_disagree"})


class Driver(StrEnum):
    """Which decoder computes."""

    NATIVE = "native"
    ADAFRUIT = "adafruit"


class Mlx90640:
    """One sensor. `open()` before reading; `close()` does not close the bus, which others may share.

    `refresh_hz`: subpages per second; `emissivity` of what is looked at; `reflected_celsius`: what it
    reflects, None for Ta - 8 °C; `resolution_bits` of the converter. Raises ValueError for what no
    sensor can do.

    `marks` False is for who opens the sensor in passing (a calibration, a check-up): it leaves no mark
    by which another would take the sensor for one that it knows (`kept_power`).
    """

    def __init__(
        self,
        bus: I2CBus,
        now: Callable[[], float],
        sleep: Callable[[float], None],
        *,
        refresh_hz: float = 8.0,
        address: int = 0x33,
        driver: Driver = Driver.NATIVE,
        emissivity: float = 0.98,
        reflected_celsius: float | None = None,
        resolution_bits: int = 18,
        marks: bool = True,
    ) -> None:
        _check_settings(refresh_hz, emissivity, reflected_celsius, resolution_bits)
        self._now = now
        self._registers = Registers(bus, address, now, sleep)
        self._refresh_hz = float(refresh_hz)
        self._period_s = 1.0 / refresh_hz
        self._control = layout.control_word(self._refresh_hz, resolution_bits)
        self._marks = marks
        self._driver = Driver(driver)
        self._emissivity = emissivity
        self._reflected_celsius = reflected_celsius
        self._unit: Parameters | None = None
        self._decoder: Decoder | None = None
        self._eeprom = b""
        self._kept_power = False
        self._chain = Chain(self._period_s)
        self._gain = RecentGain()
        self._flag_down_s = self._last_s = 0.0
        self._has_settled = False
        self._faulty = 0

    @property
    def refresh_hz(self) -> float:
        """Subpages per second."""
        return self._refresh_hz

    @property
    def reflected_celsius(self) -> float | None:
        """As it was set; None: each subpage's own Ta - 8 °C."""
        return self._reflected_celsius

    @property
    def serial_number(self) -> str:
        """The unit's number from its EEPROM, as `2061-0005-0320`; empty until opened."""
        return self._unit.serial if self._unit else ""

    @property
    def eeprom(self) -> bytes:
        """832 words, big-endian, as they were voted; empty until opened."""
        return self._eeprom

    @property
    def eeprom_sha256(self) -> str:
        """Hex digest of `eeprom`; empty until opened."""
        return hashlib.sha256(self._eeprom).hexdigest() if self._eeprom else ""

    @property
    def kept_power(self) -> bool:
        """Whether the chip has had its supply since an earlier `open()`, maybe of another process."""
        return self._kept_power

    def open(self) -> None:
        """Read the calibration and make the settings.

        Raises DeviceUnavailable when nothing answers, when what answers is no working sensor, or when
        the bus is too slow for the refresh rate; DeviceStalled when the bus is never free.
        """
        self.close()
        self._kept_power = self._set_up().kept_power

    def close(self) -> None:
        self._unit = self._decoder = None
        self._eeprom = b""

    def read_if_ready(self) -> ThermalFrame | None:
        """A picture when this call has completed one, or found a fault, else None. Never waits.

        Raises DeviceUnavailable (does not answer) or DeviceStalled (no new
        subpage for three periods, or a read that does not end).
        """
        if self._unit is None or self._decoder is None:
            raise DeviceUnavailable(f"{self._registers.name} is not open.")
        asked_s = self._now()
        self._registers.deadline = asked_s + max(STALL_PERIODS * self._period_s, MIN_READ_LIMIT_S)
        status = self._registers.read_word(layout.STATUS)
        if not status & layout.NEW_DATA:
            self._flag_down_s = asked_s
            self._check_stall()
            return None
        return self._take(self._unit, status, asked_s)

    def _take(self, unit: Parameters, status: int, asked_s: float) -> ThermalFrame | None:
        ready_s = max(self._flag_down_s, asked_s - self._period_s)
        raw, faults = self._read_subpage(status)
        if faults and {fault.name for fault in faults} <= _OF_A_LATE_READ and self._was_late(ready_s):
            faults = self._chain.miss()
            if not faults:
                self._last_s = self._now()
                return None
        faults += subpage_faults(raw, unit)
        faults += [] if faults else self._gain.faults(raw, unit)
        ambient = _UNKNOWN if faults else ambient_of(unit, tail_of(raw))
        self._last_s = self._now()
        new = Subpage(raw, ambient, ready_s, asked_s, self._last_s)
        if faults:
            return self._faulty_frame(new, faults)
        if not self._has_settled:  # it was measured across the settings, partly with those before
            self._has_settled = True
            return None
        return self._link(new)

    def _was_late(self, ready_s: float) -> bool:
        """Whether the next subpage may have come before the read ended: the sensor can't help that."""
        return self._now() - ready_s > (1 - CLOCK_SHADE) * self._period_s

    def _read_subpage(self, status: int) -> tuple[bytes, list[RamFault]]:
        """The RAM with control register and number, and what went wrong on the way."""
        registers, number = self._registers, status & layout.LAST_SUBPAGE
        registers.write_word(layout.STATUS, layout.CLEAR_NEW_DATA)
        ram = registers.read(layout.RAM, layout.RAM_WORDS)
        again = registers.read(layout.RAM + PIXELS, layout.AUX_WORDS)
        control = registers.read_word(layout.CONTROL)
        after = registers.read_word(layout.STATUS)
        faults = []
        if after & layout.NEW_DATA or after & layout.LAST_SUBPAGE != number:
            why = f"may be of two measurements: the status went from {status:#06x} to {after:#06x}"
            faults.append(RamFault("torn_read", 0, why))
        faults += [
            RamFault("words_disagree", word, "was read twice, and not the same")
            for word in layout.AUXILIARY
            if ram[2 * word : 2 * word + 2] != again[2 * (word - PIXELS) : 2 * (word - PIXELS) + 2]
        ]
        if control != self._control:
            why = f"is {control:#06x} and was set to {self._control:#06x}"
            faults.append(RamFault("control_changed", layout.RAW_CONTROL, why))
        return ram + control.to_bytes(2, "big") + number.to_bytes(2, "big"), faults

    def _link(self, new: Subpage) -> ThermalFrame | None:
        faults = self._chain.add(new)
        if self._chain.repeats >= MOST_REPEATS:
            self._chain.forget()
            raise DeviceStalled(
                f"{self._registers.name} sends only one half of its picture; switch it off and on."
            )
        if faults:
            return self._faulty_frame(new, faults)
        picture = self._chain.picture()
        return None if picture is None else self._frame(*picture)

    def _frame(self, older: Subpage, newer: Subpage) -> ThermalFrame:
        decoded = self._decode(older, newer)
        if decoded is None:
            return self._as_frame((older, newer), _nothing(newer), {"not_decodable"})
        unknown = pixel_faults(_ALL_PIXELS, decoded.celsius.ravel(), self._bad_pixels)
        fill_from_neighbours(decoded.celsius, self._bad_pixels)
        names = {fault.name for fault in unknown}
        self._faulty = self._faulty + 1 if names else 0
        return self._as_frame((older, newer), decoded, names)

    def _faulty_frame(self, new: Subpage, faults: Iterable[RamFault]) -> ThermalFrame:
        """At once, with whatever picture there is. A setting that was lost is made again."""
        last = self._chain.last
        names = {fault.name for fault in faults}
        halves = (new,) if last is None or last is new else (last, new)
        decoded = self._decode(halves[0], new) or _nothing(new)
        fill_from_neighbours(decoded.celsius, self._bad_pixels)
        if new.ambient is _UNKNOWN:
            self._chain.forget()
        self._faulty += 1
        frame_faults = names | self._recover(names)
        return self._as_frame(halves, decoded, frame_faults)

    def _recover(self, names: set[str]) -> set[str]:
        """Set the sensor up anew where its settings are gone or faults do not end; what that has shown."""
        if "control_changed" not in names and self._faulty < FAULTY_UNTIL_SET_UP_ANEW:
            return set()
        before = self._eeprom
        try:
            found = self._set_up()
        except DeviceError:
            self.close()
            raise
        if found.eeprom != before:
            self.close()
            raise DeviceUnavailable(
                f"{self._registers.name} is another one than a moment ago; open it again."
            )
        if found.kept_power:
            return set()
        self._kept_power = False
        return {"lost_power"}

    def _decode(self, older: Subpage, newer: Subpage) -> Decoded | None:
        if self._decoder is None:
            return None
        try:
            return self._decoder.decode(older.raw, newer.raw)
        except NotDecodable:
            return None

    def _as_frame(self, halves: tuple[Subpage, ...], decoded: Decoded, names: set[str]) -> ThermalFrame:
        reflected = self._reflected_celsius
        return ThermalFrame(
            at_s=halves[-1].taken_s,
            oldest_at_s=min(half.ready_s for half in halves) - self._period_s,
            celsius=decoded.celsius.astype(np.float32),
            ta_celsius=decoded.ta_celsius,
            vdd_v=decoded.vdd_v,
            emissivity=self._emissivity,
            faults=tuple(sorted(names)),
            reflected_celsius=decoded.ta_celsius - OPEN_AIR_SHIFT_CELSIUS if reflected is None else reflected,
            filled_pixels=self._bad_pixels,
            raw=tuple(half.raw for half in halves),
        )

    @property
    def _bad_pixels(self) -> tuple[int, ...]:
        return self._unit.bad_pixels if self._unit else ()

    def _set_up(self) -> SetUp:
        found = set_up(self._registers, self._now, self._control, self._period_s, marks=self._marks)
        self._unit, self._eeprom, self._control = found.unit, found.eeprom, found.control
        self._decoder = (
            NativeDecoder(found.unit, self._emissivity, self._reflected_celsius)
            if self._driver is Driver.NATIVE
            else AdafruitDecoder(found.words, self._emissivity, self._reflected_celsius)
        )
        self._chain = Chain(self._period_s)
        self._gain.forget()
        self._flag_down_s = found.flag_down_s
        self._last_s = self._now()
        self._has_settled = False
        self._faulty = 0
        return found

    def _check_stall(self) -> None:
        waited_s = self._now() - self._last_s
        if waited_s > STALL_PERIODS * self._period_s:
            raise DeviceStalled(
                f"{self._registers.name} has sent nothing for {waited_s:.1f} s; check its supply and wiring."
            )


def _nothing(newer: Subpage) -> Decoded:
    return Decoded(np.full((ROWS, COLUMNS), np.nan), newer.ambient.ta_celsius, newer.ambient.vdd_v)


def _check_settings(
    refresh_hz: float, emissivity: float, reflected_celsius: float | None, resolution_bits: int
) -> None:
    """Raises ValueError."""
    if refresh_hz not in REFRESH_CODES:
        rates = ", ".join(f"{rate:g}" for rate in REFRESH_CODES)
        raise ValueError(f"The thermal sensor cannot run at {refresh_hz:g} Hz; choose one of {rates}.")
    if resolution_bits not in RESOLUTION_CODES:
        raise ValueError(
            f"The thermal sensor has no resolution of {resolution_bits} bits; choose 16, 17, 18 or 19."
        )
    if not 0.0 < emissivity <= 1.0:
        raise ValueError(f"Emissivity lies above 0 and up to 1, not at {emissivity:g}.")
    if reflected_celsius is not None and not -100.0 <= reflected_celsius <= 300.0:
        raise ValueError(
            f"The reflected temperature lies between -100 and 300 °C, not at {reflected_celsius:g}."
        )
