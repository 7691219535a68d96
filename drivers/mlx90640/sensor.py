"""The MLX90640 through the Adafruit library: pictures when they are there, never a wait for one.

The sensor measures one half of its pixels (a subpage) per period and then
sets its new-data flag. `read_if_ready` reads that flag first and takes a
subpage only when it is set. Two different subpages taken within three
periods make a picture: a person does not move far in that time. A poller
that idles must therefore poll twice, a period apart, for a picture.

A subpage has taken a period to measure, and has lain ready since the flag was
last seen down, but no longer than a period, since the next one overwrites it.
So it is known from when on its light is.

Reading a subpage takes the bus some 40 ms at 400 kHz, and the library some
milliseconds to decode it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple

import numpy as np

from drivers.errors import DeviceError, DeviceStalled, DeviceUnavailable
from drivers.i2c import I2CBus
from drivers.mlx90640.frame import COLUMNS, ROWS, ThermalFrame, fill_from_neighbours, implausible
from drivers.mlx90640.library import EMISSIVITY, OPEN_AIR_SHIFT_CELSIUS, Library

REFRESH_CODES = {0.5: 0, 1.0: 1, 2.0: 2, 4.0: 3, 8.0: 4, 16.0: 5, 32.0: 6, 64.0: 7}
"""Subpages per second against the code in control register 1 (datasheet, "Refresh rate")."""

STALL_PERIODS = 3
MIN_READ_LIMIT_S = 1.0
EEPROM_TRIES = 3


class _Subpage(NamedTuple):
    """When it was read, and from when on it was measured, at the earliest."""

    taken_s: float
    since_s: float


class Driver(StrEnum):
    """Which decoder computes."""

    NATIVE = "native"
    ADAFRUIT = "adafruit"


class Mlx90640:
    """One sensor. `open()` before reading; `close()` does not close the bus, which others may share."""

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
    ) -> None:
        if refresh_hz not in REFRESH_CODES:
            rates = ", ".join(f"{rate:g}" for rate in REFRESH_CODES)
            raise ValueError(f"The thermal sensor cannot run at {refresh_hz:g} Hz; choose one of {rates}.")
        self._bus = bus
        self._now = now
        self._sleep = sleep
        self._address = address
        self._refresh_hz = float(refresh_hz)
        self._period_s = 1.0 / refresh_hz
        self._library: Library | None = None
        self._taken: dict[int, _Subpage] = {}
        self._flag_down_s = 0.0
        self._last_s = 0.0
        self._last_page = -1
        self._repeats = 0
        self._faults: set[str] = set()
        self._settings = (driver, emissivity, reflected_celsius, resolution_bits)
        self.eeprom = b""
        self.kept_power = False

    @property
    def eeprom_sha256(self) -> str:
        """Hex digest of `eeprom`; empty until opened."""
        return hashlib.sha256(self.eeprom).hexdigest() if self.eeprom else ""

    @property
    def refresh_hz(self) -> float:
        """Subpages per second."""
        return self._refresh_hz

    @property
    def serial_number(self) -> str:
        """The unit's number from its EEPROM, as `2061-0005-0320`; empty until opened."""
        return self._library.serial if self._library else ""

    def open(self) -> None:
        """Read the calibration and set the refresh rate.

        Raises DeviceUnavailable when nothing answers, when what answers is no
        working sensor, or when the bus is too slow for the refresh rate.
        """
        library = Library(self._bus, self._address, self._now, self._sleep)
        try:
            words = self._read_eeprom(library)
            library.restore(words)
            self.eeprom = b"".join(word.to_bytes(2, "big") for word in words)
            library.deadline = self._now() + MIN_READ_LIMIT_S
            library.set_refresh(REFRESH_CODES[self._refresh_hz])
            self._flag_down_s = self._now()
            library.start_afresh()
        except DeviceError:
            raise
        except OSError as error:
            raise self._no_answer(error) from error
        self._library = library
        self._taken.clear()
        self._faults.clear()
        self._last_s = self._now()
        self._last_page, self._repeats = -1, 0

    def close(self) -> None:
        self._library = None

    def read_if_ready(self) -> ThermalFrame | None:
        """A picture when this call has completed one, else None. Never waits for the sensor.

        Raises DeviceUnavailable (does not answer) or DeviceStalled (no new
        subpage for three periods, or a read that does not end).
        """
        if self._library is None:
            raise DeviceUnavailable(f"The thermal sensor at 0x{self._address:02x} is not open.")
        asked_s = self._now()
        self._library.deadline = asked_s + max(STALL_PERIODS * self._period_s, MIN_READ_LIMIT_S)
        try:
            if not self._library.new_data():
                self._flag_down_s = asked_s
                self._check_stall()
                return None
            return self._take(self._library, asked_s)
        except DeviceError:
            raise
        except OSError as error:
            raise self._no_answer(error) from error

    def _take(self, library: Library, asked_s: float) -> ThermalFrame | None:
        ready_s = max(self._flag_down_s, asked_s - self._period_s)
        try:
            subpage = library.take_subpage()
        except RuntimeError as error:
            raise DeviceStalled(
                f"The thermal sensor at 0x{self._address:02x} is faster than its bus; "
                "lower refresh_hz or raise the bus speed."
            ) from error
        at_s = self._now()
        self._check_alternation(subpage, at_s)
        oldest_s = at_s - STALL_PERIODS * self._period_s
        self._taken = {page: taken for page, taken in self._taken.items() if taken.taken_s >= oldest_s}
        self._taken[subpage] = _Subpage(at_s, ready_s - self._period_s)
        ta_celsius, vdd_v = self._decode(library)
        if len(self._taken) < 2:
            return None
        return self._frame(library, at_s, ta_celsius, vdd_v)

    def _decode(self, library: Library) -> tuple[float, float]:
        """Decode the new subpage; where the arithmetic has no answer, a fault says so."""
        try:
            ta_celsius, vdd_v = library.ta_celsius(), library.vdd_v()
            library.decode(ta_celsius - OPEN_AIR_SHIFT_CELSIUS)
        except (ArithmeticError, ValueError):
            self._faults.add("not_decodable")
            library.to_celsius[:] = [float("nan")] * (ROWS * COLUMNS)
            return float("nan"), float("nan")
        return ta_celsius, vdd_v

    def _frame(self, library: Library, at_s: float, ta_celsius: float, vdd_v: float) -> ThermalFrame:
        celsius = np.array(library.to_celsius, dtype=np.float32).reshape(ROWS, COLUMNS)
        bad = library.bad_pixels()
        fill_from_neighbours(celsius, bad)
        faults = self._faults.union(implausible(celsius, ta_celsius, vdd_v))
        oldest_at_s = min(taken.since_s for taken in self._taken.values())
        self._taken.clear()
        self._faults.clear()
        return ThermalFrame(
            at_s=at_s,
            oldest_at_s=oldest_at_s,
            celsius=celsius,
            ta_celsius=ta_celsius,
            vdd_v=vdd_v,
            emissivity=EMISSIVITY,
            faults=tuple(sorted(faults)),
            reflected_celsius=ta_celsius - OPEN_AIR_SHIFT_CELSIUS,
            filled_pixels=bad,
        )

    def _read_eeprom(self, library: Library) -> list[int]:
        """The EEPROM is as long as the RAM, so the time it takes is the time that a subpage will take.

        One slow try may be the machine's fault; three are the bus's.
        """
        took_s = 0.0
        for _ in range(EEPROM_TRIES):
            start_s = self._now()
            library.deadline = start_s + MIN_READ_LIMIT_S
            words = library.read_eeprom()
            took_s = self._now() - start_s
            if took_s < self._period_s:
                return words
        raise DeviceUnavailable(
            f"The bus takes {took_s * 1000:.0f} ms for a picture of the thermal sensor at "
            f"0x{self._address:02x}, too long for {self._refresh_hz:g} Hz; "
            "lower refresh_hz or raise the bus speed (dtparam=i2c_arm_baudrate)."
        )

    def _check_stall(self) -> None:
        waited_s = self._now() - self._last_s
        if waited_s > STALL_PERIODS * self._period_s:
            raise DeviceStalled(
                f"The thermal sensor at 0x{self._address:02x} has sent nothing for {waited_s:.1f} s; "
                "check its supply and wiring."
            )

    def _check_alternation(self, subpage: int, at_s: float) -> None:
        """Taken one after the other, subpages alternate; a poller that has missed one sees the same again."""
        missed_none = at_s - self._last_s < 1.5 * self._period_s
        self._repeats = self._repeats + 1 if subpage == self._last_page and missed_none else 0
        self._last_page, self._last_s = subpage, at_s
        if self._repeats >= STALL_PERIODS:
            raise DeviceStalled(
                f"The thermal sensor at 0x{self._address:02x} sends only one half of its picture; "
                "switch it off and on."
            )

    def _no_answer(self, error: OSError) -> DeviceUnavailable:
        return DeviceUnavailable(
            error.errno,
            f"The thermal sensor at 0x{self._address:02x} does not answer "
            f"({error.strerror or error}); check that it is plugged in.",
        )
