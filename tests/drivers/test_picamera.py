"""The ribbon camera's driver over a module that answers as picamera2 does; there is none without a Pi."""

from __future__ import annotations

import sys
import threading
import time
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from drivers.camera import HEIGHT_PX, WIDTH_PX, Frame, open_camera
from drivers.camera.picamera import PiCapture
from drivers.errors import DeviceUnavailable


class Request:
    def __init__(self, level: int, stamped_ns: int) -> None:
        self.level, self.stamped_ns, self.released = level, stamped_ns, False

    def make_array(self, _name: str) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
        planes = np.full((HEIGHT_PX * 3 // 2, WIDTH_PX + 64), 128, np.uint8)  # rows are padded
        planes[:HEIGHT_PX, :WIDTH_PX] = self.level
        return planes

    def get_metadata(self) -> dict[str, int]:
        return {"SensorTimestamp": self.stamped_ns}

    def release(self) -> None:
        self.released = True


class Picamera2:
    """Gives `requests` in turn, then times out; remembers what it was told."""

    def __init__(self, number: int = 0) -> None:
        self.number = number
        self.requests: list[Request] = []
        self.given: list[Request] = []
        self.controls: list[dict[str, object]] = []
        self.told: list[str] = []

    def create_video_configuration(self, **chosen: object) -> dict[str, object]:
        return chosen

    def configure(self, configuration: dict[str, object]) -> None:
        self.told.append("configure")
        self.configuration = configuration

    def start(self) -> None:
        self.told.append("start")

    def stop(self) -> None:
        self.told.append("stop")

    def close(self) -> None:
        self.told.append("close")

    def set_controls(self, controls: dict[str, object]) -> None:
        self.controls.append(controls)

    def capture_request(self, *, wait: bool) -> object:
        assert wait is False
        return SimpleNamespace()

    def wait(self, _job: object, *, timeout: float) -> Request:
        if not self.requests:
            threading.Event().wait(0.005)
            raise TimeoutError(timeout)
        self.given.append(self.requests.pop(0))
        return self.given[-1]


def test_the_grey_plane_is_taken_stamped_by_the_sensor_and_the_request_given_back() -> None:
    camera = Picamera2()
    camera.requests = [Request(77, 9_990_000_000), Request(78, 0)]
    capture = PiCapture(camera, lambda: 10.0, alternate=False)
    first, second, third = capture.next(), capture.next(), capture.next()
    assert isinstance(first, Frame)
    assert isinstance(second, Frame)
    assert first.grey.shape == (HEIGHT_PX, WIDTH_PX)
    assert np.unique(first.grey).tolist() == [77]
    assert [first.at_s, second.at_s] == pytest.approx([9.99, 10.0])
    assert third is None
    assert [request.released for request in camera.given] == [True, True]
    capture.release()
    assert camera.told == ["configure", "start", "stop", "close"]


def test_it_meters_by_the_middle_and_takes_turns_with_a_steady_exposure() -> None:
    camera = Picamera2()
    camera.requests = [Request(1, 0) for _ in range(60)]
    at_s = [100.0]
    capture = PiCapture(camera, lambda: at_s[0], alternate=True)
    assert camera.configuration["controls"]["AeMeteringMode"] == 0  # type: ignore[index]
    for _ in range(59):
        capture.next()
        at_s[0] += 0.035
    assert [controls["AeEnable"] for controls in camera.controls] == [False, True, False, True]
    assert camera.controls[0]["ExposureTime"] == 20_000


def test_it_is_opened_by_its_name_and_number(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Picamera2] = []

    def make(number: int) -> Picamera2:
        made.append(Picamera2(number))
        made[-1].requests = [Request(50, 0)]
        return made[-1]

    module = ModuleType("picamera2")
    module.Picamera2 = make  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "picamera2", module)
    camera = open_camera("picamera:1", time.monotonic)
    camera.open()
    ends_s = time.monotonic() + 5
    while (frame := camera.latest()) is None and time.monotonic() < ends_s:
        threading.Event().wait(0.002)
    camera.close()
    assert frame is not None
    assert made[0].number == 1


def test_without_picamera2_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "picamera2", None)
    with pytest.raises(DeviceUnavailable, match=r"install the Debian package python3-picamera2"):
        open_camera("picamera:0", time.monotonic).open()


@pytest.mark.parametrize("name", ["picamera:", "picamera:first", "picamera:-1"])
def test_a_name_without_a_number_is_one_sentence(name: str) -> None:
    with pytest.raises(DeviceUnavailable, match="give its number"):
        open_camera(name, time.monotonic).open()


def test_a_camera_that_does_not_open_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_number: int) -> None:
        raise IndexError("list index out of range")

    module = ModuleType("picamera2")
    module.Picamera2 = fails  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "picamera2", module)
    with pytest.raises(DeviceUnavailable, match=r"picamera:0 cannot be opened .*check its ribbon"):
        open_camera("picamera:0", time.monotonic).open()
