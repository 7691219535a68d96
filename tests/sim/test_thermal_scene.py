from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sim.thermal_scene import (
    BLACKBODY_EMISSIVITY,
    SKIN_EMISSIVITY,
    WALL_EMISSIVITY,
    Face,
    Patch,
    Room,
    Wears,
    Weather,
    blackbody_scene,
    empty_scene,
    scene_with,
    sway,
)

KELVIN = 273.15


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


def test_a_pixel_at_the_rim_sees_the_mean_of_the_radiation_of_face_and_wall() -> None:
    room = Room(blackbody=Patch(5.0, 5.5, 4.0, 4.0, 90.0, emissivity=1.0))
    scene = empty_scene(room)
    wall, patch = empty_scene(), 90.0 + KELVIN
    emissivity, kelvin = np.asarray(wall.emissivity)[6, 5], wall.to_celsius[6, 5] + KELVIN
    mixed = np.asarray(scene.emissivity)[6, 5] * (scene.to_celsius[6, 5] + KELVIN) ** 4
    assert mixed == pytest.approx((emissivity * kelvin**4 + patch**4) / 2, rel=1e-3)
    assert scene.to_celsius[6, 5] > (scene.to_celsius[6, 2] + 90.0) / 2, "hot radiation counts for more"


@pytest.mark.parametrize("worn", list(Wears))
@pytest.mark.parametrize("ambient_celsius", [8.0, 23.0, 32.0])
def test_whatever_is_worn_leaves_the_true_temperature_to_be_seen(worn: Wears, ambient_celsius: float) -> None:
    plain = scene_with(Face(34.0), room=Room(ambient_celsius))
    dressed = scene_with(Face(34.0, wears={worn}), room=Room(ambient_celsius))
    assert (abs(dressed.to_celsius - plain.to_celsius) > 0.5).any()
    skin = np.sort(dressed.to_celsius[dressed.to_celsius < 36.0])
    assert skin[-6:].mean() == pytest.approx(34.0, abs=0.2)


def test_lenses_are_cold_and_hair_hides_the_forehead() -> None:
    glasses = scene_with(Face(34.0, wears={Wears.GLASSES})).to_celsius
    assert glasses[10, 13] < 30.0
    assert glasses[10, 18] < 30.0
    assert scene_with(Face(34.0, wears={Wears.HAIR})).to_celsius[7, 15] < 30.0


def test_a_mask_breathes_slowly_and_is_never_as_warm_as_the_skin() -> None:
    face = Face(34.0, wears={Wears.MASK})
    mouth = [
        scene_with(face, room=Room(30.0), at_s=at_s).to_celsius[15, 15] for at_s in np.arange(0, 4, 0.25)
    ]
    assert max(mouth) - min(mouth) > 0.5
    assert max(mouth) < 33.5


@pytest.mark.parametrize("column", [11.0, 15.5, 20.0])
def test_a_hot_drink_stands_beside_the_face_and_touches_nothing(column: float) -> None:
    plain, drink = (scene_with(Face(34.0, column=column, wears=worn)) for worn in ((), (Wears.DRINK,)))
    cup = np.argwhere(drink.to_celsius > 45.0)
    assert drink.to_celsius.max() == pytest.approx(60.0, abs=1.0)
    for row, at in cup:
        around = plain.to_celsius[row - 1 : row + 2, at - 1 : at + 2]
        assert around.max() < 32.0, "no skin beside it"


def test_a_second_person_is_seen_behind_or_beside() -> None:
    beside = scene_with(Face(35.0, column=24.0, half_height=5.0, half_width=4.0), Face(34.0, column=10.0))
    assert beside.to_celsius[11, 24] == pytest.approx(35.0, abs=0.05)
    assert beside.to_celsius[11, 10] == pytest.approx(34.0, abs=0.05)
    behind = scene_with(Face(38.0, row=10.0, half_height=3.0, half_width=2.5), Face(34.0, column=15.5))
    assert behind.to_celsius.max() < 34.1


def test_sun_heater_and_blackbody_are_where_the_room_says_and_people_stand_before_them() -> None:
    sun, patch = Patch(3, 20, 6, 8, 42.0, 0.95), Patch(1, 26, 4, 4, 35.0)
    scene = empty_scene(Room(sun=sun, heater=True, blackbody=patch))
    assert scene.to_celsius[6, 22] == pytest.approx(42.0, abs=0.1)
    assert scene.to_celsius[20, 3] > 40.0
    np.testing.assert_allclose(scene.to_celsius[1:5, 26:30], 35.0, atol=1e-6)
    np.testing.assert_allclose(np.asarray(scene.emissivity)[1:5, 26:30], BLACKBODY_EMISSIVITY)
    hidden = scene_with(Face(33.0, row=4.0, column=27.0), room=Room(blackbody=patch))
    assert hidden.to_celsius[3, 27] == pytest.approx(33.0, abs=0.05)


def test_sun_wanders_over_the_wall_and_the_air_drifts_slowly() -> None:
    weather, room = Weather(swing_celsius=3.0), Room(20.0, sun=Patch(3, 4, 6, 5, 40.0, 0.95))
    early, late = weather.room_at(room, 0.0), weather.room_at(room, 7200.0)
    assert early.sun is not None
    assert late.sun is not None
    assert late.sun.left > early.sun.left + 5
    a_minute_later = weather.room_at(room, 60.0)
    assert abs(a_minute_later.ambient_celsius - early.ambient_celsius) < 0.1
    assert weather.room_at(room, 7200.0).ambient_celsius == pytest.approx(23.0)
    assert late.settled_ta_celsius == pytest.approx(31.0)


def test_an_unchanged_room_is_rendered_once() -> None:
    assert empty_scene(Room(19.5)) is empty_scene(Room(19.5))


def test_distance_and_optics_change_what_a_face_looks_like() -> None:
    face = Face(34.0)
    far = scene_with(replace(face, optics_celsius=-0.4))
    assert far.to_celsius[9, 15] == pytest.approx(scene_with(face).to_celsius[9, 15] - 0.4, abs=0.01)
