"""A code that is in view and is not read: how near, how sharp, how bright it is.

What is seen: two finder patterns or more of one size, looked for where the picture is full of fine detail; or
a symbol that zxing-cpp has found and whose error correction has failed.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

import cv2
import numpy as np

from drivers.qr import zxing
from drivers.qr.code import Grey
from drivers.qr.finder import Finder, alike, finders
from drivers.qr.stages import sized, unsharp

Box: TypeAlias = tuple[int, int, int, int]

CLOSER_BELOW_PX: Final = 3.0
BURNT_LEVEL: Final = 250
BURNT_SHARE: Final = 0.12
"""In a code that is well exposed, white is below `BURNT_LEVEL`; half of the code is white."""

_BLOCK_PX: Final = 16
_DETAIL_LEVELS: Final = 8.0  # mean distance of a pixel from its neighbourhood, in grey levels
_DETAIL_TO_NOISE: Final = 2.0
_LEAST_BLOCKS: Final = 9
_LARGEST_PART_PX: Final = 480


class Trouble(StrEnum):
    """What keeps a code from being read, as far as a picture tells."""

    TOO_FAR = "too_far"
    UNSTEADY = "unsteady"
    TOO_BRIGHT = "too_bright"


@dataclass(frozen=True, slots=True)
class Sighting:
    """`module_px`: pixels a module, None where no finder pattern tells; `burnt`: share of white pixels."""

    module_px: float | None
    burnt: float

    @property
    def trouble(self) -> Trouble:
        """The first thing to change: too small to be read, then too bright, else not sharp."""
        if self.module_px is not None and self.module_px < CLOSER_BELOW_PX:
            return Trouble.TOO_FAR
        return Trouble.TOO_BRIGHT if self.burnt > BURNT_SHARE else Trouble.UNSTEADY


def look(grey: Grey) -> Sighting | None:
    """The unread code in `grey`, shape (height, width); None where none is seen."""
    box = detailed(grey)
    if box is None:
        return None
    group = _patterns(grey, box)
    if group:
        module_px = float(np.median([finder.module_px for finder in group]))
        return Sighting(module_px, _burnt(grey, [corner for finder in group for corner in finder.corners]))
    failed = _failed(grey)
    return None if failed is None else Sighting(None, _burnt(grey, failed))


def detailed(grey: Grey) -> Box | None:
    """Left, top, right, bottom of the largest part that is as full of edges as a code is, above the noise."""
    if min(grey.shape, default=0) < 3 * _BLOCK_PX:
        return None
    soft = cv2.blur(grey, (9, 9))
    height, width = grey.shape[0] // _BLOCK_PX, grey.shape[1] // _BLOCK_PX
    detail = cv2.resize(cv2.absdiff(grey, soft), (width, height), interpolation=cv2.INTER_AREA)
    level = max(_DETAIL_LEVELS, _DETAIL_TO_NOISE * float(np.percentile(detail, 30)))
    _, _, stats, _ = cv2.connectedComponentsWithStats((detail > level).astype(np.uint8))
    parts = [part for part in stats[1:].tolist() if part[cv2.CC_STAT_AREA] >= _LEAST_BLOCKS]
    if not parts:
        return None
    left, top, wide, high, _ = max(parts, key=lambda part: part[cv2.CC_STAT_AREA])
    across, down = grey.shape[1] / width, grey.shape[0] / height
    return (
        max(0, int((left - 1) * across)),
        max(0, int((top - 1) * down)),
        min(grey.shape[1], int((left + wide + 1) * across)),
        min(grey.shape[0], int((top + high + 1) * down)),
    )


def _patterns(grey: Grey, box: Box) -> list[Finder]:
    """The patterns of one symbol: at the picture's size, else at twice the size and sharper."""
    left, top, right, bottom = box
    part = grey[top:bottom, left:right]
    found = _most_alike(finders(part))
    if found or max(part.shape) > _LARGEST_PART_PX:
        return [_placed(finder, left, top, 1.0) for finder in found]
    return [_placed(finder, left, top, 2.0) for finder in _most_alike(finders(sized(unsharp(part), 2.0)))]


def _most_alike(found: list[Finder]) -> list[Finder]:
    groups = [group for group in alike(found) if len(group) >= 2]
    return max(groups, key=len, default=[])


def _placed(finder: Finder, left: int, top: int, scale: float) -> Finder:
    """The same pattern in the whole picture, found in a part of it that was `scale` times as large."""
    corners = tuple((x / scale + left, y / scale + top) for x, y in finder.corners)
    return Finder(finder.x / scale + left, finder.y / scale + top, finder.module_px / scale, corners)


def _failed(grey: Grey) -> list[tuple[float, float]] | None:
    """The corners of a symbol that was found and could not be decoded."""
    quads = zxing.failed(grey)
    return [(float(x), float(y)) for x, y in quads[0]] if quads else None


def _burnt(grey: Grey, corners: list[tuple[float, float]]) -> float:
    points = np.clip(np.array(corners), 0, (grey.shape[1], grey.shape[0])).astype(int)
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    part = grey[top:bottom, left:right]
    return float((part >= BURNT_LEVEL).mean()) if part.size else 0.0
