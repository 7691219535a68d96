"""Films and streams, for simulation and tests."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from drivers.camera import Frame, open_camera
from drivers.camera.files import FileCamera
from drivers.camera.stream import MAX_IMAGE_BYTES, JpegCutter, StreamCamera
from drivers.errors import DeviceUnavailable
from tests.drivers.test_camera import ManualClock, brightness


@pytest.fixture
def now() -> ManualClock:
    return ManualClock()


def test_a_file_is_shown_again_and_again(tmp_path: Path, now: ManualClock) -> None:
    cv2.imwrite(str(tmp_path / "b.png"), np.full((48, 64), 20, np.uint8))
    camera = open_camera(f"file:{tmp_path / 'b.png'}", now)
    camera.open()
    assert brightness(camera.latest()) == 20
    assert camera.latest() is None
    now.at_s += 0.1
    assert brightness(camera.latest()) == 20
    camera.close()
    with pytest.raises(DeviceUnavailable, match="is not open"):
        camera.latest()


def test_a_film_goes_at_its_own_pace_and_begins_again(tmp_path: Path, now: ManualClock) -> None:
    film = tmp_path / "film.avi"
    writer = cv2.VideoWriter(str(film), cv2.VideoWriter.fourcc(*"MJPG"), 10.0, (64, 48), False)
    if not writer.isOpened():
        pytest.skip("this OpenCV writes no film")
    for level in (40, 80, 120, 160):
        writer.write(np.full((48, 64), level, np.uint8))
    writer.release()
    camera = FileCamera(film, now)
    camera.open()
    seen = []
    for step_s in (0.0, 0.1, 0.2, 0.1):
        now.at_s += step_s
        frame = camera.latest()
        assert frame is not None
        seen.append(round(float(frame.grey.mean()) / 40))
    assert seen == [1, 2, 4, 1], "a frame that nobody asked for in time is skipped"
    camera.close()


def test_a_file_that_is_not_there_is_one_sentence(tmp_path: Path, now: ManualClock) -> None:
    with pytest.raises(DeviceUnavailable, match=r"^There is no file .*absent\.png for the camera: .*\.$"):
        FileCamera(tmp_path / "absent.png", now).open()


def jpeg(level: int) -> bytes:
    return cv2.imencode(".jpg", np.full((48, 64), level, np.uint8))[1].tobytes()


def test_a_stream_is_cut_into_images_whatever_stands_between_and_however_it_is_sliced() -> None:
    stream = b"--frame\r\nContent-Type: image/jpeg\r\n\r\n".join((b"", jpeg(10), jpeg(200), b"\r\n"))
    for size in (1, 7, 1000, len(stream)):
        cutter = JpegCutter()
        whole = [image for at in range(0, len(stream), size) for image in cutter.feed(stream[at : at + size])]
        assert whole == [jpeg(10), jpeg(200)]


def test_an_image_that_never_ends_is_not_kept() -> None:
    cutter = JpegCutter()
    assert cutter.feed(b"\xff\xd8\xff" + bytes(MAX_IMAGE_BYTES)) == []
    assert cutter.feed(jpeg(10)) == [jpeg(10)]


def within(seconds: float, look: Callable[[], Frame | None]) -> Frame | None:
    """What `look` gives once it gives something; it is asked until then."""
    ends_s = time.monotonic() + seconds
    while (frame := look()) is None and time.monotonic() < ends_s:
        threading.Event().wait(0.005)
    return frame


def test_a_stream_from_a_fifo_is_read_and_after_its_writer_went_away_again(tmp_path: Path) -> None:
    path = tmp_path / "camera"
    os.mkfifo(path)
    camera = open_camera(f"mjpeg:{path}", time.monotonic)
    assert isinstance(camera, StreamCamera)
    for level in (60, 120):
        camera.open()
        with path.open("wb", buffering=0) as writer:
            writer.write(jpeg(level))
            assert brightness(within(5, camera.latest)) == pytest.approx(level, abs=2)
        with pytest.raises(DeviceUnavailable, match="stopped giving pictures"):
            within(5, camera.latest)
    camera.close()


def test_a_stream_from_a_socket_is_read(tmp_path: Path) -> None:
    path = tmp_path / "camera.sock"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        camera = open_camera(f"mjpeg:{path}", time.monotonic)
        camera.open()
        peer, _ = server.accept()
        with peer:
            peer.sendall(jpeg(90))
            assert brightness(within(5, camera.latest)) == pytest.approx(90, abs=2)
        camera.close()


def test_a_stream_that_is_neither_is_one_sentence(tmp_path: Path, now: ManualClock) -> None:
    with pytest.raises(DeviceUnavailable, match="is neither a FIFO nor a socket"):
        open_camera(f"mjpeg:{tmp_path}", now).open()
    with pytest.raises(DeviceUnavailable, match=r"No such file or directory.*start what sends"):
        open_camera(f"mjpeg:{tmp_path / 'absent'}", now).open()
