"""Faces as a thermal array sees them, and what people wear before them.

A face is an ellipse that is warm over its middle (forehead, inner corners of
the eyes, cheeks) and cooler towards hair, jaw and neck. `skin_celsius` is the
true temperature of that warm middle. Whatever is worn covers part of it and
leaves enough to be measured: nobody wears a mask under hair that hides the
forehead (`sim.people`).
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from sim.thermal_canvas import COLUMN, ROW, Canvas, Celsius, Mask, rectangle

SKIN_EMISSIVITY = 0.98
HAIR_EMISSIVITY = 0.96
GLASS_EMISSIVITY = 0.90
CLOTH_EMISSIVITY = 0.95
WARM_SHARE = 0.6
RIM_CELSIUS = 3.0
NECK_CELSIUS = 2.5
DRINK_CELSIUS = 60.0
DRINK_PX, DRINK_GAP_PX = 2.5, 3.5
BREATH_S = 4.0
MASK_COOLER_CELSIUS = 0.8


class Wears(StrEnum):
    """What somebody wears before his face, or holds beside it."""

    GLASSES = "glasses"
    HAIR = "hair over the forehead"
    MASK = "a mask"
    DRINK = "a hot drink"


@dataclass(frozen=True, slots=True)
class Face:
    """A face in the view: centre and half-axes in pixels, `skin_celsius` over its warm middle.

    `optics_celsius` is what distance and optics make the face look warmer
    than it is. A face behind another one is painted first.
    """

    skin_celsius: float
    row: float = 11.0
    column: float = 15.5
    half_height: float = 7.0
    half_width: float = 5.5
    wears: Collection[Wears] = frozenset()
    emissivity: float = SKIN_EMISSIVITY
    optics_celsius: float = 0.0


def paint(canvas: Canvas, face: Face, ambient_celsius: float, at_s: float) -> None:
    """Put a person into the view, at a moment of his breath."""
    y = (ROW - face.row) / face.half_height
    x = (COLUMN - face.column) / face.half_width
    radius = np.hypot(y, x)
    skin = face.skin_celsius + face.optics_celsius
    shoulders = (face.row + face.half_height + 1 < ROW) & (abs(x) < 2.1)
    canvas.paint((y > 0) & (abs(x) < 0.45), skin - NECK_CELSIUS, face.emissivity)
    canvas.paint(shoulders, _between(ambient_celsius, skin, 0.5), CLOTH_EMISSIVITY)
    canvas.paint(radius <= 1.0, skin - _cooling(radius), face.emissivity)
    for worn in Wears:
        if worn in face.wears:
            _wear(canvas, worn, face, (y, x, radius), ambient_celsius, at_s)


def _wear(
    canvas: Canvas,
    worn: Wears,
    face: Face,
    place: tuple[Celsius, Celsius, Celsius],
    ambient: float,
    at_s: float,
) -> None:
    y, x, radius = place
    skin = face.skin_celsius
    if worn is Wears.GLASSES:
        canvas.paint(_lenses(y, x), _between(ambient, skin, 0.45), GLASS_EMISSIVITY)
    elif worn is Wears.HAIR:
        canvas.paint((radius <= 1.1) & (y < -0.15), _between(ambient, skin, 0.4), HAIR_EMISSIVITY)
    elif worn is Wears.MASK:
        breath = math.sin(2 * math.pi * at_s / BREATH_S)
        cloth = min(_between(ambient, skin, 0.65) + breath, skin - MASK_COOLER_CELSIUS)
        canvas.paint((radius <= 1.0) & (y > 0.2), cloth, CLOTH_EMISSIVITY)
    else:
        canvas.paint(_cup(face), DRINK_CELSIUS, CLOTH_EMISSIVITY)


def _lenses(y: Celsius, x: Celsius) -> Mask:
    return np.asarray(np.hypot((y + 0.1) / 0.17, (abs(x) - 0.42) / 0.32) <= 1.0)


def _cup(face: Face) -> Mask:
    """Held beside the chin, on the side where there is more room, and touching nothing."""
    side = 1 if face.column < 16 else -1
    middle = face.column + side * (face.half_width + DRINK_GAP_PX + DRINK_PX / 2)
    top = min(face.row + 0.5 * face.half_height, 23.0 - DRINK_PX)
    return rectangle(top, middle - DRINK_PX / 2, DRINK_PX, DRINK_PX)


def _cooling(radius: Celsius) -> Celsius:
    return np.asarray(RIM_CELSIUS * np.clip((radius - WARM_SHARE) / (1 - WARM_SHARE), 0.0, 1.0) ** 2)


def _between(ambient: float, skin: float, share: float) -> float:
    return ambient + share * (skin - ambient)
