"""The camera's picture for the screen: an eighth of the size, some eight times a second.

At the distance at which codes are shown a module has half a pixel in it: enough to aim by, not to read.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable

import cv2

from drivers.camera import Frame
from kiosk.wire import CAMERA_COLUMNS, CAMERA_ROWS, CameraPicture

EVERY_S = 0.12


class Viewfinder:
    """`publish` takes the pictures, which are for the lane's screen."""

    def __init__(self, publish: Callable[[CameraPicture], None], lane: str = "") -> None:
        self._publish = publish
        self._lane = lane
        self._next_s = 0.0

    def show(self, frame: Frame) -> None:
        """Show this frame, if its turn has come."""
        if frame.at_s < self._next_s or not frame.grey.size:
            return
        self._next_s = frame.at_s + EVERY_S
        small = cv2.resize(frame.grey, (CAMERA_COLUMNS, CAMERA_ROWS), interpolation=cv2.INTER_AREA)
        self._publish(CameraPicture(b64encode(small.tobytes()).decode("ascii"), self._lane))
