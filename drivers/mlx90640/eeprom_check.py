"""Whether 832 words can be the EEPROM of a working MLX90640, and if not, which words and why.

The datasheet (3901090640 rev. 11, section 11.1) gives the fields and their
meaning but hardly any limits. The limits here lie well outside the maker's
published example units, and inside what would move a temperature by many
degrees. A flipped bit that stays within them cannot be seen here: the
record of a calibration keeps the EEPROM's hash for that.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from drivers.mlx90640.eeprom import EepromError, EepromFault, Floats, Parameters, restore
from drivers.mlx90640.layout import COLUMNS, EEPROM_PIXELS, EEPROM_WORDS, PIXELS

MOST_BAD_PIXELS = 4
"""Datasheet, table 10, notes 1 to 3: at most four, none beside another."""

GAIN = (2000, 20000)
PTAT25 = (10000, 15000)
KT_PTAT = (30.0, 55.0)
KV_PTAT = (-0.0075, 0.0075)
KVDD = (-4096, -2048)
VDD25 = (-15000, -10000)
KV = (0.0, 1.0)
KTA = (-0.02, 0.04)
KSTA = (-0.008, 0.008)
KSTO = (-0.002, 0.0002)
OFFSET = (-600, 400)
ALPHA_SCALE = (34, 42)
ALPHA = (1e-8, 1e-6)
CP_ALPHA = (0.0, 5e-8)
MOST_ALPHA_RATIO = 4.0


def checked(words: Sequence[int]) -> Parameters:
    """The parameters of an EEPROM that can be one. Raises EepromError with every word that cannot."""
    faults = list(_as_memory(words))
    if faults:
        raise EepromError(faults)
    faults = list(_scalars(words))
    if faults:
        raise EepromError(faults)
    try:
        unit = restore(words)
    except (ArithmeticError, ValueError) as error:
        raise EepromError([EepromFault(0, f"and those after it have no meaning ({error})")]) from error
    faults = [*_tables(unit), *_bad_pixels(unit)]
    if faults:
        raise EepromError(faults)
    return unit


def _as_memory(words: Sequence[int]) -> Iterator[EepromFault]:
    """Length, values, and what a dead bus gives."""
    if len(words) != EEPROM_WORDS:
        yield EepromFault(len(words), f"is the end of it; there should be {EEPROM_WORDS} words")
        return
    outside = [number for number, word in enumerate(words) if not 0 <= word <= 0xFFFF]
    for number in outside:
        yield EepromFault(number, f"is {words[number]}, no word of 16 bits")
    if outside:
        return
    for value, name in ((0xFFFF, "ones"), (0, "zeros")):
        if all(word == value for word in words):
            yield EepromFault(0, f"and all others give only {name}")
            return
    for value, name in ((0xFFFF, "ones"), (0, "zeros")):
        if all(word == value for word in words[7:10]):
            yield EepromFault(7, f"and the rest of the device's number are only {name}")


def _scalars(words: Sequence[int]) -> Iterator[EepromFault]:
    """The words that hold for the whole unit."""
    if words[10] & 0x0040:
        yield EepromFault(10, "says that this is another device, an MLX90641")
    yield from _within(48, "GAIN", _signed(words[48], 16), GAIN)
    yield from _within(49, "PTAT25", _signed(words[49], 16), PTAT25)
    yield from _within(50, "KtPTAT", _signed(words[50] & 0x3FF, 10) / 8, KT_PTAT)
    yield from _within(50, "KvPTAT", _signed(words[50] >> 10, 6) / 4096, KV_PTAT)
    yield from _within(51, "Kvdd", _signed(words[51] >> 8, 8) * 32, KVDD)
    yield from _within(51, "Vdd25", ((words[51] & 0xFF) - 256) * 32 - 8192, VDD25)
    yield from _supply_drift(words)
    if words[56] & 0xC000:
        yield EepromFault(56, f"gives a resolution code of {words[56] >> 12}; the highest is 3")
    yield from _within(32, "alpha a scale", (words[32] >> 12) + 30, ALPHA_SCALE)
    scale = 2.0 ** ((words[32] >> 12) + 27)
    yield from _within(57, "the compensation pixel's alpha", _signed(words[57] & 0x3FF, 10) / scale, CP_ALPHA)
    yield from _within(59, "the compensation pixel's Kta", _kta(words, words[59] & 0xFF), KTA)
    yield from _within(60, "KsTa", _signed(words[60] >> 8, 8) / 8192, KSTA)
    yield from _ksto(words)


def _supply_drift(words: Sequence[int]) -> Iterator[EepromFault]:
    scale = 2.0 ** (words[56] >> 8 & 0xF)
    for shift in (12, 8, 4, 0):
        kv = _signed(words[52] >> shift & 0xF, 4) / scale
        if not KV[0] < kv <= KV[1]:
            yield EepromFault(52, f"gives a Kv of {kv:g}; it lies above {KV[0]:g} and up to {KV[1]:g}")
            break
    yield from _within(59, "the compensation pixel's Kv", _signed(words[59] >> 8, 8) / scale, KV)
    for number in (54, 55):
        for shift in (8, 0):
            average = _kta(words, words[number] >> shift & 0xFF)
            yield from _within(number, "an average Kta", average, (1e-6, KTA[1]))


def _ksto(words: Sequence[int]) -> Iterator[EepromFault]:
    scale = 2.0 ** ((words[63] & 0xF) + 8)
    for index, (number, shift) in enumerate(((61, 0), (61, 8), (62, 0), (62, 8)), start=1):
        yield from _within(number, f"KsTo{index}", _signed(words[number] >> shift & 0xFF, 8) / scale, KSTO)
    step, third, fourth = (words[63] >> shift & mask for shift, mask in ((12, 3), (4, 0xF), (8, 0xF)))
    if not (step and third and fourth):
        yield EepromFault(
            63, f"gives corners of {10 * step * third} and {10 * step * fourth} °C more; none is 0"
        )


def _tables(unit: Parameters) -> Iterator[EepromFault]:
    """The pixels' own values. Where most of a table is out, the word that all share is at fault."""
    sound = np.ones(PIXELS, dtype=bool)
    sound[list(unit.broken)] = False
    yield from _spread(17, "offset", unit.offset, OFFSET, sound)
    yield from _spread(54, "Kta", unit.kta, KTA, sound)
    alpha = np.where(np.isfinite(unit.alpha), unit.alpha, -1.0)
    middle = float(np.median(alpha))
    low = max(ALPHA[0], middle / MOST_ALPHA_RATIO)
    high = min(ALPHA[1], max(middle, ALPHA[0]) * MOST_ALPHA_RATIO)
    yield from _spread(33, "alpha", alpha, (low, high), sound)


def _spread(
    shared_word: int,
    name: str,
    values: Floats,
    limits: tuple[float, float],
    sound: np.typing.NDArray[np.bool_],
) -> Iterator[EepromFault]:
    out = np.flatnonzero(~((values >= limits[0]) & (values <= limits[1])) & sound)
    if len(out) > PIXELS // 8:
        yield from [EepromFault(shared_word, f"(or its scale) gives {len(out)} pixels an impossible {name}")]
        return
    for pixel in out.tolist():
        yield from _within(EEPROM_PIXELS + pixel, f"{name} of pixel {pixel}", float(values[pixel]), limits)


def _bad_pixels(unit: Parameters) -> Iterator[EepromFault]:
    bad = unit.bad_pixels
    if len(bad) > MOST_BAD_PIXELS:
        for pixel in bad:
            kind = "broken" if pixel in unit.broken else "an outlier"
            why = f"says that pixel {pixel} is {kind}, one of {len(bad)}; at most {MOST_BAD_PIXELS} may be"
            yield EepromFault(EEPROM_PIXELS + pixel, why)
        return
    for index, first in enumerate(bad):
        for second in bad[index + 1 :]:
            if _adjacent(first, second):
                why = f"says that pixel {second} is bad, and so is pixel {first} beside it"
                yield EepromFault(EEPROM_PIXELS + second, why)


def _adjacent(first: int, second: int) -> bool:
    (row, column), (other_row, other_column) = divmod(first, COLUMNS), divmod(second, COLUMNS)
    return abs(row - other_row) <= 1 and abs(column - other_column) <= 1


def _within(word: int, name: str, value: float, limits: tuple[float, float]) -> Iterator[EepromFault]:
    low, high = limits
    if not low <= value <= high:
        yield EepromFault(word, f"gives {name} as {value:g}; it lies between {low:g} and {high:g}")


def _kta(words: Sequence[int], field: int) -> float:
    return _signed(field, 8) / 2.0 ** ((words[56] >> 4 & 0xF) + 8)


def _signed(field: int, bits: int) -> int:
    return field - (1 << bits) if field >> (bits - 1) else field
