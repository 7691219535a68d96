"""Where the finder patterns of QR symbols are, whether or not the symbol can be read.

A finder pattern is a dark square of 7 modules, in it a light one of 5, in it a dark one of 3 (ISO/IEC 18004,
6.3.3). Thresholded by its neighbourhood it is a contour with a hole with a contour in it, whose sides stand
as 7 : 5 : 3 from any direction.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from drivers.qr.code import DECODER_FAILURES, Grey

_SMALLEST_SIDE_PX: Final = 8.0
_BLOCK_PX: Final = 61
_BELOW: Final = 8
_MOST_CONTOURS: Final = 20_000
_OUTER_TO_HOLE: Final = (1.1, 2.1)  # 7 : 5, and what blur and threshold make of it
_HOLE_TO_CORE: Final = (1.1, 3.0)  # 5 : 3
_FILLS_ITS_BOX: Final = 0.6
_NEXT, _CHILD = 0, 2


@dataclass(frozen=True, slots=True)
class Finder:
    """One pattern: its centre and its module's size in pixels; `corners` (4, 2) of its outer edge."""

    x: float
    y: float
    module_px: float
    corners: tuple[tuple[float, float], ...]


def finders(grey: Grey) -> list[Finder]:
    """All patterns in the picture, none where it is too small or full of noise."""
    if min(grey.shape, default=0) < _BLOCK_PX:
        return []
    try:
        contours, tree = _contours(grey)
    except DECODER_FAILURES:
        return []
    if tree is None or len(contours) > _MOST_CONTOURS:
        return []
    return list(_patterns(contours, tree[0].tolist()))


def _contours(grey: Grey) -> tuple[tuple[cv2.typing.MatLike, ...], cv2.typing.MatLike | None]:
    calm = cv2.blur(grey, (3, 3))
    dark = cv2.adaptiveThreshold(
        calm, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, _BLOCK_PX, _BELOW
    )
    contours, tree = cv2.findContours(dark, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    return tuple(contours), tree


def _patterns(contours: tuple[cv2.typing.MatLike, ...], tree: list[list[int]]) -> Iterator[Finder]:
    """With two levels of contours a core is a contour of its own: it is looked up by where it lies."""
    cores = _cores(contours, tree)
    for index, (_, _, child, parent) in enumerate(tree):
        if parent != -1 or child == -1 or tree[child][_NEXT] != -1:
            continue
        outer, hole = contours[index], contours[child]
        side = _side(outer)
        if side < _SMALLEST_SIDE_PX or not _is_boxy(outer) or not _within(side / _side(hole), _OUTER_TO_HOLE):
            continue
        box = cv2.minAreaRect(outer)
        (x, y), _, _ = box
        core = cores.get((round(x / 4), round(y / 4)))
        if core is not None and _within(_side(hole) / core, _HOLE_TO_CORE):
            corners = tuple((float(px), float(py)) for px, py in cv2.boxPoints(box))
            yield Finder(float(x), float(y), side / 7, corners)


def _cores(contours: tuple[cv2.typing.MatLike, ...], tree: list[list[int]]) -> dict[tuple[int, int], float]:
    """Sides of the contours without a hole, by the place of their middle and its neighbours."""
    found: dict[tuple[int, int], float] = {}
    for index, (_, _, child, parent) in enumerate(tree):
        if parent != -1 or child != -1 or len(contours[index]) < 4:
            continue
        left, top, width, height = cv2.boundingRect(contours[index])
        column, row = round((left + width / 2) / 4), round((top + height / 2) / 4)
        for x in (column - 1, column, column + 1):
            for y in (row - 1, row, row + 1):
                found[x, y] = max(found.get((x, y), 0.0), _side(contours[index]))
    return found


def _side(contour: cv2.typing.MatLike) -> float:
    """The side of the square of the same area; a contour runs through the middles of its pixels."""
    return math.sqrt(max(cv2.contourArea(contour), 1.0)) + 1.0


def _is_boxy(contour: cv2.typing.MatLike) -> bool:
    _, (width, height), _ = cv2.minAreaRect(contour)
    if min(width, height) <= 0 or max(width, height) > 2.2 * min(width, height):
        return False
    return bool(cv2.contourArea(contour) >= _FILLS_ITS_BOX * width * height)


def _within(value: float, bounds: tuple[float, float]) -> bool:
    return bounds[0] <= value <= bounds[1]


def alike(found: list[Finder]) -> list[list[Finder]]:
    """The patterns in groups that may belong to one symbol: of one size, and not too far from each other."""
    groups: list[list[Finder]] = []
    for finder in sorted(found, key=lambda each: each.module_px):
        for group in groups:
            first = group[0]
            apart = float(np.hypot(finder.x - first.x, finder.y - first.y))
            if finder.module_px < 1.6 * first.module_px and apart < 200 * finder.module_px:
                group.append(finder)
                break
        else:
            groups.append([finder])
    return groups
