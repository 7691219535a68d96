"""Pieces of a picture in which a code may be, turned to face the viewer.

zxing-cpp allows for some perspective; strong perspective, and a code whose corner is hidden, it does not
find. A homography from four corners puts the plane of the code parallel to the picture.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, pairwise
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from drivers.qr.code import DECODER_FAILURES, Grey
from drivers.qr.finder import Finder, alike, finders

Points = npt.NDArray[np.float32]

_SIDE_PX: Final = 640
_MARGIN: Final = 0.12
_MOST_TRIPLES: Final = 12


def straightened(grey: Grey) -> Iterator[Grey]:
    """Square pieces, (640, 640) uint8, the likeliest first."""
    try:
        quads = [*_by_detector(grey), *_by_finders(grey)]
        for quad in quads:
            if _is_sane(quad):
                yield _warped(grey, quad)
    except DECODER_FAILURES:
        return


def _by_detector(grey: Grey) -> Iterator[Points]:
    found, corners = cv2.QRCodeDetector().detectMulti(grey)
    if found and corners is not None:
        yield from (np.asarray(quad, np.float32) for quad in np.asarray(corners).reshape(-1, 4, 2))


def _by_finders(grey: Grey) -> Iterator[Points]:
    for group in alike(finders(grey)):
        for three in list(combinations(group, 3))[:_MOST_TRIPLES]:
            yield _around(three)


def _around(three: tuple[Finder, ...]) -> Points:
    """The quadrangle around three patterns: the corner opposite the longest side is the right angle's.

    The fourth corner is the parallelogram's; each side is taken out by the 3.5 modules from a pattern's
    centre to the symbol's edge.
    """
    points = [np.array((finder.x, finder.y)) for finder in three]
    at = max(range(3), key=lambda i: float(np.hypot(*(points[(i + 1) % 3] - points[(i + 2) % 3]))))
    corner, one, other = points[at], points[(at + 1) % 3], points[(at + 2) % 3]
    module = float(np.mean([finder.module_px for finder in three]))
    a, b = (side / max(float(np.hypot(*side)), 1.0) * 3.5 * module for side in (one - corner, other - corner))
    return np.array((corner - a - b, one + a - b, one + other - corner + a + b, other - a + b), np.float32)


def _is_sane(quad: Points) -> bool:
    sides = [float(np.hypot(*(one - other))) for one, other in pairwise((*quad, quad[0]))]
    return bool(np.isfinite(quad).all()) and min(sides) > 20 and max(sides) < 6 * min(sides)


def _warped(grey: Grey, quad: Points) -> Grey:
    near, far = _SIDE_PX * _MARGIN, _SIDE_PX * (1 - _MARGIN)
    square = np.array(((near, near), (far, near), (far, far), (near, far)), np.float32)
    matrix = cv2.getPerspectiveTransform(quad, square)
    flat = cv2.warpPerspective(
        grey, matrix, (_SIDE_PX, _SIDE_PX), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(flat, np.uint8)
