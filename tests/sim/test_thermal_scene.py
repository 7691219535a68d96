from __future__ import annotations

import numpy as np
import pytest

from sim.thermal_scene import (
    BLACKBODY_EMISSIVITY,
    SKIN_EMISSIVITY,
    WALL_EMISSIVITY,
    Face,
    blackbody_scene,
    empty_scene,
    scene_with,
    sway,
)


def test_an_empty_view_is_a_wall_at_room_temperature() -> None:
    scene = empty_scene()
    assert scene.to_celsius.shape == (24, 32)
    assert 22.0 < scene.to_celsius.min() < scene.to_celsius.max() < 25.0


def test_the_warm_middle_of_a_face_is_at_the_true_skin_temperature_and_nothing_is_warmer() -> None:
    scene = scene_with(Face(36.4))
    assert scene.to_celsius[11, 15] == pytest.approx(36.4)
    assert scene.to_celsius.max() == pytest.approx(36.4)


def test_a_face_is_cooler_towards_its_rim() -> None:
    row = scene_with(Face(36.4)).to_celsius[11, 10:16]
    assert np.all(np.diff(row) >= 0)
    assert row[0] < 35.0


def test_skin_and_wall_radiate_as_what_they_are() -> None:
    emissivity = np.asarray(scene_with(Face(36.4)).emissivity)
    assert emissivity[11, 15] == SKIN_EMISSIVITY
    assert emissivity[0, 0] == WALL_EMISSIVITY


def test_one_person_leaves_nothing_in_the_next_view() -> None:
    scene_with(Face(39.9))
    assert empty_scene().to_celsius.max() < 25.0


def test_a_blackbody_fills_the_middle_evenly() -> None:
    scene = blackbody_scene(37.0)
    middle = (slice(4, 20), slice(8, 24))
    assert np.all(scene.to_celsius[middle] == 37.0)
    assert np.all(np.asarray(scene.emissivity)[middle] == BLACKBODY_EMISSIVITY)


def test_a_standing_head_sways_by_less_than_a_pixel() -> None:
    offsets = np.array([sway(3.0, at / 10) for at in range(600)])
    assert np.abs(offsets).max() < 0.5
    assert np.ptp(offsets) > 0.3
