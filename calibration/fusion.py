"""One reading from the pictures of one passage.

A single pixel of a single picture is no measurement: its noise is 0.3 to
0.7 °C at 8 Hz, and the hottest of some sixty is hot by luck, 1 °C too high
and more.
So:

1. A picture with faults is not used, and its faults are told. A picture
   without a face, with the face elsewhere than a step away from the last one,
   or after a gap of some pictures, starts anew: it may be another person.
   Pictures older than `window_s` are let go.
2. Each face is shifted by whole pixels so that the centres of mass coincide,
   and only pixels that are face in most of the pictures count.
3. Where a pixel scatters from picture to picture by more than the sensor's own
   noise explains, the face has moved or was half covered: the oldest picture
   goes, and there is no reading yet.
4. Pictures are dealt into two halves. Each half's mean chooses its four
   hottest pixels, and the other half's mean says how hot those are; the
   result is the mean of the two. What noise has chosen, other noise measures,
   so luck has no part in it.

Emissivity is exchanged before, for skin in the surroundings that the picture
shows (radiometry.py); record and blackbody are applied after. All act on
temperatures of the surface.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from calibration.calibration_of_site import Calibration
from calibration.face_region import Face, find_face
from calibration.image import Celsius, ThermalImage
from calibration.radiometry import SKIN_EMISSIVITY, read_with, surroundings_celsius
from calibration.reading import Missing, NoReading, Reading
from calibration.reference import BlackbodyReference
from calibration.uncertainty import Budget, budget, netd_celsius, skin_to_oral

HOTTEST_PIXELS = 4
STEP_PX = 4.0
GAP_FRAMES = 3.0
MAX_FRAMES = 64
MIN_DEGREES_OF_FREEDOM = 30
MOST_SCATTER = 3.0
"""Times the sensor's own noise: pictures that differ more from each other do not show one face at rest."""

Values = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class _Sample:
    """One picture's skin, shape (24, 32), and where in it the face is."""

    image: ThermalImage
    celsius: Celsius
    face: Face
    reflected_celsius: float


class Fusion:
    """Collects the pictures of one passage; make a new one, or `reset()`, for the next.

    `frames` is how many pictures a reading takes at least, `most_frames` how
    many of the newest are kept, `window_s` how far back they may lie.
    `reflected_celsius` is the site's; None takes it from
    each picture. `reference` is the blackbody in the picture, which is no face.
    """

    def __init__(
        self,
        *,
        frames: int = 4,
        most_frames: int = MAX_FRAMES,
        window_s: float = 2.0,
        refresh_hz: float = 8.0,
        reflected_celsius: float | None = None,
        reference: BlackbodyReference | None = None,
    ) -> None:
        if frames < 2:
            raise ValueError(f"A reading takes at least 2 frames, not {frames}.")
        self._frames = frames
        self._window_s = window_s
        self._refresh_hz = refresh_hz
        self._reflected_celsius = reflected_celsius
        self._patch = None if reference is None else reference.area
        self._samples: deque[_Sample] = deque(maxlen=most_frames)
        self._faults: set[str] = set()
        self._missing = Missing.NO_FACE

    @property
    def frames(self) -> int:
        """How many pictures are in the fusion now."""
        return len(self._samples)

    @property
    def missing(self) -> Missing:
        """What the newest picture lacks, while there are none in the fusion."""
        return self._missing

    @property
    def face(self) -> Face | None:
        """Where the face is in the newest picture, for a display."""
        return self._samples[-1].face if self._samples else None

    def reset(self) -> None:
        self._samples.clear()
        self._faults.clear()
        self._missing = Missing.NO_FACE

    def add(self, image: ThermalImage) -> None:
        """Take one picture into account."""
        if image.faults:
            self._faults.update(image.faults)
            self._missing = Missing.SENSOR_FAULT
            return
        found = find_face(image.celsius, self._patch)
        if isinstance(found, Missing):
            self._samples.clear()
            self._missing = found
            return
        if self._samples and not self._is_the_same(image, found):
            self._samples.clear()
        self._samples.append(self._sample(image, found))
        while image.at_s - self._samples[0].image.at_s > self._window_s:
            self._samples.popleft()
        self._missing = Missing.NO_FACE

    def _is_the_same(self, image: ThermalImage, face: Face) -> bool:
        """Whether the newest face can be the one before: nearby, and hardly out of sight since."""
        last = self._samples[-1]
        gap_s = image.at_s - last.image.at_s
        return gap_s <= GAP_FRAMES * 2.0 / self._refresh_hz and _distance_px(last.face, face) <= STEP_PX

    def reading(self, calibration: Calibration) -> Reading | NoReading:
        """What the pictures so far amount to, corrected by `calibration`."""
        if len(self._samples) < self._frames:
            return NoReading(self._missing)
        faces = _aligned(list(self._samples))
        if _pixels(faces).shape[1] < 2 * HOTTEST_PIXELS:
            return NoReading(Missing.NO_FACE)
        assumed = netd_celsius(self._refresh_hz)
        noise = pixel_noise_celsius(faces, assumed)
        if noise > MOST_SCATTER * assumed:
            self._samples.popleft()  # the newer ones may be of a face that has come to rest
            return NoReading(self._missing)
        skin = calibration.corrected(hottest_of_halves(faces))
        skin_budget = self._budget(calibration, skin, noise)
        oral, newest = calibration.oral, self._samples[-1]
        model = skin_to_oral(oral.slope, oral.u_celsius, oral.source)
        return Reading(
            face_skin_celsius=skin,
            u_celsius=skin_budget.u_celsius,
            calibration_id=calibration.id,
            frames=len(self._samples),
            face_width_px=round(float(np.median([sample.face.width_px for sample in self._samples]))),
            oral_estimate_celsius=oral.estimate(skin),
            oral_u_celsius=oral.u_of(skin_budget.u_celsius),
            face_fill=float(np.median([sample.face.fill for sample in self._samples])),
            budget=(*skin_budget.terms, model),
            faults=tuple(sorted(self._faults)),
            raw=tuple(word for sample in self._samples for word in sample.image.raw),
            emissivity=newest.image.emissivity,
            reference_offset_celsius=None if calibration.reference is None else calibration.reference.celsius,
            oral_model_id=oral.model_id,
        )

    def _budget(self, calibration: Calibration, celsius: float, noise_celsius: float) -> Budget:
        return budget(
            calibration.record,
            calibration.reference,
            celsius=celsius,
            reflected_celsius=self._samples[-1].reflected_celsius,
            pixel_noise_celsius=noise_celsius,
            frames=len(self._samples),
            pixels=HOTTEST_PIXELS,
        )

    def _sample(self, image: ThermalImage, face: Face) -> _Sample:
        reflected = self._reflected_celsius
        if reflected is None:
            reflected = surroundings_celsius(image)
        return _Sample(image, read_with(image, SKIN_EMISSIVITY, reflected), face, reflected)


def hottest_of_halves(faces: Values) -> float:
    """The mean of the four hottest pixels of aligned faces, shape (n, rows, columns), free of luck.

    NaN marks what is no face. A single picture chooses and measures for itself.
    """
    flat = _pixels(faces)
    first = flat[::2].mean(axis=0)
    second = flat[1::2].mean(axis=0) if len(flat) > 1 else first
    return float((_chosen_by(first, second) + _chosen_by(second, first)) / 2)


def pixel_noise_celsius(faces: Values, assumed: float) -> float:
    """The scatter of a pixel from picture to picture, over the warmer half of the face (JCGM 100, 4.2.4).

    `assumed` where there are too few pictures and pixels to tell.
    """
    flat = _pixels(faces)
    mean = flat.mean(axis=0)
    warm = flat[:, mean >= np.median(mean)]
    freedom = (warm.shape[0] - 1) * warm.shape[1]
    if freedom < MIN_DEGREES_OF_FREEDOM:
        return assumed
    return math.sqrt(float(((warm - warm.mean(axis=0)) ** 2).sum()) / freedom)


def _pixels(faces: Values) -> Values:
    """Shape (n, pixels): those that are face throughout."""
    return faces[:, np.isfinite(faces).all(axis=0)]


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
