"""Who stands before the sensor: has somebody come, has he gone, may it be somebody else by now.

32 x 24 pixels can't tell one face from another. So a face is the same person
only as long as it is seen without a gap and moves by no more than a step from
one picture to the next.
"""

from __future__ import annotations

import math

from calibration.face_region import Area, Face, find_face
from calibration.fusion import STEP_PX
from calibration.image import Celsius
from calibration.reading import Missing
from kiosk.core.events import FaceAppeared, FaceGone
from kiosk.gatekeeper.clock import TrustedClock
from kiosk.gatekeeper.device_state import Post

GONE_AFTER_PICTURES = 2


class FaceWatch:
    """Posts `FaceAppeared` and `FaceGone` of a lane. `patch` is where a blackbody stands."""

    def __init__(self, patch: Area | None, clock: TrustedClock, post: Post, lane: str = "") -> None:
        self._patch = patch
        self._clock = clock
        self._post = post
        self._lane = lane
        self._face: Face | None = None
        self._missed = 0

    def add(self, celsius: Celsius) -> None:
        """One picture, shape (24, 32), without faults."""
        found = find_face(celsius, self._patch)
        if isinstance(found, Missing):
            self._missed += 1
            if self._missed >= GONE_AFTER_PICTURES:
                self.lose()
            return
        if self._face is not None and _distance_px(self._face, found) > STEP_PX:
            self.lose()
        if self._face is None:
            self._post(FaceAppeared(self._clock.instant(), self._lane))
        self._face, self._missed = found, 0

    def lose(self) -> None:
        """Nobody is known to stand there any more."""
        if self._face is not None:
            self._face = None
            self._post(FaceGone(self._clock.instant(), self._lane))


def _distance_px(before: Face, after: Face) -> float:
    return math.hypot(after.centre_row - before.centre_row, after.centre_column - before.centre_column)
