"""Find the warm head-shaped region in a thermal picture, or say why there is none to measure.

1. The background is what a fifth of the picture lies below; pixels above
   `HOTTEST_SKIN_CELSIUS` (a drink, a lamp) are no skin and count as
   background. The rest is judged after a blur of 3 x 3 pixels, which takes
   well over half of the noise and leaves a width at half contrast as it is.
2. Skin stands out from the background by at least `MIN_CONTRAST_CELSIUS`.
   The mask is what lies above half of that contrast, and no more than
   `SKIN_SPAN_CELSIUS` below the warmest skin, which leaves out clothes.
3. Regions are 8-connected. Small ones are specks. A second one of a fair
   part of the first one's size is a second person; so is one much wider than
   high, which is two heads that touch.
4. Below `MIN_WIDTH_PX` the pixels at the rim, half face and half background,
   would decide; at the left, right or upper edge part of the face is outside.
   The lower edge may be touched: that is the neck.

Everything is bounded by the 768 pixels.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from calibration.image import COLUMNS, ROWS, Celsius
from calibration.reading import Missing

HOTTEST_SKIN_CELSIUS = 43.0
COLDEST_SKIN_CELSIUS = 25.0
MIN_CONTRAST_CELSIUS = 2.0
SKIN_SPAN_CELSIUS = 4.0
BACKGROUND_PERCENT = 20.0
MIN_WIDTH_PX = 5
MIN_AREA_PX = 6
SECOND_PERSON_SHARE = 0.35
TWO_HEADS_ASPECT = 1.6
MIN_EXTENT = 0.4
BLUR_PX = 0.85

Mask = npt.NDArray[np.bool_]


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


def find_face(celsius: Celsius) -> Face | Missing:
    """The one face in `celsius`, shape (24, 32), or what the person can do about there being none."""
    if celsius.shape != (ROWS, COLUMNS) or not np.isfinite(celsius).all():
        return Missing.SENSOR_FAULT
    background = float(np.percentile(celsius, BACKGROUND_PERCENT))
    mask = _skin(celsius, background)
    if mask is None:
        return Missing.NO_FACE
    regions = _regions(mask)
    if not regions:
        return Missing.NO_FACE
    label, box = regions[0]
    missing = _objection(box, regions)
    return missing or _face(label, box, background)


@dataclass(frozen=True, slots=True)
class _Box:
    left: int
    top: int
    width: int
    height: int
    area: int


def _skin(celsius: Celsius, background: float) -> Mask | None:
    skin = celsius <= HOTTEST_SKIN_CELSIUS
    smooth = cv2.GaussianBlur(np.where(skin, celsius, np.float32(background)), (3, 3), BLUR_PX)
    warmest = float(np.sort(smooth, axis=None)[-4:].mean())
    contrast = warmest - background
    if contrast < MIN_CONTRAST_CELSIUS or warmest < COLDEST_SKIN_CELSIUS:
        return None
    threshold = max(background + contrast / 2, warmest - SKIN_SPAN_CELSIUS)
    return np.asarray(skin & (smooth >= threshold))


def _regions(mask: Mask) -> list[tuple[Mask, _Box]]:
    """Connected regions that are no specks, the largest first."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    found = []
    for label in range(1, count):
        left, top, width, height, area = (int(value) for value in stats[label])
        if area >= MIN_AREA_PX:
            found.append((np.asarray(labels == label), _Box(left, top, width, height, area)))
    return sorted(found, key=lambda region: -region[1].area)


def _objection(box: _Box, regions: list[tuple[Mask, _Box]]) -> Missing | None:
    if any(other.area >= SECOND_PERSON_SHARE * box.area for _, other in regions[1:]):
        return Missing.ONE_PERSON
    if box.width >= 2 * MIN_WIDTH_PX and box.width > TWO_HEADS_ASPECT * box.height:
        return Missing.ONE_PERSON
    if box.left == 0 or box.left + box.width == COLUMNS or box.top == 0:
        return Missing.MOVE_TO_CENTRE
    if box.width < MIN_WIDTH_PX:
        return Missing.COME_CLOSER
    if box.area < MIN_EXTENT * box.width * box.height:
        return Missing.NO_FACE
    return None


def _face(mask: Mask, box: _Box, background: float) -> Face:
    rows, columns = np.nonzero(mask)
    return Face(
        top=box.top,
        left=box.left,
        height_px=box.height,
        width_px=box.width,
        mask=mask,
        centre_row=float(rows.mean()),
        centre_column=float(columns.mean()),
        background_celsius=background,
    )
