"""Everything that can be tried on one picture that does not move: a photograph, an uploaded file, a test
bank.

Every stage of the camera's decoder is tried, on the picture and on smaller copies of a large one; what they
read is put together, since of many codes in view each stage may read others. Only where that is nothing
follow the expensive attempts, until one of them reads something: enlargements, filters, single colours, zbar
at other sizes, and what the finder patterns or OpenCV's detector point at, straightened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

import cv2
import numpy as np

from drivers.qr import stages, zxing
from drivers.qr.code import DECODER_FAILURES, Decoded, Grey, Quad, acceptable, new_among
from drivers.qr.picture import Picture
from drivers.qr.straight import straightened
from drivers.qr.zbar import Zbar
from drivers.qr.zxing import How

_LONG_SIDES_PX: Final = (2400, 1600, 1100, 750, 500)
"""A code that fills a large photograph is read best where its modules have some five pixels."""

_LEAST_SIDE_PX: Final = 21  # a version 1 symbol of one pixel a module
_ENLARGED_MAX_PX: Final = 6_000_000
_SLOW_MAX_PX: Final = 4_000_000

Filter = Callable[[Grey], Grey]


def _gamma(power: float) -> Filter:
    table = np.clip(255 * (np.arange(256) / 255) ** power, 0, 255).astype(np.uint8)

    def corrected(grey: Grey) -> Grey:
        return np.asarray(cv2.LUT(grey, table), np.uint8)

    return corrected


def _levelled(grey: Grey) -> Grey:
    """Each pixel between the darkest and the brightest of its neighbourhood: shadows and bands go."""
    side = max(15, min(grey.shape) // 16) | 1
    kernel = np.ones((side, side), np.uint8)
    bright, dark = (
        cv2.blur(change(grey, kernel), (side, side)).astype(np.float32) for change in (cv2.dilate, cv2.erode)
    )
    level = 255 * (grey - dark) / np.maximum(bright - dark, 16)
    return np.asarray(np.clip(level, 0, 255), np.uint8)


def _morphed(operation: int, side: int) -> Filter:
    """Opened: dots of ink that do not touch grow together. Closed: scratches across dark modules go."""
    kernel = np.ones((side, side), np.uint8)
    return lambda grey: np.asarray(cv2.morphologyEx(grey, operation, kernel), np.uint8)


_FILTERS: Final[tuple[Filter, ...]] = (
    lambda grey: stages.unsharp(grey, 3.0, 3.0),
    lambda grey: stages.unsharp(grey, 1.0, 1.5),
    lambda grey: np.asarray(cv2.GaussianBlur(grey, (0, 0), 1.2), np.uint8),
    lambda grey: np.asarray(cv2.GaussianBlur(grey, (0, 0), 2.5), np.uint8),
    lambda grey: np.asarray(cv2.medianBlur(grey, 5), np.uint8),
    _levelled,
    _gamma(0.5),
    _gamma(2.0),
    _gamma(4.0),
    _morphed(cv2.MORPH_OPEN, 3),
    _morphed(cv2.MORPH_CLOSE, 3),
    _morphed(cv2.MORPH_OPEN, 5),
    _morphed(cv2.MORPH_CLOSE, 5),
)
_LOOKS: Final = tuple(How(binarizer=binarizer) for binarizer in (zxing.LOCAL, zxing.GLOBAL, zxing.FIXED))


class ThoroughDecoder:
    """Reads a single picture as well as it can be read. Takes from milliseconds to seconds."""

    def __init__(self) -> None:
        self._zbar = Zbar()
        self._stages = stages.attempts(self._zbar)

    @property
    def missing(self) -> str | None:
        """One sentence if the second decoder is not installed, else None."""
        return self._zbar.missing

    def decode(self, picture: Picture) -> list[Decoded]:
        """All codes in the picture; an empty list if there is none."""
        if min(picture.grey.shape) < _LEAST_SIDE_PX:
            return []
        found = self._staged(picture.grey)
        if found:
            return found
        for attempt in self._hard(picture):
            try:
                found = acceptable(attempt())
            except DECODER_FAILURES:
                continue
            if found:
                return new_among(found, [])
        return []

    def _staged(self, grey: Grey) -> list[Decoded]:
        found: list[Decoded] = []
        for scale in (1.0, *_reductions(grey)):
            sized = grey if scale == 1.0 else stages.sized(grey, scale)
            plain = zxing.read(sized, How())
            found += new_among(acceptable(_grown(plain, scale)), found)
            for stage in self._stages:
                found += new_among(acceptable(_grown(stage(sized), scale)), found)
        return found

    def _hard(self, picture: Picture) -> Iterator[Callable[[], list[Decoded]]]:
        """The expensive attempts, each to be called in its turn."""
        grey = picture.grey
        base = min(1.0, (_SLOW_MAX_PX / max(grey.size, 1)) ** 0.5)
        calm = grey if base == 1.0 else stages.sized(grey, base)
        for scale in (2.0, 3.0, 1.5, 4.0):
            if calm.size * scale**2 <= _ENLARGED_MAX_PX:
                yield from self._looks(stages.sized(calm, scale), base * scale)
                yield from self._looks(stages.unsharp(stages.sized(calm, scale)), base * scale)
        for look in (1.0, 0.5):
            sized = stages.sized(calm, look) if look != 1.0 else calm
            for change in _FILTERS:
                yield from self._looks(change(sized), base * look)
        for other in picture.others():
            yield from self._looks(other, 1.0)
        for scale in (1.0, 2.0, 0.33, 0.7):
            if calm.size * scale**2 <= _ENLARGED_MAX_PX:
                yield lambda scale=scale: _grown(self._zbar.decode(calm, scale), base)  # type: ignore[misc]
        yield lambda: _grown(self._zbar.decode(_levelled(calm), 1.0), base)
        yield lambda: _grown(self._zbar.decode(np.asarray(255 - calm, np.uint8), 1.0), base)
        for flat in straightened(calm):
            yield from self._unplaced(flat)

    def _looks(self, grey: Grey, scale: float) -> Iterator[Callable[[], list[Decoded]]]:
        for how in _LOOKS:
            yield lambda how=how: zxing.read(grey, how, scale)  # type: ignore[misc]

    def _unplaced(self, flat: Grey) -> Iterator[Callable[[], list[Decoded]]]:
        """A straightened piece: where in the picture it was is not told."""
        for how in (*_LOOKS, How(pure=True)):
            yield lambda how=how: _placeless(zxing.read(flat, how))  # type: ignore[misc]
        yield lambda: _placeless(self._zbar.decode(flat, 1.0))


def _reductions(grey: Grey) -> list[float]:
    """The scales at which a large picture is looked at as well, largest first."""
    longest = max(grey.shape, default=0)
    return [side / longest for side in _LONG_SIDES_PX if side < 0.8 * longest]


def _grown(codes: list[Decoded], scale: float) -> list[Decoded]:
    """Codes of a picture that was `scale` times as large, in pixels of the whole one."""
    if scale == 1.0:
        return codes
    return [replace(code, quad=_grown_quad(code, scale)) for code in codes]


def _grown_quad(code: Decoded, scale: float) -> Quad | None:
    if code.quad is None:
        return None
    a, b, c, d = ((round(x / scale), round(y / scale)) for x, y in code.quad)
    return a, b, c, d


def _placeless(codes: list[Decoded]) -> list[Decoded]:
    return [replace(code, quad=None) for code in codes]
