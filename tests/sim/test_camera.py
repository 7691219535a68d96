from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from drivers.camera import Camera, Frame
from drivers.errors import DeviceUnavailable
from drivers.qr import QrDecoder
from sim.camera import Picture, SimCamera
from sim.optics import Conditions, PhonePose
from sim.phone import PhoneScreen

TEXT = "HP1:SHOWN TO THE CAMERA"


@dataclass
class Stage:
    """A list of what is shown, each from `since_s` to an end, and a clock moved by hand."""

    acts: list[tuple[Picture, float]] = field(default_factory=list)
    at_s: float = 0.0

    def now(self) -> float:
        return self.at_s

    def show(self, text: str, since_s: float, until_s: float) -> None:
        self.acts.append((Picture(PhoneScreen(text), PhonePose(module_px=6), Conditions(), since_s), until_s))

    def picture_at(self, at_s: float, /) -> Picture | None:
        shown = (picture for picture, until_s in self.acts if picture.since_s <= at_s < until_s)
        return next(shown, None)

    def next_change_at(self, at_s: float, /) -> float:
        changes = [s for picture, until_s in self.acts for s in (picture.since_s, until_s)]
        return min((s for s in changes if s > at_s), default=math.inf)


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.fixture
def camera(stage: Stage) -> SimCamera:
    camera = SimCamera(stage, stage.now)
    camera.open()
    return camera


def frames_of_the_day(stage: Stage, camera: SimCamera) -> list[Frame]:
    """Take every frame at the moment it is due, as the simulated day does."""
    frames: list[Frame] = []
    for _ in range(1000):
        due_s = camera.next_frame_at(stage.at_s)
        if math.isinf(due_s):
            return frames
        assert due_s >= stage.at_s
        stage.at_s = due_s
        frame = camera.latest()
        if frame is not None:
            frames.append(frame)
    raise AssertionError("the camera never comes to rest")


def texts(frame: Frame | None) -> list[bytes]:
    assert frame is not None
    return [code.payload for code in QrDecoder(further=False).decode(frame.grey)]


def test_it_is_a_camera_as_the_drivers_know_it(camera: SimCamera) -> None:
    driver: Camera = camera
    assert driver.latest() is None


def test_what_is_shown_is_read_from_the_frame(stage: Stage, camera: SimCamera) -> None:
    stage.show(TEXT, 5.0, 6.0)
    stage.at_s = 5.0
    assert texts(camera.latest()) == [TEXT.encode()]


def test_frames_come_at_the_rate_while_something_is_shown_and_then_one_empty_one(
    stage: Stage, camera: SimCamera
) -> None:
    stage.show(TEXT, 3.3, 3.75)
    frames = frames_of_the_day(stage, camera)
    assert [frame.at_s for frame in frames] == pytest.approx([3.3, 3.4, 3.5, 3.6, 3.7, 3.75])
    assert [len(texts(frame)) for frame in frames] == [1, 1, 1, 1, 1, 0]
    assert camera.latest() is None


@pytest.mark.parametrize("since_s", [0.0, 0.1, 1 / 3, 1234.567, 98765.4321])
@pytest.mark.parametrize("fps", [7.0, 10.0, 29.97])
def test_no_frame_is_lost_or_doubled_by_rounding(stage: Stage, since_s: float, fps: float) -> None:
    stage.show(TEXT, since_s, since_s + 1.01)
    stamps = [frame.at_s for frame in frames_of_the_day(stage, SimCamera(stage, stage.now, fps=fps))]
    assert len(stamps) == math.floor(1.01 * fps) + 2
    assert stamps == sorted(set(stamps))


def test_nothing_is_rendered_while_nothing_is_shown(stage: Stage, camera: SimCamera) -> None:
    stage.show(TEXT, 100.0, 101.0)
    assert camera.next_frame_at(0.0) == 100.0
    stage.at_s = 50.0
    assert camera.latest() is None


def test_a_frame_is_given_once_and_only_the_newest(stage: Stage, camera: SimCamera) -> None:
    stage.show(TEXT, 0.0, 10.0)
    stage.at_s = 0.57
    frame = camera.latest()
    assert frame is not None
    assert frame.at_s == pytest.approx(0.5)
    assert camera.latest() is None
    assert camera.next_frame_at(0.57) == pytest.approx(0.6)


def test_another_code_is_a_new_frame_at_once(stage: Stage, camera: SimCamera) -> None:
    stage.show(TEXT, 0.0, 0.25)
    stage.show("HP1:ANOTHER", 0.25, 0.3)
    read = [texts(frame) for frame in frames_of_the_day(stage, camera)]
    assert read == [[TEXT.encode()]] * 3 + [[b"HP1:ANOTHER"]] + [[]]


def test_a_code_that_came_and_went_between_two_looks_was_not_seen(stage: Stage, camera: SimCamera) -> None:
    stage.show(TEXT, 1.0, 1.05)
    stage.at_s = 2.0
    assert camera.latest() is None
    assert camera.next_frame_at(2.0) == math.inf


def test_two_days_with_one_seed_are_the_same_to_the_pixel(stage: Stage) -> None:
    stage.show(TEXT, 1.0, 1.5)
    days = []
    for _ in range(2):
        stage.at_s = 0.0
        days.append(frames_of_the_day(stage, SimCamera(stage, stage.now)))
    for one, other in zip(*days, strict=True):
        assert one.at_s == other.at_s
        assert np.array_equal(one.grey, other.grey)


def test_a_hand_that_moves_is_seen_moving(stage: Stage, camera: SimCamera) -> None:
    stage.show(TEXT, 0.0, 1.0)
    before = camera.latest()
    picture, until_s = stage.acts[0]
    stage.acts[0] = (replace(picture, pose=PhonePose(module_px=6, centre=(0.3, 0.5))), until_s)
    stage.at_s = 0.1
    after = camera.latest()
    assert texts(before) == texts(after) == [TEXT.encode()]


def test_an_unplugged_camera_is_one_sentence(stage: Stage, camera: SimCamera) -> None:
    camera.unplugged = True
    with pytest.raises(DeviceUnavailable, match=r"unplugged"):
        camera.latest()
    with pytest.raises(DeviceUnavailable, match=r"unplugged"):
        camera.open()


def test_a_camera_plugged_in_again_shows_the_empty_room_at_once(camera: SimCamera) -> None:
    camera.unplugged = True
    with pytest.raises(DeviceUnavailable):
        camera.latest()
    camera.close()
    camera.unplugged = False
    camera.open()
    assert texts(camera.latest()) == []
    assert camera.latest() is None
