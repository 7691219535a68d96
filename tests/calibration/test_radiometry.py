from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from calibration.image import Celsius
from calibration.radiometry import (
    emissivity_slope,
    read_with,
    reflected_slope,
    surroundings_celsius,
    with_emissivity,
)
from tests.drivers.thermal_rig import Rig, StillScene, plain


@pytest.mark.parametrize("emissivity", [0.5, 0.9, 0.98, 1.0])
def test_there_and_back_is_the_same_temperature(emissivity: float) -> None:
    there = with_emissivity(36.5, 0.95, emissivity, 21.0, decoded_reflected_celsius=24.0)
    back = with_emissivity(there, emissivity, 0.95, 24.0, decoded_reflected_celsius=21.0)
    assert back == pytest.approx(36.5, abs=1e-9)


def test_the_same_emissivity_changes_nothing() -> None:
    picture = np.linspace(-10, 60, 768, dtype=np.float32).reshape(24, 32)
    np.testing.assert_allclose(with_emissivity(picture, 0.95, 0.95, 20.0), picture, atol=1e-4)


def test_in_surroundings_as_warm_as_itself_a_surface_looks_the_same_at_any_emissivity() -> None:
    assert with_emissivity(34.0, 0.95, 0.6, 34.0) == pytest.approx(34.0)


def test_skin_read_as_duller_than_it_is_was_read_too_warm() -> None:
    assert with_emissivity(36.0, 0.95, 0.98, 22.0) == pytest.approx(36.0 - 0.40, abs=0.03)


def test_the_slope_is_the_derivative() -> None:
    step = with_emissivity(36.0, 0.98, 0.981, 22.0) - 36.0
    assert emissivity_slope(36.0, 0.98, 22.0) == pytest.approx(step / 0.001, rel=0.01)


@pytest.mark.parametrize("emissivity", [0.0, -0.1, 1.1, float("nan")])
def test_an_impossible_emissivity_is_refused(emissivity: float) -> None:
    with pytest.raises(ValueError, match="emissivity lies"):
        with_emissivity(36.0, 0.95, emissivity, 22.0)


def test_skin_seen_through_the_whole_chain_comes_out_at_its_true_temperature() -> None:
    scene = StillScene(plain(35.5), emissivity=0.98, reflected_celsius=21.0, ta_celsius=31.0)
    frame = Rig(scene).open().frame()
    skin = with_emissivity(
        frame.celsius, frame.emissivity, 0.98, 21.0, decoded_reflected_celsius=frame.reflected_celsius
    )
    assert float(skin.mean()) == pytest.approx(35.5, abs=0.01)


def test_the_slope_by_the_reflected_temperature_is_that_of_the_equation() -> None:
    step = 0.5
    moved = with_emissivity(35.0, 0.98, 0.98, 20.0 + step, decoded_reflected_celsius=20.0)
    assert (moved - 35.0) / step == pytest.approx(reflected_slope(35.0, 0.98, 20.0), rel=0.01)


@pytest.mark.parametrize("ambient", [8.0, 24.0, 32.0])
@pytest.mark.parametrize("told", [None, 40.0])
def test_the_surroundings_are_read_from_the_picture_whatever_it_was_decoded_with(
    ambient: float, told: float | None
) -> None:
    image = picture_of_skin_before(ambient, told)
    assert surroundings_celsius(image) == pytest.approx(ambient, abs=0.01)
    skin = read_with(image, 0.98, surroundings_celsius(image), where=(slice(8, 12), slice(10, 14)))
    assert skin.shape == (4, 4)
    np.testing.assert_allclose(skin, 35.0, atol=0.01)


@dataclass(frozen=True)
class Still:
    celsius: Celsius
    reflected_celsius: float | None
    at_s: float = 0.0
    ta_celsius: float = 31.0
    emissivity: float = 0.95
    faults: tuple[str, ...] = ()
    raw: tuple[bytes, ...] = ()


def picture_of_skin_before(ambient: float, told: float | None) -> Still:
    """Skin of 35 °C and 0.98 in a room at `ambient`, decoded with 0.95 and another reflected temperature."""
    decoded = 23.0 if told is None else told
    apparent = np.full((24, 32), ambient, dtype=np.float32)
    apparent[8:16, 10:20] = (0.98 * 308.15**4 + 0.02 * (ambient + 273.15) ** 4) ** 0.25 - 273.15
    shown = with_emissivity(apparent, 1.0, 0.95, decoded)
    return Still(shown, told)
