"""The latest frame only: a thread of its own captures, and each frame replaces the one before.

A capture may wait for a frame as long as it likes, and cannot be interrupted (OpenCV waits up to 10 s). So
one that hangs is let go, not waited for, and gives the device back by itself when it returns.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Final, Protocol

from drivers.camera.frame import STALL_S, Frame
from drivers.errors import DeviceStalled, DeviceUnavailable

CLOSE_S: Final = 0.3

_MISSES_TO_GIVE_UP: Final = 5


class Capture(Protocol):
    """One opening of a device. Used by one thread."""

    def next(self) -> Frame | None:
        """Wait for a frame; None where none has come, which is no frame that was missed if `waits`."""

    @property
    def waits(self) -> bool:
        """Whether a miss means that nothing has come yet, and not that the device fails."""

    def release(self) -> None:
        """Give the device back."""


class LatestOnly(ABC):
    """A `Camera` around a capture. `what`: its name in a sentence, as "camera /dev/video0"."""

    def __init__(self, what: str, now: Callable[[], float]) -> None:
        self._what = what
        self._now = now
        self._grabber: Grabber | None = None

    @abstractmethod
    def _capture(self) -> Capture:
        """Open the device. Raises DeviceUnavailable."""

    def open(self) -> None:
        if self._grabber is not None:
            return
        self._grabber = Grabber(self._capture(), self._now, self._what)
        self._grabber.thread.start()

    def latest(self) -> Frame | None:
        """As in Camera; DeviceStalled when no frame has come for `STALL_S`."""
        grabber = self._grabber
        if grabber is None:
            raise DeviceUnavailable(f"The {self._what} is not open.")
        if grabber.lost.is_set():
            self._let_go()
            raise DeviceUnavailable(f"The {self._what} stopped giving pictures: check its cable.")
        waited_s = self._now() - grabber.last_s
        if waited_s > STALL_S:
            self._let_go()
            raise DeviceStalled(
                f"The {self._what} has sent no picture for {waited_s:.1f} s: unplug it and plug it in again."
            )
        return grabber.take()

    def close(self) -> None:
        """Give the device back; waits at most `CLOSE_S` for it."""
        grabber = self._let_go()
        if grabber is not None:
            grabber.thread.join(CLOSE_S)

    def _let_go(self) -> Grabber | None:
        grabber, self._grabber = self._grabber, None
        if grabber is not None:
            grabber.stopping.set()
        return grabber


class Grabber:
    """The thread around one capture, which alone uses it, and releases it."""

    def __init__(self, capture: Capture, now: Callable[[], float], name: str) -> None:
        self._capture = capture
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
            frame = self._capture.next()
            if frame is None:
                misses += not self._capture.waits
                continue
            misses = 0
            self.last_s = frame.at_s
            with self._lock:
                self._latest = frame
