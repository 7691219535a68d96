"""How long to wait before the next try: exponential, capped, with full jitter.

Full jitter (uniform from nothing to the ceiling; Brooker, "Exponential Backoff
and Jitter", AWS Architecture Blog, 2015) spreads many kiosks that lost the hub
at one moment evenly over the time in which they come back.
"""

from __future__ import annotations

from random import Random

BASE_S = 1.0
CAP_S = 300.0
LONGEST_RETRY_AFTER_S = 3600.0
_MAX_DOUBLINGS = 32


class Backoff:
    """The waits of one series of failures."""

    def __init__(self, rng: Random, *, base_s: float = BASE_S, cap_s: float = CAP_S) -> None:
        self._rng = rng
        self._base_s = base_s
        self._cap_s = cap_s
        self._failures = 0

    def reset(self) -> None:
        """A try has succeeded."""
        self._failures = 0

    def next_s(self, retry_after_s: float | None = None) -> float:
        """Seconds to wait after one more failure.

        What the server asks for (`Retry-After`) is waited out in full, up to an hour; the jitter comes
        on top.
        """
        ceiling_s = min(self._cap_s, self._base_s * 2.0 ** min(self._failures, _MAX_DOUBLINGS))
        self._failures += 1
        asked_s = min(max(retry_after_s or 0.0, 0.0), LONGEST_RETRY_AFTER_S)
        return asked_s + self._rng.uniform(0.0, ceiling_s)
