from __future__ import annotations

import numpy as np
import pytest

from calibration.radiometry import emissivity_slope, with_emissivity
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
