"""Motion JPEG from a FIFO or a Unix socket: JPEG images one after the other, whatever stands between them.

An image begins with the marker SOI and ends with EOI (ISO/IEC 10918-1, table B.1). Of many that have come at
once the last counts. What never ends is thrown away at `MAX_IMAGE_BYTES`.
"""

from __future__ import annotations

import os
import select
import socket
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from typing_extensions import override

from drivers.camera.frame import Frame, Grey, opencv_silenced
from drivers.camera.latest import Capture, LatestOnly
from drivers.errors import DeviceUnavailable

MAX_IMAGE_BYTES: Final = 4 * 1024 * 1024

_BEGINS, _ENDS = b"\xff\xd8\xff", b"\xff\xd9"
_READ_BYTES: Final = 1 << 18
_WAIT_S: Final = 0.1
_NOBODY_WRITES_S: Final = 0.02


class JpegCutter:
    """Cuts a stream of bytes into images; holds at most `MAX_IMAGE_BYTES`."""

    def __init__(self) -> None:
        self._pending = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """The images that `data` completes, oldest first."""
        self._pending += data
        whole: list[bytes] = []
        while (image := self._next()) is not None:
            whole.append(image)
        if len(self._pending) > MAX_IMAGE_BYTES:
            self._pending.clear()
        return whole

    def _next(self) -> bytes | None:
        begin = self._pending.find(_BEGINS)
        if begin < 0:
            del self._pending[: max(0, len(self._pending) - len(_BEGINS) + 1)]
            return None
        end = self._pending.find(_ENDS, begin + len(_BEGINS))
        if end < 0:
            del self._pending[:begin]
            return None
        image = bytes(self._pending[begin : end + len(_ENDS)])
        del self._pending[: end + len(_ENDS)]
        return image


class StreamCamera(LatestOnly):
    """`path`: of the FIFO, from which this end reads, or of the socket, to which it connects."""

    def __init__(self, path: Path, now: Callable[[], float]) -> None:
        super().__init__(f"camera mjpeg:{path}", now)
        self._path = path

    @override
    def _capture(self) -> Capture:
        try:
            mode = self._path.stat().st_mode
            if stat.S_ISSOCK(mode):
                return StreamCapture(_connected(self._path), self._now, patient=False)
            if stat.S_ISFIFO(mode):
                descriptor = os.open(self._path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
                return StreamCapture(descriptor, self._now, patient=True)
        except OSError as error:
            raise DeviceUnavailable(
                f"The {self._what} cannot be opened ({error.strerror}): start what sends the pictures."
            ) from error
        raise DeviceUnavailable(f"{self._path} is neither a FIFO nor a socket: use file: for a film.")


class StreamCapture:
    """One opened stream. `patient`: nobody need write yet, as at a FIFO."""

    def __init__(self, descriptor: int, now: Callable[[], float], *, patient: bool) -> None:
        self._descriptor = descriptor
        self._now = now
        self._cutter = JpegCutter()
        self.waits = True
        self._patient = patient

    def next(self) -> Frame | None:
        ready, _, _ = select.select([self._descriptor], [], [], _WAIT_S)
        if not ready:
            return None
        try:
            data = os.read(self._descriptor, _READ_BYTES)
        except BlockingIOError:
            return None
        except OSError:
            data, self._patient = b"", False
        if not data:
            self.waits = self._patient
            time.sleep(_NOBODY_WRITES_S)  # an end without a writer is always ready
            return None
        at_s, images = self._now(), self._cutter.feed(data)
        self._patient = False
        grey = _decoded(images[-1]) if images else None
        return None if grey is None else Frame(at_s, grey)

    def release(self) -> None:
        os.close(self._descriptor)


def _connected(path: Path) -> int:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(1.0)
        client.connect(str(path))
        client.setblocking(False)
        return client.detach()


def _decoded(image: bytes) -> Grey | None:
    with opencv_silenced():
        try:
            picture = cv2.imdecode(np.frombuffer(image, np.uint8), cv2.IMREAD_GRAYSCALE)
        except cv2.error:
            return None
    return None if picture is None else np.asarray(picture, np.uint8)
