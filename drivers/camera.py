"""Cameras: `open()`, `latest()`, `close()`.

`latest()` never waits, and gives the newest frame only, once. A frame is stamped when it is captured, not
when it is taken, so its age is known. A camera that went away raises DeviceUnavailable, one that hangs
DeviceStalled; either may be opened again. Names:

- `/dev/video0`: a USB camera by V4L2
- `folder:PATH`: the images in a folder, in turn, over and over
- `scheme:rest`: a camera registered under the entry point group `checkpoint.cameras`
"""

from __future__ import annotations

import errno
import importlib.metadata
import os
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol, TypeAlias, cast

import cv2
import numpy as np
import numpy.typing as npt

from drivers.errors import DeviceStalled, DeviceUnavailable

Grey: TypeAlias = npt.NDArray[np.uint8]

ENTRY_POINTS: Final = "checkpoint.cameras"
WIDTH_PX: Final = 1280
HEIGHT_PX: Final = 720
STALL_S: Final = 2.0
CLOSE_S: Final = 0.3

_MISSES_TO_GIVE_UP: Final = 5
_IMAGE_SUFFIXES: Final = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".pgm", ".webp", ".tif", ".tiff"})


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture. `at_s`: when it was captured, monotonic seconds; `grey`: (height, width) uint8."""

    at_s: float
    grey: Grey


class Camera(Protocol):
    """What a poller needs of a camera."""

    def open(self) -> None:
        """Raises DeviceUnavailable in one sentence."""

    def latest(self) -> Frame | None:
        """The newest frame not yet taken, None if there is nothing new; never waits.

        Raises:
            DeviceUnavailable: the camera went away.
            DeviceStalled: no frame comes any more.
        """

    def close(self) -> None:
        """Give the device back; harmless when it is not open."""


class V4L2Camera:
    """A camera of Video4Linux. A thread of its own grabs frames and keeps only the latest.

    OpenCV waits up to 10 s for a frame and cannot be interrupted. So a grabber
    that hangs is let go, not waited for, and gives the device back by itself
    when OpenCV returns.
    """

    def __init__(self, path: str, now: Callable[[], float]) -> None:
        self._path = path
        self._now = now
        self._grabber: _Grabber | None = None

    def open(self) -> None:
        if self._grabber is not None:
            return
        _require_character_device(self._path)
        self._grabber = _Grabber(_open_v4l2(self._path), self._now, f"camera {self._path}")
        self._grabber.thread.start()

    def latest(self) -> Frame | None:
        """As in Camera; DeviceStalled when no frame has come for `STALL_S`."""
        grabber = self._grabber
        if grabber is None:
            raise DeviceUnavailable(f"The camera {self._path} is not open.")
        if grabber.lost.is_set():
            self._let_go()
            raise DeviceUnavailable(f"The camera {self._path} stopped giving pictures: check its cable.")
        waited_s = self._now() - grabber.last_s
        if waited_s > STALL_S:
            self._let_go()
            raise DeviceStalled(
                f"The camera {self._path} has sent no picture for {waited_s:.1f} s: "
                "unplug it and plug it in again."
            )
        return grabber.take()

    def close(self) -> None:
        """Give the device back; waits at most `CLOSE_S` for it."""
        grabber = self._let_go()
        if grabber is not None:
            grabber.thread.join(CLOSE_S)

    def _let_go(self) -> _Grabber | None:
        grabber, self._grabber = self._grabber, None
        if grabber is not None:
            grabber.stopping.set()
        return grabber


class _Grabber:
    """One opening of the camera. Its thread alone uses the capture, and releases it."""

    def __init__(self, capture: cv2.VideoCapture, now: Callable[[], float], name: str) -> None:
        self._capture = capture
        self._now = now
        self._lock = threading.Lock()
        self._latest: Frame | None = None
        self.last_s = now()
        self.stopping = threading.Event()
        self.lost = threading.Event()
        self.thread = threading.Thread(target=self._run, name=name, daemon=True)

    def take(self) -> Frame | None:
        """The newest frame, once."""
        with self._lock:
            frame, self._latest = self._latest, None
        return frame

    def _run(self) -> None:
        try:
            self._grab()
        finally:
            self._capture.release()
            self.lost.set()

    def _grab(self) -> None:
        misses = 0
        while not self.stopping.is_set() and misses < _MISSES_TO_GIVE_UP:
            grabbed = self._capture.grab()
            at_s = self._now()
            picture = self._capture.retrieve()[1] if grabbed else None
            if picture is None:
                misses += 1
                continue
            misses = 0
            self.last_s = at_s
            frame = Frame(at_s, _grey(picture))
            with self._lock:
                self._latest = frame


class FolderCamera:
    """The images of a folder, in the order of their names, over and over.

    No image is skipped, however late it is asked for; a new one is due every 1 / `fps` seconds.
    """

    def __init__(self, folder: Path, now: Callable[[], float], *, fps: float = 10.0) -> None:
        self._folder = folder
        self._now = now
        self._interval_s = 1.0 / fps
        self._files: list[Path] = []
        self._taken = 0
        self._due_s = 0.0

    def open(self) -> None:
        try:
            files = sorted(f for f in self._folder.iterdir() if f.suffix.lower() in _IMAGE_SUFFIXES)
        except OSError as error:
            raise DeviceUnavailable(
                f"The camera's image folder {self._folder} cannot be read ({error.strerror}): "
                "check the camera's name in site.toml."
            ) from error
        if not files:
            raise DeviceUnavailable(f"The camera's image folder {self._folder} holds no images: add some.")
        self._files, self._taken, self._due_s = files, 0, self._now()

    def latest(self) -> Frame | None:
        if not self._files:
            raise DeviceUnavailable(f"The camera's image folder {self._folder} is not open.")
        at_s = self._now()
        if at_s < self._due_s:
            return None
        file = self._files[self._taken % len(self._files)]
        self._taken += 1
        self._due_s = at_s + self._interval_s
        return Frame(at_s, _load(file))

    def close(self) -> None:
        self._files = []


def open_camera(name: str, now: Callable[[], float]) -> Camera:
    """The camera of that name (see the head of this file), not yet opened, so that it can be tried again.

    Raises:
        DeviceUnavailable: the name means nothing.
    """
    if name.startswith("/dev/"):
        return V4L2Camera(name, now)
    scheme, colon, rest = name.partition(":")
    if colon and scheme == "folder":
        return FolderCamera(Path(rest), now)
    points = importlib.metadata.entry_points(group=ENTRY_POINTS)
    if colon and scheme in points.names:
        factory = cast("Callable[[str, Callable[[], float]], Camera]", points[scheme].load())
        return factory(rest, now)
    known = ", ".join(["/dev/videoN", "folder:PATH", *sorted(f"{known}:…" for known in points.names)])
    raise DeviceUnavailable(f"{name!r} is no camera: give one of {known} in site.toml.")


def _require_character_device(path: str) -> None:
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


def _open_v4l2(path: str) -> cv2.VideoCapture:
    with _opencv_silenced():
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


@contextmanager
def _opencv_silenced() -> Iterator[None]:
    level = cv2.utils.logging.getLogLevel()
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        yield
    finally:
        cv2.utils.logging.setLogLevel(level)


def _grey(picture: cv2.typing.MatLike) -> Grey:
    grey = picture if picture.ndim == 2 else cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    return np.asarray(grey, np.uint8)


def _load(file: Path) -> Grey:
    with _opencv_silenced():
        picture = cv2.imread(str(file), cv2.IMREAD_GRAYSCALE)
    if picture is None:
        raise DeviceUnavailable(f"{file} is not an image: take it out of the camera's folder.")
    return np.asarray(picture, np.uint8)
