"""A camera in the simulated world.

Frames come at a fixed rate while something is shown, one frame of the empty room follows when it goes, and
then nothing until something is shown again: an unchanged empty room is not worth rendering. A frame is
rendered when it is taken, on whichever thread takes it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from drivers.camera import Frame
from drivers.errors import DeviceUnavailable
from sim.optics import Conditions, PhonePose, render, render_empty, room
from sim.phone import Shown

DEFAULT_FPS: Final = 10.0

_ROUNDING: Final = 1e-6  # of a frame: a frame due at t exists at t, whatever t * fps rounds to


@dataclass(frozen=True, slots=True)
class Picture:
    """What is held before the camera, and since when (monotonic seconds; the first frame is then)."""

    shown: Shown
    pose: PhonePose
    conditions: Conditions
    since_s: float


class PictureSource(Protocol):
    """The part of the world that a camera sees."""

    def picture_at(self, at_s: float, /) -> Picture | None:
        """What is shown at that time, None if nothing."""

    def next_change_at(self, at_s: float, /) -> float:
        """When what is shown next changes by itself after that time; infinite if it does not."""


class SimCamera:
    """A `drivers.camera.Camera`. `now`: monotonic seconds; `room_seed`: of the room behind the people.

    While `unplugged` is set it is not there; plugged in and opened again, it shows the room as it is.
    """

    def __init__(
        self, view: PictureSource, now: Callable[[], float], *, fps: float = DEFAULT_FPS, room_seed: int = 0
    ) -> None:
        self._view = view
        self._now = now
        self._fps = fps
        self._room_seed = room_seed
        self._taken: tuple[float, int] | None = None  # since when what was shown, and which frame of it
        self._last_conditions = Conditions()
        self.unplugged = False
        self._was_away = False

    def open(self) -> None:
        self._require_plugged()
        if self._was_away:
            self._was_away, self._taken = False, (-math.inf, -1)

    def latest(self) -> Frame | None:
        self._require_plugged()
        at_s = self._now()
        picture = self._view.picture_at(at_s)
        if picture is None:
            return self._empty(at_s)
        index = self._index(picture, at_s)
        if self._taken == (picture.since_s, index):
            return None
        self._taken = (picture.since_s, index)
        self._last_conditions = picture.conditions
        grey = render(room(self._room_seed), picture.shown, picture.pose, picture.conditions, index)
        return Frame(picture.since_s + index / self._fps, grey)

    def close(self) -> None:
        self._taken = None

    def next_frame_at(self, at_s: float) -> float:
        """When there is next a frame to take: `at_s` itself if there is one already, infinite if never."""
        picture = self._view.picture_at(at_s)
        change_s = self._view.next_change_at(at_s)
        if picture is None:
            return at_s if self._taken is not None else change_s
        index = self._index(picture, at_s)
        if self._taken != (picture.since_s, index):
            return at_s
        return min(change_s, picture.since_s + (index + 1) / self._fps)

    def _empty(self, at_s: float) -> Frame | None:
        if self._taken is None:
            return None
        _, index = self._taken
        self._taken = None
        return Frame(at_s, render_empty(room(self._room_seed), self._last_conditions, index + 1))

    def _index(self, picture: Picture, at_s: float) -> int:
        """Which frame of the picture is the newest at that time, from 0."""
        return int((at_s - picture.since_s) * self._fps + _ROUNDING)

    def _require_plugged(self) -> None:
        if self.unplugged:
            self._was_away = True
            raise DeviceUnavailable("The simulated camera is unplugged: plug it in again.")
