"""What stands under the drivers: the machine's buses, cameras and pins, or a simulated world's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gpiozero import Factory

from drivers.camera import Camera, open_camera
from drivers.i2c import I2CBus, open_i2c
from drivers.pins import open_pin_factory


@dataclass(frozen=True, slots=True)
class Backends:
    """Each opens by the name that stands in site.toml and raises DeviceUnavailable."""

    i2c: Callable[[str], I2CBus]
    camera: Callable[[str, Callable[[], float]], Camera]
    pin_factory: Callable[[str], Factory]


SYSTEM = Backends(open_i2c, open_camera, open_pin_factory)
