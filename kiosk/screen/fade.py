"""How one thermal picture becomes the next: in small steps, so that what moves is seen to move.

The sensor gives two to eight pictures a second, the eye wants twenty. Between
two pictures those are shown that lie between them, value by value, over
somewhat more than the time that the last one took to come. Nothing is guessed
ahead: the newest picture is shown in full at the end, and stands then.
"""

from __future__ import annotations

STEP_S = 0.04
"""A step with what it costs to paint it stays within 50 ms."""
LONGEST_S = 1.0
"""Pictures further apart than this are no moving picture: each is shown at once."""
STRETCH = 1.4
"""Pictures do not come like clockwork: one that is a third late finds the fade still going on."""


class Fade:
    """From the values that are shown to those of a new picture, of as many bytes."""

    def __init__(self, shown: bytes, wanted: bytes, since_last_s: float) -> None:
        """`since_last_s`: how long after the picture before it the new one has come."""
        self._from, self._to = shown, wanted
        moves = shown != wanted and since_last_s <= LONGEST_S
        self._steps = max(round(STRETCH * since_last_s / STEP_S), 1) if moves else 0
        self._step = 0

    @property
    def is_over(self) -> bool:
        """Whether the new picture is shown in full."""
        return self._step >= self._steps

    def step(self) -> bytes:
        """The values to show next."""
        self._step = min(self._step + 1, self._steps)
        if self.is_over:
            return self._to
        share, whole = self._step, self._steps
        rest = whole - share
        return bytes((a * rest + b * share) // whole for a, b in zip(self._from, self._to, strict=True))
