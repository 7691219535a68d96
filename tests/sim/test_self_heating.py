from __future__ import annotations

import numpy as np
import pytest

from sim.mlx90640_chip import Fault
from sim.self_heating import RISE_CELSIUS, SelfHeating
from tests.sim.chip_bench import Bench


def test_a_sensor_of_unknown_age_has_settled() -> None:
    assert SelfHeating(5.0, None).lacking_celsius(5.0) == 0.0


def test_a_sensor_just_powered_lacks_the_whole_rise_and_most_of_it_comes_in_four_minutes() -> None:
    heating = SelfHeating(0.0, 0.0)
    assert heating.lacking_celsius(0.0) == RISE_CELSIUS
    assert heating.lacking_celsius(240.0) < 0.15


def test_a_sensor_powered_ten_minutes_ago_is_warm() -> None:
    assert SelfHeating(1000.0, 400.0).lacking_celsius(1000.0) < 0.001


def test_without_power_it_cools_and_with_power_it_warms_from_there() -> None:
    heating = SelfHeating(0.0, None)
    heating.switch(0.0, on=False)
    cooled = heating.lacking_celsius(30.0)
    assert 2.0 < cooled < RISE_CELSIUS
    heating.switch(30.0, on=True)
    assert heating.lacking_celsius(30.0) == pytest.approx(cooled)
    assert heating.lacking_celsius(90.0) < cooled / 2


def test_the_chip_tells_its_own_temperature_as_it_warms() -> None:
    bench = Bench(seed=None, powered_since_s=1000.0)
    bench.next_subpage()
    cold = bench.words().astype(np.int16)
    bench.clock.t = 1600.0
    bench.next_subpage()
    warm = bench.words().astype(np.int16)
    assert warm[800] > cold[800], "PTAT rises with the chip's temperature"


def test_who_unplugs_a_sensor_lets_it_cool() -> None:
    bench = Bench(seed=None)
    bench.next_subpage()
    warm = int(bench.words().astype(np.int16)[800])
    bench.chip.fault = Fault.UNPLUGGED
    bench.clock.sleep(120.0)
    bench.chip.fault = None
    bench.next_subpage()
    assert int(bench.words().astype(np.int16)[800]) < warm
