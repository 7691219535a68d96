"""A bench for the thermal sensor: a clock that only moves when told, a scene, chip, bus, the real driver."""

from __future__ import annotations

import errno
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from drivers.mlx90640 import Driver, Mlx90640, ThermalFrame
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


class Wire(SimI2C):
    """The simulated bus, with a hand on it.

    `tamper(register, answer)` may change what is read from a register; the next `nacks` transactions
    fail.
    """

    tamper: Callable[[int, bytearray], None] | None = None
    nacks = 0

    def transfer(self, address: int, write: bytes, read_len: int) -> bytes:
        if self.nacks:
            self.nacks -= 1
            raise OSError(errno.EREMOTEIO, "Remote I/O error")
        answer = bytearray(super().transfer(address, write, read_len))
        if self.tamper is not None and read_len:
            self.tamper(int.from_bytes(write[:2], "big"), answer)
        return bytes(answer)


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
        driver: Driver = Driver.NATIVE,
        emissivity: float = 0.95,
        reflected_celsius: float | None = None,
        resolution_bits: int = 18,
    ) -> None:
        self.clock = ManualClock()
        self.scene = scene
        self.unit = unit or Unit.random(unit_seed)
        self.chip = Mlx90640Chip(self.unit, scene, self.clock.now, seed=noise_seed)
        self.bus = Wire({0x33: self.chip}, self.clock.sleep, bus_hz)
        self.settings: dict[str, Any] = {
            "refresh_hz": refresh_hz,
            "driver": driver,
            "emissivity": emissivity,
            "reflected_celsius": reflected_celsius,
            "resolution_bits": resolution_bits,
        }
        self.sensor = self.another_sensor()

    def another_sensor(self) -> Mlx90640:
        """The driver as a process that has just started has it: same chip, same settings."""
        return Mlx90640(self.bus, self.clock.now, self.clock.sleep, **self.settings)

    def open(self) -> Rig:
        self.sensor.open()
        return self

    def frame(self) -> ThermalFrame:
        while (frame := self.sensor.read_if_ready()) is None:
            self.clock.sleep(0.01)
        return frame


def flip_once(register: int, word: int, bit: int) -> Callable[[int, bytearray], None]:
    """One flipped bit in `word` of the first answer from `register` on, and never again."""
    done: list[int] = []

    def tamper(read_from: int, answer: bytearray) -> None:
        if read_from == register and len(answer) > 2 * word + 1 and not done:
            answer[2 * word + 1 - bit // 8] ^= 1 << bit % 8
            done.append(word)

    return tamper


def raw_of(
    unit: Unit,
    picture: Picture,
    subpage: int,
    *,
    chess: bool = True,
    noise_seed: int | None = None,
    resolution: int = 2,
) -> bytes:
    """A subpage as the driver keeps it, of skin-like emissivity at Ta 30 °C and 3.3 V."""
    rng = None if noise_seed is None else np.random.default_rng([noise_seed, subpage])
    ram = unit.ram(picture, 0.98, 22.0, 30.0, 3.3, subpage, rng, 8, chess=chess, resolution=resolution)
    control = 0x0011 | resolution << 10 | chess << 12
    return np.concatenate([ram, np.array([control, subpage], np.uint16)]).astype(">u2").tobytes()


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
