from __future__ import annotations

from pathlib import Path

import pytest

from drivers.mlx90640 import Mlx90640
from kiosk.gatekeeper.warming import PowerNote
from sim.i2c import SimI2C
from sim.mlx90640_chip import Fault, Mlx90640Chip
from sim.radiation import Unit
from sim.remote import SENSOR_ADDRESS
from sim.sensor_stand import (
    AFTER_FAULT_S,
    NOTICED_S,
    SETTLING_S,
    SensorStand,
    warm_up_at_an_earlier_gatekeeper,
)
from sim.truth import SensorState
from tests.drivers.thermal_rig import ManualClock, StillScene, plain

WARM_UP_S = 240.0


class Place:
    """A mounted sensor on a clock that moves when told."""

    def __init__(self, *, warm: bool = True) -> None:
        self.clock = ManualClock()
        powered_since_s = self.clock.t - (600.0 if warm else 0.0)
        self.chip = Mlx90640Chip(
            Unit.random(1), StillScene(plain(30.0)), self.clock.now, seed=1, powered_since_s=powered_since_s
        )
        planned = {2: Fault.STALLED}
        self.stand = SensorStand(self.chip, self.clock.now, warm_up_s=WARM_UP_S, planned=planned)

    def later(self, seconds: float) -> SensorState:
        self.clock.sleep(seconds)
        return self.stand.state()


def test_a_warm_sensor_is_ready_and_a_cold_one_is_after_its_warm_up() -> None:
    assert Place().stand.state() is SensorState.READY
    cold = Place(warm=False)
    assert cold.stand.state() is SensorState.WARMING
    assert cold.later(WARM_UP_S - 1.0) is SensorState.WARMING
    assert cold.later(2.0) is SensorState.SETTLING
    assert cold.later(SETTLING_S) is SensorState.READY


def test_a_planned_fault_stands_while_its_visitor_is_there() -> None:
    place = Place()
    place.stand.visitor_arrives(1)
    place.stand.visitor_leaves(1)
    assert place.stand.state() is SensorState.READY
    place.stand.visitor_arrives(2)
    assert place.chip.fault is Fault.STALLED
    assert place.stand.state() is SensorState.FAULTY
    place.stand.visitor_leaves(2)
    assert place.later(1.0) is SensorState.SETTLING
    assert place.later(AFTER_FAULT_S) is SensorState.READY


def test_a_sensor_that_was_unplugged_must_warm_up_again() -> None:
    place = Place()
    place.stand.order(Fault.UNPLUGGED)
    place.clock.sleep(5.0)
    place.stand.order(None)
    assert place.later(1.0) is SensorState.FAULTY, "the kiosk has not noticed yet that it is back"
    assert place.later(NOTICED_S) is SensorState.WARMING


@pytest.mark.parametrize("warm", [True, False])
def test_a_warm_sensor_bears_the_mark_and_note_of_an_earlier_gatekeeper(tmp_path: Path, warm: bool) -> None:
    place, note = Place(warm=warm), tmp_path / "thermal-power.json"
    if warm:
        warm_up_at_an_earlier_gatekeeper(place.chip, place.clock.now, note, 31.0)
    sensor = Mlx90640(
        SimI2C({SENSOR_ADDRESS: place.chip}, place.clock.sleep), place.clock.now, place.clock.sleep
    )
    sensor.open()
    assert sensor.kept_power is warm
    left = PowerNote.load(note)
    assert (left is not None) is warm
    if left is not None:
        assert left.powered_since_s == pytest.approx(400.0)
        assert left.at_s < place.clock.t
