"""A bench for the thermal sensor: a clock that only moves when told, a scene, chip, bus, the real driver."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from drivers.mlx90640 import Mlx90640, ThermalFrame
from sim.i2c import SimI2C
from sim.mlx90640_chip import Mlx90640Chip, ThermalScene
from sim.radiation import Unit

Picture = npt.NDArray[np.float64]


class ManualClock:
    def __init__(self, start_s: float = 1000.0) -> None:
        self.t = start_s
        self.slept = 0

    def now(self) -> float:
        return self.t

    def sleep(self, seconds: float) -> None:
        self.t += seconds
        self.slept += 1


class StillScene:
    """What stands before the sensor; `moving` gives the picture by time. Remembers when it was asked."""

    def __init__(
        self,
        picture: Picture,
        *,
        moving: Callable[[float], Picture] | None = None,
        emissivity: float = 0.95,
        reflected_celsius: float | None = None,
        ta_celsius: float = 30.0,
    ) -> None:
        self.picture = picture
        self.moving = moving
        self.emissivity = emissivity
        self.reflected_celsius = ta_celsius - 8.0 if reflected_celsius is None else reflected_celsius
        self.ta_celsius = ta_celsius
        self.vdd_v = 3.3
        self.asked_at: list[float] = []

    def thermal_at(self, t: float) -> ThermalScene:
        self.asked_at.append(t)
        picture = self.picture if self.moving is None else self.moving(t)
        return ThermalScene(picture, self.emissivity, self.reflected_celsius, self.ta_celsius, self.vdd_v)


class Rig:
    """Everything from the scene up to the driver; `frame()` polls every 10 ms until a picture comes."""

    def __init__(
        self,
        scene: StillScene,
        *,
        unit: Unit | None = None,
        unit_seed: int = 1,
        noise_seed: int | None = None,
        refresh_hz: float = 8,
        bus_hz: int = 400_000,
    ) -> None:
        self.clock = ManualClock()
        self.scene = scene
        self.unit = unit or Unit.random(unit_seed)
        self.chip = Mlx90640Chip(self.unit, scene, self.clock.now, seed=noise_seed)
        self.bus = SimI2C({0x33: self.chip}, self.clock.sleep, bus_hz)
        self.sensor = Mlx90640(self.bus, self.clock.now, self.clock.sleep, refresh_hz=refresh_hz)

    def open(self) -> Rig:
        self.sensor.open()
        return self

    def frame(self) -> ThermalFrame:
        while (frame := self.sensor.read_if_ready()) is None:
            self.clock.sleep(0.01)
        return frame


def plain(celsius: float) -> Picture:
    return np.full((24, 32), celsius)


def head(
    celsius: float = 34.5,
    *,
    background: float = 23.0,
    row: float = 11.0,
    column: float = 16.0,
    width: float = 9.0,
    height: float = 12.0,
) -> Picture:
    """An even head-shaped ellipse before an even background, edges softened over a pixel."""
    rows, columns = np.mgrid[0:24, 0:32]
    radius = np.hypot((rows - row) / (height / 2), (columns - column) / (width / 2))
    inside = np.clip((1.0 - radius) * min(width, height) / 2 + 0.5, 0.0, 1.0)
    return np.asarray(background + (celsius - background) * inside)
