"""One thermal picture, and how its few bad pixels are filled."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from drivers.mlx90640.layout import COLUMNS, PIXELS, ROWS

__all__ = ["COLUMNS", "ROWS", "ThermalFrame", "fill_from_neighbours"]


@dataclass(frozen=True, slots=True, eq=False)
class ThermalFrame:
    """Both subpages, decoded.

    `at_s` is when the newer one was read; no light from before `oldest_at_s`
    is in either (both monotonic seconds).
    `celsius` has shape (24, 32), row 0 on top as the sensor numbers them.
    `emissivity` and `reflected_celsius` are what it was decoded with (None:
    not known), so that another emissivity can be put in their place later.
    `faults` names what makes the whole frame unfit for a measurement;
    `filled_pixels` are single pixels (row * 32 + column) that the factory
    has declared broken and that were filled from their neighbours.
    `raw` are the words that it was decoded from, a subpage each, oldest first:
    834 in big-endian order, namely the RAM's 832, control register 1, and the
    subpage's number. A frame with faults may hold one subpage only, and then
    `celsius` is not a number where nothing could be decoded.
    """

    at_s: float
    oldest_at_s: float
    celsius: npt.NDArray[np.float32]
    ta_celsius: float
    vdd_v: float
    emissivity: float
    faults: tuple[str, ...]
    reflected_celsius: float | None = None
    filled_pixels: tuple[int, ...] = ()
    raw: tuple[bytes, ...] = field(default=(), repr=False)


def fill_from_neighbours(
    celsius: npt.NDArray[np.floating], pixels: tuple[int, ...], measured: npt.NDArray[np.bool_] | None = None
) -> None:
    """Replace each of `pixels`, in place, by the mean of its sound neighbours (at most eight).

    `measured`, of the picture's shape, leaves out neighbours that have no value yet; a pixel with
    none becomes NaN. The datasheet (table 10, notes 1 to 3) proposes this average and allows at most
    four such pixels.
    """
    if not pixels:
        return
    sound = np.ones(celsius.shape, dtype=bool) if measured is None else measured.copy()
    sound.reshape(PIXELS)[list(pixels)] = False
    for pixel in pixels:
        row, column = divmod(pixel, COLUMNS)
        around = slice(max(row - 1, 0), row + 2), slice(max(column - 1, 0), column + 2)
        values = celsius[around][sound[around]].tolist()
        celsius[row, column] = sum(values) / len(values) if values else np.nan
