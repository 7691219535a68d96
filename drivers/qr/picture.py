"""Pictures from files: grey, and what else of a colour picture may show a code."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from drivers.qr.code import Grey

MAX_FILE_BYTES: Final = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """`grey`: (height, width) uint8; `colours`: (height, width, 3), blue green red; None of a grey one."""

    grey: Grey
    colours: npt.NDArray[np.uint8] | None = None

    def others(self) -> Iterator[Grey]:
        """Single colours, saturation, the darkest and the brightest of the three: codes in colour."""
        if self.colours is None:
            return
        for channel in range(3):
            yield np.ascontiguousarray(self.colours[:, :, channel])
        yield np.asarray(self.colours.max(axis=2), np.uint8)
        yield np.asarray(self.colours.min(axis=2), np.uint8)
        yield np.ascontiguousarray(cv2.cvtColor(self.colours, cv2.COLOR_BGR2HSV)[:, :, 1].astype(np.uint8))


def load(path: Path) -> Picture | None:
    """The picture in a file, transparent parts white; None if it holds none that OpenCV can read.

    Raises:
        OSError: the file cannot be read, or is larger than `MAX_FILE_BYTES`.
    """
    if path.stat().st_size > MAX_FILE_BYTES:
        raise OSError(0, f"more than {MAX_FILE_BYTES} bytes")
    content = np.frombuffer(path.read_bytes(), np.uint8)
    if not content.size:
        return None
    try:
        return _picture(cv2.imdecode(content, cv2.IMREAD_UNCHANGED))
    except (cv2.error, ValueError):
        return None


def _picture(read: cv2.typing.MatLike | None) -> Picture | None:
    if read is None:
        return None
    levels = np.asarray(read if read.dtype == np.uint8 else _eight_bit(read), np.uint8)
    if levels.ndim == 3 and levels.shape[2] in (2, 4):
        levels = _on_white(levels)
    if levels.ndim == 2 or levels.shape[2] == 1:
        return Picture(levels.reshape(levels.shape[:2]))
    return Picture(np.asarray(cv2.cvtColor(levels, cv2.COLOR_BGR2GRAY), np.uint8), levels)


def _eight_bit(read: cv2.typing.MatLike) -> cv2.typing.MatLike:
    return cv2.normalize(read, np.zeros_like(read), 0, 255, cv2.NORM_MINMAX).astype(np.uint8)


def _on_white(levels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    colour, alpha = levels[:, :, :-1].astype(np.uint16), levels[:, :, -1:].astype(np.uint16)
    return ((colour * alpha + 255 * (255 - alpha)) // 255).astype(np.uint8)
