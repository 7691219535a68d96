"""Words of an MLX90640 to temperatures (datasheet 3901090640 rev. 11, section 11.2), both subpages at once.

Emissivity divides what is left after the compensation pixel has been taken
off (11.2.2.7), as in the maker's own driver: the compensation pixel sees none
of the object, so the object's emissivity has no part in it.

A pixel's drift with the supply (Kv) depends on the parity of its row and
column only (11.1.5). So the pixels stand here in four quarters by those
parities, each with its own scalars; a subpage is two quarters in either
pattern. All that depends on the unit alone is multiplied out beforehand.

With K_ta = 1 + KsTa (Ta - 25) and s the compensated signal over K_ta, the
basic range's equation (11.2.2.9) and the extended ones' (.1.3) become

    T = root4(s / (alpha (1 - KsTo2 273.15) + KsTo2 root4(alpha^3 (s + alpha T_ar))) + T_ar) - 273.15
    T = root4(s / (alpha * sensitivity(T)) + T_ar) - 273.15

Only operations that IEEE 754 rounds in one way are used on the pixels
(+ - * / and the square root), element by element: the same words give the
same bytes on every machine, so that a reading can be recomputed.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from drivers.mlx90640 import layout
from drivers.mlx90640.eeprom import Floats, Parameters
from drivers.mlx90640.layout import COLUMNS, PIXELS, ROWS

KELVIN = 273.15
OPEN_AIR_SHIFT_CELSIUS = 8.0
"""Reflected temperature = Ta - 8 °C where none is given (datasheet 11.2.2.9)."""

_WORD = np.dtype(">i2")
_TAIL = struct.Struct(f">{layout.RAW_WORDS - PIXELS}h")
_ROW, _COLUMN = np.divmod(np.arange(PIXELS), COLUMNS)
_INTERLEAVED = _ROW % 2
_CHESS = (_ROW + _COLUMN) % 2
_ORDER = np.argsort(2 * (_ROW % 2) + _COLUMN % 2, kind="stable")
"""Pixels by quarter: (even row, even column), (even, odd), (odd, even), (odd, odd), counted from zero."""
_IN_PLACE = np.argsort(_ORDER)
_QUARTER = PIXELS // 4
_SUBPAGE_OF_QUARTER = {False: (0, 0, 1, 1), True: (0, 1, 1, 0)}
"""By whether the pattern is chess."""
_CONVERSION = np.tile(np.array([0, -1, 0, 1]), PIXELS // 4) * (1 - 2 * _INTERLEAVED)


class NotDecodable(ArithmeticError):
    """The words have no temperature: the arithmetic has no answer, or they are no two halves of a picture."""


@dataclass(frozen=True, slots=True, eq=False)
class Decoded:
    """A picture: `celsius` of shape (24, 32), NaN where there is no answer. Ta and Vdd of the newer half."""

    celsius: Floats
    ta_celsius: float
    vdd_v: float


class Decoder(Protocol):
    """Raw subpages (834 big-endian words each) to a picture."""

    def decode(self, older: bytes, newer: bytes) -> Decoded:
        """Raises NotDecodable."""


class Ambient(NamedTuple):
    """The chip's own state by one subpage's words. `gain` is K_gain: nominal over present."""

    vdd_v: float
    ta_celsius: float
    gain: float


def measured_by(subpage: int, chess: bool) -> npt.NDArray[np.intp]:
    """The 384 pixels, rising, that a subpage measures (datasheet, "Reading patterns")."""
    return np.flatnonzero((_CHESS if chess else _INTERLEAVED) == subpage)


def ambient_of(unit: Parameters, tail: tuple[int, ...]) -> Ambient:
    """Vdd (11.2.2.2), Ta (11.2.2.3) and gain (11.2.2.4) from a raw subpage's tail. Raises NotDecodable."""
    try:
        resolution = tail[layout.RAW_CONTROL - PIXELS] >> 10 & 0x3
        correction = 2.0 ** (unit.resolution - resolution)  # 11.2.2.1
        vdd_v = (correction * tail[layout.VDD - PIXELS] - unit.vdd25) / unit.kvdd + 3.3
        ptat, vbe = tail[layout.PTAT - PIXELS], tail[layout.VBE - PIXELS]
        art = ptat / (ptat * unit.alpha_ptat + vbe) * 2.0**18
        ta = (art / (1 + unit.kv_ptat * (vdd_v - 3.3)) - unit.ptat25) / unit.kt_ptat + 25
        return Ambient(vdd_v, ta, unit.gain / tail[layout.GAIN - PIXELS])
    except ZeroDivisionError as error:
        raise NotDecodable("a word that should not be is zero") from error


def tail_of(raw: bytes) -> tuple[int, ...]:
    """Words 768 to 833 of a raw subpage, signed."""
    return _TAIL.unpack_from(raw, 2 * PIXELS)


class _Scalars(NamedTuple):
    """What one subpage's arithmetic needs beside its pixels. `scale` is 1 / (emissivity K_ta)."""

    gain: float
    scale: float
    d_ta: float
    d_vdd: float
    cp: float
    ta_tr: float


class NativeDecoder:
    """One unit's decoder. `reflected_celsius` None: Ta - 8 °C of each subpage.

    Keeps room for intermediate values, so one thread at a time; what it returns is the caller's own.
    """

    def __init__(
        self, unit: Parameters, emissivity: float = 0.98, reflected_celsius: float | None = None
    ) -> None:
        if not 0.0 < emissivity <= 1.0:
            raise ValueError(f"Emissivity lies above 0 and up to 1, not at {emissivity:g}.")
        self._unit = unit
        self._emissivity = emissivity
        self._reflected_celsius = reflected_celsius
        self._multiply_out()
        self._signal, self._work, self._more = np.empty((3, PIXELS))
        self._factors = np.empty(5 * 4)
        self._by_quarter = self._factors.reshape(5, 4, 1)
        self._spread = np.empty((5, 4, _QUARTER))
        self._gain, self._drift, self._drift_ta, self._cp, self._ta_tr = self._spread.reshape(5, PIXELS)
        self._taken = {
            (chess, first): np.where(
                np.repeat(_SUBPAGE_OF_QUARTER[chess], _QUARTER) == first, 0, layout.RAW_WORDS
            )
            + _ORDER
            for chess in (False, True)
            for first in (0, 1)
        }

    def _multiply_out(self) -> None:
        """The unit's tables, shape (768,), by quarter."""
        unit, slope = self._unit, self._unit.ksto[1]
        self._offset, kta, self._alpha = unit.offset[_ORDER], unit.kta[_ORDER], unit.alpha[_ORDER]
        self._offset_kta = self._offset * kta
        self._kv = [float(unit.kv[_ORDER[_QUARTER * quarter]]) for quarter in range(4)]
        il = unit.il_chess[2] * (2 * _INTERLEAVED - 1) - unit.il_chess[1] * _CONVERSION  # 11.1.3.1
        self._il = il[_ORDER]
        cube = self._alpha * self._alpha * self._alpha
        self._bent_cube = cube * (slope * slope * slope * slope)
        self._bend = np.subtract if slope < 0 else np.add
        self._basic = self._alpha * (1 - slope * KELVIN)
        self._alpha_slope = self._alpha * slope
        self._ranges = _ranges(unit)

    def decode(self, older: bytes, newer: bytes) -> Decoded:
        """Both halves of a picture, in either order of subpages. Raises NotDecodable."""
        older_tail, newer_tail = tail_of(older), tail_of(newer)
        (first, chess), (second, newer_chess) = _kind(older_tail), _kind(newer_tail)
        if first not in (0, 1) or second != 1 - first or chess != newer_chess:
            raise NotDecodable("these are not the two halves of one picture")
        ambient = ambient_of(self._unit, newer_tail)
        of = [
            self._scalars(older_tail, ambient_of(self._unit, older_tail), chess),
            self._scalars(newer_tail, ambient, chess),
        ]
        if first:
            of.reverse()
        celsius = self._celsius(older + newer, self._taken[chess, first], of, chess)
        picture = celsius.take(_IN_PLACE).reshape(ROWS, COLUMNS)
        return Decoded(picture, ambient.ta_celsius, ambient.vdd_v)

    def decode_half(self, raw: bytes) -> tuple[npt.NDArray[np.intp], Floats, Ambient]:
        """One subpage: its pixels' numbers, their temperatures, and the chip's state. Raises NotDecodable."""
        tail = tail_of(raw)
        subpage, chess = _kind(tail)
        if subpage not in (0, 1):
            raise NotDecodable(f"there is no subpage {subpage}")
        ambient = ambient_of(self._unit, tail)
        pixels = measured_by(subpage, chess)
        celsius = self._celsius(raw, _ORDER, [self._scalars(tail, ambient, chess)] * 2, chess)
        return pixels, celsius.take(_IN_PLACE[pixels]), ambient

    def _scalars(self, tail: tuple[int, ...], ambient: Ambient, chess: bool) -> _Scalars:
        """Compensation pixel (11.2.2.6), K_ta (11.2.2.8), T_a-r (11.2.2.9)."""
        unit, subpage = self._unit, tail[layout.RAW_SUBPAGE - PIXELS]
        d_ta, d_vdd = ambient.ta_celsius - 25, ambient.vdd_v - 3.3
        offset = unit.cp_offset[subpage]
        if subpage and chess != unit.calibrated_in_chess:
            offset += unit.il_chess[0]
        cp = tail[(layout.CP_1 if subpage else layout.CP_0) - PIXELS] * ambient.gain
        cp -= offset * (1 + unit.cp_kta * d_ta) * (1 + unit.cp_kv * d_vdd)
        ta4, reflected = _fourth(ambient.ta_celsius), self._reflected_celsius
        tr4 = _fourth(ambient.ta_celsius - OPEN_AIR_SHIFT_CELSIUS if reflected is None else reflected)
        ta_tr = tr4 - (tr4 - ta4) / self._emissivity
        try:
            scale = 1 / (self._emissivity * (1 + unit.ksta * d_ta))
        except ZeroDivisionError as error:
            raise NotDecodable("the sensitivity is zero at this ambient temperature") from error
        return _Scalars(ambient.gain * scale, scale, d_ta, d_vdd, unit.tgc * cp * scale, ta_tr)

    def _celsius(
        self, raw: bytes, taken: npt.NDArray[np.intp], of: Sequence[_Scalars], chess: bool
    ) -> Floats:
        """Temperatures by quarter, from the words `taken` of `raw`; `of`: subpage 0 and 1."""
        signal, work = self._signal, self._work
        with np.errstate(all="ignore"):
            signal[...] = np.frombuffer(raw, _WORD).take(taken)
            self._compensate([of[subpage] for subpage in _SUBPAGE_OF_QUARTER[chess]], chess)
            ta_tr = self._ta_tr
            np.multiply(self._alpha, ta_tr, work)
            np.add(work, signal, work)
            np.multiply(work, self._bent_cube, work)
            np.sqrt(work, work)
            np.sqrt(work, work)
            self._bend(self._basic, work, work)
            _solve(signal, work, ta_tr)
            self._sensitivity(work)
            return _solve(signal, work, ta_tr)

    def _compensate(self, of: Sequence[_Scalars], chess: bool) -> None:
        """Gain (11.2.2.5.1), offset and its drift (.5.3), compensation pixel (11.2.2.7), emissivity."""
        by_kv = [own.scale * (1 + kv * own.d_vdd) for own, kv in zip(of, self._kv, strict=True)]
        self._factors[:] = [
            *(own.gain for own in of),
            *by_kv,
            *(factor * own.d_ta for own, factor in zip(of, by_kv, strict=True)),
            *(own.cp for own in of),
            *(own.ta_tr for own in of),
        ]
        self._spread[...] = self._by_quarter
        signal, more = self._signal, self._more
        np.multiply(signal, self._gain, signal)
        np.subtract(signal, self._cp, signal)
        np.multiply(self._offset, self._drift, more)
        np.subtract(signal, more, signal)
        np.multiply(self._offset_kta, self._drift_ta, more)
        np.subtract(signal, more, signal)
        if chess != self._unit.calibrated_in_chess:
            signal += self._il * np.repeat([own.scale for own in of], _QUARTER)

    def _sensitivity(self, celsius: Floats) -> None:
        """In place of temperatures, alpha as it is at them (11.1.11)."""
        low, high = self._unit.corners_celsius[1:3]
        if low <= celsius[celsius.argmin()] and celsius[celsius.argmax()] < high:
            np.multiply(celsius, self._alpha_slope, celsius)
            np.add(celsius, self._alpha, celsius)
            return
        corners, slopes, starts = self._ranges
        where = np.searchsorted(corners[1:], celsius, side="right")
        celsius[...] = self._alpha * starts[where] * (1 + slopes[where] * (celsius - corners[where]))


def _kind(tail: tuple[int, ...]) -> tuple[int, bool]:
    """Which subpage, and whether in chess pattern."""
    return tail[layout.RAW_SUBPAGE - PIXELS], bool(tail[layout.RAW_CONTROL - PIXELS] & layout.CHESS)


def _ranges(unit: Parameters) -> tuple[Floats, Floats, Floats]:
    """Corner, slope and sensitivity at the corner of each of the four ranges (11.1.11)."""
    k1, k2, k3, _ = unit.ksto
    _, _, third, fourth = unit.corners_celsius
    at_third = 1 + k2 * third
    starts = [1 / (1 + k1 * 40), 1.0, at_third, at_third * (1 + k3 * (fourth - third))]
    return np.array(unit.corners_celsius), np.array(unit.ksto), np.array(starts)


def _fourth(celsius: float) -> float:
    square = (celsius + KELVIN) * (celsius + KELVIN)
    return square * square


def _solve(signal: Floats, sensitivity: Floats, ta_tr: Floats) -> Floats:
    """The object's temperature from its signal (11.2.2.9), into `sensitivity`."""
    np.divide(signal, sensitivity, sensitivity)
    np.add(sensitivity, ta_tr, sensitivity)
    np.sqrt(sensitivity, sensitivity)
    np.sqrt(sensitivity, sensitivity)
    np.subtract(sensitivity, KELVIN, sensitivity)
    return sensitivity
