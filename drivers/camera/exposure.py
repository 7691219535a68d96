"""How long a camera that can be told is exposed: for a bright phone, and in turn against a flickering one.

A phone is brighter than the room, and a camera that exposes for the room burns it out. So for one spell the
middle of the picture alone says how long: its bright parts come to `TARGET_LEVEL`. That may be shorter than
one period of the phone's backlight or of a lamp on the mains, and then dark bands go through the code. So for
another spell the exposure is at least `STEADY_S`: two periods of a lamp on 50 Hz mains (which flickers at 100
Hz), and of a screen's backlight at 100 Hz or any multiple. The spells alternate; whichever shows the code is
read.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from drivers.camera.frame import Grey

STEADY_S: Final = 0.020
SPELL_S: Final = 0.4
TARGET_LEVEL: Final = 190.0
BURNT_LEVEL: Final = 250.0

_START_S: Final = 0.008
_LONGEST_S: Final = 0.033
_SETTLES_S: Final = 0.12  # a changed exposure is seen a few frames later
_BRIGHT_PERCENT: Final = 85.0
_WITHIN: Final = 0.12


class Alternation:
    """Pure: frames in, exposures out. `shortest_s`, `longest_s`: what the camera can do."""

    def __init__(self, shortest_s: float, longest_s: float) -> None:
        self._shortest_s = shortest_s
        self._longest_s = max(shortest_s, min(longest_s, _LONGEST_S))
        self._for_the_middle_s = self._within(_START_S)
        self._is_steady = True
        self._began_s = -1e9
        self._changed_s = -1e9

    def after(self, grey: Grey, at_s: float) -> float | None:
        """The exposure in seconds to set now that this frame has come; None to leave it as it is."""
        if at_s - self._began_s >= SPELL_S:
            self._is_steady, self._began_s = not self._is_steady, at_s
            return self._set(at_s)
        if self._is_steady or at_s - self._changed_s < _SETTLES_S:
            return None
        wanted_s = self._within(self._for_the_middle_s * _correction(grey))
        if abs(wanted_s / self._for_the_middle_s - 1) < _WITHIN:
            return None
        self._for_the_middle_s = wanted_s
        return self._set(at_s)

    def _set(self, at_s: float) -> float:
        self._changed_s = at_s
        return (
            self._within(max(STEADY_S, self._for_the_middle_s)) if self._is_steady else self._for_the_middle_s
        )

    def _within(self, exposure_s: float) -> float:
        return min(max(exposure_s, self._shortest_s), self._longest_s)


def _correction(grey: Grey) -> float:
    """By what the exposure is to be multiplied, from the bright parts of the middle ninth; 0.5 to 2."""
    height, width = grey.shape
    part = grey[height // 3 : height - height // 3 : 4, width // 3 : width - width // 3 : 4]
    level = float(np.percentile(part, _BRIGHT_PERCENT)) if part.size else TARGET_LEVEL
    if level >= BURNT_LEVEL:
        return 0.5
    return min(max(TARGET_LEVEL / max(level, 1.0), 0.5), 2.0)
