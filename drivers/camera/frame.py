"""One picture, and what a poller needs of a camera."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

Grey: TypeAlias = npt.NDArray[np.uint8]

ENTRY_POINTS: Final = "checkpoint.cameras"
WIDTH_PX: Final = 1280
HEIGHT_PX: Final = 720
STALL_S: Final = 2.0


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


def grey_of(picture: cv2.typing.MatLike) -> Grey:
    """A picture as OpenCV gives it, (height, width) or (height, width, 3), without its colours."""
    grey = picture if picture.ndim == 2 else cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    return np.asarray(grey, np.uint8)


@contextmanager
def opencv_silenced() -> Iterator[None]:
    """OpenCV tells of its troubles on stderr; who uses this says them better."""
    level = cv2.utils.logging.getLogLevel()
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        yield
    finally:
        cv2.utils.logging.setLogLevel(level)
