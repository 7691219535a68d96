"""A camera of Video4Linux, by OpenCV's `CAP_V4L2`."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from typing import Final

import cv2
from typing_extensions import override

from drivers.camera.exposure import Alternation
from drivers.camera.frame import HEIGHT_PX, WIDTH_PX, Frame, grey_of, opencv_silenced
from drivers.camera.latest import Capture, LatestOnly
from drivers.camera.v4l2_controls import V4L2Controls
from drivers.errors import DeviceUnavailable

_OLDEST_STAMP_S: Final = 1.0


class V4L2Camera(LatestOnly):
    """`alternate`: steer the exposure (`drivers.camera.exposure`) where the camera has the controls."""

    def __init__(self, path: str, now: Callable[[], float]) -> None:
        super().__init__(f"camera {path}", now)
        self._path = path
        self.alternate = True

    @override
    def _capture(self) -> Capture:
        require_character_device(self._path)
        return V4L2Capture(open_v4l2(self._path), self._now, self._controls())

    def _controls(self) -> V4L2Controls | None:
        return V4L2Controls.opened(self._path) if self.alternate else None


class V4L2Capture:
    """Frames of an opened cv2.VideoCapture, stamped by the driver where it stamps with the same clock."""

    waits = False

    def __init__(
        self, capture: cv2.VideoCapture, now: Callable[[], float], controls: V4L2Controls | None
    ) -> None:
        self._opencv = capture
        self._now = now
        self._controls = controls
        self._exposure = controls.alternation() if controls is not None else None

    def next(self) -> Frame | None:
        if not self._opencv.grab():
            return None
        at_s = self._stamp(self._now())
        read, picture = self._opencv.retrieve()
        if not read:
            return None
        frame = Frame(at_s, grey_of(picture))
        self._steer(frame)
        return frame

    def release(self) -> None:
        self._opencv.release()
        if self._controls is not None:
            self._controls.close()

    def _stamp(self, grabbed_s: float) -> float:
        """The kernel stamps a buffer with CLOCK_MONOTONIC when its first byte came; 0 where it does not."""
        stamped_s = self._opencv.get(cv2.CAP_PROP_POS_MSEC) / 1000.0
        return stamped_s if 0.0 <= grabbed_s - stamped_s <= _OLDEST_STAMP_S else grabbed_s

    def _steer(self, frame: Frame) -> None:
        exposure: Alternation | None = self._exposure
        if exposure is None or self._controls is None:
            return
        wanted_s = exposure.after(frame.grey, frame.at_s)
        if wanted_s is not None and not self._controls.expose(wanted_s):
            self._exposure = None  # it has the control and does not let it be set: left to itself again


def require_character_device(path: str) -> None:
    """Say what is wrong before OpenCV does: it tells only that it failed, on stderr."""
    try:
        mode = os.stat(path).st_mode
    except OSError as error:
        if error.errno == errno.ENOENT:
            raise DeviceUnavailable(
                f"There is no camera at {path}: check its cable and the camera's name in site.toml."
            ) from error
        raise DeviceUnavailable(f"The camera {path} cannot be looked at: {error.strerror}.") from error
    if not stat.S_ISCHR(mode):
        raise DeviceUnavailable(f"{path} is not a camera: check the camera's name in site.toml.")
    if not os.access(path, os.R_OK | os.W_OK):
        raise DeviceUnavailable(
            f"The camera {path} is not open to this user: add the user to the group video."
        )


def open_v4l2(path: str) -> cv2.VideoCapture:
    """Raises DeviceUnavailable."""
    with opencv_silenced():
        capture = cv2.VideoCapture(path, cv2.CAP_V4L2)
        if not capture.isOpened():
            capture.release()
            raise DeviceUnavailable(
                f"The camera {path} cannot be opened: it is in use by another program, or is no camera."
            )
        # Motion JPEG: uncompressed 720p exceeds USB 2 at more than 10 frames a second.
        capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, WIDTH_PX)
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, HEIGHT_PX)
        capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
    return capture
