"""The typed boundary to adafruit-circuitpython-mlx90640, which is untyped.

The library computes; what it does badly is taken from it here:

- its calibration lists live on the class, shared by all sensors: every
  instance gets its own, and the module-wide EEPROM buffer is held only while
  it is being read out;
- `_GetFrameData` reads the status register in a loop without an end: every
  word goes through `_I2CReadWords`, which is replaced by one with a deadline;
- some of its loops never end on an EEPROM that is impossible: such a one is
  refused before it gets there;
- it sleeps on the system's clock: the pause goes to the injected `sleep`.
"""

from __future__ import annotations

import struct
import threading
from collections.abc import Callable

import adafruit_mlx90640

from drivers.errors import DeviceStalled, DeviceUnavailable
from drivers.i2c import I2CBus

EEPROM = 0x2400
STATUS = 0x8000
CONTROL = 0x800D
WORDS = 832
NEW_DATA = 0x0008
OVERWRITE_ENABLED = 0x0030  # what the library's own `_GetFrameData` writes

EMISSIVITY = 0.95
"""What the library's own `getFrame` decodes with."""

OPEN_AIR_SHIFT_CELSIUS = 8.0
"""Reflected temperature = Ta - 8 °C, as in `getFrame`."""

_BROKEN_CELSIUS = -273.15
_eeprom_buffer = threading.Lock()


class Library(adafruit_mlx90640.MLX90640):  # type: ignore[misc]
    """One sensor, decoded by the library. `open()` reads the EEPROM.

    Every transaction raises DeviceStalled once `now()` has passed `deadline`.
    """

    def __init__(
        self, bus: I2CBus, address: int, now: Callable[[], float], sleep: Callable[[float], None]
    ) -> None:
        self._bus = bus
        self._address = address
        self._now = now
        self._sleep = sleep
        self.deadline = float("inf")
        self.frame_words = [0] * (WORDS + 2)
        self.to_celsius = [0.0] * 768
        for name, value in vars(adafruit_mlx90640.MLX90640).items():
            if isinstance(value, list):
                setattr(self, name, [0] * len(value))
        self.brokenPixels: list[int] = []
        self.outlierPixels: list[int] = []
        self.serial = ""

    def read_eeprom(self) -> list[int]:
        words = [0] * WORDS
        self._I2CReadWords(EEPROM, words)
        return words

    def restore(self, words: list[int]) -> None:
        """Take the calibration out of the EEPROM's `words`. Raises DeviceUnavailable when it can't be one."""
        _refuse_impossible(words, self._address)
        try:
            with _eeprom_buffer:
                adafruit_mlx90640.eeData[:] = words
                self._ExtractParameters()
        except (RuntimeError, ArithmeticError, ValueError) as error:
            raise DeviceUnavailable(
                f"The thermal sensor at 0x{self._address:02x} has an EEPROM that cannot be used ({error}); "
                "check its wiring, then replace it."
            ) from error
        self.serial = "-".join(f"{word:04x}" for word in words[7:10])

    def start_afresh(self) -> None:
        """Drop the subpage that lies in the RAM, however old; from now on the newest one lies there."""
        self._I2CWriteWord(STATUS, OVERWRITE_ENABLED)

    def new_data(self) -> bool:
        """One read of the status register: is a new subpage in the RAM?"""
        status = [0]
        self._I2CReadWords(STATUS, status)
        return bool(status[0] & NEW_DATA)

    def set_refresh(self, code: int) -> None:
        self.refresh_rate = code
        if self.refresh_rate != code:
            raise DeviceUnavailable(
                f"The thermal sensor at 0x{self._address:02x} does not keep its settings; check its wiring."
            )

    def take_subpage(self) -> int:
        """Read the RAM into `frame_words`; the number of the subpage that is new in it."""
        return int(self._GetFrameData(self.frame_words))

    def ta_celsius(self) -> float:
        return float(self._GetTa(self.frame_words))

    def vdd_v(self) -> float:
        return float(self._GetVdd(self.frame_words))

    def decode(self, reflected_celsius: float) -> None:
        """Decode the new subpage's half of `to_celsius`; arithmetic errors are the caller's."""
        self._CalculateTo(self.frame_words, EMISSIVITY, reflected_celsius, self.to_celsius)

    def bad_pixels(self) -> tuple[int, ...]:
        return tuple(sorted([*self.brokenPixels, *self.outlierPixels]))

    def _I2CReadWords(self, addr: int, buffer: list[int], *, end: int | None = None) -> None:  # noqa: N802
        count = len(buffer) if end is None else end
        raw = bytearray(2 * count)
        self._locked(lambda: self._bus.writeto_then_readfrom(self._address, struct.pack(">H", addr), raw))
        buffer[:count] = struct.unpack(f">{count}H", raw)

    def _I2CWriteWord(self, writeAddress: int, data: int) -> None:  # noqa: N802, N803
        self._locked(lambda: self._bus.writeto(self._address, struct.pack(">HH", writeAddress, data)))
        self._sleep(0.001)

    def _locked(self, transaction: Callable[[], None]) -> None:
        while not self._bus.try_lock():
            self._check_deadline("does not get the bus")
            self._sleep(0.001)
        try:
            self._check_deadline("has stopped in the middle of a picture")
            transaction()
        finally:
            self._bus.unlock()

    def _check_deadline(self, what: str) -> None:
        if self._now() > self.deadline:
            raise DeviceStalled(
                f"The thermal sensor at 0x{self._address:02x} {what}; check its supply and wiring."
            )


def _refuse_impossible(words: list[int], address: int) -> None:
    """Refuse a dead bus, and the EEPROMs on which the library would loop without an end."""
    if all(word == 0xFFFF for word in words) or not any(words):
        raise DeviceUnavailable(
            f"The thermal sensor at 0x{address:02x} gives only {'ones' if words[0] else 'zeros'}; "
            "check SDA, SCL, supply and pull-ups."
        )
    no_kta = words[54] == words[55] == 0 and not any(word & 0x000E for word in words[64:])
    if no_kta or words[52] == 0 or words[48] == 0 or not _first_alpha(words) > 0:
        raise DeviceUnavailable(
            f"The thermal sensor at 0x{address:02x} has no calibration in its EEPROM; replace the sensor."
        )


def _first_alpha(words: list[int]) -> float:
    """Sensitivity of pixel (1, 1) (datasheet 11.1) in units of its scale; positive in any real unit."""

    def signed(value: int, bits: int) -> int:
        return value - (1 << bits) if value >> (bits - 1) else value

    scale, row_scale, column_scale, rest_scale = (words[32] >> shift & 0xF for shift in (12, 8, 4, 0))
    alpha = (
        words[33]
        + (signed(words[34] & 0xF, 4) << row_scale)
        + (signed(words[40] & 0xF, 4) << column_scale)
        + (signed(words[64] >> 4 & 0x3F, 6) << rest_scale)
    )
    compensation = signed(words[57] & 0x3FF, 10) * (1 + signed(words[57] >> 10, 6) / 256) * 2.0**3
    return float(alpha - signed(words[60] & 0xFF, 8) / 32 * compensation) / 2.0**scale
