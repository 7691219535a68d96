"""From what a sensor shows to the temperature of the surface before it.

A surface of emissivity e at T, in surroundings at Tr, sends towards the
sensor the radiosity (Stefan-Boltzmann; kelvin)

    W = e T^4 + (1 - e) Tr^4                       (sigma cancels)

A sensor that was told another emissivity has solved this for another T. W is
what it measured, so W is built again from its T and solved for the right e.
The MLX90640's own equations (datasheet 3901090640 rev. 11, 11.2.2.9) use the
same fourth powers, so the exchange is exact but for the small slope of its
sensitivity with the object's temperature (below 0.01 °C from 0.95 to 0.98).
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import numpy.typing as npt

SKIN_EMISSIVITY = 0.98
"""Human skin, 0.98 +- 0.01 in the long-wave infrared: Steketee, Phys. Med. Biol. 18 (1973) 686."""

KELVIN = 273.15

_Values = TypeVar("_Values", float, npt.NDArray[np.float32])


def with_emissivity(
    celsius: _Values,
    decoded_with: float,
    emissivity: float,
    reflected_celsius: float,
    *,
    decoded_reflected_celsius: float | None = None,
) -> _Values:
    """The same radiation, read as that of a surface of `emissivity`.

    `decoded_with` and `decoded_reflected_celsius` (None: the same reflected
    temperature) are what `celsius` was decoded with. Raises ValueError for
    an emissivity outside (0, 1].
    """
    for value in (decoded_with, emissivity):
        if not 0.0 < value <= 1.0:
            raise ValueError(f"An emissivity lies above 0 and at most at 1, not at {value}.")
    then = reflected_celsius if decoded_reflected_celsius is None else decoded_reflected_celsius
    surroundings = (1 - decoded_with) * (then + KELVIN) ** 4 - (1 - emissivity) * (
        reflected_celsius + KELVIN
    ) ** 4
    kelvin = np.asarray(celsius, dtype=np.float64) + KELVIN
    fourth = (decoded_with * kelvin**4 + surroundings) / emissivity
    result = np.maximum(fourth, 0.0) ** 0.25 - KELVIN
    if isinstance(celsius, np.ndarray):
        return result.astype(np.float32)
    return float(result)


def emissivity_slope(celsius: float, emissivity: float, reflected_celsius: float) -> float:
    """How far the temperature read moves per unit of emissivity, in °C: -(T^4 - Tr^4) / (4 e T^3)."""
    kelvin, reflected = celsius + KELVIN, reflected_celsius + KELVIN
    return -(kelvin**4 - reflected**4) / (4 * emissivity * kelvin**3)
