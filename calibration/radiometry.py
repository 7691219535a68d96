"""From what a sensor shows to the temperature of the surface before it.

A surface of emissivity e at T, in surroundings at Tr, sends towards the
sensor the radiosity (Stefan-Boltzmann; kelvin)

    W = e T^4 + (1 - e) Tr^4                       (sigma cancels)

A sensor that was told another emissivity has solved this for another T. W is
what it measured, so W is built again from its T and solved for the right e.
The MLX90640's own equations (datasheet 3901090640 rev. 12, 11.2.2.9) use the
same fourth powers, so the exchange is exact but for the small slope of its
sensitivity with the object's temperature (below 0.01 °C from 0.95 to 0.98).

Tr, the reflected apparent temperature, is by definition what the surroundings
look like as a blackbody (ISO 18434-1:2008, annex A). Where the site gives
none it is taken from the picture: what lies behind the person, read with
e = 1. The maker's rule, Ta - 8 °C (12.1.2: the chip heats itself), knows only
the sensor's housing; at 8 °C outdoors it is many degrees off.

The air between adds, per metre, a little emission at its own temperature and
takes away as much of the face's. For 0.2 to 3 m, 15 to 35 °C and 5 to 95 %
humidity Mazdeyasna et al. (Sensors 23 (2023) 8011) compute errors of at most
0.28 °C, and of at most 0.04 °C where a reference in the picture is seen
through the same air. The kiosk measures neither distance nor humidity, so
the air is no correction here but a term of the budget with these bounds.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import numpy.typing as npt

from calibration.image import Celsius, ThermalImage

SKIN_EMISSIVITY = 0.98
"""Human skin, 0.98 +- 0.01 in the long-wave infrared: Steketee, Phys. Med. Biol. 18 (1973) 686."""

OPEN_AIR_SHIFT_CELSIUS = 8.0
"""What a picture was decoded with where it does not say: Tr = Ta - 8 °C (as the maker's library does)."""

SURROUNDINGS_PERCENT = 25.0
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


def decoded_reflected_celsius(image: ThermalImage) -> float:
    """The reflected temperature that an image was decoded with."""
    if image.reflected_celsius is None:
        return image.ta_celsius - OPEN_AIR_SHIFT_CELSIUS
    return image.reflected_celsius


def read_with(
    image: ThermalImage,
    emissivity: float,
    reflected_celsius: float,
    *,
    where: tuple[slice, slice] = (slice(None), slice(None)),
) -> Celsius:
    """The picture, or a part, read as surfaces of `emissivity` in surroundings at `reflected_celsius`."""
    return with_emissivity(
        image.celsius[where],
        image.emissivity,
        emissivity,
        reflected_celsius,
        decoded_reflected_celsius=decoded_reflected_celsius(image),
    )


def surroundings_celsius(image: ThermalImage) -> float:
    """The reflected apparent temperature as the picture shows it: its lower quartile, read with e = 1.

    A face, clothes and a blackbody are warmer than the walls and seldom cover three quarters of it.
    """
    decoded = decoded_reflected_celsius(image)
    cold = float(np.percentile(image.celsius, SURROUNDINGS_PERCENT))
    return with_emissivity(cold, image.emissivity, 1.0, decoded)


def emissivity_slope(celsius: float, emissivity: float, reflected_celsius: float) -> float:
    """How far the temperature read moves per unit of emissivity, in °C: -(T^4 - Tr^4) / (4 e T^3)."""
    kelvin, reflected = celsius + KELVIN, reflected_celsius + KELVIN
    return -(kelvin**4 - reflected**4) / (4 * emissivity * kelvin**3)


def reflected_slope(celsius: float, emissivity: float, reflected_celsius: float) -> float:
    """How far the temperature read moves per degree of the reflected one: -(1 - e) Tr^3 / (e T^3)."""
    return -(1 - emissivity) / emissivity * ((reflected_celsius + KELVIN) / (celsius + KELVIN)) ** 3
