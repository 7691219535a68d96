"""What in a subpage's words cannot be true, by name, word and reason.

Limits: MLX90640 datasheet 3901090640 rev. 11, section 1 (operating
temperature -40..85 °C, target temperature -40..300 °C) and "General electrical
specifications" (supply 3.0..3.6 V). The supply is measured by the sensor
itself with some error, so its lower limit stands at 2.9 V. The gain is a
measurement of the chip's own amplifier; it stands within a few hundredths of
its value in the EEPROM (0.97 in the datasheet's worked example) and moves
with the chip's temperature only. A step in it is a wrong word: a thousandth
is worth up to 0.03 °C, so the limit of a step stands for less than a tenth.
"""

from __future__ import annotations

import statistics
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from drivers.mlx90640 import layout
from drivers.mlx90640.decoder import Ambient, NotDecodable, ambient_of, measured_by, tail_of
from drivers.mlx90640.eeprom import Parameters
from drivers.mlx90640.layout import COLUMNS, PIXELS

TA_CELSIUS = (-40.0, 85.0)
VDD_V = (2.9, 3.6)
TO_CELSIUS = (-40.0, 300.0)
GAIN_RATIO = (0.93, 1.07)
"""Present gain over the EEPROM's."""
GAIN_STEP = 0.0025
CP_WORDS = 150.0
"""How far the compensation pixel, which sees only the chip's own case, may be from its offset."""
GAINS_REMEMBERED = 8


@dataclass(frozen=True, slots=True)
class RamFault:
    """`name` is a short id that never changes; `word` the first of the raw subpage's words that shows it."""

    name: str
    word: int
    why: str


def words_of(raw: bytes) -> npt.NDArray[np.int64]:
    """The 834 words of a raw subpage, unsigned."""
    return np.frombuffer(raw, ">u2").astype(np.int64)


def subpage_of(raw: bytes) -> int:
    return int.from_bytes(raw[-2:], "big")


def is_chess(raw: bytes) -> bool:
    return bool(int.from_bytes(raw[-4:-2], "big") & layout.CHESS)


def new_pixels(raw: bytes) -> npt.NDArray[np.intp]:
    """The pixels that were measured anew in this subpage; none where its number is no subpage's."""
    return measured_by(subpage_of(raw), is_chess(raw))


def subpage_faults(raw: bytes, unit: Parameters) -> list[RamFault]:
    """What is wrong with one subpage before its pixels are decoded."""
    if subpage_of(raw) not in (0, 1):
        why = f"is {subpage_of(raw)}; there are subpages 0 and 1"
        return [RamFault("subpage_unknown", layout.RAW_SUBPAGE, why)]
    return [*_dead_rows(raw, unit), *_own_state(raw, unit), *_compensation_pixel(raw, unit)]


def _dead_rows(raw: bytes, unit: Parameters) -> Iterator[RamFault]:
    pixels = np.setdiff1d(new_pixels(raw), unit.bad_pixels)
    dead = pixels[words_of(raw)[pixels] == layout.DEAD_WORD]
    for row in np.unique(dead // COLUMNS).tolist():
        first = int(dead[dead // COLUMNS == row][0])
        yield RamFault("dead_row", first, f"reads 0x7fff in row {row}: the converter stands at its end stop")


def _own_state(raw: bytes, unit: Parameters) -> Iterator[RamFault]:
    yield from _gain(raw, unit)
    try:
        ambient = ambient_of(unit, tail_of(raw))
    except NotDecodable as error:
        yield RamFault("not_decodable", layout.PTAT, f"or another auxiliary word makes no sense: {error}")
        return
    yield from _within("vdd_out_of_range", layout.VDD, "supply", ambient.vdd_v, VDD_V, "V")
    yield from _within(
        "ta_out_of_range", layout.PTAT, "ambient temperature", ambient.ta_celsius, TA_CELSIUS, "°C"
    )


def _compensation_pixel(raw: bytes, unit: Parameters) -> Iterator[RamFault]:
    word = layout.CP_1 if subpage_of(raw) else layout.CP_0
    ratio = gain_ratio(raw, unit)
    if unit.tgc and ratio:
        away = (
            tail_of(raw)[word - PIXELS] / _resolution_step(raw, unit) / ratio
            - unit.cp_offset[subpage_of(raw)]
        )
        if not abs(away) <= CP_WORDS:
            yield RamFault(
                "cp_out_of_range", word, f"is {away:.0f} away from the compensation pixel's offset"
            )


def _gain(raw: bytes, unit: Parameters) -> Iterator[RamFault]:
    ratio = gain_ratio(raw, unit)
    if not GAIN_RATIO[0] <= ratio <= GAIN_RATIO[1]:
        low, high = GAIN_RATIO
        why = f"gives a gain of {ratio:.3f} times the EEPROM's; it lies between {low} and {high}"
        yield RamFault("gain_out_of_range", layout.GAIN, why)


def gain_ratio(raw: bytes, unit: Parameters) -> float:
    """Present gain over the EEPROM's, at the resolution of the EEPROM."""
    return tail_of(raw)[layout.GAIN - PIXELS] / unit.gain / _resolution_step(raw, unit)


def _resolution_step(raw: bytes, unit: Parameters) -> float:
    """What a word of volts is in this subpage for 1 at the EEPROM's resolution."""
    resolution = tail_of(raw)[layout.RAW_CONTROL - PIXELS] >> 10 & 0x3
    return float(2.0 ** (resolution - unit.resolution))


def _within(
    name: str, word: int, what: str, value: float, limits: tuple[float, float], unit: str
) -> Iterator[RamFault]:
    low, high = limits
    if not low <= value <= high:
        yield RamFault(
            name, word, f"gives the {what} as {value:.2f} {unit}; it lies between {low:g} and {high:g}"
        )


def pixel_faults(
    pixels: npt.NDArray[np.intp], celsius: npt.NDArray[np.floating], bad: Sequence[int] = ()
) -> list[RamFault]:
    """Pixels whose decoded temperature cannot be true; a NaN never is. `bad` ones are not asked."""
    out = ~((celsius >= TO_CELSIUS[0]) & (celsius <= TO_CELSIUS[1]))
    if not out.any():
        return []
    return [
        RamFault("pixel_out_of_range", pixel, f"decodes to {value:.1f} °C; a target lies between -40 and 300")
        if np.isfinite(value)
        else RamFault("not_decodable", pixel, "has no temperature: the root of a negative number")
        for pixel, value in zip(pixels[out].tolist(), celsius[out].tolist(), strict=True)
        if pixel not in bad
    ]


def changed_words(before: bytes, after: bytes, pixels: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    """Which of `pixels` differ between two raw subpages."""
    differ = np.frombuffer(before, ">u2")[pixels] != np.frombuffer(after, ">u2")[pixels]
    return np.asarray(pixels[differ])


class RecentGain:
    """What the gain has been of late; a step away from it is a fault, and is not learned."""

    def __init__(self) -> None:
        self._ratios: deque[float] = deque(maxlen=GAINS_REMEMBERED)

    def forget(self) -> None:
        self._ratios.clear()

    def faults(self, raw: bytes, unit: Parameters) -> list[RamFault]:
        ratio = gain_ratio(raw, unit)
        if self._ratios:
            recent = statistics.median(self._ratios)
            if not abs(ratio - recent) <= GAIN_STEP * recent:
                why = f"gives a gain of {ratio:.4f} times the EEPROM's, after {recent:.4f}; it drifts slowly"
                return [RamFault("gain_jumped", layout.GAIN, why)]
        if GAIN_RATIO[0] <= ratio <= GAIN_RATIO[1]:
            self._ratios.append(ratio)
        return []


TA_STEP_CELSIUS, VDD_STEP_V = 0.6, 0.1
"""From one subpage to the next."""


def step_faults(before: Ambient, after: Ambient) -> list[RamFault]:
    """Ambient temperature and supply of two subpages, one measured right after the other."""
    faults = []
    if not abs(after.ta_celsius - before.ta_celsius) <= TA_STEP_CELSIUS:
        why = (
            f"takes the ambient temperature from {before.ta_celsius:.2f} to {after.ta_celsius:.2f} °C at once"
        )
        faults.append(RamFault("ta_jumped", layout.PTAT, why))
    if not abs(after.vdd_v - before.vdd_v) <= VDD_STEP_V:
        why = f"takes the supply from {before.vdd_v:.2f} to {after.vdd_v:.2f} V at once"
        faults.append(RamFault("vdd_jumped", layout.VDD, why))
    return faults
