"""Door supervision: did the person who was granted pass, and is the door where it should be.

```
              released          opened             closed
  RESTING ────────────▶ RELEASED ───────▶ PASSING ───────▶ RESTING  (PASSED)
     │                      │ pulse over     │ relock_after_open_s: SECURE
     │                      │ SECURE         │ passage sensor: SECURE, PASSED ─▶ CLEARING ─▶ RESTING
     │                      ▼ grace over     ▼ held_open_s
     │                   RESTING          ADRIFT (PASSED, HELD_OPEN)
     │                   (ANNULLED)
     ├─ opened ─▶ ADRIFT (FORCED_OPEN) ── closed ─▶ RESTING (CLEARED)
     └─ opened after a request to exit, or in a fire ─▶ LEAVING ── closed ─▶ RESTING
```

- A door that opens within `forced_grace_s` of the pulse's end (and what its
  contact needs to settle) was opened in time: the strike was free when the
  person pushed. So was one that opens before a loop that is late has secured
  the strike: a grant that somebody may have gone through on is not void.
- Who opens the door from inside with the button is no intruder. The button
  and the fire release act on the lock's supply themselves; here they only say
  that an opening is all right.
- A door that stands open keeps nobody else from being dealt with, the way out
  least of all: the passage ends with HELD_OPEN, and the alarm with the door.
- Where a sensor sees people pass (the feedback of a turnstile too), it alone
  says PASSED, once for each grant; a door that opened and closed again without
  it is ANNULLED. The next one who passes without a grant is FORCED_OPEN.
- A release that nothing watches (`supervised` False: the lamp of a counter;
  neither contact nor sensor) counts as passed when its pulse is over. The
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
    CLEARING = auto()
    LEAVING = auto()
    ADRIFT = auto()


class Door:
    """One supervised door. Times are monotonic seconds; that of an edge is when it came."""

    def __init__(self, rules: DoorRules) -> None:
        self._rules = rules
        self._has_contact = rules.contact
        self._has_sensor = rules.passage_sensor
        self._phase = _Phase.RESTING
        self._open = False
        self._supervised = True
        self._secure_at: float | None = None
        self._annul_at: float | None = None
        self._held_open_at: float | None = None
        self._free_until_s: float | None = None
        self._free = False
        self._alarm: DoorFact | None = None

    @property
    def wake_at(self) -> float | None:
        due = [at for at in (self._secure_at, self._annul_at, self._held_open_at) if at is not None]
        return min(due, default=None)

    @property
    def alarm(self) -> DoorFact | None:
        """HELD_OPEN or FORCED_OPEN for as long as the door stands open so, or somebody in it."""
        return self._alarm

    @property
    def is_watched(self) -> bool:
        """Whether contact or sensor can tell that somebody has passed."""
        return self._has_contact or self._has_sensor

    @property
    def is_passing(self) -> bool:
        """Whether somebody who was granted has opened the door and not yet closed it."""
        return self._phase is _Phase.PASSING

    @property
    def is_supervised(self) -> bool:
        """Whether the last release is watched: one that is not ends at its time, whatever else comes then."""
        return self._supervised

    # -- the grant

    def released(self, now_s: float, *, supervised: bool) -> None:
        """An output has been energised; with `supervised` it is that of the door."""
        self._supervised = supervised
        self._secure_at = now_s + self._rules.pulse_s
        self._annul_at = None
        if supervised:
            self._phase = _Phase.RELEASED
            if self._open:
                self._pass_begins(now_s)

    def abandon(self) -> None:
        """The output could not be energised: nobody is going to pass."""
        self._secure_at = self._annul_at = None
        if self._phase is _Phase.RELEASED:
            self._phase = _Phase.RESTING

    # -- contact, sensor, button, fire

    def opened(self, edge_s: float) -> list[DoorFact]:
        if self._open:
            return []
        self._open = True
        if self._phase in (_Phase.RELEASED, _Phase.PASSING):
            self._pass_begins(edge_s)
            return []
        if self._is_free(edge_s):
            self._phase = _Phase.LEAVING
            self._held_open_at = edge_s + self._rules.held_open_s
            return []
        return self._forced()

    def closed(self) -> list[DoorFact]:
        if not self._open:
            return []
        self._open = False
        facts = []
        if self._phase is _Phase.PASSING:
            facts = [*self._secured(), DoorFact.ANNULLED if self._has_sensor else DoorFact.PASSED]
        return [*facts, *self._at_rest()]

    def passage_begins(self, edge_s: float) -> list[DoorFact]:
        """The sensor sees somebody pass."""
        if self._phase in (_Phase.RELEASED, _Phase.PASSING):
            facts = [*self._secured(), DoorFact.PASSED]
            self._annul_at = None
            self._phase = _Phase.CLEARING if self._open else _Phase.RESTING
            self._held_open_at = self._held_open_at if self._open else None
            return facts
        if self._phase is _Phase.LEAVING or self._is_free(edge_s) or self._alarm is not None:
            return []
        return self._forced()

    def passage_ends(self) -> list[DoorFact]:
        """The sensor sees nobody any more: that ends the alarm of who passed without a grant.

        Somebody who has been granted meanwhile is still to pass.
        """
        if self._open or self._alarm is None:
            return []
        if self._phase is _Phase.RELEASED:
            self._alarm = None
            return [DoorFact.CLEARED]
        return self._at_rest()

    def exit_requested(self, edge_s: float) -> None:
        self._free_until_s = edge_s + self._rules.pulse_s + self._rules.forced_grace_s

    def stands_free(self, free: bool) -> None:
        """As long as it burns the lock is released, and nobody who opens the door is an intruder."""
        self._free = free

    def lose_contact(self, now_s: float) -> list[DoorFact]:
        """Nobody sees the door any more: who has opened it has passed, and only a pulse is watched.

        A sensor says still who has passed; it is waited for as long as the door might have stood open.
        """
        self._has_contact = False
        facts = []
        if self._phase is _Phase.PASSING:
            if self._has_sensor:
                self._open = False
                cleared, self._alarm = self._alarm is not None, None
                return [DoorFact.CLEARED] if cleared else []
            facts = [*self._secured(), DoorFact.PASSED]
        elif self._phase is _Phase.RELEASED:
            if self._has_sensor:
                return []
            facts = self._unwatched(now_s)
        self._open = False
        return [*facts, *self._at_rest()]

    def lose_sensor(self, now_s: float) -> list[DoorFact]:
        """The contact alone tells from now on, or nothing does."""
        self._has_sensor = False
        if self._phase is _Phase.PASSING and not self._open:
            return [*self._secured(), DoorFact.PASSED, *self._at_rest()]
        if self._phase is not _Phase.RELEASED or self._has_contact:
            return self.passage_ends()
        self._phase = _Phase.RESTING
        return self._unwatched(now_s)

    def regain_contact(self) -> None:
        self._has_contact = self._rules.contact

    def regain_sensor(self) -> None:
        self._has_sensor = self._rules.passage_sensor

    # -- time

    def tick(self, now_s: float) -> list[DoorFact]:
        """What has become due by `now_s`."""
        facts: list[DoorFact] = []
        if self._secure_at is not None and now_s >= self._secure_at:
            over_s, self._secure_at = self._secure_at, None
            facts += [DoorFact.SECURE, *self._pulse_over(over_s, now_s)]
        if self._annul_at is not None and now_s >= self._annul_at:
            self._annul_at = None
            self._phase = _Phase.RESTING
            facts.append(DoorFact.ANNULLED)
        if self._held_open_at is not None and now_s >= self._held_open_at:
            facts += self._held_open(now_s)
        return facts

    def _pulse_over(self, over_s: float, now_s: float) -> list[DoorFact]:
        if not self._supervised:
            return [DoorFact.PASSED]
        if self._phase is _Phase.RELEASED:
            settled_s = max(over_s + self._rules.forced_grace_s, now_s) + self._rules.debounce_s
            self._annul_at = settled_s
        return []

    def _held_open(self, now_s: float) -> list[DoorFact]:
        facts = []
        if self._phase is _Phase.PASSING:
            facts = [*self._secured(), DoorFact.ANNULLED if self._has_sensor else DoorFact.PASSED]
            if not self._open:  # its contact was lost meanwhile
                return [*facts, *self._at_rest()]
        if self._free:
            self._phase = _Phase.LEAVING
            self._held_open_at = now_s + self._rules.held_open_s
            return facts
        self._held_open_at = None
        self._phase = _Phase.ADRIFT
        self._alarm = DoorFact.HELD_OPEN
        return [*facts, DoorFact.HELD_OPEN]

    # -- inside

    def _is_free(self, edge_s: float) -> bool:
        return self._free or (self._free_until_s is not None and edge_s <= self._free_until_s)

    def _forced(self) -> list[DoorFact]:
        self._phase = _Phase.ADRIFT
        self._held_open_at = None
        self._alarm = DoorFact.FORCED_OPEN
        return [DoorFact.FORCED_OPEN]

    def _at_rest(self) -> list[DoorFact]:
        """The door is shut, or nobody can tell: that is the end of an alarm."""
        facts = [] if self._alarm is None else [DoorFact.CLEARED]
        self._phase = _Phase.RESTING
        self._held_open_at = None
        self._alarm = None
        return facts

    def _unwatched(self, now_s: float) -> list[DoorFact]:
        """Nothing watches a release any more: it passes with its pulse, or is void where that is over.

        It is over at its time, to the millisecond that is kept of it, be the strike secured only now:
        whoever had used it by then would have been seen.
        """
        if self._secure_at is None or round(1000 * (self._secure_at - now_s)) <= 0:
            self._annul_at = None
            return [*self._secured(), DoorFact.ANNULLED]
        self._supervised = False
        return []

    def _secured(self) -> list[DoorFact]:
        """What a passage owes the strike when it ends, however it ends."""
        was_due, self._secure_at = self._secure_at, None
        return [] if was_due is None else [DoorFact.SECURE]

    def _pass_begins(self, edge_s: float) -> None:
        self._phase = _Phase.PASSING
        self._annul_at = None
        relock_at = edge_s + self._rules.relock_after_open_s
        if self._secure_at is not None:
            self._secure_at = min(self._secure_at, relock_at)
        self._held_open_at = edge_s + self._rules.held_open_s
