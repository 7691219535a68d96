from __future__ import annotations

import numpy as np
import pytest

from calibration.face_region import Face, find_face
from calibration.image import Celsius
from calibration.reading import Missing
from tests.drivers.thermal_rig import Picture, head, plain


def seen(picture: Picture, *, noise: float = 0.28, seed: int = 1) -> Celsius:
    rng = np.random.default_rng(seed)
    return np.asarray(picture + rng.normal(0.0, noise, picture.shape), dtype=np.float32)


@pytest.mark.parametrize("background", [8.0, 16.0, 24.0, 30.0, 32.0])
def test_a_head_is_found_where_it_is_before_backgrounds_from_winter_to_summer(background: float) -> None:
    face = find_face(seen(head(35.0, background=background, row=12, column=17)))
    assert isinstance(face, Face)
    assert face.centre_row == pytest.approx(12, abs=0.6)
    assert face.centre_column == pytest.approx(17, abs=0.6)
    assert 7 <= face.width_px <= 11
    assert face.background_celsius == pytest.approx(background, abs=0.5)


def test_nobody_is_no_face() -> None:
    assert find_face(seen(plain(24.0))) is Missing.NO_FACE


def test_something_lukewarm_is_no_face() -> None:
    assert find_face(seen(head(22.0, background=15.0))) is Missing.NO_FACE


def test_a_small_face_is_asked_to_come_closer() -> None:
    assert find_face(seen(head(34.5, width=4.0, height=5.0))) is Missing.COME_CLOSER


@pytest.mark.parametrize(("row", "column"), [(12, 1), (12, 30), (2, 16)])
def test_a_face_at_the_side_or_the_top_is_asked_to_the_centre(row: float, column: float) -> None:
    assert find_face(seen(head(34.5, row=row, column=column))) is Missing.MOVE_TO_CENTRE


def test_a_neck_at_the_lower_edge_is_allowed() -> None:
    assert isinstance(find_face(seen(head(34.5, row=17, height=16))), Face)


@pytest.mark.parametrize("distance_px", [12, 15])
def test_two_heads_are_asked_for_one_person(distance_px: float) -> None:
    picture = np.maximum(head(34.5, column=9), head(34.2, column=9 + distance_px))
    assert find_face(seen(picture)) is Missing.ONE_PERSON


def test_two_heads_that_touch_are_two_persons() -> None:
    picture = np.maximum(head(34.5, column=11, height=9), head(34.5, column=20, height=9))
    assert find_face(seen(picture)) is Missing.ONE_PERSON


def test_a_cooler_body_below_the_face_is_left_out() -> None:
    picture = head(34.5, row=9)
    picture[15:, 6:28] = 29.0
    face = find_face(seen(picture))
    assert isinstance(face, Face)
    assert face.width_px <= 11


def test_a_hot_drink_is_neither_skin_nor_a_second_person() -> None:
    picture = head(34.5, column=12)
    picture[17:20, 24:27] = 62.0
    face = find_face(seen(picture))
    assert isinstance(face, Face)
    assert face.centre_column == pytest.approx(12, abs=0.6)


@pytest.mark.parametrize("seed", range(5))
def test_noise_at_sixty_four_hertz_makes_no_face_of_a_wall(seed: int) -> None:
    assert find_face(seen(plain(24.0), noise=0.8, seed=seed)) is Missing.NO_FACE


def test_a_picture_that_is_no_picture_is_a_sensor_fault() -> None:
    assert find_face(seen(plain(np.nan))) is Missing.SENSOR_FAULT
    assert find_face(np.zeros((3, 3), dtype=np.float32)) is Missing.SENSOR_FAULT
