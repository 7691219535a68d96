"""The EEPROM of a simulated MLX90640: its bit fields, what they stand for, and where they lie.

Source: Melexis 3901090640 rev. 11, "EEPROM" (table 10, where each field lies)
and section 11.1 (what it stands for). The ranges from which a unit is drawn
hold the maker's published example and units that users have published
(melexis/mlx90640-library, issues 83, 85, 109 and 118), with the sensitivity
of the 55 degree version, and lie within what the fields can hold.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

ROWS, COLUMNS = 24, 32
PIXELS = ROWS * COLUMNS
EEPROM_WORDS = 832
MOST_BAD_PIXELS = 4

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Fields:
    """Signed values as they stand in the EEPROM, before any scale is applied.

    Fours (`kta_average`, `kv_average`) are for (odd row, odd column), (odd,
    even), (even, odd), (even, even), rows and columns counted from one.
    """

    serial: tuple[int, int, int]
    interleaved_calibration: bool
    alpha_ptat: int
    offset_scales: tuple[int, int, int]
    offset_average: int
    offset_rows: Ints
    offset_columns: Ints
    offset_pixels: Ints
    alpha_scale: int
    alpha_scales: tuple[int, int, int]
    alpha_reference: int
    alpha_rows: Ints
    alpha_columns: Ints
    alpha_pixels: Ints
    gain: int
    ptat25: int
    kv_ptat: int
    kt_ptat: int
    kvdd: int
    vdd25: int
    kv_average: tuple[int, int, int, int]
    kv_scale: int
    il_chess: tuple[int, int, int]
    kta_average: tuple[int, int, int, int]
    kta_scales: tuple[int, int]
    kta_pixels: Ints
    resolution: int
    cp_alpha: int
    cp_alpha_ratio: int
    cp_offset: int
    cp_offset_delta: int
    cp_kta: int
    cp_kv: int
    ksta: int
    tgc: int
    ksto: tuple[int, int, int, int]
    ksto_scale: int
    corner_step: int
    corner_3: int
    corner_4: int
    outliers: frozenset[int]
    broken: frozenset[int]
    gain_ratio: float
    ptat_at_25: float
    cp_signal: tuple[float, float]

    @classmethod
    def random(cls, rng: np.random.Generator) -> Fields:
        """Any working unit: its words fit for objects of -10 to 100 °C at ambients of -10 to 60 °C."""

        def draw(low: int, high: int) -> int:
            return int(rng.integers(low, high + 1))

        def below(top: int, spread: int) -> tuple[int, int, int, int]:
            return top, top - draw(0, spread), top - draw(0, spread), top - draw(0, spread)

        fine_alpha, fine_kta, fine_kv = draw(0, 1), draw(0, 1), draw(0, 1)
        fine_ksto, corner_step = draw(0, 3), draw(1, 3)
        bad = _apart(rng, int(rng.choice(MOST_BAD_PIXELS + 1, p=(0.5, 0.2, 0.15, 0.1, 0.05))))
        broken = frozenset(pixel for pixel in bad if rng.random() < 0.5)
        offsets = rng.integers(-20, 21, PIXELS)
        # All zero would be the mark of a broken pixel: a sound one always has a bit set in its alpha.
        alphas = rng.integers(-16, 16, PIXELS)
        alphas[alphas == 0] = 16
        return cls(
            serial=(draw(0, 0xFFFF), draw(0, 0xFFFF), draw(0, 0xFFFF)),
            interleaved_calibration=bool(draw(0, 3) == 0),
            alpha_ptat=draw(3, 5),
            offset_scales=(draw(1, 3), draw(0, 2), 0),
            offset_average=draw(-80, -40),
            offset_rows=rng.integers(-3, 4, ROWS),
            offset_columns=rng.integers(-4, 5, COLUMNS),
            offset_pixels=offsets,
            alpha_scale=7 + fine_alpha,
            alpha_scales=(draw(6, 7) + fine_alpha, draw(7, 8) + fine_alpha, 4 + fine_alpha),
            alpha_reference=draw(17000, 24500) << fine_alpha,
            alpha_rows=_fall_off(ROWS, draw(1, 3), draw(-5, -2)),
            alpha_columns=_fall_off(COLUMNS, draw(1, 3), draw(-5, -2)),
            alpha_pixels=alphas,
            gain=draw(5200, 6800),
            ptat25=draw(11900, 12500),
            kv_ptat=draw(5, 25),
            kt_ptat=draw(332, 348),
            kvdd=draw(-106, -90),
            vdd25=draw(98, 152),
            kv_average=below(draw(5, 7) if fine_kv else 3, 1),
            kv_scale=3 + fine_kv,
            il_chess=(draw(-8, 8), draw(-8, 8), draw(-4, 4)),
            kta_average=below(draw(45, 63) << fine_kta, 6),
            kta_scales=(5 + fine_kta, 2 + fine_kta),
            kta_pixels=rng.integers(-2, 3, PIXELS),
            resolution=2 + int(draw(0, 4) == 0),
            cp_alpha=draw(45, 65) << fine_alpha,
            cp_alpha_ratio=draw(-4, 4),
            cp_offset=draw(-85, -55),
            cp_offset_delta=draw(-6, 6),
            cp_kta=draw(28, 48) << fine_kta,
            cp_kv=draw(5, 7) if fine_kv else 3,
            ksta=draw(-24, -8),
            tgc=draw(-8, 8) * draw(0, 1),
            ksto=_slopes(rng, fine_ksto),
            ksto_scale=8 + fine_ksto,
            corner_step=corner_step,
            corner_3=draw(-(-8 // corner_step), 15 // corner_step),
            corner_4=draw(-(-8 // corner_step), 15 // corner_step),
            outliers=bad - broken,
            broken=broken,
            gain_ratio=float(rng.uniform(0.97, 1.03)),
            ptat_at_25=float(rng.uniform(1600, 1750)),
            cp_signal=(float(rng.uniform(-1, 1)), float(rng.uniform(-1, 1))),
        )


def _fall_off(count: int, centre: int, edge: int) -> Ints:
    """Sensitivity falls from the middle of the view to its edge."""
    across = np.square(np.linspace(-1, 1, count))
    return np.asarray(np.rint(centre + (edge - centre) * across), dtype=np.int64)


def _slopes(rng: np.random.Generator, fine: int) -> tuple[int, int, int, int]:
    """Of the sensitivity with the object's temperature: a few 1e-4 per degree, steeper in hotter ranges."""
    first = -rng.uniform(1.0e-4, 4.5e-4)
    steps = rng.uniform(0.0, 2.5e-4, 3) * rng.integers(0, 2)
    scale = 2.0 ** (8 + fine + 8)
    one, two, three, four = (
        max(round(float(first - step) * scale), -128) for step in (0.0, *np.cumsum(steps))
    )
    return one, two, three, four


def _apart(rng: np.random.Generator, count: int) -> frozenset[int]:
    """Pixels of which no two touch (datasheet, note to table 10: at most four, never adjacent)."""
    chosen: list[int] = []
    while len(chosen) < count:
        row, column = divmod(int(rng.integers(PIXELS)), COLUMNS)
        if all(max(abs(row - p // COLUMNS), abs(column - p % COLUMNS)) > 1 for p in chosen):
            chosen.append(row * COLUMNS + column)
    return frozenset(chosen)


@dataclass(frozen=True, slots=True, eq=False)
class Constants:
    """What the fields stand for, in the datasheet's words and units."""

    calibrated_in_chess: bool
    resolution: int
    gain_ee: int
    gain_ratio: float
    alpha_ptat: float
    ptat25: float
    kv_ptat: float
    kt_ptat: float
    ptat_at_25: float
    kvdd: float
    vdd25: float
    offset: Floats
    alpha: Floats
    kta: Floats
    kv: Floats
    il: tuple[float, float, float]
    cp_offset: Floats
    cp_kta: float
    cp_kv: float
    cp_signal: Floats
    ksta: float
    tgc: float
    ksto: tuple[float, float, float, float]
    corners_celsius: tuple[float, float, float, float]


def restore(f: Fields) -> Constants:
    """The true constants of a unit (datasheet 11.1). The pixels' sensitivity is net of the blind pixel's."""
    rows, columns = np.divmod(np.arange(PIXELS), COLUMNS)
    quarter = 2 * (rows % 2) + columns % 2
    o_row, o_column, o_rest = (2.0**scale for scale in f.offset_scales)
    a_row, a_column, a_rest = (2.0**scale for scale in f.alpha_scales)
    kta_scale = 2.0 ** (f.kta_scales[0] + 8)
    tgc = f.tgc / 32
    cp_alpha = f.cp_alpha / 2.0 ** (f.alpha_scale + 27) * np.array([1.0, 1 + f.cp_alpha_ratio / 128])
    raw_alpha = f.alpha_reference + f.alpha_rows[rows] * a_row + f.alpha_columns[columns] * a_column
    k1, k2, k3, k4 = (value / 2.0 ** (f.ksto_scale + 8) for value in f.ksto)
    ct3 = 10.0 * f.corner_step * f.corner_3
    return Constants(
        calibrated_in_chess=not f.interleaved_calibration,
        resolution=f.resolution,
        gain_ee=f.gain,
        gain_ratio=round(f.gain * f.gain_ratio) / f.gain,
        alpha_ptat=f.alpha_ptat / 4 + 8,
        ptat25=f.ptat25,
        kv_ptat=f.kv_ptat / 2.0**12,
        kt_ptat=f.kt_ptat / 2.0**3,
        ptat_at_25=f.ptat_at_25,
        kvdd=f.kvdd * 2.0**5,
        vdd25=(f.vdd25 - 256) * 2.0**5 - 2.0**13,
        offset=f.offset_average
        + f.offset_rows[rows] * o_row
        + f.offset_columns[columns] * o_column
        + f.offset_pixels * o_rest,
        alpha=(raw_alpha + f.alpha_pixels * a_rest) / 2.0 ** (f.alpha_scale + 30) - tgc * cp_alpha.mean(),
        kta=(np.array(f.kta_average)[quarter] + f.kta_pixels * 2.0 ** f.kta_scales[1]) / kta_scale,
        kv=np.array(f.kv_average)[quarter] / 2.0**f.kv_scale,
        il=(f.il_chess[0] / 2.0**4, f.il_chess[1] / 2.0, f.il_chess[2] / 2.0**3),
        cp_offset=np.array([f.cp_offset, f.cp_offset + f.cp_offset_delta], dtype=np.float64),
        cp_kta=f.cp_kta / kta_scale,
        cp_kv=f.cp_kv / 2.0**f.kv_scale,
        cp_signal=np.array(f.cp_signal),
        ksta=f.ksta / 2.0**13,
        tgc=tgc,
        ksto=(k1, k2, k3, k4),
        corners_celsius=(-40.0, 0.0, ct3, ct3 + 10.0 * f.corner_step * f.corner_4),
    )


def pack(f: Fields) -> tuple[int, ...]:
    """832 words as at 0x2400 (table 10)."""
    words = [0] * EEPROM_WORDS
    words[0x07:0x0A] = f.serial
    words[0x0A] = 0x0800 if f.interleaved_calibration else 0
    words[0x0C], words[0x0F] = 0x1901, 0xBE33
    words[0x10] = _join((f.alpha_ptat, 4), *((scale, 4) for scale in f.offset_scales))
    words[0x11] = f.offset_average & 0xFFFF
    words[0x12:0x18] = _nibbles(f.offset_rows)
    words[0x18:0x20] = _nibbles(f.offset_columns)
    words[0x20] = _join((f.alpha_scale, 4), *((scale, 4) for scale in f.alpha_scales))
    words[0x21] = f.alpha_reference
    words[0x22:0x28] = _nibbles(f.alpha_rows)
    words[0x28:0x30] = _nibbles(f.alpha_columns)
    words[0x30], words[0x31] = f.gain, f.ptat25
    words[0x32] = _join((f.kv_ptat, 6), (f.kt_ptat, 10))
    words[0x33] = _join((f.kvdd, 8), (f.vdd25, 8))
    odd_odd, odd_even, even_odd, even_even = f.kv_average
    words[0x34] = _join((odd_odd, 4), (even_odd, 4), (odd_even, 4), (even_even, 4))
    words[0x35] = _join((f.il_chess[2], 5), (f.il_chess[1], 5), (f.il_chess[0], 6))
    odd_odd, odd_even, even_odd, even_even = f.kta_average
    words[0x36] = _join((odd_odd, 8), (even_odd, 8))
    words[0x37] = _join((odd_even, 8), (even_even, 8))
    words[0x38] = _join((f.resolution, 4), (f.kv_scale, 4), (f.kta_scales[0], 4), (f.kta_scales[1], 4))
    words[0x39] = _join((f.cp_alpha_ratio, 6), (f.cp_alpha, 10))
    words[0x3A] = _join((f.cp_offset_delta, 6), (f.cp_offset, 10))
    words[0x3B] = _join((f.cp_kv, 8), (f.cp_kta, 8))
    words[0x3C] = _join((f.ksta, 8), (f.tgc, 8))
    words[0x3D] = _join((f.ksto[1], 8), (f.ksto[0], 8))
    words[0x3E] = _join((f.ksto[3], 8), (f.ksto[2], 8))
    words[0x3F] = _join((f.corner_step, 4), (f.corner_4, 4), (f.corner_3, 4), (f.ksto_scale, 4))
    for pixel in range(PIXELS):
        words[0x40 + pixel] = _pixel(f, pixel)
    return tuple(words)


def _pixel(f: Fields, pixel: int) -> int:
    """A word of zero means a broken pixel, so a sound one always has some bit set."""
    if pixel in f.broken:
        return 0
    offset, alpha, kta = (int(a[pixel]) for a in (f.offset_pixels, f.alpha_pixels, f.kta_pixels))
    return _join((offset, 6), (alpha, 6), (kta, 3), (int(pixel in f.outliers), 1))


def _join(*parts: tuple[int, int]) -> int:
    """(value, bits) from the most significant on, each in two's complement."""
    word = 0
    for value, bits in parts:
        word = word << bits | value & ((1 << bits) - 1)
    return word


def _nibbles(values: Ints) -> list[int]:
    """Four signed values to a word, the first one lowest."""
    return [_join(*((int(value), 4) for value in four[::-1])) for four in values.reshape(-1, 4)]
