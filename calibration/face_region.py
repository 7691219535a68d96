"""Find the warm head-shaped region in a thermal picture, or say why there is none to measure.

1. What is no skin is taken out, and counts as background: pixels above
   `HOTTEST_SKIN_CELSIUS` (a drink, a lamp) with a rim of `HOT_RIM_PX`, where
   such a pixel and a cold one mix to the temperature of skin; the blackbody's
   patch with a rim of one pixel. The rest is judged after a blur of 3 x 3
   pixels, which takes well over half of the noise and leaves a width at half
   contrast as it is.
2. Skin stands out from the background by more than the noise of a wall does.
   Warm things are peeled off one by one, the warmest first, each by its own
   contrast to the background, so that a warmer one never hides a cooler one:
   a thing is what is connected above some half of its own contrast, and no more
   than `SKIN_SPAN_CELSIUS` below its own warmest, which parts skin from clothes.
   In a hot room clothes are nearly as warm as skin; there a head ends where it
   suddenly becomes much wider than it was.
3. What lies mainly above or below another thing, and close, is the same
   person: the cheeks below the frame of the glasses, a mask, a neck, a chest.
   Of these only what is as warm as skin is face.
4. Things that are no head are put aside: hotter than a face on the whole, or
   with the outline of a rectangle (sun on a wall, a window, a heater).
5. What is cooler than a head and all below its chin is no person of its own.
   Two heads side by side, of whatever warmth, are two persons; so is one thing
   with a valley between two tops, or one head above another. The upper half
   of a face, above a mask, is wide too, but has one top.
6. At the left or right edge part of the face is outside; the person, who faces
   the sensor, has the picture's right on the left hand. At the upper edge, or at
   both sides, the person is too close. Below `MIN_WIDTH_PX` the pixels at
   the rim, half face and half background, would decide. The lower edge may be
   touched by a neck, but not by a face whose lower part lies beyond it.

Everything is bounded by the 768 pixels and `MAX_THINGS` peelings.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import reduce

import cv2
import numpy as np
import numpy.typing as npt

from calibration.image import COLUMNS, ROWS, Celsius
from calibration.reading import Missing

HOTTEST_SKIN_CELSIUS = 43.0
HOTTEST_FACE_CELSIUS = 40.5
COLDEST_SKIN_CELSIUS = 25.0
MIN_CONTRAST_CELSIUS = 1.5
MIN_CONTRAST_SIGMAS = 2.5
SKIN_SPAN_CELSIUS = 4.0
BACKGROUND_PERCENT = 20.0
HOT_RIM_PX = 2
PATCH_RIM_PX = 1
MIN_WIDTH_PX = 5
MIN_AREA_PX = 6
MAX_THINGS = 8
SAME_PERSON_GAP_PX = 5
SECOND_PERSON_SHARE = 0.25
SECOND_WARMTH_SHARE = 0.3
TWO_HEADS_ASPECT = 2.4
VALLEY_PX = 2
STACKED_HEADS_ASPECT = 2.2
CHIN_ASPECT = 1.2
HEAD_ASPECT = 0.7
WHOLE_FACE_ASPECT = 1.0
SHOULDERS_RATIO = 1.35
EDGE_SHARE = 0.55
MIN_EXTENT = 0.4
RECTANGLE_EXTENT = 0.93
RECTANGLE_MIN_AREA_PX = 40
BLUR_PX = 0.85

Mask = npt.NDArray[np.bool_]
Area = tuple[slice, slice]


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """A face's box (rows and columns from the upper left), its mask of shape (24, 32), its centre of mass."""

    top: int
    left: int
    height_px: int
    width_px: int
    mask: Mask
    centre_row: float
    centre_column: float
    background_celsius: float

    @property
    def fill(self) -> float:
        """The share of the box that is face."""
        return float(self.mask.sum()) / (self.height_px * self.width_px)


def find_face(celsius: Celsius, patch: Area | None = None) -> Face | Missing:
    """The one face in `celsius`, shape (24, 32), or what the person can do about there being none.

    `patch` is where a blackbody stands, which is no face.
    """
    if celsius.shape != (ROWS, COLUMNS) or not np.isfinite(celsius).all():
        return Missing.SENSOR_FAULT
    allowed = _allowed(celsius, patch)
    background = float(np.percentile(celsius, BACKGROUND_PERCENT))
    smooth = cv2.GaussianBlur(np.where(allowed, celsius, np.float32(background)), (3, 3), BLUR_PX)
    least = max(MIN_CONTRAST_CELSIUS, MIN_CONTRAST_SIGMAS * _noise_celsius(celsius))
    things = _things(np.asarray(smooth, dtype=np.float64), allowed, background, least)
    heads = [person for person in _people(things) if _is_head(person)]
    heads = [head for head in heads if not any(_is_beneath(head, other) for other in heads)]
    if not heads:
        return Missing.NO_FACE
    first = max(heads, key=lambda head: head.area)
    others = [head for head in heads if head is not first]
    missing = _objection(first, [other for other in others if _is_second(other, first, background)])
    return missing or _face(first, background)


def _allowed(celsius: Celsius, patch: Area | None) -> Mask:
    """Where skin may be."""
    taken = _grown(_hot(celsius), HOT_RIM_PX)
    if patch is not None:
        rows, columns = patch
        here = np.zeros((ROWS, COLUMNS), dtype=np.uint8)
        here[rows, columns] = 1
        taken |= _grown(here, PATCH_RIM_PX)
    return ~taken


def _hot(celsius: Celsius) -> npt.NDArray[np.uint8]:
    """What is above `HOTTEST_SKIN_CELSIUS`, and what is hotter than any face and connected to it."""
    _, labels = cv2.connectedComponents((celsius > HOTTEST_FACE_CELSIUS).astype(np.uint8), connectivity=8)
    hot = np.unique(labels[celsius > HOTTEST_SKIN_CELSIUS])
    return np.isin(labels, hot).astype(np.uint8)


def _noise_celsius(celsius: Celsius) -> float:
    """The noise of a pixel, from the differences between neighbours; edges are few and do not count."""
    return float(np.median(np.abs(np.diff(celsius, axis=1)))) / (0.6745 * math.sqrt(2))


def _grown(mask: npt.NDArray[np.uint8], pixels: int) -> Mask:
    return np.asarray(cv2.dilate(mask, np.ones((2 * pixels + 1,) * 2, dtype=np.uint8)) > 0)


@dataclass(frozen=True, slots=True, eq=False)
class _Thing:
    """Something warm. `mask` is what of it is as warm as its warmest part, less `SKIN_SPAN_CELSIUS`."""

    mask: Mask
    warmest: float
    mean: float
    top: int
    bottom: int
    left: int
    right: int
    parts: int = 1

    @classmethod
    def of(cls, mask: Mask, warmest: float, mean: float, parts: int = 1) -> _Thing:
        rows, columns = np.nonzero(mask)
        box = int(rows.min()), int(rows.max()), int(columns.min()), int(columns.max())
        return cls(mask, warmest, mean, *box, parts)

    @property
    def area(self) -> int:
        return int(self.mask.sum())

    @property
    def width(self) -> int:
        return self.right - self.left + 1

    @property
    def height(self) -> int:
        return self.bottom - self.top + 1

    @property
    def extent(self) -> float:
        return self.area / (self.width * self.height)


def _things(
    smooth: npt.NDArray[np.float64], allowed: Mask, background: float, least_contrast: float
) -> list[_Thing]:
    """Connected warm regions, the warmest first."""
    left = allowed.copy()
    found: list[_Thing] = []
    while len(found) < MAX_THINGS and left.any():
        warmest = float(np.sort(smooth[left])[-4:].mean())
        contrast = warmest - background
        if contrast < least_contrast or warmest < COLDEST_SKIN_CELSIUS:
            break
        threshold = max(background + EDGE_SHARE * contrast, warmest - SKIN_SPAN_CELSIUS)
        peak = np.unravel_index(int(np.argmax(np.where(left, smooth, -np.inf))), smooth.shape)
        _, labels = cv2.connectedComponents((left & (smooth >= threshold)).astype(np.uint8), connectivity=8)
        mask = _without_shoulders(np.asarray(labels == labels[peak]))
        if int(mask.sum()) >= MIN_AREA_PX:
            found.append(_Thing.of(mask, warmest, float(smooth[mask].mean())))
        left &= ~_grown(mask.astype(np.uint8), 1)
    return found


def _without_shoulders(mask: Mask) -> Mask:
    """`mask` down to where something much wider than a head begins.

    The head's width is the widest row down to where it is `HEAD_ASPECT` as high as wide.
    """
    first, last = mask.argmax(axis=1), COLUMNS - mask[:, ::-1].argmax(axis=1)
    widths = np.where(mask.any(axis=1), last - first, 0)
    top = int(np.argmax(widths > 0))
    widest = np.maximum.accumulate(widths)
    full = np.flatnonzero((np.arange(ROWS) - top + 1 >= HEAD_ASPECT * widest) & (widest >= MIN_WIDTH_PX))
    if not full.size:
        return mask
    broader = np.flatnonzero(widths[full[0] :] > SHOULDERS_RATIO * widest[full[0]])
    if not broader.size:
        return mask
    head = mask.copy()
    head[full[0] + broader[0] :] = False
    return head


def _people(things: list[_Thing]) -> list[_Thing]:
    """Things that belong together, joined: each is the face of one person."""
    people: list[list[_Thing]] = []
    for thing in things:
        own = next((person for person in people if any(_belongs(thing, part) for part in person)), None)
        if own is None:
            people.append([thing])
        else:
            own.append(thing)
    return [_joined(person) for person in people]


def _belongs(thing: _Thing, part: _Thing) -> bool:
    """Whether a thing lies above or below a warmer one, mostly within the same columns, and close."""
    shared = min(thing.right, part.right) - max(thing.left, part.left) + 1
    if shared < 0.5 * min(thing.width, part.width):
        return False
    return max(thing.top - part.bottom, part.top - thing.bottom) <= SAME_PERSON_GAP_PX


def _joined(person: list[_Thing]) -> _Thing:
    """The skin of one person: what is nearly as warm as the warmest thing."""
    warmest = max(thing.warmest for thing in person)
    widest = SHOULDERS_RATIO * person[0].width
    skin = [
        thing
        for thing in person
        if thing.warmest >= warmest - SKIN_SPAN_CELSIUS / 2 and thing.width <= widest
    ]
    if len(skin) == 1:
        return skin[0]
    mask = reduce(np.logical_or, [thing.mask for thing in skin])
    mean = sum(thing.mean * thing.area for thing in skin) / sum(thing.area for thing in skin)
    return _Thing.of(mask, warmest, mean, len(skin))


def _is_head(thing: _Thing) -> bool:
    if thing.mean > HOTTEST_FACE_CELSIUS:
        return False
    return thing.area < RECTANGLE_MIN_AREA_PX or thing.extent < RECTANGLE_EXTENT


def _objection(first: _Thing, others: list[_Thing]) -> Missing | None:
    if others or _is_two_heads(first):
        return Missing.ONE_PERSON
    at_left, at_right = first.left == 0, first.right == COLUMNS - 1
    if at_left and at_right:
        return Missing.STEP_BACK
    if at_left or at_right:
        return Missing.STEP_LEFT if at_left else Missing.STEP_RIGHT
    if first.top == 0 or (first.bottom == ROWS - 1 and first.height < WHOLE_FACE_ASPECT * first.width):
        return Missing.STEP_BACK
    if first.width < MIN_WIDTH_PX:
        return Missing.COME_CLOSER
    return Missing.NO_FACE if first.extent < MIN_EXTENT else None


def _is_two_heads(thing: _Thing) -> bool:
    if thing.parts > 1 and thing.height > STACKED_HEADS_ASPECT * thing.width:
        return True
    if thing.width < 2 * MIN_WIDTH_PX:
        return False
    return thing.width > TWO_HEADS_ASPECT * thing.height or _valley_px(thing) >= VALLEY_PX


def _valley_px(thing: _Thing) -> int:
    """How far the upper outline falls between two tops, in rows."""
    columns = thing.mask[:, thing.left : thing.right + 1]
    outline = np.where(columns.any(axis=0), columns.argmax(axis=0), ROWS)
    from_left, from_right = np.minimum.accumulate(outline), np.minimum.accumulate(outline[::-1])[::-1]
    return int((outline - np.maximum(from_left, from_right)).max())


def _is_second(other: _Thing, first: _Thing, background: float) -> bool:
    """Whether another thing is a person too: of some size and warmth."""
    if other.area < SECOND_PERSON_SHARE * first.area:
        return False
    return other.warmest - background >= SECOND_WARMTH_SHARE * (first.warmest - background)


def _is_beneath(thing: _Thing, head: _Thing) -> bool:
    """Whether a thing is cooler than a head and all below its chin: clothes, hands, a bag."""
    return thing.warmest < head.warmest and thing.top >= head.top + CHIN_ASPECT * head.width


def _face(thing: _Thing, background: float) -> Face:
    rows, columns = np.nonzero(thing.mask)
    return Face(
        top=thing.top,
        left=thing.left,
        height_px=thing.height,
        width_px=thing.width,
        mask=thing.mask,
        centre_row=float(rows.mean()),
        centre_column=float(columns.mean()),
        background_celsius=background,
    )
