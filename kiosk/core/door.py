"""Door supervision: did the person who was granted pass, and is the door where it should be.

```
              released          opened             closed
  RESTING ────────────▶ RELEASED ───────▶ PASSING ───────▶ RESTING  (PASSED)
     │                      │ pulse over     │ relock_after_open_s: SECURE
     │ opened               ▼                ▼ held_open_s: HELD_OPEN
     ▼                   RESTING (SECURE,  (stays PASSING until closed)
  FORCED ─▶ RESTING       ANNULLED)
      closed (CLEARED)
```

A site without a door contact counts a grant as passed when its pulse is over.
"""

from __future__ import annotations

from enum import Enum, auto

from kiosk.core.rules import DoorRules


class DoorFact(Enum):
    """What the supervisor has concluded."""

    SECURE = auto()
    PASSED = auto()
    ANNULLED = auto()
    HELD_OPEN = auto()
    FORCED_OPEN = auto()
    CLEARED = auto()


class _Phase(Enum):
    RESTING = auto()
    RELEASED = auto()
    PASSING = auto()
    FORCED = auto()


class Door:
    """One supervised door. Times are monotonic seconds."""

    def __init__(self, rules: DoorRules) -> None:
        self._rules = rules
        self._phase = _Phase.RESTING
        self._open = False
        self._secure_at: float | None = None
        self._held_open_at: float | None = None
        self._alarmed = False

    @property
    def wake_at(self) -> float | None:
        due = [at for at in (self._secure_at, self._held_open_at) if at is not None]
        return min(due, default=None)

    def released(self, now_s: float, *, supervised: bool) -> None:
        """An output has been energised; without a contact (`supervised` False) only its pulse is watched."""
        self._phase = _Phase.RELEASED
        self._secure_at = now_s + self._rules.pulse_s
        if supervised and self._open:
            self._pass_begins(now_s)

    def opened(self, now_s: float) -> list[DoorFact]:
        if self._open:
            return []
        self._open = True
        if self._phase is _Phase.RELEASED:
            self._pass_begins(now_s)
            return []
        self._phase = _Phase.FORCED
        return [DoorFact.FORCED_OPEN]

    def closed(self) -> list[DoorFact]:
        if not self._open:
            return []
        self._open = False
        phase, self._phase = self._phase, _Phase.RESTING
        if phase is _Phase.RELEASED:
            self._phase = _Phase.RELEASED
            return []
        facts = [DoorFact.PASSED] if phase is _Phase.PASSING else []
        if self._secure_at is not None:
            facts.insert(0, DoorFact.SECURE)
        if self._alarmed or phase is _Phase.FORCED:
            facts.append(DoorFact.CLEARED)
        self._secure_at = self._held_open_at = None
        self._alarmed = False
        return facts

    def tick(self, now_s: float, *, supervised: bool) -> list[DoorFact]:
        """What has become due by `now_s`."""
        facts: list[DoorFact] = []
        if self._secure_at is not None and now_s >= self._secure_at:
            self._secure_at = None
            facts.append(DoorFact.SECURE)
            if self._phase is _Phase.RELEASED:
                self._phase = _Phase.RESTING
                facts.append(DoorFact.ANNULLED if supervised else DoorFact.PASSED)
        if self._held_open_at is not None and now_s >= self._held_open_at:
            self._held_open_at = None
            self._alarmed = True
            facts.append(DoorFact.HELD_OPEN)
        return facts

    def abandon(self) -> None:
        """The output could not be energised: nobody is going to pass."""
        self._secure_at = self._held_open_at = None
        self._phase = _Phase.FORCED if self._open else _Phase.RESTING

    def _pass_begins(self, now_s: float) -> None:
        self._phase = _Phase.PASSING
        self._secure_at = min(self._secure_at or now_s, now_s + self._rules.relock_after_open_s)
        self._held_open_at = now_s + self._rules.held_open_s
