"""When the next try of one kind is due: trust, upload and probe have one each, and none holds up another."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from kiosk.uplink.backoff import LONGEST_RETRY_AFTER_S, Backoff


class Schedule:
    """Due at once. `now` gives monotonic seconds; `rng` jitters the waits after failures."""

    def __init__(self, now: Callable[[], float], rng: Random) -> None:
        self._now = now
        self._rng = rng
        self._backoff = Backoff(rng)
        self._asked_until_s = self.due_s = now()

    @property
    def is_due(self) -> bool:
        return self._now() >= self.due_s

    def again_in(self, seconds: float) -> None:
        """Due in so many seconds."""
        self.due_s = self._now() + seconds

    def succeeded(self, again_s: float = 0.0) -> None:
        """Due again in `again_s`; the next failure is the first."""
        self._backoff.reset()
        self.again_in(again_s)

    def failed(self, retry_after_s: float | None = None, *, at_least_s: float = 0.0) -> None:
        """Due after a backoff on top of what the hub asked for, and not within `at_least_s`."""
        self._asked_until_s = self._now() + min(retry_after_s or 0.0, LONGEST_RETRY_AFTER_S)
        self.again_in(max(self._backoff.next_s(retry_after_s), at_least_s))

    def leave_alone(self, seconds: float) -> None:
        """Not due within so many seconds, as the hub has asked at another occasion."""
        asked_until_s = self._now() + min(seconds, LONGEST_RETRY_AFTER_S)
        self._asked_until_s = max(self._asked_until_s, asked_until_s)
        self.due_s = max(self.due_s, asked_until_s)

    def bring_forward(self, within_s: float) -> None:
        """Due at a random moment within `within_s`, if not sooner; but what the hub asked for is kept."""
        soon_s = self._now() + self._rng.uniform(0.0, within_s)
        self.due_s = max(min(self.due_s, soon_s), self._asked_until_s)
