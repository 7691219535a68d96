"""What an MLX90640 of given constants puts into its RAM when given radiation falls on it.

Written from the equations of the datasheet (Melexis 3901090640 rev. 11, 3
August 2018, section 11), run in the other direction: temperature -> radiation
-> volts -> words. It shares no code and no constants with any decoder.

The forward chain, with K for kelvin and (11.x) for the section inverted:

    W    = eps * To_K^4 + (1 - eps) * Tr_K^4          Stefan-Boltzmann radiosity
    V    = alpha(Ta) * S(To) * (W - Ta_K^4)           11.2.2.8, 11.2.2.9
    V   += TGC * V_CP                                 11.2.2.7
    V   += il(row, column)  unless read in the pattern of its calibration (interleaved or chess)
    V   += offset * (1 + Kta (Ta-25)) * (1 + Kv (Vdd-3.3))     11.2.2.5.3
    word = V * GAIN_RAM / GAIN_EE                     11.2.2.4, 11.2.2.5.1

Words that carry volts double with each step of the ADC's resolution.
Pixels that the EEPROM declares broken or outliers are stuck at a word that is
a temperature, though a wrong one.

Noise: NETD 0.1 K RMS at 1 Hz refresh rate (datasheet section 1), for Ta = To
= 25 °C and emissivity 1; white, so that it grows with the root of the rate.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from sim.radiation_unit import COLUMNS, PIXELS, ROWS, Constants, Fields, pack, restore

Array = npt.NDArray[np.float64]

NETD_K_AT_1_HZ = 0.1
KELVIN = 273.15
RAM_WORDS = 832
STUCK_WORD = 150

_ROW, _COLUMN = np.divmod(np.arange(PIXELS), COLUMNS)
_INTERLEAVED = _ROW % 2
_CHESS = (_ROW + _COLUMN) % 2
_CONVERSION = np.tile(np.array([0, -1, 0, 1]), PIXELS // 4) * (1 - 2 * _INTERLEAVED)

VBE, CP_0, GAIN, PTAT, CP_1, VDD = 768, 776, 778, 800, 808, 810


def subpage_mask(subpage: int, chess: bool) -> npt.NDArray[np.bool_]:
    """Shape (768,): the pixels that a subpage measures (datasheet, "Reading patterns")."""
    return np.asarray((_CHESS if chess else _INTERLEAVED) == subpage)


@dataclass(frozen=True, slots=True, eq=False)
class Unit:
    """One sensor as it left the factory. `fields` are its EEPROM's bit fields, `true` what they stand for."""

    fields: Fields
    true: Constants

    @classmethod
    def of(cls, fields: Fields) -> Unit:
        return cls(fields, restore(fields))

    @classmethod
    def random(cls, seed: int) -> Unit:
        """A unit within the ranges of `Fields.random`; the same for the same seed."""
        return cls.of(Fields.random(np.random.default_rng([0x90640, seed])))

    def off_by(self, celsius: npt.ArrayLike) -> Unit:
        """The same EEPROM on a sensor that has aged: it shows about `celsius` too much near 35 °C.

        `celsius` is one number or one for each pixel, of shape (24, 32).
        """
        each = np.broadcast_to(np.asarray(celsius, dtype=np.float64), (ROWS, COLUMNS)).reshape(PIXELS)
        shift = each * 4 * (35 + KELVIN) ** 3 * self.true.alpha
        return replace(self, true=replace(self.true, offset=self.true.offset + shift))

    def eeprom(self) -> tuple[int, ...]:
        """832 words as at 0x2400 (datasheet, table 10)."""
        return pack(self.fields)

    def ram(
        self,
        to_celsius: npt.ArrayLike,
        emissivity: npt.ArrayLike,
        reflected_celsius: float,
        ta_celsius: float,
        vdd_v: float,
        subpage: int,
        rng: np.random.Generator | None,
        refresh_hz: float,
        *,
        chess: bool = True,
        resolution: int = 2,
    ) -> npt.NDArray[np.uint16]:
        """832 words as at 0x0400, all 768 pixels measured at this moment.

        `to_celsius` and `emissivity` have shape (24, 32) or are one number;
        `rng` None leaves the noise out; `resolution` is the code of control
        register 1 (0: 16 bit .. 3: 19 bit).
        """
        unit = self.true
        step = 2.0 ** (resolution - unit.resolution)
        amplification = step * unit.gain_ratio
        shape = (1 + unit.kta * (ta_celsius - 25)) * (1 + unit.kv * (vdd_v - 3.3))
        pixels = self._signal(to_celsius, emissivity, reflected_celsius, ta_celsius)
        pixels += unit.offset * shape + unit.tgc * unit.cp_signal[subpage]
        if chess != unit.calibrated_in_chess:
            pixels -= unit.il[2] * (2 * _INTERLEAVED - 1) - unit.il[1] * _CONVERSION
        common = self._compensation_pixels(ta_celsius, vdd_v, chess)
        if rng is not None:
            sigma = self._noise(refresh_hz)
            cp_noise = rng.normal(0.0, sigma, 2)
            pixels += rng.normal(0.0, sigma, PIXELS) + unit.tgc * cp_noise[subpage]
            common += cp_noise
        words = np.zeros(RAM_WORDS)
        words[:PIXELS] = pixels * amplification
        words[list(self.fields.broken | self.fields.outliers)] = STUCK_WORD
        words[CP_0], words[CP_1] = common * amplification
        words[GAIN] = unit.gain_ee * amplification
        words[VDD] = (unit.vdd25 + unit.kvdd * (vdd_v - 3.3)) * step
        words[PTAT], words[VBE] = self._ambient(ta_celsius, vdd_v)
        return np.clip(np.rint(words), -32768, 32767).astype(np.int16).view(np.uint16)

    def _signal(
        self, to_celsius: npt.ArrayLike, emissivity: npt.ArrayLike, reflected_celsius: float, ta: float
    ) -> Array:
        """What the net radiation adds to each pixel, shape (768,), in words at nominal gain."""
        unit = self.true
        to = np.broadcast_to(np.asarray(to_celsius, dtype=np.float64), (ROWS, COLUMNS)).reshape(PIXELS)
        eps = np.broadcast_to(np.asarray(emissivity, dtype=np.float64), (ROWS, COLUMNS)).reshape(PIXELS)
        to_squared = np.square(to + KELVIN)
        radiosity = eps * np.square(to_squared) + (1 - eps) * (reflected_celsius + KELVIN) ** 4
        alpha = unit.alpha * (1 + unit.ksta * (ta - 25))
        return np.asarray(alpha * self._slope(to) * (radiosity - (ta + KELVIN) ** 4))

    def _slope(self, to: Array) -> Array:
        """How the sensitivity changes with the object's temperature (11.2.2.9.1): four joined lines."""
        _, ct2, ct3, ct4 = self.true.corners_celsius
        k1, k2, k3, k4 = self.true.ksto
        if to.min() >= ct2 and to.max() < ct3:
            return np.asarray(1 + k2 * (to - ct2))
        at_ct3 = 1 + k2 * (ct3 - ct2)
        at_ct4 = at_ct3 * (1 + k3 * (ct4 - ct3))
        cold = (1 + k1 * (to + 40)) / (1 + k1 * 40)
        lines = [cold, 1 + k2 * (to - ct2), at_ct3 * (1 + k3 * (to - ct3))]
        return np.select([to < ct2, to < ct3, to < ct4], lines, at_ct4 * (1 + k4 * (to - ct4)))

    def _compensation_pixels(self, ta: float, vdd_v: float, chess: bool) -> Array:
        """The two blind pixels, in words at nominal gain (11.2.2.6)."""
        unit = self.true
        offsets = unit.cp_offset.copy()
        if chess != unit.calibrated_in_chess:
            offsets[1] += unit.il[0]
        drift = (1 + unit.cp_kta * (ta - 25)) * (1 + unit.cp_kv * (vdd_v - 3.3))
        return np.asarray(offsets * drift + unit.cp_signal)

    def _noise(self, refresh_hz: float) -> float:
        """Standard deviation of one measurement of one pixel, in words at nominal gain."""
        words_per_kelvin = float(self.true.alpha.mean()) * 4 * (25 + KELVIN) ** 3
        return NETD_K_AT_1_HZ * math.sqrt(refresh_hz) * words_per_kelvin

    def _ambient(self, ta: float, vdd_v: float) -> tuple[int, int]:
        """VPTAT and VBE whose ratio stands for Ta (11.2.2.3); VPTAT rises with absolute temperature."""
        unit = self.true
        art = (unit.kt_ptat * (ta - 25) + unit.ptat25) * (1 + unit.kv_ptat * (vdd_v - 3.3))
        ptat = round(unit.ptat_at_25 * (ta + KELVIN) / (25 + KELVIN))
        return ptat, round(ptat * (2**18 / art - unit.alpha_ptat))
