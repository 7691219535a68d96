from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest

from calibration.warm_up import WarmUp

STEP_S = 0.25


def cold_start(t: float) -> float:
    """Ta of a sensor that is switched on at 0 s in a room of 24 °C: 8 °C of self-heating, tau 60 s."""
    return 32.0 - 8.0 * math.exp(-t / 60.0)


def run(warm_up: WarmUp, ta: Callable[[float], float], start_s: float, end_s: float) -> list[float]:
    """What is left to wait after each point."""
    left = []
    for t in np.arange(start_s, end_s, STEP_S):
        warm_up.add(float(t), ta(float(t)))
        left.append(warm_up.remaining_s(float(t)))
    return left


def test_nothing_is_measured_in_the_first_four_minutes_however_still_the_sensor_is() -> None:
    warm_up = WarmUp(powered_since_s=0.0)
    left = run(warm_up, lambda _t: 31.0, 0.0, 239.9)
    assert min(left) > 0.0
    assert warm_up.remaining_s(239.0) == pytest.approx(1.0)
    assert warm_up.remaining_s(240.0) == 0.0


def test_nothing_is_measured_while_the_sensor_still_drifts_after_four_minutes() -> None:
    warm_up = WarmUp(powered_since_s=0.0)
    left = run(warm_up, lambda t: 30.0 + 0.15 * t / 60, 0.0, 600.0)
    assert min(left) >= 1.0
    assert warm_up.drift_celsius_per_minute(600.0) == pytest.approx(0.15, abs=1e-6)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_slow_drift_either_way_is_settled(sign: int) -> None:
    warm_up = WarmUp(powered_since_s=0.0)
    assert run(warm_up, lambda t: 30.0 + sign * 0.08 * t / 60, 200.0, 270.0)[-1] == 0.0


def test_after_a_cold_start_it_is_settled_once_the_curve_is_flat() -> None:
    warm_up = WarmUp(powered_since_s=0.0)
    left = run(warm_up, cold_start, 0.0, 500.0)
    ready_s = left.index(0.0) * STEP_S
    slope = 60 * (cold_start(ready_s) - cold_start(ready_s - 60)) / 60
    assert 240.0 <= ready_s < 420.0
    assert slope <= 0.11
    assert set(left[left.index(0.0) :]) == {0.0}


def test_the_countdown_never_climbs_on_a_screen_that_shows_whole_seconds() -> None:
    left = run(WarmUp(powered_since_s=0.0), cold_start, 0.0, 500.0)[int(60 / STEP_S) :]
    shown = [math.ceil(seconds) for seconds in left]
    assert all(later <= earlier + 1 for earlier, later in pairwise(shown))


@pytest.mark.parametrize("quantum", [0.01, 0.02])
@pytest.mark.parametrize("hz", [1, 4])
def test_the_steps_and_the_noise_of_ta_are_no_drift(quantum: float, hz: int) -> None:
    rng = np.random.default_rng(5)
    warm_up = WarmUp(powered_since_s=0.0)
    drifts = []
    for t in np.arange(0.0, 400.0, 1 / hz):
        warm_up.add(float(t), round((30.0 + rng.normal(0, 0.01)) / quantum) * quantum)
        drifts.append(warm_up.drift_celsius_per_minute(float(t)))
    assert max(abs(drift) for drift in drifts[60 * hz :] if drift is not None) < 0.05


def test_a_restart_of_the_program_does_not_wait_again() -> None:
    warm_up = WarmUp(powered_since_s=0.0, earlier=(3600.0, 31.0))
    assert warm_up.remaining_s(3615.0) > 0.0
    warm_up.add(3615.0, 31.01)
    warm_up.add(3615.25, 31.0)
    assert warm_up.remaining_s(3615.25) == 0.0
    assert set(run(warm_up, lambda _t: 31.0, 3615.5, 3700.0)) == {0.0}


def test_a_restart_into_a_drift_is_noticed_by_the_remembered_point() -> None:
    warm_up = WarmUp(powered_since_s=0.0, earlier=(3600.0, 30.5))
    warm_up.add(3615.0, 31.0)
    warm_up.add(3615.25, 31.0)
    assert warm_up.remaining_s(3615.25) >= 1.0


def test_a_point_of_long_ago_says_nothing_and_ten_seconds_are_waited() -> None:
    warm_up = WarmUp(powered_since_s=0.0, earlier=(100.0, 31.0))
    warm_up.add(3600.0, 31.0)
    assert warm_up.remaining_s(3600.0) == pytest.approx(10.0)
    left = run(warm_up, lambda _t: 31.0, 3600.25, 3611.0)
    assert left[-1] == 0.0


def test_a_silence_of_a_minute_starts_the_drift_anew() -> None:
    warm_up = WarmUp(powered_since_s=0.0)
    run(warm_up, lambda _t: 31.0, 240.0, 300.0)
    assert warm_up.remaining_s(330.0) == 0.0
    assert warm_up.remaining_s(400.0) > 0.0


def test_what_is_no_number_is_left_out() -> None:
    warm_up = WarmUp(powered_since_s=0.0)
    run(warm_up, lambda _t: 31.0, 240.0, 300.0)
    warm_up.add(300.0, math.nan)
    assert warm_up.newest == (299.75, 31.0)
    assert warm_up.remaining_s(300.0) == 0.0


def test_limits_that_mean_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="warm-up takes"):
        WarmUp(-1.0, powered_since_s=0.0)
    with pytest.raises(ValueError, match="limit of drift"):
        WarmUp(settled_celsius_per_minute=0.0, powered_since_s=0.0)
