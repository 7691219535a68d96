"""Alarms: recorded when they begin and when they end, shown and sounded for as long as one stands.

Those of a door stand in its lane, fire and tamper in all of them. More than
one can stand; the gravest is shown. The buzzer sounds until the last has
ended, until staff have acknowledged it, or until its limit is over; another
alarm sounds it again, for as long again. None of them decides on anybody.
"""

from __future__ import annotations

from kiosk.core import passage as entries
from kiosk.core.commands import Announce, Buzz, Command, JsonValue, Sound
from kiosk.core.displays import Displays
from kiosk.core.events import Input
from kiosk.core.inputs import Inputs, Settled
from kiosk.core.ledger import Ledger
from kiosk.terms import Instant, Reason

GRAVEST_FIRST = (Reason.FIRE, Reason.TAMPER, Reason.DOOR_FORCED_OPEN, Reason.DOOR_HELD_OPEN)


def in_lane(lane: str, data: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """What is recorded of a lane; the first has no name."""
    return {**data, "lane": lane} if lane else data


class Alarms:
    """Those that stand now. The buzzer sounds for `buzzer_limit_s` after the last one has begun, at most."""

    def __init__(
        self, ledger: Ledger, displays: Displays, lanes: tuple[str, ...], buzzer_limit_s: float
    ) -> None:
        self._ledger = ledger
        self._displays = displays
        self._site: set[Reason] = set()
        self._doors: dict[str, Reason | None] = dict.fromkeys(lanes)
        self._buzzer_limit_s = buzzer_limit_s
        self._sounds_until_s: float | None = None

    @property
    def is_sounding(self) -> bool:
        return self._sounds_until_s is not None

    @property
    def wake_at(self) -> float | None:
        """The monotonic second at which the buzzer has sounded for long enough."""
        return self._sounds_until_s

    def tick(self, at: Instant) -> list[Command]:
        """A buzzer that has sounded for long enough is silent, though the alarm stands."""
        over = self._sounds_until_s is not None and at.mono >= self._sounds_until_s
        return self._hush() if over else []

    def gravest(self, lane: str) -> Reason | None:
        standing = {*self._site, self._doors[lane]}
        return next((reason for reason in GRAVEST_FIRST if reason in standing), None)

    def stands(self, reason: Reason) -> bool:
        """Whether an alarm of the whole site does."""
        return reason in self._site

    def begins(self, at: Instant, reason: Reason) -> list[Command]:
        """An alarm of the whole site."""
        self._site.add(reason)
        record = self._ledger.record(at, entries.ALARM_RAISED, {"reason": reason.value})
        sounds = [Announce(Sound.ALARM, lane) for lane in self._doors]
        shows = [self.show(at, lane) for lane in self._doors]
        return [record, *sounds, *self._sound(at), *shows]

    def ends(self, at: Instant, reason: Reason) -> list[Command]:
        """One of the whole site is over. What is shown after it is each lane's to say."""
        self._site.discard(reason)
        record = self._ledger.record(at, entries.ALARM_CLEARED, {"reason": reason.value})
        return [record, *self._silence()]

    def of_door(self, at: Instant, lane: str, reason: Reason) -> list[Command]:
        """One door, one alarm: a later one takes the place of the one before."""
        self._doors[lane] = reason
        record = self._ledger.record(at, entries.DOOR_ALARM, in_lane(lane, {"reason": reason.value}))
        return [record, Announce(Sound.ALARM, lane), *self._sound(at), self.show(at, lane)]

    def door_shut(self, at: Instant, lane: str) -> list[Command]:
        """The door's alarm is over, whichever it was."""
        self._doors[lane] = None
        return [self._ledger.record(at, entries.DOOR_CLEARED, in_lane(lane, {})), *self._silence()]

    def acknowledged(self) -> list[Command]:
        """Staff know: the buzzer is silent, and the alarm stands as long as its cause."""
        return self._hush()

    def show(self, at: Instant, lane: str) -> Command:
        """The page of the gravest one there; only where one stands."""
        gravest = self.gravest(lane)
        assert gravest is not None
        return self._displays.of(lane).alarm(at, gravest)

    def _silence(self) -> list[Command]:
        standing = self._site or any(reason is not None for reason in self._doors.values())
        return [] if standing else self._hush()

    def _sound(self, at: Instant) -> list[Command]:
        """From this alarm on, for the whole limit."""
        sounded, self._sounds_until_s = self.is_sounding, at.mono + self._buzzer_limit_s
        return [] if sounded else [Buzz(True)]

    def _hush(self) -> list[Command]:
        sounded, self._sounds_until_s = self.is_sounding, None
        return [Buzz(False)] if sounded else []


_OF_THE_SITE = {Input.FIRE: Reason.FIRE, Input.TAMPER: Reason.TAMPER}


class SiteContacts:
    """Fire panel and tamper contact, debounced: the alarms that are no lane's own."""

    def __init__(self, debounce_s: float, alarms: Alarms) -> None:
        self._inputs = Inputs(debounce_s)
        self._alarms = alarms

    @property
    def wake_at(self) -> float | None:
        return self._inputs.wake_at

    @staticmethod
    def has(which: Input) -> bool:
        return which in _OF_THE_SITE

    def changed(self, at: Instant, which: Input, *, active: bool) -> None:
        self._inputs.changed(at.mono, which, active=active)

    def settled(self, at: Instant) -> tuple[list[Command], bool]:
        """What counts from now on, and whether an alarm is over with it."""
        return self._tell(at, self._inputs.settled(at.mono))

    def lost(self, at: Instant, device: str) -> tuple[list[Command], bool]:
        """A contact that is lost is a fault and no alarm any more."""
        if device not in set(_OF_THE_SITE):
            return [], False
        return self._tell(at, self._inputs.forget(at.mono, Input(device)))

    def _tell(self, at: Instant, changes: list[Settled]) -> tuple[list[Command], bool]:
        said: list[Command] = []
        for change in changes:
            reason = _OF_THE_SITE[change.input]
            said += self._alarms.begins(at, reason) if change.active else self._alarms.ends(at, reason)
        return said, any(not change.active for change in changes)
