"""One thermal picture, and the limits within which it can be believed.

Limits: MLX90640 datasheet 3901090640 rev. 11, section 1 (operating
temperature -40..85 °C, target temperature -40..300 °C) and "General electrical
specifications" (supply 3.0..3.6 V). The supply is measured by the sensor itself with some error, so
its lower limit stands at 2.9 V.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

ROWS = 24
COLUMNS = 32

TA_CELSIUS = (-40.0, 85.0)
VDD_V = (2.9, 3.6)
TO_CELSIUS = (-40.0, 300.0)


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
    subpage's number.
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


def implausible(celsius: npt.NDArray[np.float32], ta_celsius: float, vdd_v: float) -> list[str]:
    """Names of what cannot be true in a frame; empty for a good one. A NaN is never plausible."""
    faults = []
    if not TA_CELSIUS[0] <= ta_celsius <= TA_CELSIUS[1]:
        faults.append("ta_out_of_range")
    if not VDD_V[0] <= vdd_v <= VDD_V[1]:
        faults.append("vdd_out_of_range")
    if not np.isfinite(celsius).all():
        faults.append("pixel_not_a_number")
    elif celsius.min() < TO_CELSIUS[0] or celsius.max() > TO_CELSIUS[1]:
        faults.append("pixel_out_of_range")
    return faults


def fill_from_neighbours(celsius: npt.NDArray[np.float32], pixels: tuple[int, ...]) -> None:
    """Replace each of `pixels`, in place, by the mean of its sound neighbours (at most eight).

    The datasheet (table 10, notes 1 to 3) proposes this average and
    allows at most four such pixels.
    """
    for pixel in pixels:
        row, column = divmod(pixel, COLUMNS)
        around = celsius[max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2].copy()
        around[min(row, 1), min(column, 1)] = np.nan
        celsius[row, column] = np.nanmean(around)
