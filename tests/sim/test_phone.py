from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from drivers.qr import QrDecoder
from sim.optics import HEIGHT_PX, WIDTH_PX, Conditions, PhonePose, render, render_crop, render_empty, room
from sim.phone import PaperSheet, PhoneScreen, Shown, qr_modules, surface

PASS = "HP1:" + ("6BFOXN%TS3DHPVO13J /G-/2YRVA.Q/R8JRRYS*" * 8)[:306]
BINARY = np.random.default_rng(5).bytes(120)


def read(shown: Shown, pose: PhonePose, conditions: Conditions, frame_index: int = 0) -> list[bytes]:
    frame = render(room(1), shown, pose, conditions, frame_index)
    return [code.payload for code in QrDecoder(further=False).decode(frame)]


@pytest.mark.parametrize(
    "pose",
    [
        PhonePose(),
        PhonePose(module_px=3.0),
        PhonePose(module_px=7.5),
        PhonePose(yaw_deg=30),
        PhonePose(pitch_deg=-30),
        PhonePose(roll_deg=45),
        PhonePose(roll_deg=180),
        PhonePose(module_px=5, yaw_deg=-20, pitch_deg=15, roll_deg=-10, centre=(0.35, 0.55)),
    ],
)
@pytest.mark.parametrize("shown", [PhoneScreen(PASS), PaperSheet(PASS)])
def test_a_code_held_up_in_any_usual_pose_is_read(shown: Shown, pose: PhonePose) -> None:
    assert read(shown, pose, Conditions()) == [PASS.encode()]


@pytest.mark.parametrize(
    "conditions",
    [
        Conditions(defocus_sigma_px=0),
        Conditions(defocus_sigma_px=1.5),
        Conditions(motion_px=4, motion_deg=30),
        Conditions(noise_sigma=10),
        Conditions(glare=0.6, glare_at=(0.7, 0.2)),
        Conditions(exposure=0.4),
        Conditions(exposure=1.6),
        Conditions(defocus_sigma_px=1.0, motion_px=3, motion_deg=90, noise_sigma=5, glare=0.5, tremor_px=2),
    ],
)
def test_a_code_is_read_in_poor_light_and_an_unsteady_hand(conditions: Conditions) -> None:
    pose = PhonePose(module_px=4.6, yaw_deg=12, pitch_deg=-8, roll_deg=6)
    for seed in range(3):
        assert read(PhoneScreen(PASS), pose, replace(conditions, seed=seed)) == [PASS.encode()]


@pytest.mark.parametrize("payload", [BINARY, bytes(range(256)), b"\x00\xff\xfe" * 20])
def test_random_binary_comes_through_exactly(payload: bytes) -> None:
    pose = PhonePose(module_px=5, yaw_deg=10)
    assert read(PhoneScreen(payload), pose, Conditions()) == [payload]


@pytest.mark.parametrize("text", ["https://example.org/pass?id=7", "WIFI:S:Plant;T:WPA;P:secret;;", "健康码"])
def test_any_text_comes_through_exactly(text: str) -> None:
    assert read(PhoneScreen(text), PhonePose(module_px=6), Conditions()) == [text.encode()]


def test_an_empty_room_reads_nothing() -> None:
    decoder = QrDecoder(further=False)
    for seed in range(4):
        assert decoder.decode(render_empty(room(seed), Conditions(seed=seed), 0)) == []


def test_a_phone_hopelessly_blurred_reads_nothing() -> None:
    assert read(PhoneScreen(PASS), PhonePose(module_px=3), Conditions(defocus_sigma_px=6, motion_px=20)) == []


def test_a_phone_out_of_view_leaves_the_room_alone() -> None:
    pose, still = PhonePose(centre=(3.0, 0.5)), Conditions(noise_sigma=0)
    assert not render_crop(room(1), PhoneScreen(PASS), pose, still, 0).grey.size
    assert np.array_equal(render(room(1), PhoneScreen(PASS), pose, still, 0), room(1))


def test_a_phone_nearer_than_the_frame_is_large_is_cut_at_its_edge() -> None:
    frame = render(room(1), PhoneScreen(PASS), PhonePose(module_px=14), Conditions(), 0)
    assert frame.shape == (HEIGHT_PX, WIDTH_PX)
    assert frame.dtype == np.uint8


def test_the_same_seed_and_frame_give_the_same_picture_and_others_differ() -> None:
    def picture(seed: int, frame_index: int) -> bytes:
        conditions = Conditions(seed=seed)
        return render(room(1), PhoneScreen(PASS), PhonePose(), conditions, frame_index).tobytes()

    assert picture(3, 4) == picture(3, 4)
    assert picture(3, 4) != picture(3, 5)
    assert picture(3, 4) != picture(4, 4)


def test_noise_has_the_strength_that_was_asked_for() -> None:
    grey = np.full((HEIGHT_PX, WIDTH_PX), 128, np.uint8)
    noisy = render_empty(grey, Conditions(noise_sigma=5.0), 0).astype(np.float64)
    assert noisy.std() == pytest.approx(5.0, rel=0.02)
    assert noisy.mean() == pytest.approx(128.0, abs=0.1)


def test_only_the_part_that_the_phone_covers_is_drawn_anew() -> None:
    still = Conditions(noise_sigma=0)
    crop = render_crop(room(1), PhoneScreen(PASS), PhonePose(), still, 0)
    frame = render(room(1), PhoneScreen(PASS), PhonePose(), still, 0)
    height, width = crop.grey.shape
    frame[crop.top : crop.top + height, crop.left : crop.left + width] = 0
    outside = room(1).copy()
    outside[crop.top : crop.top + height, crop.left : crop.left + width] = 0
    assert np.array_equal(frame, outside)
    assert width < WIDTH_PX / 2


def test_a_module_is_as_many_pixels_as_the_pose_says() -> None:
    modules = len(qr_modules(PASS))
    for module_px in (3.0, 4.5, 6.0):
        frame = render(room(1), PhoneScreen(PASS), PhonePose(module_px=module_px), Conditions(tremor_px=0), 0)
        [code] = QrDecoder(further=False).decode(frame)
        assert code.quad is not None
        (left, _), (right, _) = code.quad[0], code.quad[1]
        assert (right - left) / modules == pytest.approx(module_px, rel=0.03)
        centre = np.mean(code.quad, axis=0)
        assert centre == pytest.approx((0.5 * WIDTH_PX, 0.45 * HEIGHT_PX), abs=2 * module_px)


def test_pictures_of_codes_are_cached_and_cannot_be_written_to() -> None:
    assert surface(PhoneScreen(PASS), 4) is surface(PhoneScreen(PASS), 4)
    assert qr_modules(PASS) is qr_modules(PASS)
    for cached in (qr_modules(PASS), surface(PhoneScreen(PASS), 4).picture, room(1)):
        assert not cached.flags.writeable


def test_a_text_that_fits_no_symbol_is_refused() -> None:
    with pytest.raises(ValueError, match="too long"):
        qr_modules("A" * 5000)


def test_paper_is_greyer_than_a_screen() -> None:
    assert surface(PaperSheet(PASS), 4).picture.max() < surface(PhoneScreen(PASS), 4).picture.max() - 40
