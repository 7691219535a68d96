"""One reading from the pictures of one passage.

A single pixel of a single picture is no measurement: its noise is 0.28 °C at
8 Hz, and the hottest of some sixty is hot by luck, some 1 °C too high.
So:

1. A picture with faults is not used. A picture without a face, or with the
   face elsewhere than a step away from the last one, starts anew: it may be
   another person. Pictures older than `window_s` are let go.
2. Each face is shifted by whole pixels so that the centres of mass coincide,
   and only pixels that are face in most of the pictures count.
3. Pictures are dealt into two halves. Each half's mean chooses its four
   hottest pixels, and the other half's mean says how hot those are; the
   result is the mean of the two. What noise has chosen, other noise measures,
   so luck has no part in it.

Emissivity is exchanged before, and the calibration record applied after:
both act on temperatures of the surface.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from calibration.face_region import Face, find_face
from calibration.image import Celsius, ThermalImage
from calibration.radiometry import SKIN_EMISSIVITY, with_emissivity
from calibration.reading import Missing, NoReading, Reading
from calibration.record import CalibrationRecord
from calibration.uncertainty import Budget, budget

HOTTEST_PIXELS = 4
STEP_PX = 4.0
OPEN_AIR_SHIFT_CELSIUS = 8.0
"""Without a better one the reflected temperature is Ta - 8 °C (as the maker's library does)."""

Values = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class _Sample:
    at_s: float
    celsius: Celsius
    face: Face
    reflected_celsius: float


class Fusion:
    """Collects the pictures of one passage; make a new one, or `reset()`, for the next.

    `frames` is how many pictures a reading takes at least, `window_s` how far
    back they may lie. `reflected_celsius` is the site's; None takes what each
    picture was decoded with.
    """

    def __init__(
        self,
        *,
        frames: int = 4,
        window_s: float = 2.0,
        refresh_hz: float = 8.0,
        reflected_celsius: float | None = None,
    ) -> None:
        if frames < 2:
            raise ValueError(f"A reading takes at least 2 frames, not {frames}.")
        self._frames = frames
        self._window_s = window_s
        self._refresh_hz = refresh_hz
        self._reflected_celsius = reflected_celsius
        self._samples: deque[_Sample] = deque(maxlen=64)
        self._missing = Missing.NO_FACE

    @property
    def frames(self) -> int:
        """How many pictures are in the fusion now."""
        return len(self._samples)

    @property
    def face(self) -> Face | None:
        """Where the face is in the newest picture, for a display."""
        return self._samples[-1].face if self._samples else None

    def reset(self) -> None:
        self._samples.clear()
        self._missing = Missing.NO_FACE

    def add(self, image: ThermalImage) -> None:
        """Take one picture into account."""
        if image.faults:
            self._missing = Missing.SENSOR_FAULT
            return
        found = find_face(image.celsius)
        if isinstance(found, Missing):
            self._samples.clear()
            self._missing = found
            return
        if self._samples and _distance_px(self._samples[-1].face, found) > STEP_PX:
            self._samples.clear()
        self._samples.append(self._sample(image, found))
        while image.at_s - self._samples[0].at_s > self._window_s:
            self._samples.popleft()
        self._missing = Missing.NO_FACE

    def reading(self, record: CalibrationRecord | None) -> Reading | NoReading:
        """What the pictures so far amount to, corrected by `record` where there is one."""
        if len(self._samples) < self._frames:
            return NoReading(self._missing)
        celsius = self._corrected(record)
        return Reading(
            face_skin_celsius=celsius,
            u_celsius=self.budget(record).u_celsius,
            calibration_id=None if record is None else record.calibration_id,
            frames=len(self._samples),
            face_width_px=round(float(np.median([sample.face.width_px for sample in self._samples]))),
        )

    def budget(self, record: CalibrationRecord | None) -> Budget:
        """The uncertainty of `reading(record)`, term by term. Needs at least one picture."""
        return budget(
            record,
            celsius=self._corrected(record),
            reflected_celsius=self._samples[-1].reflected_celsius,
            frames=len(self._samples),
            pixels=HOTTEST_PIXELS,
            refresh_hz=self._refresh_hz,
        )

    def _corrected(self, record: CalibrationRecord | None) -> float:
        celsius = hottest_of_halves(_aligned(list(self._samples)))
        return celsius if record is None else record.offset_celsius + record.gain * celsius

    def _sample(self, image: ThermalImage, face: Face) -> _Sample:
        decoded = image.reflected_celsius
        if decoded is None:
            decoded = image.ta_celsius - OPEN_AIR_SHIFT_CELSIUS
        reflected = decoded if self._reflected_celsius is None else self._reflected_celsius
        skin = with_emissivity(
            image.celsius,
            image.emissivity,
            SKIN_EMISSIVITY,
            reflected,
            decoded_reflected_celsius=decoded,
        )
        return _Sample(image.at_s, skin, face, reflected)


def hottest_of_halves(faces: Values) -> float:
    """The mean of the four hottest pixels of aligned faces, shape (n, rows, columns), free of luck.

    NaN marks what is no face. A single picture chooses and measures for itself.
    """
    flat = faces[:, np.isfinite(faces).all(axis=0)]
    first = flat[::2].mean(axis=0)
    second = flat[1::2].mean(axis=0) if len(flat) > 1 else first
    return float((_chosen_by(first, second) + _chosen_by(second, first)) / 2)


def _chosen_by(chooser: Values, measured: Values) -> float:
    return float(measured[np.argsort(chooser)[-HOTTEST_PIXELS:]].mean())


def _aligned(samples: list[_Sample]) -> Values:
    """The pictures shifted onto their median face, shape (n, 24, 32), NaN where a pixel is mostly no face.

    A shift is in whole pixels: nothing is interpolated, so noise stays noise.
    """
    row = float(np.median([sample.face.centre_row for sample in samples]))
    column = float(np.median([sample.face.centre_column for sample in samples]))
    shifts = [
        (round(row - sample.face.centre_row), round(column - sample.face.centre_column)) for sample in samples
    ]
    pairs = list(zip(samples, shifts, strict=True))
    values = np.stack([_shifted(sample.celsius.astype(np.float64), shift) for sample, shift in pairs])
    masks = np.stack([_shifted(sample.face.mask.astype(np.float64), shift) for sample, shift in pairs])
    return np.where(np.nan_to_num(masks).mean(axis=0) > 0.5, values, np.nan)


def _shifted(values: Values, shift: tuple[int, int]) -> Values:
    """`values` moved by (rows, columns); NaN comes in from outside."""
    down, right = shift
    rows, columns = values.shape
    padded = np.pad(values, ((abs(down), abs(down)), (abs(right), abs(right))), constant_values=np.nan)
    top, left = abs(down) - down, abs(right) - right
    return padded[top : top + rows, left : left + columns]


def _distance_px(before: Face, after: Face) -> float:
    return float(np.hypot(after.centre_row - before.centre_row, after.centre_column - before.centre_column))
