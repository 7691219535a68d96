from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from calibration.calibration_of_site import Calibration
from calibration.fusion import Fusion
from calibration.image import Celsius
from calibration.oral import PUBLISHED
from calibration.radiometry import with_emissivity
from calibration.reading import Missing, NoReading, Reading
from calibration.reference import BlackbodyReference, ReferenceOffset
from tests.calibration.records import record
from tests.drivers.thermal_rig import Picture, Rig, StillScene, head, plain


@dataclass(frozen=True)
class Still:
    at_s: float
    celsius: Celsius
    faults: tuple[str, ...] = ()
    ta_celsius: float = 30.0
    emissivity: float = 0.98
    reflected_celsius: float | None = 23.0
    raw: tuple[bytes, ...] = (b"older", b"newer")


def stills(*pictures: Picture, step_s: float = 0.25) -> list[Still]:
    return [Still(i * step_s, picture.astype(np.float32)) for i, picture in enumerate(pictures)]


def fused(*images: Still, frames: int = 4) -> Reading | NoReading:
    fusion = Fusion(frames=frames)
    for image in images:
        fusion.add(image)
    return fusion.reading(UNCALIBRATED)


UNCALIBRATED = Calibration(None, None, wants_reference=False, oral=PUBLISHED)
BY_RECORD = Calibration(record(), None, wants_reference=False, oral=PUBLISHED)


def of_person(seed: int, picture: Picture, *, refresh_hz: float = 8, frames: int = 4) -> tuple[float, float]:
    """(fused reading, hottest pixel of the first picture), through the chip and the real driver."""
    rig = Rig(
        StillScene(picture, emissivity=0.98, reflected_celsius=23.0),
        unit_seed=seed,
        noise_seed=seed,
        refresh_hz=refresh_hz,
    ).open()
    fusion = Fusion(frames=frames, refresh_hz=refresh_hz)
    seen = [rig.frame() for _ in range(frames)]
    for frame in seen:
        fusion.add(frame)
    reading = fusion.reading(UNCALIBRATED)
    assert isinstance(reading, Reading)
    return reading.face_skin_celsius, float(seen[0].celsius.max())


def test_at_sixteen_hertz_noise_alone_lifts_the_hottest_pixel_of_a_frame_by_one_to_two_degrees() -> None:
    results = np.array([of_person(seed, head(34.5), refresh_hz=16, frames=8) for seed in range(12)]) - 34.5
    fused_bias, single_bias = results.mean(axis=0)
    assert 1.0 < single_bias < 2.0
    assert abs(fused_bias) < 0.1


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
    assert reading.expanded_u_celsius > 2.5
    assert reading.frames == 5
    assert 0.6 < reading.face_fill <= 1.0
    assert reading.face_width_px in (8, 9, 10)


def test_a_record_corrects_the_reading_and_is_named_by_it() -> None:
    fusion = Fusion()
    for image in stills(*[head(34.5)] * 4):
        fusion.add(image)
    reading = fusion.reading(BY_RECORD)
    assert isinstance(reading, Reading)
    assert reading.face_skin_celsius == pytest.approx(-0.31 + 1.001 * 34.5, abs=0.01)
    assert reading.calibration_id == record().calibration_id
    assert reading.expanded_u_celsius == pytest.approx(1.9, abs=0.05)


def test_too_few_frames_are_no_reading_yet() -> None:
    assert fused(*stills(*[head()] * 3)) == NoReading(Missing.NO_FACE)
    assert fused() == NoReading(Missing.NO_FACE)


@pytest.mark.parametrize(
    ("picture", "missing"),
    [
        (plain(23.0), Missing.NO_FACE),
        (head(width=4, height=5), Missing.COME_CLOSER),
        (head(column=1), Missing.STEP_LEFT),
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
    assert fusion.reading(UNCALIBRATED) == NoReading(Missing.NO_FACE)


def test_one_frame_is_never_a_reading() -> None:
    with pytest.raises(ValueError, match="at least 2 frames"):
        Fusion(frames=1)


def test_the_oral_estimate_is_the_models_with_its_error_and_the_last_term_of_the_budget() -> None:
    reading = fused(*stills(*[head(34.5)] * 4))
    assert isinstance(reading, Reading)
    skin, u = reading.face_skin_celsius, reading.u_celsius
    assert reading.oral_estimate_celsius == pytest.approx(PUBLISHED.estimate(skin))
    assert reading.oral_u_celsius == pytest.approx(PUBLISHED.u_of(u))
    assert reading.oral_u_celsius > PUBLISHED.slope * u
    assert reading.budget[-1].name == "skin to oral"
    assert sum(term.u_celsius**2 for term in reading.budget[:-1]) == pytest.approx(u**2)


def test_a_blackbody_in_the_picture_corrects_the_reading_and_narrows_it() -> None:
    blackbody = BlackbodyReference(1, 26, 3, 3, 36.0, 0.15)
    offset = ReferenceOffset(0.8, 0.01, 1.0, 100, 9, blackbody)
    fusion = Fusion(reference=blackbody)
    picture = head(34.5)
    picture[blackbody.area] = 36.0
    for image in stills(*[picture] * 4):
        fusion.add(image)
    reading = fusion.reading(Calibration(record(), offset, wants_reference=True, oral=PUBLISHED))
    assert isinstance(reading, Reading)
    assert reading.face_skin_celsius == pytest.approx(-0.31 + 1.001 * 34.5 + 0.8, abs=0.02)
    assert reading.expanded_u_celsius == pytest.approx(0.9, abs=0.05)
    assert reading.calibration_id not in (None, record().calibration_id)
    missing = fusion.reading(Calibration(record(), None, wants_reference=True, oral=PUBLISHED))
    assert isinstance(missing, Reading)
    assert missing.calibration_id is None


def test_what_was_dropped_and_why_is_told_and_the_words_of_what_was_used() -> None:
    good = stills(*[head(34.5)] * 4)
    fusion = Fusion()
    fusion.add(replace(good[0], faults=("torn_read", "gain_out_of_range"), raw=(b"bad",)))
    fusion.add(replace(good[0], faults=("torn_read",)))
    for image in good:
        fusion.add(image)
    reading = fusion.reading(UNCALIBRATED)
    assert isinstance(reading, Reading)
    assert reading.faults == ("gain_out_of_range", "torn_read")
    assert reading.raw == (b"older", b"newer") * 4
    assert reading.emissivity == 0.98
    fusion.reset()
    for image in good:
        fusion.add(image)
    reading = fusion.reading(UNCALIBRATED)
    assert isinstance(reading, Reading)
    assert reading.faults == ()


def test_who_comes_after_a_gap_is_not_mixed_with_who_stood_there_before() -> None:
    fusion = Fusion()
    before, after = stills(*[head(33.0)] * 3), stills(*[head(37.0)] * 4)
    for image in before:
        fusion.add(image)
    for image in after:
        fusion.add(replace(image, at_s=image.at_s + before[-1].at_s + 1.0))
    assert fusion.frames == 4
    reading = fusion.reading(UNCALIBRATED)
    assert isinstance(reading, Reading)
    assert reading.face_skin_celsius == pytest.approx(37.0, abs=0.5)


@pytest.mark.parametrize("ambient", [8.0, 23.0, 32.0])
def test_the_surroundings_in_the_picture_are_what_the_skin_reflects(ambient: float) -> None:
    true = head(34.5, background=ambient)
    decoded = [
        with_emissivity(pixel, 1.0, 0.98, ambient - 11.0)
        for pixel in (0.98 * (true + 273.15) ** 4 + 0.02 * (ambient + 273.15) ** 4).ravel() ** 0.25 - 273.15
    ]
    picture = np.array(decoded).reshape(24, 32)
    images = [replace(image, reflected_celsius=ambient - 11.0) for image in stills(*[picture] * 4)]
    reading = fused(*images)
    assert isinstance(reading, Reading)
    assert reading.face_skin_celsius == pytest.approx(34.5, abs=0.02)


def test_a_noisy_sensor_is_noticed_by_its_own_scatter() -> None:
    def noise_term(sigma: float) -> float:
        rng = np.random.default_rng(3)
        reading = fused(*stills(*[head(34.5) + rng.normal(0, sigma, (24, 32)) for _ in range(8)]))
        assert isinstance(reading, Reading)
        return next(term.u_celsius for term in reading.budget if term.name == "noise after fusion")

    assert noise_term(0.28) == pytest.approx(0.28 / np.sqrt(32), rel=0.15)
    assert noise_term(0.7) == pytest.approx(0.7 / np.sqrt(32), rel=0.15)


def test_pictures_that_scatter_more_than_noise_are_no_reading_until_the_face_has_come_to_rest() -> None:
    covered = head(34.5)
    covered[covered > 33.0] -= 4.0
    fusion = Fusion()
    said = []
    for image in stills(covered, *[head(34.5)] * 6):
        fusion.add(image)
        said.append(fusion.reading(UNCALIBRATED))
    first = next(reading for reading in said if isinstance(reading, Reading))
    assert isinstance(said[3], NoReading), "four pictures, one of them of a face half covered"
    assert first.face_skin_celsius == pytest.approx(34.5, abs=0.01)
    assert isinstance(said[4], Reading), "the one that differs has gone, and four are left"
