"""A code held before a reader is seen many times a second, and counts once.

The same code counts again after `REREAD_S` and once it has been away for
`AWAY_S`; another code counts at once. Only a digest is kept.
"""

from __future__ import annotations

from hashlib import sha256

REREAD_S = 5.0
AWAY_S = 1.0


class Reread:
    """What one reader has seen last. Times are monotonic seconds."""

    def __init__(self) -> None:
        self._digest: bytes | None = None
        self._taken_at = 0.0
        self._seen_at = 0.0
        self._was_away = False

    def seen(self, payload: bytes, now_s: float) -> bool:
        """Note a sighting; whether it is a new showing of a code."""
        if self._digest != sha256(payload).digest():
            return True
        self._was_away = self._was_away or now_s - self._seen_at >= AWAY_S
        self._seen_at = now_s
        return self._was_away and now_s - self._taken_at >= REREAD_S

    def take(self, payload: bytes, now_s: float) -> None:
        """This showing is being dealt with now."""
        self._digest = sha256(payload).digest()
        self._taken_at = self._seen_at = now_s
        self._was_away = False
