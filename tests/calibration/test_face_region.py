from __future__ import annotations

import numpy as np
import pytest

from calibration.face_region import Face, find_face
from calibration.image import Celsius
from calibration.reading import Missing
from tests.drivers.thermal_rig import Picture, head, plain

NOISE = 0.28


def seen(picture: Picture, *, noise: float = NOISE, seed: int = 1) -> Celsius:
    rng = np.random.default_rng(seed)
    return np.asarray(picture + rng.normal(0.0, noise, picture.shape), dtype=np.float32)


def found(picture: Picture, *, noise: float = NOISE, seed: int = 1) -> Face:
    face = find_face(seen(picture, noise=noise, seed=seed))
    assert isinstance(face, Face)
    return face


def two(first: Picture, second: Picture) -> Picture:
    return np.maximum(first, second)


def dressed(celsius: float, ambient: float, *, row: float = 9.0, column: float = 16.0) -> Picture:
    """A head with neck and shoulders that reach the lower edge; clothes halfway to the air's temperature."""
    picture = head(celsius, background=ambient, row=row, column=column, width=10, height=13)
    rows, columns = np.mgrid[0:24, 0:32]
    neck = (rows > row + 4) & (abs(columns - column) <= 2)
    shoulders = (rows > row + 8) & (abs(columns - column) <= 9)
    picture[neck] = np.maximum(picture, celsius - 2.0)[neck]
    picture[shoulders] = ambient + 0.45 * (celsius - ambient)
    return picture


def with_glasses(picture: Picture, celsius: float, *, row: int = 8, column: int = 16) -> Picture:
    worn = picture.copy()
    worn[row : row + 2, column - 6 : column + 7] = np.minimum(
        worn[row : row + 2, column - 6 : column + 7], celsius
    )
    return worn


def with_mask(picture: Picture, celsius: float, *, row: int = 11, column: int = 16) -> Picture:
    worn = picture.copy()
    worn[row : row + 5, column - 6 : column + 7] = np.minimum(
        worn[row : row + 5, column - 6 : column + 7], celsius
    )
    return worn


@pytest.mark.parametrize("noise", [0.28, 0.7])
@pytest.mark.parametrize("background", [8.0, 16.0, 24.0, 30.0, 32.0])
def test_a_head_is_found_where_it_is_before_backgrounds_from_winter_to_summer(
    background: float, noise: float
) -> None:
    face = found(head(35.0, background=background, row=12, column=17), noise=noise)
    assert face.centre_row == pytest.approx(12, abs=0.6)
    assert face.centre_column == pytest.approx(17, abs=0.6)
    assert 7 <= face.width_px <= 11
    assert face.background_celsius == pytest.approx(background, abs=1.0)
    assert 0.6 <= face.fill <= 1.0


@pytest.mark.parametrize("ambient", [8.0, 20.0, 32.0])
def test_shoulders_and_neck_are_the_same_person(ambient: float) -> None:
    face = found(dressed(34.5, ambient))
    assert face.top <= 5
    assert face.width_px <= 13


def test_nobody_is_no_face() -> None:
    assert find_face(seen(plain(24.0))) is Missing.NO_FACE


def test_something_lukewarm_is_no_face() -> None:
    assert find_face(seen(head(22.0, background=15.0))) is Missing.NO_FACE


def test_a_small_face_is_asked_to_come_closer() -> None:
    assert find_face(seen(head(34.5, width=4.0, height=5.0))) is Missing.COME_CLOSER


@pytest.mark.parametrize(
    ("row", "column", "missing"),
    [(12, 1, Missing.STEP_LEFT), (12, 30, Missing.STEP_RIGHT), (2, 16, Missing.STEP_BACK)],
)
def test_a_face_at_an_edge_is_told_which_way_to_go_facing_the_sensor(
    row: float, column: float, missing: Missing
) -> None:
    assert find_face(seen(head(34.5, row=row, column=column))) is missing


def test_a_face_that_fills_the_view_is_told_to_step_back() -> None:
    assert find_face(seen(head(34.5, width=38, height=18, row=14))) is Missing.STEP_BACK


def test_a_neck_at_the_lower_edge_is_allowed() -> None:
    found(head(34.5, row=17, height=16))


@pytest.mark.parametrize("distance_px", [12, 15])
def test_two_heads_are_asked_for_one_person(distance_px: float) -> None:
    picture = two(head(34.5, column=9), head(34.2, column=9 + distance_px))
    assert find_face(seen(picture)) is Missing.ONE_PERSON


@pytest.mark.parametrize("ambient", [8.0, 20.0, 30.0])
@pytest.mark.parametrize(("first", "second"), [(33.0, 38.5), (38.5, 33.0), (35.5, 32.5), (34.5, 34.5)])
def test_a_second_face_is_never_hidden_by_a_warmer_one(first: float, second: float, ambient: float) -> None:
    picture = two(
        head(first, column=8, background=ambient), head(second, column=23, background=ambient, row=12)
    )
    assert find_face(seen(picture)) is Missing.ONE_PERSON


@pytest.mark.parametrize("ambient", [8.0, 22.0])
def test_two_people_shoulder_to_shoulder_are_two_persons(ambient: float) -> None:
    picture = two(dressed(34.5, ambient, column=9), dressed(33.0, ambient, column=23))
    assert find_face(seen(picture)) is Missing.ONE_PERSON


@pytest.mark.parametrize("row", [8.0, 13.0])
def test_a_smaller_face_beside_is_a_second_person(row: float) -> None:
    picture = two(head(34.5, column=11), head(34.0, column=23, row=row, width=6, height=8))
    assert find_face(seen(picture)) is Missing.ONE_PERSON


def test_two_heads_that_touch_are_two_persons() -> None:
    picture = two(head(34.5, column=11, height=9), head(34.5, column=20, height=9))
    assert find_face(seen(picture)) is Missing.ONE_PERSON
    picture = two(head(34.5, column=11, height=13), head(34.0, column=19, height=13))
    assert find_face(seen(picture)) is Missing.ONE_PERSON


def test_a_cooler_body_below_the_face_is_left_out() -> None:
    picture = head(34.5, row=9)
    picture[15:, 6:28] = 29.0
    assert found(picture).width_px <= 11


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("ambient", [8.0, 20.0, 30.0])
def test_a_face_with_glasses_is_one_face(ambient: float, seed: int) -> None:
    lens = ambient + 0.5 * (34.5 - ambient)
    face = found(with_glasses(dressed(34.5, ambient), lens), seed=seed)
    assert 7 <= face.width_px <= 13
    assert face.top <= 5
    assert face.top + face.height_px >= 14


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("ambient", [8.0, 20.0, 30.0])
def test_a_face_with_a_mask_is_one_face(ambient: float, seed: int) -> None:
    cloth = ambient + 0.6 * (34.5 - ambient)
    face = found(with_mask(dressed(34.5, ambient), cloth), seed=seed)
    assert 8 <= face.width_px <= 13
    both = with_glasses(with_mask(dressed(34.5, ambient), cloth), cloth, row=7)
    assert isinstance(find_face(seen(both, seed=seed)), Face)


@pytest.mark.parametrize("ambient", [8.0, 24.0])
def test_hair_makes_a_face_shorter_and_no_second_one(ambient: float) -> None:
    picture = dressed(34.5, ambient)
    hair = picture[2:6] > ambient + 1
    picture[2:6][hair] = ambient + 0.35 * (34.5 - ambient)
    assert 8 <= found(picture).width_px <= 13


def test_a_hot_drink_is_neither_skin_nor_a_second_person() -> None:
    picture = head(34.5, column=12)
    picture[17:20, 24:27] = 62.0
    assert found(picture).centre_column == pytest.approx(12, abs=0.6)


@pytest.mark.parametrize(("top", "left"), [(16, 11), (12, 17)])
def test_the_lukewarm_rim_of_a_drink_at_the_face_is_no_skin(top: int, left: int) -> None:
    picture = head(34.5, column=12, row=10)
    picture[top : top + 5, left : left + 5] = 39.0
    picture[top + 1 : top + 4, left + 1 : left + 4] = 65.0
    face = found(picture)
    assert picture[face.mask].max() <= 34.5


def test_the_blackbody_is_no_face() -> None:
    patch = (slice(3, 7), slice(25, 29))
    picture = head(34.5, column=12)
    picture[2:8, 24:30] = 29.0
    picture[patch] = 37.0
    face = find_face(seen(picture), patch)
    assert isinstance(face, Face)
    assert face.centre_column == pytest.approx(12, abs=0.6)
    picture = plain(23.0)
    picture[patch] = 37.0
    assert find_face(seen(picture), patch) is Missing.NO_FACE


@pytest.mark.parametrize("celsius", [36.0, 38.0, 41.0, 42.5, 45.0])
def test_sun_on_the_wall_is_no_face(celsius: float) -> None:
    picture = plain(24.0)
    picture[4:16, 18:30] = celsius
    assert find_face(seen(picture)) is Missing.NO_FACE


@pytest.mark.parametrize("celsius", [36.0, 39.0, 42.5, 45.0])
def test_sun_on_the_wall_never_stands_for_the_face_beside_it(celsius: float) -> None:
    picture = head(33.5, column=9)
    picture[4:16, 20:32] = celsius
    face = find_face(seen(picture))
    assert isinstance(face, Missing) or face.centre_column == pytest.approx(9, abs=0.6)


@pytest.mark.parametrize("noise", [0.8, 1.0])
@pytest.mark.parametrize("seed", range(5))
def test_the_noise_of_a_fast_sensor_makes_no_face_of_a_wall(seed: int, noise: float) -> None:
    assert find_face(seen(plain(27.0), noise=noise, seed=seed)) is Missing.NO_FACE


def test_a_picture_that_is_no_picture_is_a_sensor_fault() -> None:
    assert find_face(seen(plain(np.nan))) is Missing.SENSOR_FAULT
    assert find_face(np.zeros((3, 3), dtype=np.float32)) is Missing.SENSOR_FAULT


def test_no_picture_is_too_strange_for_an_answer() -> None:
    rng = np.random.default_rng(7)
    for _ in range(40):
        picture = rng.uniform(-40, 300, (24, 32)) * rng.integers(0, 2, (24, 32))
        assert isinstance(find_face(np.asarray(picture, dtype=np.float32)), Face | Missing)


@pytest.mark.parametrize("row", [20.0, 22.0, 24.0])
def test_a_face_whose_lower_part_lies_beyond_the_edge_is_not_measured(row: float) -> None:
    assert find_face(seen(head(34.0, row=row, width=11, height=14))) is Missing.STEP_BACK
