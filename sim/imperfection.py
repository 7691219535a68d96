"""What stands between a real sensor and a perfect one, drawn from a seed.

The bounds are those that an uncertainty budget assumes of such a sensor when
nobody has measured them: an offset within +-1.5 °C since the factory, a
non-uniformity within +-0.5 °C over the view, distance and optics within
+-0.5 °C for each visit, the emissivity of skin 0.98 +- 0.01, and a blackbody
with a standard uncertainty of 0.15 °C. They are stated here once more on
purpose: whoever judges a budget must not take its own figures from it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim.radiation import Unit
from sim.radiation_unit import COLUMNS, ROWS

BLACKBODY_U_CELSIUS = 0.15
SKIN_EMISSIVITY = (0.97, 0.99)
OFFSET_CELSIUS = 1.5
SMOOTH_CELSIUS, PIXEL_CELSIUS = 0.4, 0.1
OPTICS_CELSIUS = 0.5

Field = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Imperfection:
    """One unit, one blackbody and one visit. All errors are shown minus true, in °C.

    `blackbody_celsius_error`: what the blackbody is, less what it says.
    `non_uniformity` has shape (24, 32) and a mean of zero.
    """

    blackbody_celsius_error: float
    skin_emissivity: float
    offset_celsius: float
    non_uniformity: Field
    optics_celsius: float

    @classmethod
    def random(cls, seed: int) -> Imperfection:
        """The same for the same seed."""
        rng = np.random.default_rng([0x1A9E, seed])
        return cls(
            blackbody_celsius_error=float(rng.normal(0.0, BLACKBODY_U_CELSIUS)),
            skin_emissivity=float(rng.uniform(*SKIN_EMISSIVITY)),
            offset_celsius=float(rng.uniform(-OFFSET_CELSIUS, OFFSET_CELSIUS)),
            non_uniformity=_non_uniformity(rng),
            optics_celsius=float(rng.uniform(-OPTICS_CELSIUS, OPTICS_CELSIUS)),
        )

    def age(self, unit: Unit) -> Unit:
        """The unit as it is now: what its EEPROM says is no longer quite true."""
        return unit.off_by(self.offset_celsius + self.non_uniformity)


def _non_uniformity(rng: np.random.Generator) -> Field:
    """Half a wave and a weaker whole one across the view in any direction, and every pixel by itself."""
    row, column = np.meshgrid(np.linspace(0, 1, ROWS), np.linspace(0, 1, COLUMNS), indexing="ij")
    smooth = np.zeros((ROWS, COLUMNS))
    for waves, weight in ((0.5, 1.0), (1.0, 0.3)):
        angle, phase = rng.uniform(0.0, 2 * math.pi, 2)
        along = row * math.sin(angle) + column * math.cos(angle)
        smooth += weight * np.cos(2 * math.pi * waves * along + phase)
    smooth -= smooth.mean()
    pixels = rng.uniform(-PIXEL_CELSIUS, PIXEL_CELSIUS, (ROWS, COLUMNS))
    return np.asarray(SMOOTH_CELSIUS * smooth / abs(smooth).max() + pixels - pixels.mean())
