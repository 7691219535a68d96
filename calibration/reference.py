"""A blackbody that stays in the picture: the sensor's present offset, frame after frame.

1. The blackbody covers a patch of at least 3 x 3 pixels. Where a side has 5
   pixels or more, the outermost ones, which may see past its rim, are left
   out.
2. The patch is read with the blackbody's own emissivity, corrected by the
   record, and averaged; true minus that is one frame's offset. The offset in
   force is the mean of the last `AVERAGE_S` of frames, whose noise is far
   below that of a face.
3. A frame is not used where the patch is no blackbody at its temperature:
   its pixels differ too much (something stands half before it); it is further
   off than a sensor drifts; or it has suddenly moved (somebody is before it).
   A first offset takes `FIRST_S` of frames that agree and do not move. After
   a gap they must come back close to where they were, closer the shorter it
   was; after `FORGOTTEN_S` any place is as good as the first.
4. A blackbody that was switched off cools as slowly as a sensor drifts, but
   goes further: an offset that leaves its own long mean, or moves faster than
   a warmed-up sensor does, is no longer believed.
5. The last good offset stands in for `EXPIRES_S`, then there is none, and the
   kiosk is not calibrated.

Bounds are for the MLX90640: +-3 °C of drift over years and +-1 °C of accuracy
(datasheet 3901090640 rev. 12, 12.1.1), noise of up to 1 °C a pixel at 16 Hz.
Pure: the time is the images'.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from calibration.image import COLUMNS, ROWS, ThermalImage
from calibration.radiometry import read_with, surroundings_celsius
from calibration.record import CalibrationRecord

AVERAGE_S = 30.0
EXPIRES_S = 60.0
FIRST_S = 10.0
FIRST_FRAMES = 6
FORGOTTEN_S = 1800.0
SMALLEST_PX = 3
TRIMMED_FROM_PX = 5

MAX_OFFSET_CELSIUS = 4.0
MAX_SPREAD_CELSIUS = 2.0
MAX_MEAN_SPREAD_CELSIUS = 1.0
SUDDEN_CELSIUS = 0.5
SUDDEN_SIGMAS = 4.0
DRIFT_CELSIUS_PER_S = 0.15 / 60
MAX_RATE_CELSIUS_PER_S = 0.6 / 60
LONG_MEAN_S = 1800.0
ESTABLISHED_S = 600.0
MAX_FROM_LONG_MEAN_CELSIUS = 1.0
MAX_FRAMES = 512

Patch = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class BlackbodyReference:
    """Where the blackbody is in the picture (row 0 on top), and what its certificate says.

    `u_celsius` is its standard uncertainty (k = 1). Raises ValueError where
    this cannot be a reference.
    """

    top: int
    left: int
    height_px: int
    width_px: int
    celsius: float
    u_celsius: float
    emissivity: float = 0.98

    def __post_init__(self) -> None:
        if min(self.height_px, self.width_px) < SMALLEST_PX:
            raise ValueError(
                f"The blackbody covers {self.height_px} x {self.width_px} pixels; "
                f"at least {SMALLEST_PX} x {SMALLEST_PX} are needed, so bring it closer."
            )
        if not (0 <= self.top <= ROWS - self.height_px and 0 <= self.left <= COLUMNS - self.width_px):
            raise ValueError(
                f"The blackbody at row {self.top}, column {self.left} does not lie in the picture "
                f"of {ROWS} x {COLUMNS} pixels."
            )
        if not 20.0 <= self.celsius <= 50.0:
            raise ValueError(
                f"The blackbody is at {self.celsius:g} °C; a reference for skin lies at 20 to 50 °C."
            )
        if not 0.0 < self.u_celsius <= 1.0:
            raise ValueError(
                "The blackbody's standard uncertainty lies above 0 and up to 1 °C, "
                f"not at {self.u_celsius:g}."
            )
        if not 0.95 <= self.emissivity <= 1.0:
            raise ValueError(
                f"The blackbody's emissivity lies between 0.95 and 1, not at {self.emissivity:g}."
            )

    @property
    def area(self) -> tuple[slice, slice]:
        """Rows and columns of the whole patch."""
        return slice(self.top, self.top + self.height_px), slice(self.left, self.left + self.width_px)

    @property
    def inner(self) -> tuple[slice, slice]:
        """Rows and columns of the pixels that count."""
        return _inner(self.top, self.height_px), _inner(self.left, self.width_px)


def _inner(start: int, size: int) -> slice:
    trim = 1 if size >= TRIMMED_FROM_PX else 0
    return slice(start + trim, start + size - trim)


@dataclass(frozen=True, slots=True)
class ReferenceOffset:
    """What must be added to a corrected temperature, as the blackbody shows it now.

    `u_celsius` is the standard uncertainty of the mean by its own scatter
    (type A); the blackbody's own is in `blackbody`. `pixels` is how many
    of the patch count, `at_s` when it was last seen.
    """

    celsius: float
    u_celsius: float
    at_s: float
    frames: int
    pixels: int
    blackbody: BlackbodyReference


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    at_s: float
    offset: float
    patch: Patch


class ReferenceTracker:
    """Follows one blackbody through all of a sensor's frames, whoever stands before it.

    `reflected_celsius` is the site's; None takes it from each picture. Make a
    new one when the sensor or its supply was changed.
    """

    def __init__(self, blackbody: BlackbodyReference, *, reflected_celsius: float | None = None) -> None:
        self._blackbody = blackbody
        self._reflected_celsius = reflected_celsius
        self._good: deque[_Seen] = deque(maxlen=MAX_FRAMES)
        self._candidates: deque[_Seen] = deque(maxlen=MAX_FRAMES)
        self._long_mean: float | None = None
        self._first_s = self._last_s = -math.inf

    @property
    def blackbody(self) -> BlackbodyReference:
        return self._blackbody

    def add(self, image: ThermalImage, record: CalibrationRecord | None) -> None:
        """Take one frame into account, corrected by `record` where there is one."""
        if image.faults or not np.isfinite(image.celsius).all() or image.at_s <= self._last_s:
            return
        seen = self._seen(image, record)
        if abs(seen.offset) > MAX_OFFSET_CELSIUS or float(seen.patch.std()) > MAX_SPREAD_CELSIUS:
            self._candidates.clear()
        elif self._is_in_force(seen.at_s):
            if self._follows(seen):
                self._take(seen)
        else:
            self._consider(seen)

    def offset(self, at_s: float) -> ReferenceOffset | None:
        """The offset at that time; None: never seen, hidden, switched off, or seen over 60 s ago."""
        if not self._is_in_force(at_s):
            return None
        offsets = _offsets(self._good)
        return ReferenceOffset(
            celsius=float(offsets.mean()),
            u_celsius=float(offsets.std(ddof=1)) / math.sqrt(len(offsets)),
            at_s=self._last_s,
            frames=len(offsets),
            pixels=int(self._good[-1].patch.size),
            blackbody=self._blackbody,
        )

    def _is_in_force(self, at_s: float) -> bool:
        return bool(self._good) and at_s - self._last_s <= EXPIRES_S

    def _seen(self, image: ThermalImage, record: CalibrationRecord | None) -> _Seen:
        reflected = self._reflected_celsius
        if reflected is None:
            reflected = surroundings_celsius(image)
        patch = read_with(image, self._blackbody.emissivity, reflected, where=self._blackbody.inner)
        corrected = np.asarray(patch if record is None else record.applied_to(patch), dtype=np.float64)
        return _Seen(image.at_s, self._blackbody.celsius - float(corrected.mean()), corrected)

    def _follows(self, seen: _Seen) -> bool:
        """Whether a frame continues the offset in force."""
        gap_s = seen.at_s - self._last_s
        return _distance(self._good, seen) <= _scatter(self._good) + DRIFT_CELSIUS_PER_S * gap_s

    def _take(self, seen: _Seen) -> None:
        self._good.append(seen)
        step_s = min(seen.at_s - self._last_s, EXPIRES_S)
        self._last_s = seen.at_s
        while seen.at_s - self._good[0].at_s > AVERAGE_S:
            self._good.popleft()
        mean = float(_offsets(self._good).mean())
        if self._long_mean is None:
            self._long_mean, self._first_s = mean, seen.at_s
        self._long_mean += (mean - self._long_mean) * step_s / LONG_MEAN_S
        if abs(mean - self._long_mean) > MAX_FROM_LONG_MEAN_CELSIUS or _moves_too_fast(self._good):
            self._disbelieve(seen.at_s)

    def _disbelieve(self, at_s: float) -> None:
        """Drop the offset; where it had not lasted long, it was none to come back to either."""
        self._good.clear()
        if at_s - self._first_s < ESTABLISHED_S:
            self._long_mean = None

    def _consider(self, seen: _Seen) -> None:
        """A first offset, or one after a gap."""
        if self._candidates and _distance(self._candidates, seen) > _scatter(self._candidates):
            self._candidates.clear()
        self._candidates.append(seen)
        while seen.at_s - self._candidates[0].at_s > AVERAGE_S:
            self._candidates.popleft()
        if seen.at_s - self._candidates[0].at_s < FIRST_S or len(self._candidates) < FIRST_FRAMES:
            return
        if self._is_steady() and self._came_back(seen.at_s):
            self._good = deque(self._candidates, maxlen=MAX_FRAMES)
            self._candidates.clear()
            self._take(self._good.pop())

    def _is_steady(self) -> bool:
        mean_patch = np.mean([candidate.patch for candidate in self._candidates], axis=0)
        return float(mean_patch.std()) <= MAX_MEAN_SPREAD_CELSIUS and not _moves_too_fast(self._candidates)

    def _came_back(self, at_s: float) -> bool:
        gap_s = at_s - self._last_s
        if self._long_mean is None or gap_s > FORGOTTEN_S:
            self._long_mean = None
            return True
        allowed = min(SUDDEN_CELSIUS + DRIFT_CELSIUS_PER_S * gap_s, MAX_FROM_LONG_MEAN_CELSIUS)
        return abs(float(_offsets(self._candidates).mean()) - self._long_mean) <= allowed


def _offsets(seen: Iterable[_Seen]) -> Patch:
    return np.array([each.offset for each in seen])


def _distance(seen: Iterable[_Seen], one: _Seen) -> float:
    return abs(one.offset - float(_offsets(seen).mean()))


def _scatter(seen: Iterable[_Seen]) -> float:
    """How far a frame may lie from the others and be one of them."""
    return max(SUDDEN_CELSIUS, SUDDEN_SIGMAS * float(_offsets(seen).std()))


def _moves_too_fast(seen: Sequence[_Seen]) -> bool:
    """Whether offsets run away, beyond what their noise explains."""
    at, offsets = np.array([each.at_s for each in seen]), _offsets(seen)
    if at[-1] - at[0] < FIRST_S or len(at) < FIRST_FRAMES:
        return False
    at = at - at.mean()
    slope = float(at @ offsets / (at @ at))
    rest = offsets - offsets.mean() - slope * at
    u_slope = math.sqrt(float(rest @ rest) / (len(at) - 2) / float(at @ at))
    return abs(slope) > MAX_RATE_CELSIUS_PER_S + 2 * u_slope
