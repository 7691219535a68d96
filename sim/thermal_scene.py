"""What the thermal array looks at: a room, and sometimes people in it.

The parts are painted by `sim.thermal_room` and `sim.thermal_faces` on a canvas
finer than the sensor's pixels (`sim.thermal_canvas`). Nothing is rendered
before somebody asks for it, and an empty room only when it has changed.
"""

from __future__ import annotations

import math
from functools import lru_cache

from sim import thermal_faces, thermal_room
from sim.mlx90640_chip import ThermalScene
from sim.thermal_canvas import rectangle
from sim.thermal_faces import SKIN_EMISSIVITY, Face, Wears
from sim.thermal_room import BLACKBODY_EMISSIVITY, WALL_EMISSIVITY, Patch, Room, Weather

__all__ = [
    "BLACKBODY_EMISSIVITY",
    "PLAIN_ROOM",
    "SENSOR_CELSIUS",
    "SKIN_EMISSIVITY",
    "WALL_EMISSIVITY",
    "Face",
    "Patch",
    "Room",
    "Wears",
    "Weather",
    "blackbody_scene",
    "empty_scene",
    "scene_with",
    "sway",
]

PLAIN_ROOM = Room()
SENSOR_CELSIUS = PLAIN_ROOM.settled_ta_celsius


@lru_cache(maxsize=8)
def empty_scene(room: Room = PLAIN_ROOM) -> ThermalScene:
    """The room without people. Don't write into it: it is kept."""
    return thermal_room.painted(room).seen(room.ambient_celsius, room.settled_ta_celsius)


def scene_with(*faces: Face, room: Room = PLAIN_ROOM, at_s: float = 0.0) -> ThermalScene:
    """People in a room, whoever is farther away first."""
    canvas = thermal_room.painted(room)
    for face in faces:
        thermal_faces.paint(canvas, face, room.ambient_celsius, at_s)
    return canvas.seen(room.ambient_celsius, room.settled_ta_celsius)


def blackbody_scene(celsius: float, room: Room = PLAIN_ROOM) -> ThermalScene:
    """A technician's blackbody that fills the middle of the view."""
    canvas = thermal_room.painted(room)
    canvas.paint(rectangle(4, 8, 16, 16), celsius, BLACKBODY_EMISSIVITY)
    return canvas.seen(room.ambient_celsius, room.settled_ta_celsius)


def sway(seed: float, at_s: float) -> tuple[float, float]:
    """How far a standing person's head is from where it was, in pixels (row, column)."""
    return (
        0.25 * math.sin(1.7 * at_s + seed),
        0.45 * math.sin(1.1 * at_s + 2.0 * seed),
    )
