"""What stands under the drivers: the machine's buses, cameras, pins and watchdog, or a simulated world's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gpiozero import Factory

from drivers.camera import Camera, open_camera
from drivers.i2c import I2CBus, open_i2c
from drivers.mlx90640 import Driver, Mlx90640
from drivers.pins import open_pin_factory
from drivers.watchdog import HardwareWatchdog, open_watchdog
from kiosk.clock import Clock
from kiosk.config import ThermalConfig


@dataclass(frozen=True, slots=True)
class Backends:
    """Each opens by the name that stands in site.toml and raises DeviceUnavailable."""

    i2c: Callable[[str], I2CBus]
    camera: Callable[[str, Callable[[], float]], Camera]
    pin_factory: Callable[[str], Factory]
    watchdog: Callable[[str, int], HardwareWatchdog] = open_watchdog


SYSTEM = Backends(open_i2c, open_camera, open_pin_factory)


def thermal_sensor(config: ThermalConfig, bus: I2CBus, clock: Clock, *, marks: bool = True) -> Mlx90640:
    """The site's sensor on a bus that is open; not opened itself. `marks` as the driver has it."""
    return Mlx90640(
        bus,
        clock.mono,
        clock.sleep,
        refresh_hz=config.refresh_hz,
        address=config.address,
        driver=Driver(config.driver),
        emissivity=config.emissivity,
        reflected_celsius=config.reflected_celsius,
        resolution_bits=config.resolution_bits,
        marks=marks,
    )
