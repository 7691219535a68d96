from __future__ import annotations

import importlib.metadata
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from drivers.camera import FolderCamera, Frame, V4L2Camera, open_camera
from drivers.errors import DeviceUnavailable


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
    """Answers as cv2.VideoCapture does; there is no V4L2 device to test with."""

    def __init__(self, frames: int) -> None:
        self.frames = frames
        self.released = False

    def grab(self) -> bool:
        self.frames -= 1
        return self.frames >= 0

    def retrieve(self) -> tuple[bool, np.ndarray[tuple[int, ...], np.dtype[np.uint8]]]:
        return True, np.full((48, 64, 3), self.frames, np.uint8)

    def release(self) -> None:
        self.released = True


def test_the_grabber_keeps_the_latest_frame_only_and_a_lost_camera_can_be_opened_again(
    now: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    captures = [StubCapture(7), StubCapture(3)]
    monkeypatch.setattr("drivers.camera._require_character_device", lambda path: None)
    waiting = iter(captures)
    monkeypatch.setattr("drivers.camera._open_v4l2", lambda path: next(waiting))
    camera = V4L2Camera("/dev/video0", now)
    for capture in captures:
        camera.open()
        assert camera._thread is not None
        camera._thread.join(5)
        assert camera._latest is not None
        assert brightness(camera._latest) == 0
        with pytest.raises(DeviceUnavailable, match=r"stopped giving pictures"):
            camera.latest()
        assert capture.released
    camera.close()


@pytest.mark.parametrize("name", ["webcam", "nowhere:x", "folder", ""])
def test_a_name_that_means_nothing_lists_what_would(name: str, now: ManualClock) -> None:
    with pytest.raises(DeviceUnavailable, match=r"is no camera: give one of /dev/videoN, folder:PATH"):
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
