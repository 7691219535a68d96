"""Who stands before the sensor before his code is read: his pictures count for him, and for nobody else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from calibration.reading import Reading
from drivers.mlx90640 import Mlx90640
from kiosk.core.events import ThermalSampled
from kiosk.gatekeeper.thermal import Measuring, ThermalPoller
from kiosk.terms import Outcome
from sim.i2c import SimI2C
from sim.mlx90640_chip import Fault, Mlx90640Chip, ThermalScene
from sim.thermal_scene import Face, empty_scene, scene_with
from tests.gatekeeper.inbox import Posted
from tests.gatekeeper.rig import UNIT, Rig, leave_warm, record_of, serial_of

WELL, FEVER = scene_with(Face(34.0)), scene_with(Face(39.5))
WARMER = scene_with(Face(35.4))
"""So little that pictures of both do not scatter too much for one face at rest."""

ELSEWHERE = scene_with(Face(34.0, column=20.0))
FAR = scene_with(Face(34.0, half_height=3.0, half_width=2.4))
NOBODY = empty_scene()
FRAMES, REFRESH_HZ = 4, 8
ONE_PICTURE_S, FOUR_PICTURES_S = 0.8, 1.0
"""At 8 Hz: one whose light is all from after the code comes in this time; four take longer."""


class Sensor:
    """A sensor at a lane with nobody before it; `stands(scene, s)` lets that be seen for so long."""

    def __init__(self, folder: Path) -> None:
        self.posted = Posted()
        self.seen: ThermalScene = NOBODY
        self.pictures: list[float] = []
        self.chip = Mlx90640Chip(UNIT, self, self.posted.time.mono, seed=5)
        bus, time = SimI2C({0x33: self.chip}, self.posted.time.sleep), self.posted.time
        leave_warm(bus, time, folder / "note.json")
        self.poller = ThermalPoller(
            "",
            lambda: Mlx90640(bus, time.mono, time.sleep, refresh_hz=REFRESH_HZ),
            self.posted.clock,
            self.posted.post,
            lambda _picture: self.pictures.append(time.mono()),
            Measuring(folder / "note.json", record=record_of(serial_of(UNIT)), frames=FRAMES),
        )
        self.stands(NOBODY, 2.0)

    def thermal_at(self, _t: float) -> ThermalScene:
        return self.seen

    def stands(self, scene: ThermalScene, seconds: float) -> Sensor:
        self.seen = scene
        self.posted.poll(self.poller.poll_once, seconds)
        return self

    def measured(self, passage: int, scene: ThermalScene, seconds: float = 4.0) -> Reading | None:
        """Who has shown a code now, with `scene` before the sensor; None where there is no reading yet."""
        self.posted.events.clear()
        self.poller.start(passage)
        self.stands(scene, seconds)
        self.poller.stop(passage)
        readings = [sample.reading for sample in self.posted.of(ThermalSampled)]
        return next((each for each in readings if isinstance(each, Reading)), None)


@pytest.fixture
def sensor(tmp_path: Path) -> Sensor:
    return Sensor(tmp_path)


def is_well(reading: Reading | None) -> bool:
    assert reading is not None
    assert reading.frames == FRAMES
    return reading.face_skin_celsius < 35.0


def test_who_has_come_into_an_empty_view_is_measured_with_one_picture_after_his_code(sensor: Sensor) -> None:
    reading = sensor.stands(WELL, 1.5).measured(1, WELL, ONE_PICTURE_S)
    assert is_well(reading)
    assert reading is not None
    assert reading.face_skin_celsius == pytest.approx(34.0, abs=reading.expanded_u_celsius)


def test_a_fever_is_found_as_soon(sensor: Sensor) -> None:
    assert not is_well(sensor.stands(FEVER, 1.5).measured(1, FEVER, ONE_PICTURE_S))


def test_who_comes_with_his_code_takes_all_his_pictures_after_it(sensor: Sensor) -> None:
    assert sensor.measured(1, WELL, ONE_PICTURE_S) is None
    assert is_well(sensor.measured(1, WELL))


def test_nobody_is_measured_by_what_was_there_before_his_code_alone(sensor: Sensor) -> None:
    assert sensor.stands(WELL, 2.0).measured(1, NOBODY) is None


def turned_away(sensor: Sensor) -> None:
    sensor.poller.answered(1)


def measured_before(sensor: Sensor) -> None:
    assert not is_well(sensor.measured(1, WARMER))


def lost_a_picture(sensor: Sensor) -> None:
    sensor.chip.fault = Fault.TORN
    sensor.stands(WARMER, 0.6)
    sensor.chip.fault = None
    sensor.stands(WARMER, 1.5)


@pytest.mark.parametrize("what", [turned_away, measured_before, lost_a_picture])
@pytest.mark.parametrize("phase_s", [0.0, 0.06, 0.12, 0.18])
def test_who_takes_the_place_of_somebody_else_without_a_gap_is_measured_by_his_own_pictures_only(
    sensor: Sensor, what: Callable[[Sensor], None], phase_s: float
) -> None:
    sensor.stands(WARMER, 1.5 + phase_s)
    what(sensor)
    sensor.stands(WARMER, 0.5)
    assert sensor.measured(2, WELL, FOUR_PICTURES_S) is None
    assert is_well(sensor.measured(2, WELL))


def test_a_face_that_is_somewhere_else_at_once_is_measured_by_its_own_pictures_only(sensor: Sensor) -> None:
    assert is_well(sensor.stands(WARMER, 1.5).measured(1, ELSEWHERE))


def test_once_the_view_was_empty_the_next_one_is_measured_before_his_code_too(sensor: Sensor) -> None:
    sensor.stands(WARMER, 1.5).measured(1, WARMER)
    sensor.poller.answered(1)
    sensor.stands(WARMER, 1.0).stands(NOBODY, 1.0).stands(WELL, 1.8)
    sensor.poller.answered(1)  # the last one's answer is shown once more
    assert is_well(sensor.measured(2, WELL, ONE_PICTURE_S))


def test_somebody_further_off_does_not_make_the_view_empty(sensor: Sensor) -> None:
    sensor.stands(WARMER, 1.5)
    sensor.poller.answered(1)
    sensor.stands(FAR, 1.0).stands(WELL, 1.5)
    assert sensor.measured(2, WELL, FOUR_PICTURES_S) is None


def pictures_in(sensor: Sensor, scene: ThermalScene, seconds: float) -> int:
    before = len(sensor.pictures)
    sensor.stands(scene, seconds)
    return len(sensor.pictures) - before


def test_the_sensor_is_read_at_its_own_rate_while_somebody_new_stands_there(sensor: Sensor) -> None:
    idle = pictures_in(sensor, NOBODY, 3.0)
    sensor.stands(WELL, 1.0)
    assert pictures_in(sensor, WELL, 3.0) == 12 > idle
    sensor.poller.answered(1)
    assert pictures_in(sensor, WELL, 3.0) <= idle + 1


@pytest.mark.slow
def test_who_was_turned_away_for_his_code_lends_nobody_his_temperature(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a whole gatekeeper: a face is in view without a gap, and from the second one's code on it is his."""
    rig = Rig(tmp_path / "kiosk").start()
    seen = NOBODY
    monkeypatch.setattr(rig.world, "thermal_at", lambda _t: seen)
    rig.run(1.0)
    seen = WARMER
    rig.visit("red")
    rig.send("green_well")
    while rig.world.picture_at(rig.clock.mono()) is None:
        rig.run(0.02)
    seen = WELL
    while not rig.world.is_quiet:
        rig.run(0.5)
    assert rig.result.outcome is Outcome.GRANT
    assert rig.result.face_skin_celsius == pytest.approx(34.0, abs=0.4)
    rig.stop()
