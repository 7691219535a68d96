"""The gatekeeper's end of the world's socket: what is behind the entry points named `world`.

Each of `open_i2c`, `open_camera` and `WorldPinFactory` opens a connection of
its own; a call is one message and one reply (`sim.server`), so a write to a
pin has reached the board when it returns. A further lane's bus and camera are
named with the lane behind the socket: `world:PATH#out`.

The pins are all that `kiosk gate-safe` needs, and a relay waits for it: bus
and camera, which need numpy and OpenCV, are imported when they are opened.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from drivers.errors import DeviceUnavailable
from sim.line import Line
from sim.pins import BoardPinFactory

if TYPE_CHECKING:
    from drivers.camera import Camera
    from drivers.i2c import I2CBus

WORLD_VARIABLE = "KIOSK_WORLD"
SENSOR_ADDRESS = 0x33


class RemoteBoard:
    """The world's pins."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def write(self, pin: int, level: bool) -> None:
        self._line.ask({"op": "pin_write", "pin": pin, "level": level})

    def read(self, pin: int) -> bool:
        return bool(self._line.ask({"op": "pin_read", "pin": pin})[0]["level"])


class WorldPinFactory(BoardPinFactory):
    """The pin factory `world`. gpiozero passes no arguments, so `KIOSK_WORLD` names the socket."""

    def __init__(self) -> None:
        path = os.environ.get(WORLD_VARIABLE)
        if not path:
            raise DeviceUnavailable(f"{WORLD_VARIABLE} does not name a simulated world; start `kiosk sim`.")
        self._line = Line(path)
        super().__init__(RemoteBoard(self._line))

    def close(self) -> None:
        super().close()
        self._line.close()


def split_lane(name: str) -> tuple[str, str]:
    """A device's name and the lane behind its last `#`; the first lane has none."""
    name, _, lane = name.partition("#")
    return name, lane


def open_i2c(path: str) -> I2CBus:
    from sim.remote_devices import RemoteBus

    socket, lane = split_lane(path)
    return RemoteBus(Line(socket), lane, SENSOR_ADDRESS, time.sleep)


def open_camera(path: str, _now: Callable[[], float]) -> Camera:
    from sim.remote_devices import RemoteCamera

    socket, lane = split_lane(path)
    return RemoteCamera(Line(socket), lane)
