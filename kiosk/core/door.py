"""Door supervision: did the person who was granted pass, and is the door where it should be.

```
              released          opened             closed
  RESTING ────────────▶ RELEASED ───────▶ PASSING ───────▶ RESTING  (PASSED)
     │                      │ pulse over     │ relock_after_open_s: SECURE
     │ opened               ▼                ▼ held_open_s
     ▼ FORCED_OPEN       RESTING           ADRIFT (PASSED, HELD_OPEN)
  ADRIFT ─▶ RESTING      (SECURE, ANNULLED)
      closed (CLEARED)
```

A door that stands open keeps nobody else from being dealt with, the way out
least of all: the passage ends with HELD_OPEN, and the alarm with the door.

A release without a door behind it (`supervised` False: the lamp of a counter,
a site without a door contact) counts as passed when its pulse is over. The
door is watched meanwhile as if nothing had been released.
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
    ADRIFT = auto()


class Door:
    """One supervised door. Times are monotonic seconds."""

    def __init__(self, rules: DoorRules) -> None:
        self._rules = rules
        self._phase = _Phase.RESTING
        self._open = False
        self._supervised = True
        self._secure_at: float | None = None
        self._held_open_at: float | None = None
        self._alarm: DoorFact | None = None

    @property
    def wake_at(self) -> float | None:
        due = [at for at in (self._secure_at, self._held_open_at) if at is not None]
        return min(due, default=None)

    @property
    def alarm(self) -> DoorFact | None:
        """HELD_OPEN or FORCED_OPEN for as long as the door stands open so."""
        return self._alarm

    @property
    def is_passing(self) -> bool:
        """Whether somebody who was granted has opened the door and not yet closed it."""
        return self._phase is _Phase.PASSING

    def released(self, now_s: float, *, supervised: bool) -> None:
        """An output has been energised; with `supervised` it is that of the door."""
        self._supervised = supervised
        self._secure_at = now_s + self._rules.pulse_s
        if supervised:
            self._phase = _Phase.RELEASED
            if self._open:
                self._pass_begins(now_s)

    def opened(self, now_s: float) -> list[DoorFact]:
        if self._open:
            return []
        self._open = True
        if self._phase is _Phase.RELEASED:
            self._pass_begins(now_s)
            return []
        self._phase = _Phase.ADRIFT
        self._alarm = DoorFact.FORCED_OPEN
        return [DoorFact.FORCED_OPEN]

    def closed(self) -> list[DoorFact]:
        if not self._open:
            return []
        self._open = False
        facts = []
        if self._phase is _Phase.PASSING:
            facts = [*self._secured(), DoorFact.PASSED]
            self._held_open_at = None
        if self._alarm is not None:
            facts.append(DoorFact.CLEARED)
        self._phase = _Phase.RESTING
        self._alarm = None
        return facts

    def tick(self, now_s: float) -> list[DoorFact]:
        """What has become due by `now_s`."""
        facts: list[DoorFact] = []
        if self._secure_at is not None and now_s >= self._secure_at:
            self._secure_at = None
            facts += [DoorFact.SECURE, *self._pulse_over()]
        if self._held_open_at is not None and now_s >= self._held_open_at:
            self._held_open_at = None
            self._phase = _Phase.ADRIFT
            self._alarm = DoorFact.HELD_OPEN
            facts += [*self._secured(), DoorFact.PASSED, DoorFact.HELD_OPEN]
        return facts

    def lose_contact(self) -> list[DoorFact]:
        """Nobody sees the door any more: who has opened it has passed, and only a pulse is watched."""
        facts = []
        if self._phase is _Phase.PASSING:
            facts = [*self._secured(), DoorFact.PASSED]
        if self._alarm is not None:
            facts.append(DoorFact.CLEARED)
        self._supervised = self._supervised and self._phase is not _Phase.RELEASED
        self._phase = _Phase.RESTING
        self._open = False
        self._held_open_at = None
        self._alarm = None
        return facts

    def abandon(self) -> None:
        """The output could not be energised: nobody is going to pass."""
        self._secure_at = None
        if self._phase is _Phase.RELEASED:
            self._phase = _Phase.RESTING

    def _secured(self) -> list[DoorFact]:
        """What a passage owes the strike when it ends, however it ends."""
        was_due, self._secure_at = self._secure_at, None
        return [] if was_due is None else [DoorFact.SECURE]

    def _pulse_over(self) -> list[DoorFact]:
        if not self._supervised:
            return [DoorFact.PASSED]
        if self._phase is _Phase.RELEASED:
            self._phase = _Phase.RESTING
            return [DoorFact.ANNULLED]
        return []

    def _pass_begins(self, now_s: float) -> None:
        self._phase = _Phase.PASSING
        relock_at = now_s + self._rules.relock_after_open_s
        self._secure_at = relock_at if self._secure_at is None else min(self._secure_at, relock_at)
        self._held_open_at = now_s + self._rules.held_open_s
