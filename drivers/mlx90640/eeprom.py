"""The calibration of an MLX90640 out of its EEPROM (datasheet 3901090640 rev. 11, section 11.1).

The sensitivity and the two drifts of each pixel are kept as the maker's own
driver keeps them: as integers of 16, 7 and 7 bits under one scale that all
pixels share. Temperatures then agree with the maker's to the last digit; the
rounding itself is worth less than a millikelvin.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from drivers.mlx90640.layout import COLUMNS, EEPROM_PIXELS, EEPROM_WORDS, PIXELS, ROWS

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_ROW, _COLUMN = np.divmod(np.arange(PIXELS), COLUMNS)
_QUARTER = 2 * (_ROW % 2) + _COLUMN % 2


@dataclass(frozen=True, slots=True)
class EepromFault:
    """One word that cannot be what the factory wrote."""

    word: int
    why: str


class EepromError(ValueError):
    """An EEPROM that cannot be used; `faults` says which words and why, the text names the first of them."""

    def __init__(self, faults: Sequence[EepromFault]) -> None:
        first, more = faults[0], len(faults) - 1
        rest = f" (and {more} more)" if more else ""
        super().__init__(f"word {first.word} of the EEPROM {first.why}{rest}")
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True, eq=False)
class Parameters:
    """What the EEPROM's words stand for, in the datasheet's names. Pixel tables have shape (768,).

    `il_chess` are IL_CHESS_C1 to C3; `corners_celsius` are CT1 to CT4;
    `cp_*` are of the two compensation pixels. Written once and never again.
    """

    serial: str
    resolution: int
    calibrated_in_chess: bool
    gain: int
    kvdd: float
    vdd25: float
    kv_ptat: float
    kt_ptat: float
    ptat25: float
    alpha_ptat: float
    tgc: float
    ksta: float
    ksto: tuple[float, float, float, float]
    corners_celsius: tuple[float, float, float, float]
    cp_alpha: tuple[float, float]
    cp_offset: tuple[float, float]
    cp_kta: float
    cp_kv: float
    il_chess: tuple[float, float, float]
    alpha: Floats
    offset: Floats
    kta: Floats
    kv: Floats
    broken: tuple[int, ...]
    outliers: tuple[int, ...]

    @property
    def bad_pixels(self) -> tuple[int, ...]:
        return tuple(sorted(self.broken + self.outliers))


def majority(reads: Sequence[Sequence[int]]) -> tuple[int, ...]:
    """Word by word, what two of three reads say. Raises EepromError for words that differ in all three."""
    first, second, third = reads
    faults = [
        EepromFault(number, f"read as {a:#06x}, {b:#06x} and {c:#06x}, never the same twice")
        for number, (a, b, c) in enumerate(zip(first, second, third, strict=True))
        if a != b and b != c and a != c
    ]
    if faults:
        raise EepromError(faults)
    return tuple(a if a in (b, c) else b for a, b, c in zip(first, second, third, strict=True))


def to_bytes(words: Sequence[int]) -> bytes:
    """The words big-endian, as they come over the wire."""
    return np.array(words, dtype=">u2").tobytes()


def sha256(words: Sequence[int]) -> str:
    """Hex digest by which a unit's calibration is known."""
    return hashlib.sha256(to_bytes(words)).hexdigest()


def serial_number(words: Sequence[int]) -> str:
    """The unit's number (words 7 to 9), as `2061-0005-0320`."""
    return "-".join(f"{word:04x}" for word in words[7:10])


def restore(words: Sequence[int]) -> Parameters:
    """Section 11.1 for 832 `words`; whether they are plausible is `eeprom_check`'s to say.

    Raises EepromError where there are not 832 words, and ArithmeticError where they have no meaning.
    """
    if len(words) != EEPROM_WORDS:
        raise EepromError(
            [EepromFault(len(words), f"is the end of it; there should be {EEPROM_WORDS} words")]
        )
    tgc = _signed(words[60], 0, 8) / 2**5  # 11.1.16
    cp_alpha = _cp_alpha(words)
    pixels = np.array(words[EEPROM_PIXELS:], dtype=np.int64)
    alpha = _alpha(words, pixels) - tgc * (cp_alpha[0] + cp_alpha[1]) / 2
    tables = (_kept_alpha(alpha), _offset(words, pixels), _kept(_kta(words, pixels)), _kept(_kv(words)))
    for table in tables:
        table.flags.writeable = False
    cp_offset = _signed(words[58], 0, 10)
    return Parameters(
        serial=serial_number(words),
        resolution=words[56] >> 12 & 0x3,  # 11.1.17
        calibrated_in_chess=not words[10] & 0x0800,
        gain=_signed(words[48], 0, 16),  # 11.1.7
        kvdd=_signed(words[51], 8, 8) * 2.0**5,  # 11.1.1
        vdd25=((words[51] & 0xFF) - 2**8) * 2.0**5 - 2.0**13,  # 11.1.1
        kv_ptat=_signed(words[50], 10, 6) / 2**12,  # 11.1.2
        kt_ptat=_signed(words[50], 0, 10) / 2**3,
        ptat25=_signed(words[49], 0, 16),
        alpha_ptat=(words[16] >> 12) / 2**2 + 8,
        tgc=tgc,
        ksta=_signed(words[60], 8, 8) / 2**13,  # 11.1.8
        ksto=_ksto(words),
        corners_celsius=_corners(words),
        cp_alpha=cp_alpha,
        cp_offset=(cp_offset, cp_offset + _signed(words[58], 10, 6)),  # 11.1.13
        cp_kta=_signed(words[59], 0, 8) / 2.0 ** _kta_scale(words),  # 11.1.15
        cp_kv=_signed(words[59], 8, 8) / 2.0 ** _kv_scale(words),  # 11.1.14
        il_chess=(
            _signed(words[53], 0, 6) / 2**4,
            _signed(words[53], 6, 5) / 2,
            _signed(words[53], 11, 5) / 2**3,
        ),
        alpha=tables[0],
        offset=tables[1],
        kta=tables[2],
        kv=tables[3],
        broken=tuple(np.flatnonzero(pixels == 0).tolist()),
        outliers=tuple(np.flatnonzero(pixels & 1).tolist()),
    )


def _signed(word: int, shift: int, bits: int) -> int:
    """A field of a word in two's complement."""
    value = word >> shift & ((1 << bits) - 1)
    return value - (1 << bits) if value >> (bits - 1) else value


def _signed_all(words: Ints, shift: int, bits: int) -> Ints:
    value = words >> shift & ((1 << bits) - 1)
    return np.asarray(value - ((value >> (bits - 1)) << bits))


def _nibbles(words: Sequence[int], first: int, count: int) -> Ints:
    """`count` signed values, four to a word, the first one lowest."""
    return np.array([_signed(words[first + i // 4], 4 * (i % 4), 4) for i in range(count)], dtype=np.int64)


def _kta_scale(words: Sequence[int]) -> int:
    return (words[56] >> 4 & 0xF) + 8


def _kv_scale(words: Sequence[int]) -> int:
    return words[56] >> 8 & 0xF


def _by_row_and_column(words: Sequence[int], first: int, rest: Ints, scales: int, reference: int) -> Floats:
    """An average, one step a row, one a column, one a pixel (11.1.3, 11.1.4), each under its own scale."""
    row_scale, column_scale, rest_scale = scales >> 8 & 0xF, scales >> 4 & 0xF, scales & 0xF
    rows = _nibbles(words, first, ROWS) << row_scale
    columns = _nibbles(words, first + ROWS // 4, COLUMNS) << column_scale
    return np.asarray(reference + rows[_ROW] + columns[_COLUMN] + (rest << rest_scale), dtype=np.float64)


def _offset(words: Sequence[int], pixels: Ints) -> Floats:
    """11.1.3."""
    average = _signed(words[17], 0, 16)
    return _by_row_and_column(words, 18, _signed_all(pixels, 10, 6), words[16], average)


def _alpha(words: Sequence[int], pixels: Ints) -> Floats:
    """11.1.4."""
    raw = _by_row_and_column(words, 34, _signed_all(pixels, 4, 6), words[32], words[33])
    return np.asarray(raw / 2.0 ** ((words[32] >> 12) + 30))


def _kv(words: Sequence[int]) -> Floats:
    """11.1.5, by the parity of row and column."""
    four = np.array([_signed(words[52], shift, 4) for shift in (12, 4, 8, 0)])
    return np.asarray(four[_QUARTER] / 2.0 ** _kv_scale(words))


def _kta(words: Sequence[int], pixels: Ints) -> Floats:
    """11.1.6."""
    four = np.array([_signed(words[number], shift, 8) for shift in (8, 0) for number in (54, 55)])
    steps = _signed_all(pixels, 1, 3) << (words[56] & 0xF)
    return np.asarray((four[_QUARTER] + steps) / 2.0 ** _kta_scale(words))


def _cp_alpha(words: Sequence[int]) -> tuple[float, float]:
    """11.1.12."""
    first = _signed(words[57], 0, 10) / 2.0 ** ((words[32] >> 12) + 27)
    return first, first * (1 + _signed(words[57], 10, 6) / 2**7)


def _ksto(words: Sequence[int]) -> tuple[float, float, float, float]:
    """11.1.10."""
    scale = 2.0 ** ((words[63] & 0xF) + 8)
    k1, k2, k3, k4 = (_signed(words[number], shift, 8) / scale for number in (61, 62) for shift in (0, 8))
    return k1, k2, k3, k4


def _corners(words: Sequence[int]) -> tuple[float, float, float, float]:
    """11.1.9."""
    step = 10.0 * (words[63] >> 12 & 0x3)
    third = step * (words[63] >> 4 & 0xF)
    return -40.0, 0.0, third, third + step * (words[63] >> 8 & 0xF)


def _kept_alpha(alpha: Floats) -> Floats:
    """Reciprocals, the largest in 32768 to 65535, rounded half up."""
    with np.errstate(divide="ignore", invalid="ignore"):
        reciprocal = 1e-6 / alpha
    scale = _steps_up_to(float(reciprocal.max()), 32768.0)
    with np.errstate(all="ignore"):
        return np.asarray(1e-6 * 2.0**scale / np.trunc(reciprocal * 2.0**scale + 0.5))


def _kept(drift: Floats) -> Floats:
    """The largest in 64 to 127, rounded half away from zero."""
    scale = 2.0 ** _steps_up_to(float(np.abs(drift).max()), 64.0)
    return np.asarray(np.trunc(drift * scale + np.copysign(0.5, drift)) / scale)


def _steps_up_to(value: float, least: float) -> int:
    """How often `value` must be doubled to reach `least`; 0 where it never will, or has."""
    if not (0.0 < value < least):
        return 0
    return max(math.ceil(math.log2(least / value)), 0)
