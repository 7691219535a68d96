"""Simulated faces through chip, bus, driver, blackbody and fusion: `python -m tests.bench.faces`.

Each unit is another sensor, aged and imperfect in its own way (sim/imperfection.py), with a blackbody of
its own in the picture. In each of several rooms, from cold to hot, it follows the blackbody for a while;
then a person comes, with a size, a place, a skin and a distance of his own, half of them with glasses,
hair, a mask or a hot drink, and is read several times in a row.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from calibration.calibration_of_site import Calibration
from calibration.fusion import Fusion
from calibration.oral import PUBLISHED
from calibration.reading import Reading
from calibration.record import CalibrationRecord, SetPoint
from calibration.reference import BlackbodyReference, ReferenceTracker
from drivers.mlx90640 import Mlx90640, ThermalFrame
from kiosk.config import ThermalConfig
from sim.i2c import SimI2C
from sim.imperfection import BLACKBODY_U_CELSIUS, Imperfection
from sim.mlx90640_chip import Mlx90640Chip, ThermalScene
from sim.radiation import Unit
from sim.thermal_scene import Face, Patch, Room, Wears, scene_with, sway
from tests.bench.figures import Figure, show

UNITS = 50
AMBIENTS_CELSIUS = (8.0, 16.0, 24.0, 32.0)
READINGS = 3
FRAMES, MAX_FRAMES = ThermalConfig().frames, 32
REFERENCE_S = 12.0
COLDEST_SKIN_CELSIUS, MIN_ABOVE_AIR_CELSIUS, WARMEST_SKIN_CELSIUS = 33.0, 2.5, 37.5
PLACE = (1, 26, 4, 4)
BLACKBODY = BlackbodyReference(*PLACE, 36.0, BLACKBODY_U_CELSIUS)

BIAS_CELSIUS, NOISE_CELSIUS = 0.1, 0.13
COVERED_AT_LEAST, COVERED_AT_MOST = 93.0, 99.0

Values = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Person:
    """One person before one unit: the truth, and what was read of it, by blackbody and by record alone."""

    ambient_celsius: float
    skin_celsius: float
    readings: tuple[Reading, ...]
    by_record: tuple[Reading, ...]


def figures(people: Sequence[Person]) -> list[Figure]:
    """What is promised of the readings with a blackbody, and what is told of those without.

    With a record alone one bounded term, the drift, outweighs the others, and U (k = 2) then covers more
    than 95 % (JCGM 100:2008, G.2.3).
    """
    errors = np.array([_errors(person.readings, person.skin_celsius) for person in people])
    worst = max(abs(_of(people, errors, ambient).mean()) for ambient in AMBIENTS_CELSIUS)
    by_blackbody = _coverage_percent(people, [person.readings for person in people])
    by_record = _coverage_percent(people, [person.by_record for person in people])
    return [
        Figure("bias with the blackbody", abs(float(errors.mean())), "°C", BIAS_CELSIUS),
        Figure("bias with the blackbody, worst ambient", float(worst), "°C"),
        Figure("noise of repeated readings, 1 sigma", _noise(errors), "°C", NOISE_CELSIUS),
        Figure("U with the blackbody", _mean_u([person.readings for person in people]), "°C"),
        Figure("readings with the blackbody within U", by_blackbody, "%", COVERED_AT_MOST, COVERED_AT_LEAST),
        Figure("U with a record alone", _mean_u([person.by_record for person in people]), "°C"),
        Figure("readings with a record alone within U", by_record, "%"),
    ]


def measure(units: int = UNITS, ambients: Sequence[float] = AMBIENTS_CELSIUS) -> list[Figure]:
    return figures(read_people(units, ambients))


def read_people(units: int, ambients: Sequence[float] = AMBIENTS_CELSIUS) -> list[Person]:
    return [
        _Booth(seed, number, ambient).person()
        for seed in range(units)
        for number, ambient in enumerate(ambients)
    ]


class _Booth:
    """One unit in one room, and its `number`th person."""

    def __init__(self, seed: int, number: int, ambient: float) -> None:
        self._seed = seed
        self._visit = Imperfection.random(1000 + 100 * seed + number)
        self._rng = np.random.default_rng([0xFACE, seed, number])
        self._t = 1000.0
        self._ambient = ambient
        unit = Imperfection.random(seed)
        shown = BLACKBODY.celsius + unit.blackbody_celsius_error
        self._room = Room(ambient, blackbody=Patch(*PLACE, shown, BLACKBODY.emissivity))
        self._face: Face | None = None
        aged = unit.age(Unit.random(seed))
        chip = Mlx90640Chip(aged, self, self._now, seed=100 * seed + number)
        self._sensor = Mlx90640(SimI2C({0x33: chip}, self._sleep), self._now, self._sleep)
        self._sensor.open()
        self._record = _fresh_record(self._sensor.serial_number)

    def person(self) -> Person:
        """Follow the blackbody for a while, then read somebody who comes."""
        tracker = ReferenceTracker(BLACKBODY)
        until_s = self._t + REFERENCE_S
        while self._t < until_s:
            tracker.add(self._frame(), self._record)
        self._face = _face(self._rng, self._ambient, self._visit)
        self._frame()
        self._frame()
        pairs = [self._readings(tracker) for _ in range(READINGS)]
        by_blackbody, by_record = zip(*pairs, strict=True)
        return Person(self._ambient, self._face.skin_celsius, tuple(by_blackbody), tuple(by_record))

    def thermal_at(self, t: float) -> ThermalScene:
        """The room, and in it a face that sways."""
        faces = []
        if self._face is not None:
            down, across = sway(self._seed, t)
            faces = [replace(self._face, row=self._face.row + down, column=self._face.column + across)]
        return scene_with(*faces, room=self._room, at_s=t)

    def _readings(self, tracker: ReferenceTracker) -> tuple[Reading, Reading]:
        fusion = Fusion(frames=FRAMES, reference=BLACKBODY)
        for _ in range(MAX_FRAMES):
            frame = self._frame()
            tracker.add(frame, self._record)
            fusion.add(frame)
            if fusion.frames == FRAMES:
                break
        offset = tracker.offset(self._t)
        read = fusion.reading(Calibration(self._record, offset, wants_reference=True, oral=PUBLISHED))
        alone = fusion.reading(Calibration(self._record, None, wants_reference=False, oral=PUBLISHED))
        assert isinstance(read, Reading), read
        assert isinstance(alone, Reading), alone
        assert read.calibration_id is not None
        return read, alone

    def _frame(self) -> ThermalFrame:
        while (frame := self._sensor.read_if_ready()) is None:
            self._t += 0.01
        assert not frame.faults, frame.faults
        return frame

    def _now(self) -> float:
        return self._t

    def _sleep(self, seconds: float) -> None:
        self._t += seconds


def _face(rng: np.random.Generator, ambient: float, visit: Imperfection) -> Face:
    """Somebody of any size and place, no colder than skin is in a hot room; half of them wear something."""
    size = float(rng.uniform(0.8, 1.2))
    coldest = max(COLDEST_SKIN_CELSIUS, ambient + MIN_ABOVE_AIR_CELSIUS)
    worn = rng.choice([None, *Wears], p=[0.5, 0.125, 0.125, 0.125, 0.125])
    return Face(
        float(rng.uniform(coldest, WARMEST_SKIN_CELSIUS)),
        row=float(rng.uniform(9.5, 12.5)),
        column=float(rng.uniform(10.0, 16.0)),
        half_height=7.0 * size,
        half_width=5.5 * size,
        wears=frozenset() if worn is None else frozenset({worn}),
        emissivity=visit.skin_emissivity,
        optics_celsius=visit.optics_celsius,
    )


def _fresh_record(serial: str) -> CalibrationRecord:
    """The record of a unit that showed the truth on the bench, before it aged."""
    points = tuple(SetPoint(celsius, celsius, 0.02, 32) for celsius in (32.0, 36.0, 40.0))
    return CalibrationRecord("2026-01-01T08:00:00+00:00", serial, 0.0, 1.0, points, 0.05, 0.98, 0.15)


def _errors(readings: Sequence[Reading], skin_celsius: float) -> list[float]:
    return [reading.face_skin_celsius - skin_celsius for reading in readings]


def _of(people: Sequence[Person], errors: Values, ambient: float) -> Values:
    here = np.array([person.ambient_celsius == ambient for person in people])
    return errors[here] if here.any() else np.zeros(1)


def _noise(errors: Values) -> float:
    return float(np.sqrt(errors.var(axis=1, ddof=1).mean()))


def _mean_u(readings: Sequence[Sequence[Reading]]) -> float:
    return float(np.mean([reading.expanded_u_celsius for several in readings for reading in several]))


def _coverage_percent(people: Sequence[Person], readings: Sequence[Sequence[Reading]]) -> float:
    """Of the first reading of each person: repeated ones share their errors."""
    within = [
        abs(several[0].face_skin_celsius - person.skin_celsius) <= several[0].expanded_u_celsius
        for person, several in zip(people, readings, strict=True)
    ]
    return 100.0 * float(np.mean(within))


if __name__ == "__main__":
    sys.exit(not show("Faces", measure()))
