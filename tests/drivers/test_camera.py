from __future__ import annotations

import importlib.metadata
import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from drivers.camera import Frame, Grey, open_camera
from drivers.camera.exposure import SPELL_S, STEADY_S, Alternation
from drivers.camera.files import FolderCamera
from drivers.camera.v4l2 import V4L2Camera
from drivers.errors import DeviceStalled, DeviceUnavailable


class ManualClock:
    def __init__(self) -> None:
        self.at_s = 50.0

    def __call__(self) -> float:
        return self.at_s


@pytest.fixture
def now() -> ManualClock:
    return ManualClock()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, grey in (("b.png", 20), ("a.png", 10), ("c.jpg", 30)):
        cv2.imwrite(str(tmp_path / name), np.full((48, 64, 3), grey, np.uint8))
    (tmp_path / "notes.txt").write_text("no image")
    return tmp_path


@pytest.fixture
def camera(folder: Path, now: ManualClock) -> Iterator[FolderCamera]:
    camera = FolderCamera(folder, now)
    camera.open()
    yield camera
    camera.close()


def brightness(frame: Frame | None) -> int:
    assert frame is not None
    assert frame.grey.dtype == np.uint8
    assert frame.grey.shape == (48, 64)
    return round(float(frame.grey.mean()))


def test_a_folder_gives_its_images_in_turn_and_starts_again(camera: FolderCamera, now: ManualClock) -> None:
    seen = []
    for _ in range(5):
        seen.append(brightness(camera.latest()))
        now.at_s += 0.1
    assert seen == [10, 20, 30, 10, 20]


def test_a_frame_is_given_once_and_stamped_with_its_time(camera: FolderCamera, now: ManualClock) -> None:
    frame = camera.latest()
    assert frame is not None
    assert frame.at_s == 50.0
    assert camera.latest() is None
    now.at_s += 0.2
    assert camera.latest() is not None


def test_a_folder_camera_by_name_gives_nothing_before_it_is_opened(folder: Path, now: ManualClock) -> None:
    camera = open_camera(f"folder:{folder}", now)
    with pytest.raises(DeviceUnavailable, match=r"is not open\.$"):
        camera.latest()
    camera.open()
    assert brightness(camera.latest()) == 10


def test_an_empty_folder_is_one_sentence(tmp_path: Path, now: ManualClock) -> None:
    with pytest.raises(DeviceUnavailable, match=r"^The camera's image folder .* holds no images.*\.$"):
        FolderCamera(tmp_path, now).open()


def test_a_missing_folder_is_one_sentence(tmp_path: Path, now: ManualClock) -> None:
    with pytest.raises(DeviceUnavailable, match=r"absent cannot be read \(No such file or directory\)"):
        FolderCamera(tmp_path / "absent", now).open()


def test_a_damaged_image_names_the_file(
    tmp_path: Path, now: ManualClock, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    camera = FolderCamera(tmp_path, now)
    camera.open()
    with pytest.raises(DeviceUnavailable, match=r"broken\.png is not an image"):
        camera.latest()
    assert capfd.readouterr().err == ""


def test_a_missing_camera_is_one_sentence_and_opencv_keeps_quiet(
    now: ManualClock, capfd: pytest.CaptureFixture[str]
) -> None:
    camera = open_camera("/dev/video99", now)
    with pytest.raises(DeviceUnavailable) as caught:
        camera.open()
    assert str(caught.value) == (
        "There is no camera at /dev/video99: check its cable and the camera's name in site.toml."
    )
    assert capfd.readouterr().err == ""
    camera.close()


@pytest.mark.parametrize("path", ["/dev/null", "/dev/zero"])
def test_a_device_that_is_no_camera_is_one_sentence_and_opencv_keeps_quiet(
    path: str, now: ManualClock, capfd: pytest.CaptureFixture[str]
) -> None:
    camera = V4L2Camera(path, now)
    with pytest.raises(DeviceUnavailable, match=rf"^The camera {path} cannot be opened: .*\.$"):
        camera.open()
    assert capfd.readouterr().err == ""


def test_a_file_is_no_camera(tmp_path: Path, now: ManualClock) -> None:
    file = tmp_path / "video0"
    file.touch()
    with pytest.raises(DeviceUnavailable, match=r"video0 is not a camera"):
        V4L2Camera(str(file), now).open()


class StubCapture:
    """Answers as cv2.VideoCapture does; there is no V4L2 device to test with.

    With `hangs`, it waits for `go_on` once its frames are used up, as OpenCV does for a stalled camera.
    """

    def __init__(self, frames: int, *, hangs: bool = False) -> None:
        self.frames = frames
        self.hangs = hangs
        self.stamp_ms = 0.0
        self.hanging = threading.Event()
        self.go_on = threading.Event()
        self.released = threading.Event()

    def grab(self) -> bool:
        self.frames -= 1
        if self.frames < 0 and self.hangs:
            self.hanging.set()
            assert self.go_on.wait(10)
        return self.frames >= 0

    def retrieve(self) -> tuple[bool, np.ndarray[tuple[int, ...], np.dtype[np.uint8]]]:
        return True, np.full((48, 64, 3), self.frames, np.uint8)

    def get(self, _property: int) -> float:
        return self.stamp_ms

    def release(self) -> None:
        self.released.set()


OpenV4L2 = Callable[..., V4L2Camera]


@pytest.fixture
def open_v4l2(now: ManualClock, monkeypatch: pytest.MonkeyPatch) -> OpenV4L2:
    """A camera that gets one of these captures each time it is opened; not yet open."""

    def make(*captures: StubCapture) -> V4L2Camera:
        waiting = iter(captures)
        monkeypatch.setattr("drivers.camera.v4l2.require_character_device", lambda path: None)
        monkeypatch.setattr("drivers.camera.v4l2.open_v4l2", lambda path: next(waiting))
        return V4L2Camera("/dev/video0", now)

    return make


def test_the_grabber_keeps_the_latest_frame_only(open_v4l2: OpenV4L2) -> None:
    capture = StubCapture(7, hangs=True)
    camera = open_v4l2(capture)
    camera.open()
    assert capture.hanging.wait(5)
    assert brightness(camera.latest()) == 0
    assert camera.latest() is None
    capture.go_on.set()
    camera.close()


def test_a_lost_camera_is_given_back_and_can_be_opened_again(open_v4l2: OpenV4L2) -> None:
    captures = [StubCapture(7), StubCapture(3)]
    camera = open_v4l2(*captures)
    for capture in captures:
        camera.open()
        assert camera._grabber is not None
        camera._grabber.thread.join(5)
        assert capture.released.is_set()
        with pytest.raises(DeviceUnavailable, match=r"stopped giving pictures"):
            camera.latest()
    camera.close()


def test_a_camera_without_a_frame_for_two_seconds_has_stalled_and_nobody_waits_for_it(
    open_v4l2: OpenV4L2, now: ManualClock
) -> None:
    stalled, sound = StubCapture(1, hangs=True), StubCapture(1, hangs=True)
    camera = open_v4l2(stalled, sound)
    camera.open()
    assert stalled.hanging.wait(5)
    assert camera.latest() is not None
    now.at_s += 2.0
    assert camera.latest() is None
    now.at_s += 0.1
    began_s = time.monotonic()
    with pytest.raises(DeviceStalled, match=r"has sent no picture for 2\.1 s"):
        camera.latest()
    assert time.monotonic() - began_s < 0.2
    assert not stalled.released.is_set(), "only the thread that is inside OpenCV may release"
    camera.open()
    assert sound.hanging.wait(5)
    assert camera.latest() is not None, "the hanging thread disturbs no later opening"
    for capture in (stalled, sound):
        capture.go_on.set()
        camera.close()
        assert capture.released.wait(5)


def test_closing_a_stalled_camera_waits_a_third_of_a_second_at_most(open_v4l2: OpenV4L2) -> None:
    capture = StubCapture(0, hangs=True)
    camera = open_v4l2(capture)
    camera.open()
    assert capture.hanging.wait(5)
    began_s = time.monotonic()
    camera.close()
    assert 0.2 < time.monotonic() - began_s < 0.6
    capture.go_on.set()
    assert capture.released.wait(5)


@pytest.mark.parametrize("name", ["webcam", "nowhere:x", "folder", ""])
def test_a_name_that_means_nothing_lists_what_would(name: str, now: ManualClock) -> None:
    with pytest.raises(
        DeviceUnavailable, match=r"is no camera: give one of /dev/videoN, picamera:N, folder:PATH"
    ):
        open_camera(name, now)


def test_another_scheme_is_found_by_entry_point(
    now: ManualClock, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    point = importlib.metadata.EntryPoint("pictures", f"{__name__}:make_camera", "checkpoint.cameras")
    points = importlib.metadata.EntryPoints([point])
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda *, group: points.select(group=group))
    camera = open_camera(f"pictures:{folder}", now)
    camera.open()
    assert brightness(camera.latest()) == 10


def make_camera(rest: str, now: ManualClock) -> FolderCamera:
    return FolderCamera(Path(rest), now)


def test_a_frame_is_stamped_by_the_kernel_where_it_stamps_with_the_same_clock(
    open_v4l2: OpenV4L2, now: ManualClock
) -> None:
    for stamp_ms, expected_s in ((49_970.0, 49.97), (0.0, 50.0), (50_500.0, 50.0), (1.7e12, 50.0)):
        capture = StubCapture(1, hangs=True)
        capture.stamp_ms = stamp_ms
        camera = open_v4l2(capture)
        camera.open()
        assert capture.hanging.wait(5)
        frame = camera.latest()
        assert frame is not None
        assert frame.at_s == pytest.approx(expected_s)
        capture.go_on.set()
        camera.close()


def grey(level: int) -> Grey:
    return np.full((72, 128), level, np.uint8)


def spells(level_of: Callable[[float], int]) -> list[tuple[float, float]]:
    """When which exposure is set, for frames at 30 Hz whose level follows from the exposure."""
    exposure, set_s = Alternation(0.0001, 0.5), list[tuple[float, float]]()
    present = 0.01
    for index in range(120):
        wanted = exposure.after(grey(level_of(present)), index / 30)
        if wanted is not None:
            present = wanted
            set_s.append((index / 30, wanted))
    return set_s


def test_exposure_follows_a_bright_phone_and_takes_turns_with_one_that_spans_the_flicker() -> None:
    set_s = spells(lambda exposure_s: min(255, round(exposure_s / 0.002 * 190)))
    steady = [at for at, exposure in set_s if exposure == STEADY_S]
    assert all(2 * SPELL_S <= b - a < 2 * SPELL_S + 0.1 for a, b in pairwise(steady))
    assert len(steady) >= 4
    bright = [exposure for _, exposure in set_s if exposure != STEADY_S]
    assert bright[-1] == pytest.approx(0.002, rel=0.13)


def test_in_the_dark_exposure_grows_to_its_limit_and_both_spells_are_that_long() -> None:
    assert min(exposure for at, exposure in spells(lambda _: 4) if at > 2.0) >= 0.03


def test_a_camera_without_short_exposures_is_not_asked_for_them() -> None:
    exposure = Alternation(0.01, 0.015)
    wanted = {exposure.after(grey(255), index / 30) for index in range(90)}
    assert wanted <= {None, 0.01, 0.015}
