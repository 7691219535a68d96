"""The decoder of a camera: one frame after the other, each within a frame's time."""

from __future__ import annotations

import cv2

from drivers.qr import stages, zxing
from drivers.qr.code import Decoded, Grey, acceptable
from drivers.qr.zbar import Zbar
from drivers.qr.zxing import How


def use_one_thread() -> None:
    """Keep OpenCV from sharing each filter out to threads of its own, in the whole process.

    A frame's filters take a few milliseconds: shared out they are slower where other threads work, and never
    much faster. For whoever starts the process to call.
    """
    cv2.setNumThreads(1)


class QrDecoder:
    """Reads codes. Keeps no picture, but whose turn it is when the plain pass finds nothing.

    `further`: whether a missed frame gets a further attempt; `linear`: read Code 128 and EAN as well.
    The attempt that has read something stays first in turn: the next frame shows the same code.
    """

    def __init__(self, *, further: bool = True, linear: bool = False) -> None:
        self._plain = How(linear=linear)
        self._zbar = Zbar()
        self._further = stages.attempts(self._zbar, linear=linear) if further else ()
        self._turn = 0

    @property
    def missing(self) -> str | None:
        """One sentence if the second decoder is not installed (reading goes on without it), else None."""
        return self._zbar.missing if self._further else None

    @property
    def attempts(self) -> int:
        """After how many missed frames every further attempt has had its turn."""
        return len(self._further)

    def decode(self, grey: Grey) -> list[Decoded]:
        """All codes in `grey`, shape (height, width), uint8; an empty list if there is none."""
        found = zxing.read(grey, self._plain)
        if not found and self._further:
            found = self._further[self._turn](grey)
            if not found:
                self._turn = (self._turn + 1) % len(self._further)
        return acceptable(found)
