"""What a picture tells of a code that could not be read."""

from __future__ import annotations

import numpy as np
import pytest

from drivers.qr.finder import finders
from drivers.qr.sighting import Trouble, look
from sim.optics import Conditions, PhonePose, render, render_empty, room
from sim.phone import PhoneScreen
from tests.bench.reader_bank import CONDITIONS, payload_of, sample


@pytest.mark.parametrize(
    ("condition", "module_px", "trouble"),
    [
        ("dark", 2.0, Trouble.TOO_FAR),
        ("out of focus", 2.0, Trouble.TOO_FAR),
        ("flickering", 6.0, Trouble.UNSTEADY),
        ("moved", 6.0, Trouble.UNSTEADY),
        ("too bright", 4.0, Trouble.TOO_BRIGHT),
    ],
)
def test_what_to_change_is_told(condition: str, module_px: float, trouble: Trouble) -> None:
    each = sample(next(one for one in CONDITIONS if one.name == condition), module_px, 10)
    sighting = look(each.frame)
    assert sighting is not None
    assert sighting.trouble is trouble


@pytest.mark.parametrize("module_px", [2.0, 3.0, 4.5, 7.0])
def test_the_size_of_a_module_is_measured(module_px: float) -> None:
    shown = PhoneScreen(payload_of(10))
    frame = render(room(3), shown, PhonePose(module_px=module_px), Conditions(), 0)
    sighting = look(frame)
    assert sighting is not None
    assert sighting.module_px == pytest.approx(module_px, rel=0.08)


def test_three_finder_patterns_are_found_where_they_are() -> None:
    frame = render(
        room(3), PhoneScreen("HP1:ABC"), PhonePose(module_px=8, centre=(0.5, 0.5)), Conditions(tremor_px=0), 0
    )
    found = sorted((round((f.x - 640) / 8), round((f.y - 360) / 8)) for f in finders(frame))
    assert found == [(-7, -7), (-7, 7), (7, -7)]


@pytest.mark.parametrize("noise_sigma", [3.0, 18.0])
@pytest.mark.parametrize("seed", range(4))
def test_in_an_empty_room_no_code_is_seen(seed: int, noise_sigma: float) -> None:
    assert look(render_empty(room(seed), Conditions(seed=seed, noise_sigma=noise_sigma), 0)) is None


@pytest.mark.parametrize("shape", [(0, 0), (1, 1), (40, 40), (61, 61), (49, 700)])
def test_any_picture_can_be_looked_at(shape: tuple[int, int]) -> None:
    random = np.random.default_rng(5)
    assert look(np.zeros(shape, np.uint8)) is None
    look(random.integers(0, 256, shape, np.uint8))
