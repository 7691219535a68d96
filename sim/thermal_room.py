"""What stands behind the people: a wall, sun on it, a heater, a blackbody; and how the air drifts."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from sim.self_heating import RISE_CELSIUS
from sim.thermal_canvas import COLUMN, COLUMNS, ROW, ROWS, Canvas, rectangle

WALL_EMISSIVITY = 0.95
BLACKBODY_EMISSIVITY = 0.98
AMBIENT_CELSIUS = 23.0
HEATER_CELSIUS = 55.0
SUN_COLUMNS_AN_HOUR = 6.0
DRIFT_STEP_CELSIUS = 0.01


@dataclass(frozen=True, slots=True)
class Patch:
    """A rectangle of one temperature: rows and columns of pixels from the upper left."""

    top: float
    left: float
    height_px: float
    width_px: float
    celsius: float
    emissivity: float = BLACKBODY_EMISSIVITY


@dataclass(frozen=True, slots=True)
class Room:
    """The view without people. `sun` lies on the wall, `blackbody` hangs before it."""

    ambient_celsius: float = AMBIENT_CELSIUS
    sun: Patch | None = None
    heater: bool = False
    blackbody: Patch | None = None

    @property
    def settled_ta_celsius(self) -> float:
        """What the sensor's own temperature comes to in this room."""
        return self.ambient_celsius + RISE_CELSIUS


@dataclass(frozen=True, slots=True)
class Weather:
    """How a room changes in the course of a day. `swing_celsius` is how far it goes up and down."""

    swing_celsius: float = 0.0
    period_s: float = 8 * 3600.0

    def room_at(self, room: Room, at_s: float) -> Room:
        """The room at a time, in steps too small to matter, so that few rooms differ."""
        drift = self.swing_celsius * math.sin(2 * math.pi * at_s / self.period_s)
        drift = round(drift / DRIFT_STEP_CELSIUS) * DRIFT_STEP_CELSIUS
        sun = room.sun
        if sun is not None:
            moved = math.floor(at_s / 3600.0 * SUN_COLUMNS_AN_HOUR * 4) / 4
            sun = replace(sun, left=(sun.left + moved) % COLUMNS)
        return replace(room, ambient_celsius=room.ambient_celsius + drift, sun=sun)


@lru_cache(maxsize=8)
def _painted(room: Room) -> Canvas:
    up = 0.6 - 1.2 * (ROW / (ROWS - 1))
    along = 0.2 * np.sin(math.pi * COLUMN / (COLUMNS - 1))
    canvas = Canvas(room.ambient_celsius + up + along, WALL_EMISSIVITY)
    if room.sun is not None:
        _paint(canvas, room.sun)
    if room.heater:
        bars = rectangle(17, 0.5, 7, 6) & (np.floor(COLUMN / 1.5) % 2 == 0)
        canvas.paint(rectangle(17, 0.5, 7, 6), HEATER_CELSIUS - 12.0, WALL_EMISSIVITY)
        canvas.paint(bars, HEATER_CELSIUS, WALL_EMISSIVITY)
    if room.blackbody is not None:
        _paint(canvas, room.blackbody)
    return canvas


def painted(room: Room) -> Canvas:
    """A canvas of the room, for people to be painted on."""
    return _painted(room).copy()


def _paint(canvas: Canvas, patch: Patch) -> None:
    where = rectangle(patch.top, patch.left, patch.height_px, patch.width_px)
    canvas.paint(where, patch.celsius, patch.emissivity)
