"""A ribbon camera of the Raspberry Pi, by picamera2 and libcamera.

picamera2 is Debian's `python3-picamera2`, bound to the libcamera of the system, and is imported when a camera
is opened, not before. Frames come as YUV 4:2:0, whose first plane is the grey picture. libcamera meters by
the middle and takes the flicker of the mains out by itself; in turn with that the exposure is held at
`STEADY_S`.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from typing_extensions import override

from drivers.camera.exposure import SPELL_S, STEADY_S
from drivers.camera.frame import HEIGHT_PX, WIDTH_PX, Frame
from drivers.camera.latest import Capture, LatestOnly
from drivers.errors import DeviceUnavailable

_FRAME_RATE: Final = 30.0
_PATIENCE_S: Final = 1.0
_OLDEST_STAMP_S: Final = 1.0
_CENTRE_WEIGHTED: Final = 0  # libcamera.controls.AeMeteringModeEnum.CentreWeighted
_STEADY_GAIN: Final = 1.0

# libcamera says what is wrong as RuntimeError, picamera2 as these; a job that times out is a TimeoutError.
_FAILURES: Final = (RuntimeError, OSError, IndexError, KeyError, ValueError, TypeError, AttributeError)


class PiCamera(LatestOnly):
    """`number`: which of the ribbon cameras, as `rpicam-hello --list-cameras` counts them."""

    def __init__(self, number: str, now: Callable[[], float]) -> None:
        super().__init__(f"camera picamera:{number}", now)
        self._number = number
        self.alternate = True

    @override
    def _capture(self) -> Capture:
        if not self._number.isdecimal():
            raise DeviceUnavailable(
                f"picamera:{self._number} names no camera: give its number, as picamera:0, in site.toml."
            )
        try:
            picamera2 = importlib.import_module("picamera2")
        except ImportError as error:
            raise DeviceUnavailable(
                f"The {self._what} needs picamera2 ({error}): install the Debian package python3-picamera2, "
                "and let the kiosk's .venv see the system's packages."
            ) from error
        try:
            return PiCapture(picamera2.Picamera2(int(self._number)), self._now, alternate=self.alternate)
        except _FAILURES as error:
            raise DeviceUnavailable(
                f"The {self._what} cannot be opened ({error}): check its ribbon, and that no other program "
                "uses it."
            ) from error


class PiCapture:
    """One started Picamera2."""

    waits = False

    def __init__(self, camera: Any, now: Callable[[], float], *, alternate: bool) -> None:
        self._camera = camera
        self._now = now
        self._alternate = alternate
        self._is_steady = False
        self._began_s = now()
        try:
            camera.configure(
                camera.create_video_configuration(
                    main={"size": (WIDTH_PX, HEIGHT_PX), "format": "YUV420"},
                    controls={"FrameRate": _FRAME_RATE, "AeMeteringMode": _CENTRE_WEIGHTED},
                )
            )
            camera.start()
        except _FAILURES:
            self.release()
            raise

    def next(self) -> Frame | None:
        try:
            job = self._camera.capture_request(wait=False)
            request = self._camera.wait(job, timeout=_PATIENCE_S)
        except (*_FAILURES, TimeoutError):
            return None
        try:
            planes = np.asarray(request.make_array("main"), np.uint8)
            stamped_ns = request.get_metadata().get("SensorTimestamp", 0)
        except _FAILURES:
            return None
        finally:
            request.release()
        frame = Frame(self._stamp(stamped_ns), np.ascontiguousarray(planes[:HEIGHT_PX, :WIDTH_PX]))
        self._turn(frame.at_s)
        return frame

    def release(self) -> None:
        for step in (self._camera.stop, self._camera.close):
            try:
                step()
            except _FAILURES:
                continue  # it is gone already, or was never started

    def _stamp(self, stamped_ns: float) -> float:
        """The sensor stamps the first line with the time since boot, which stands still in no kiosk."""
        now_s, stamped_s = self._now(), stamped_ns / 1e9
        return stamped_s if 0.0 <= now_s - stamped_s <= _OLDEST_STAMP_S else now_s

    def _turn(self, at_s: float) -> None:
        if not self._alternate or at_s - self._began_s < SPELL_S:
            return
        self._is_steady, self._began_s = not self._is_steady, at_s
        held = {"AeEnable": False, "ExposureTime": round(1e6 * STEADY_S), "AnalogueGain": _STEADY_GAIN}
        try:
            self._camera.set_controls(held if self._is_steady else {"AeEnable": True})
        except _FAILURES:
            self._alternate = False
