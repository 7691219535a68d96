"""A code that stays before the camera and is not read: what the person can change.

The decoder has had all its attempts by `PATIENCE_S`; only then is anything said, and looked at again each
`LOOK_EVERY_S`, since a look costs as much as several frames.
"""

from __future__ import annotations

from drivers.qr import Grey
from drivers.qr.sighting import Trouble, look
from kiosk.core.view import CodeHint

PATIENCE_S = 0.4
LOOK_EVERY_S = 0.3

_HINTS = {
    Trouble.TOO_FAR: CodeHint.CLOSER,
    Trouble.UNSTEADY: CodeHint.HOLD_STILL,
    Trouble.TOO_BRIGHT: CodeHint.TILT_OR_DIM,
}


class UnreadCode:
    """Frame by frame of one camera; times are monotonic seconds."""

    def __init__(self) -> None:
        self._since_s: float | None = None
        self._looked_s = -LOOK_EVERY_S

    def read(self) -> None:
        """Something has been read: nobody needs help."""
        self._since_s = None

    def missed(self, grey: Grey, at_s: float) -> CodeHint | None:
        """What to ask for, now that nothing has been read in this frame; None where nothing need be said."""
        if at_s - self._looked_s < LOOK_EVERY_S:
            return None
        self._looked_s = at_s
        sighting = look(grey)
        if sighting is None:
            self._since_s = None
            return None
        if self._since_s is None:
            self._since_s = at_s
        return _HINTS[sighting.trouble] if at_s - self._since_s >= PATIENCE_S else None

    def too_many(self, at_s: float) -> CodeHint | None:
        """More than one code is in view; None where that has been said just now."""
        self._since_s = None
        if at_s - self._looked_s < LOOK_EVERY_S:
            return None
        self._looked_s = at_s
        return CodeHint.ONE_CODE
