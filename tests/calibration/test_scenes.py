"""The face region and the fusion on what the simulated view paints, with the noise of one frame."""

from __future__ import annotations

import numpy as np
import pytest

from calibration.face_region import Face as Found
from calibration.face_region import find_face
from calibration.image import Celsius
from calibration.reading import Missing
from sim.mlx90640_chip import ThermalScene
from sim.thermal_scene import Face, Patch, Room, Wears, scene_with

AMBIENTS = (8.0, 16.0, 24.0, 32.0)
NOISES = (0.28, 0.5)


def seen(scene: ThermalScene, *, noise: float = 0.28, seed: int = 1) -> Celsius:
    rng = np.random.default_rng(seed)
    return np.asarray(scene.to_celsius + rng.normal(0, noise, (24, 32)), dtype=np.float32)


def skin(ambient: float) -> float:
    return max(34.5, ambient + 4.0)


@pytest.mark.parametrize("ambient", AMBIENTS)
@pytest.mark.parametrize("worn", [None, *Wears])
def test_one_person_is_one_face_whatever_is_worn(worn: Wears | None, ambient: float) -> None:
    wears = frozenset() if worn is None else frozenset({worn})
    found = [
        find_face(
            seen(scene_with(Face(skin(ambient), wears=wears), room=Room(ambient)), noise=noise, seed=seed)
        )
        for noise in NOISES
        for seed in range(8)
    ]
    faces = [face for face in found if isinstance(face, Found)]
    assert len(faces) >= len(found) - 1
    for face in faces:
        assert abs(face.centre_column - 15.5) < 2.0
        assert 6 <= face.width_px <= 14


@pytest.mark.parametrize("ambient", AMBIENTS)
def test_a_hot_drink_adds_nothing_to_the_face(ambient: float) -> None:
    person = Face(skin(ambient), wears=frozenset({Wears.DRINK}))
    face = find_face(seen(scene_with(person, room=Room(ambient)), noise=0.0))
    assert isinstance(face, Found)
    assert scene_with(person, room=Room(ambient)).to_celsius[face.mask].max() <= skin(ambient) + 0.1


@pytest.mark.parametrize("ambient", AMBIENTS)
@pytest.mark.parametrize("seed", range(4))
def test_two_persons_are_never_one(ambient: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    warm, cool = skin(ambient) + float(rng.uniform(0, 3)), skin(ambient)
    pair = [Face(warm, column=8.0, half_width=4.5), Face(cool, column=22.0, half_width=4.5, row=12.0)]
    scene = scene_with(*(pair if seed % 2 else pair[::-1]), room=Room(ambient))
    assert find_face(seen(scene, seed=seed)) is Missing.ONE_PERSON


@pytest.mark.parametrize("celsius", [36.0, 39.0, 42.0, 45.0])
def test_sun_on_the_wall_is_nobody_and_never_hides_somebody(celsius: float) -> None:
    room = Room(24.0, sun=Patch(3.0, 20.0, 12.0, 8.0, celsius, 0.95))
    assert find_face(seen(scene_with(room=room))) is Missing.NO_FACE
    found = find_face(seen(scene_with(Face(33.5, column=9.0, half_width=4.5), room=room)))
    assert isinstance(found, Missing) or abs(found.centre_column - 9.0) < 2.0


@pytest.mark.parametrize("ambient", AMBIENTS)
def test_a_blackbody_at_skin_temperature_is_no_second_person(ambient: float) -> None:
    room = Room(ambient, blackbody=Patch(1, 26, 4, 4, 36.0))
    found = find_face(seen(scene_with(Face(skin(ambient)), room=room)), (slice(1, 5), slice(26, 30)))
    assert isinstance(found, Found)
    assert find_face(seen(scene_with(room=room)), (slice(1, 5), slice(26, 30))) is Missing.NO_FACE


@pytest.mark.parametrize("heater", [True, False])
@pytest.mark.parametrize("ambient", AMBIENTS)
def test_an_empty_room_is_nobody(ambient: float, heater: bool) -> None:
    scene = scene_with(room=Room(ambient, heater=heater))
    assert find_face(seen(scene, noise=0.5)) is Missing.NO_FACE
