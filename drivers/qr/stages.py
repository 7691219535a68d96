"""The further attempts at a frame in which the plain pass has found nothing, cheapest first.

Each answers another complaint: a threshold for the whole picture reads where the neighbourhood misleads
(glare, a screen that outshines the room); the median takes single wild pixels away; the unsharp mask gives a
blurred edge back; CLAHE (Zuiderveld 1994) lifts a shadow; twice the size helps small modules over the
sampling limit; zbar looks at another place in other ways.

None of them looks for light on dark nor at smaller sizes: the plain pass does, and it would double their
cost.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import cv2
import numpy as np

from drivers.qr import zxing
from drivers.qr.code import DECODER_FAILURES, Decoded, Grey
from drivers.qr.zbar import Zbar
from drivers.qr.zxing import How

Attempt = Callable[[Grey], list[Decoded]]

DOUBLED_MAX_PX: Final = 1920 * 1080
"""A larger picture has its middle doubled, so that no attempt outlasts a frame by much."""


def unsharp(grey: Grey, sigma_px: float = 2.0, amount: float = 2.0) -> Grey:
    """Edges exaggerated by what a Gaussian of `sigma_px` takes away."""
    soft = cv2.GaussianBlur(grey, (0, 0), sigma_px)
    return np.asarray(cv2.addWeighted(grey, 1 + amount, soft, -amount, 0), np.uint8)


def equalised(grey: Grey) -> Grey:
    """Contrast-limited adaptive histogram equalisation, limit 4, 4 x 4 tiles."""
    return np.asarray(cv2.createCLAHE(4.0, (4, 4)).apply(grey), np.uint8)


def median(grey: Grey) -> Grey:
    return np.asarray(cv2.medianBlur(grey, 3), np.uint8)


def sized(grey: Grey, scale: float) -> Grey:
    """The picture `scale` times as large."""
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    height, width = (max(1, round(side * scale)) for side in grey.shape)
    return np.asarray(cv2.resize(grey, (width, height), interpolation=how), np.uint8)


def middle(grey: Grey, max_px: int = DOUBLED_MAX_PX) -> tuple[Grey, tuple[int, int]]:
    """The middle of a picture that has more than `max_px` pixels, and where (x, y) it begins."""
    height, width = grey.shape
    share = min(1.0, (max_px / max(grey.size, 1)) ** 0.5)
    wide, high = int(width * share), int(height * share)
    left, top = (width - wide) // 2, (height - high) // 2
    return grey[top : top + high, left : left + wide], (left, top)


def attempts(zbar: Zbar, *, linear: bool = False) -> tuple[Attempt, ...]:
    """The attempts in their turn. None of them raises."""
    how = How(linear=linear, wide=False)

    def doubled(grey: Grey) -> list[Decoded]:
        part, (left, top) = middle(grey)
        return [_moved(code, left, top) for code in zxing.read(sized(part, 2.0), how, scale=2.0)]

    def filtered(change: Callable[[Grey], Grey]) -> Attempt:
        return lambda grey: zxing.read(change(grey), how)

    return tuple(
        fenced(attempt)
        for attempt in (
            lambda grey: zxing.read(grey, replace(how, binarizer=zxing.GLOBAL)),
            filtered(median),
            filtered(unsharp),
            filtered(equalised),
            doubled,
            zbar.decode,
        )
    )


def fenced(attempt: Attempt) -> Attempt:
    """The same attempt; where OpenCV refuses a picture it has read nothing."""

    def guarded(grey: Grey) -> list[Decoded]:
        try:
            return attempt(grey)
        except DECODER_FAILURES:
            return []

    return guarded


def _moved(code: Decoded, left: int, top: int) -> Decoded:
    if code.quad is None:
        return code
    a, b, c, d = ((x + left, y + top) for x, y in code.quad)
    return replace(code, quad=(a, b, c, d))
