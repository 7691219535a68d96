from __future__ import annotations

import numpy as np

from sim.imperfection import Imperfection
from sim.radiation import Unit
from tests.drivers.thermal_rig import Rig, StillScene, plain

MANY = [Imperfection.random(seed) for seed in range(400)]


def test_every_error_stays_within_its_bound_and_reaches_for_it() -> None:
    for values, bound in (
        ([one.offset_celsius for one in MANY], 1.5),
        ([one.optics_celsius for one in MANY], 0.5),
        ([one.skin_emissivity - 0.98 for one in MANY], 0.01),
    ):
        assert abs(np.array(values)).max() <= bound
        assert np.std(values) > 0.9 * bound / np.sqrt(3)
    assert 0.13 < np.std([one.blackbody_celsius_error for one in MANY]) < 0.17


def test_non_uniformity_is_mostly_smooth_and_within_half_a_degree() -> None:
    fields = np.array([one.non_uniformity for one in MANY])
    assert abs(fields).max() <= 0.52
    assert abs(fields.mean(axis=(1, 2))).max() < 1e-9
    assert 0.15 < fields.std() < 0.3
    assert np.diff(fields, axis=2).std() < 0.12


def test_the_same_seed_draws_the_same() -> None:
    one, other = Imperfection.random(3), Imperfection.random(3)
    assert one.offset_celsius == other.offset_celsius
    np.testing.assert_array_equal(one.non_uniformity, other.non_uniformity)


def test_an_aged_unit_shows_its_errors_to_a_driver_that_believes_its_eeprom() -> None:
    imperfection, unit = Imperfection.random(4), Unit.random(2)
    aged = imperfection.age(unit)
    assert aged.eeprom() == unit.eeprom()
    frame = Rig(StillScene(plain(35.0)), unit=aged).open().frame()
    expected = imperfection.offset_celsius + imperfection.non_uniformity
    np.testing.assert_allclose(frame.celsius - 35.0, expected, atol=0.3)
