"""What the thermal array looks at: a wall, and sometimes a person before it.

A face is an ellipse that is warm over its middle (forehead, inner corners of
the eyes) and cooler towards hair, jaw and neck. `skin_celsius` is the true
temperature of that warm middle, the value that a perfect instrument would
report.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from sim.mlx90640_chip import ThermalScene

ROWS, COLUMNS = 24, 32
WALL_CELSIUS = 23.0
CLOTHES_CELSIUS = 28.5
SENSOR_CELSIUS = 31.0
REFLECTED_CELSIUS = 23.0
SKIN_EMISSIVITY = 0.98
WALL_EMISSIVITY = 0.95
BLACKBODY_EMISSIVITY = 0.98

Celsius = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Face:
    """A face in the view: centre and half-axes in pixels, `skin_celsius` over its warm middle."""

    skin_celsius: float
    row: float = 11.0
    column: float = 15.5
    half_height: float = 7.0
    half_width: float = 5.5


@lru_cache(maxsize=1)
def wall() -> Celsius:
    """The empty view: a wall that is a little warmer at the top."""
    rows = np.linspace(0.6, -0.6, ROWS)[:, None]
    columns = 0.2 * np.sin(np.linspace(0.0, math.pi, COLUMNS))[None, :]
    picture = WALL_CELSIUS + rows + columns
    picture.setflags(write=False)
    return picture


def empty_scene() -> ThermalScene:
    return ThermalScene(wall(), np.full((ROWS, COLUMNS), WALL_EMISSIVITY), REFLECTED_CELSIUS, SENSOR_CELSIUS)


def scene_with(face: Face) -> ThermalScene:
    """The wall with a person before it."""
    picture = wall().copy()
    skin = np.zeros((ROWS, COLUMNS), dtype=bool)
    row, column = np.mgrid[0:ROWS, 0:COLUMNS].astype(np.float64)
    shoulders = (row > face.row + face.half_height + 1) & (abs(column - face.column) < 2.1 * face.half_width)
    picture[shoulders] = CLOTHES_CELSIUS
    neck = (row > face.row) & ~shoulders & (abs(column - face.column) < 0.45 * face.half_width)
    picture[neck] = face.skin_celsius - 2.5
    radius = np.hypot((row - face.row) / face.half_height, (column - face.column) / face.half_width)
    inside = radius <= 1.0
    cooling = np.clip((radius - 0.6) / 0.4, 0.0, 1.0)
    picture[inside] = (face.skin_celsius - 3.0 * cooling**2)[inside]
    skin |= inside | neck
    return ThermalScene(
        picture, np.where(skin, SKIN_EMISSIVITY, WALL_EMISSIVITY), REFLECTED_CELSIUS, SENSOR_CELSIUS
    )


def blackbody_scene(celsius: float) -> ThermalScene:
    """A technician's blackbody that fills the middle of the view."""
    picture = wall().copy()
    emissivity = np.full((ROWS, COLUMNS), WALL_EMISSIVITY)
    picture[4:20, 8:24] = celsius
    emissivity[4:20, 8:24] = BLACKBODY_EMISSIVITY
    return ThermalScene(picture, emissivity, REFLECTED_CELSIUS, SENSOR_CELSIUS)


def sway(seed: float, at_s: float) -> tuple[float, float]:
    """How far a standing person's head is from where it was, in pixels (row, column)."""
    return (
        0.25 * math.sin(1.7 * at_s + seed),
        0.45 * math.sin(1.1 * at_s + 2.0 * seed),
    )
