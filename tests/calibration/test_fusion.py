from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from calibration.fusion import Fusion
from calibration.image import Celsius
from calibration.reading import Missing, NoReading, Reading
from tests.calibration.records import record
from tests.drivers.thermal_rig import Picture, Rig, StillScene, head, plain


@dataclass(frozen=True)
class Still:
    at_s: float
    celsius: Celsius
    faults: tuple[str, ...] = ()
    ta_celsius: float = 30.0
    emissivity: float = 0.98
    reflected_celsius: float | None = 22.0


def stills(*pictures: Picture, step_s: float = 0.25) -> list[Still]:
    return [Still(i * step_s, picture.astype(np.float32)) for i, picture in enumerate(pictures)]


def fused(*images: Still, frames: int = 4) -> Reading | NoReading:
    fusion = Fusion(frames=frames)
    for image in images:
        fusion.add(image)
    return fusion.reading(None)


def of_person(seed: int, picture: Picture) -> tuple[float, float]:
    """(fused reading, hottest pixel of the first picture), through the chip and the real driver."""
    rig = Rig(
        StillScene(picture, emissivity=0.98, reflected_celsius=22.0), unit_seed=seed, noise_seed=seed
    ).open()
    fusion = Fusion(frames=4)
    frames = [rig.frame() for _ in range(4)]
    for frame in frames:
        fusion.add(frame)
    reading = fusion.reading(None)
    assert isinstance(reading, Reading)
    return reading.face_skin_celsius, float(frames[0].celsius.max())


def test_the_hottest_pixel_of_one_frame_is_too_high_by_luck_and_the_fused_reading_is_not() -> None:
    results = np.array([of_person(seed, head(34.5)) for seed in range(16)]) - 34.5
    fused_bias, single_bias = results.mean(axis=0)
    assert single_bias > 0.7
    assert abs(fused_bias) < 0.06
    assert results[:, 0].std() < 0.13


def test_warm_corners_of_the_eyes_are_what_is_measured() -> None:
    picture = head(34.5)
    picture[9, 13:15] = picture[9, 18:20] = 35.2
    readings = np.array([of_person(seed, picture)[0] for seed in range(12)])
    assert readings.mean() == pytest.approx(35.2, abs=0.12)


def test_a_reading_carries_its_uncertainty_its_frames_and_its_face() -> None:
    reading = fused(*stills(*[head(34.5)] * 5))
    assert isinstance(reading, Reading)
    assert reading.face_skin_celsius == pytest.approx(34.5, abs=0.01)
    assert reading.calibration_id is None
    assert reading.expanded_u_celsius == pytest.approx(1.9, abs=0.05)
    assert reading.frames == 5
    assert reading.face_width_px in (8, 9, 10)


def test_a_record_corrects_the_reading_and_is_named_by_it() -> None:
    fusion = Fusion()
    for image in stills(*[head(34.5)] * 4):
        fusion.add(image)
    reading = fusion.reading(record())
    assert isinstance(reading, Reading)
    assert reading.face_skin_celsius == pytest.approx(-0.31 + 1.001 * 34.5, abs=0.01)
    assert reading.calibration_id == record().calibration_id
    assert reading.expanded_u_celsius == pytest.approx(0.9, abs=0.05)


def test_too_few_frames_are_no_reading_yet() -> None:
    assert fused(*stills(*[head()] * 3)) == NoReading(Missing.NO_FACE)
    assert fused() == NoReading(Missing.NO_FACE)


@pytest.mark.parametrize(
    ("picture", "missing"),
    [
        (plain(23.0), Missing.NO_FACE),
        (head(width=4, height=5), Missing.COME_CLOSER),
        (head(column=1), Missing.MOVE_TO_CENTRE),
        (np.maximum(head(column=9), head(column=23)), Missing.ONE_PERSON),
    ],
)
def test_what_is_missing_is_what_the_newest_frame_lacks(picture: Picture, missing: Missing) -> None:
    assert fused(*stills(*[head()] * 3, picture)) == NoReading(missing)


def test_a_frame_with_faults_is_not_used() -> None:
    good = stills(*[head(34.5)] * 4)
    bad = [Still(image.at_s + 0.1, image.celsius + 5, faults=("vdd_out_of_range",)) for image in good]
    reading = fused(*[image for pair in zip(good, bad, strict=True) for image in pair])
    assert isinstance(reading, Reading)
    assert reading.face_skin_celsius == pytest.approx(34.5, abs=0.01)
    assert reading.frames == 4
    assert fused(*bad) == NoReading(Missing.SENSOR_FAULT)


def test_a_gap_in_the_view_starts_anew_so_that_two_people_never_mix() -> None:
    pictures = [*[head(37.9)] * 3, plain(23.0), *[head(34.0)] * 3]
    assert isinstance(fused(*stills(*pictures)), NoReading)
    reading = fused(*stills(*pictures, head(34.0)))
    assert isinstance(reading, Reading)
    assert reading.face_skin_celsius == pytest.approx(34.0, abs=0.01)


def test_a_face_that_jumps_is_another_face() -> None:
    assert isinstance(fused(*stills(*[head(column=8)] * 3, head(column=22))), NoReading)


def test_a_head_that_sways_is_followed() -> None:
    reading = fused(*stills(*[head(34.5, column=14 + i) for i in range(5)]))
    assert isinstance(reading, Reading)
    assert reading.face_skin_celsius == pytest.approx(34.5, abs=0.05)


def test_frames_older_than_the_window_are_let_go() -> None:
    assert isinstance(fused(*stills(*[head()] * 4, step_s=0.9)), NoReading)


def test_after_a_reset_nothing_of_the_last_passage_is_left() -> None:
    fusion = Fusion()
    for image in stills(*[head()] * 4):
        fusion.add(image)
    fusion.reset()
    assert fusion.frames == 0
    assert fusion.face is None
    assert fusion.reading(None) == NoReading(Missing.NO_FACE)


def test_one_frame_is_never_a_reading() -> None:
    with pytest.raises(ValueError, match="at least 2 frames"):
        Fusion(frames=1)
