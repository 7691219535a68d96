from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibration.reading import Missing, NoReading
from kiosk.core.rules import ScreeningRules
from kiosk.core.screening import Screened, guard_band_celsius, screen
from tests.core.playbook import reading

RULES = ScreeningRules(limit_oral_celsius=38.0, guard_factor=1.0)


@pytest.mark.parametrize(
    ("celsius", "screened"),
    [
        (36.5, Screened.NORMAL),
        (37.6, Screened.NORMAL),
        (37.61, Screened.RECHECK),
        (37.99, Screened.RECHECK),
        (38.0, Screened.ELEVATED),
        (39.5, Screened.ELEVATED),
    ],
)
def test_the_guard_band_lies_below_the_limit_and_is_as_wide_as_the_uncertainty(
    celsius: float, screened: Screened
) -> None:
    assert screen(reading(celsius, u_celsius=0.4), RULES) is screened


def test_the_guard_factor_scales_the_guard_band() -> None:
    wide = ScreeningRules(guard_factor=1.645)
    assert guard_band_celsius(reading(36.0, u_celsius=0.4), wide) == pytest.approx(0.658)


def test_without_a_guard_band_everything_below_the_limit_is_normal() -> None:
    rules = ScreeningRules(guard_factor=0.0)
    assert screen(reading(37.99), rules) is Screened.NORMAL
    assert screen(reading(38.0), rules) is Screened.ELEVATED


def test_a_reading_without_calibration_is_never_normal() -> None:
    assert screen(reading(36.0, calibration_id=None), RULES) is Screened.NOT_CALIBRATED


def test_a_reading_without_calibration_at_the_limit_is_still_elevated() -> None:
    assert screen(reading(38.0, calibration_id=None), RULES) is Screened.ELEVATED


@pytest.mark.parametrize("missing", list(Missing))
def test_no_reading_is_never_normal_whatever_the_cause(missing: Missing) -> None:
    assert screen(NoReading(missing), RULES) is Screened.NO_READING


@pytest.mark.parametrize(
    ("celsius", "u_celsius"), [(math.nan, 0.4), (34.5, math.nan), (34.5, math.inf), (math.nan, math.nan)]
)
def test_what_is_no_number_is_never_normal(celsius: float, u_celsius: float) -> None:
    assert screen(reading(celsius, u_celsius=u_celsius), RULES) is Screened.RECHECK


def test_a_face_colder_than_living_skin_indoors_is_measured_again_and_never_normal() -> None:
    assert screen(reading(32.4), RULES) is Screened.RECHECK
    assert screen(reading(32.6), RULES) is Screened.NORMAL


@given(celsius=st.floats(33.0, 45.0), u_celsius=st.floats(0.0, 2.0), warmer_by=st.floats(0.0, 5.0))
def test_nobody_becomes_normal_by_being_warmer_or_less_certain(
    celsius: float, u_celsius: float, warmer_by: float
) -> None:
    if screen(reading(celsius, u_celsius=u_celsius), RULES) is not Screened.NORMAL:
        assert screen(reading(celsius + warmer_by, u_celsius=u_celsius), RULES) is not Screened.NORMAL
        assert screen(reading(celsius, u_celsius=u_celsius + warmer_by), RULES) is not Screened.NORMAL


def test_the_coldest_skin_that_a_site_lets_be_judged_is_judged() -> None:
    coldest = reading(RULES.lowest_face_skin_celsius + 2.5)
    assert coldest.face_skin_celsius == RULES.lowest_face_skin_celsius
    assert screen(coldest, RULES) is Screened.NORMAL
