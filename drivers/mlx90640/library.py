"""The typed boundary to adafruit-circuitpython-mlx90640, which is untyped: its arithmetic, nothing else.

The library keeps its calibration in lists on the class, which all sensors
share, and takes the EEPROM from a module-wide buffer: every instance here
gets lists of its own, and the buffer is held only while it is being read.
Some of its loops never end on an EEPROM that is impossible: only one that
`eeprom_check` has let pass gets there.
"""

from __future__ import annotations

import struct
import threading
from collections.abc import Sequence

import adafruit_mlx90640
import numpy as np

from drivers.mlx90640 import layout
from drivers.mlx90640.decoder import OPEN_AIR_SHIFT_CELSIUS, Decoded, NotDecodable
from drivers.mlx90640.eeprom_check import checked
from drivers.mlx90640.layout import COLUMNS, PIXELS, ROWS

_RAW = struct.Struct(f">{layout.RAW_WORDS}H")
_eeprom_buffer = threading.Lock()


class _Library(adafruit_mlx90640.MLX90640):  # type: ignore[misc]
    """The library without its bus. It puts -273.15 °C where `bad` pixels are."""

    def __init__(self, words: Sequence[int], bad: Sequence[int]) -> None:
        for name, value in vars(adafruit_mlx90640.MLX90640).items():
            if isinstance(value, list):
                setattr(self, name, [0] * len(value))
        self.brokenPixels = list(bad)
        self.outlierPixels: list[int] = []
        with _eeprom_buffer:
            adafruit_mlx90640.eeData[:] = words
            self._ExtractParameters()

    def _ExtractDeviatingPixels(self) -> None:  # noqa: N802
        """They are known; its own search takes the two ends of neighbouring rows for neighbours."""


class AdafruitDecoder:
    """Decodes as `NativeDecoder` does, with the library's arithmetic.

    Raises EepromError where the EEPROM's 832 `words` cannot be one.
    """

    def __init__(
        self, words: Sequence[int], emissivity: float = 0.98, reflected_celsius: float | None = None
    ) -> None:
        if not 0.0 < emissivity <= 1.0:
            raise ValueError(f"Emissivity lies above 0 and up to 1, not at {emissivity:g}.")
        self._library = _Library(words, checked(words).bad_pixels)
        self._emissivity = emissivity
        self._reflected_celsius = reflected_celsius

    def decode(self, older: bytes, newer: bytes) -> Decoded:
        """Raises NotDecodable, also where a single pixel has no temperature."""
        frames = [list(_RAW.unpack(raw)) for raw in (older, newer)]
        subpages = {frame[layout.RAW_SUBPAGE] for frame in frames}
        if subpages != {0, 1} or (frames[0][832] ^ frames[1][832]) & layout.CHESS:
            raise NotDecodable("these are not the two halves of one picture")
        to_celsius = [0.0] * PIXELS
        try:
            for frame in frames:
                ta = float(self._library._GetTa(frame))
                reflected = (
                    ta - OPEN_AIR_SHIFT_CELSIUS
                    if self._reflected_celsius is None
                    else self._reflected_celsius
                )
                self._library._CalculateTo(frame, self._emissivity, reflected, to_celsius)
            vdd_v = float(self._library._GetVdd(frames[1]))
        except (ArithmeticError, ValueError) as error:
            raise NotDecodable(str(error)) from error
        return Decoded(np.array(to_celsius).reshape(ROWS, COLUMNS), ta, vdd_v)
