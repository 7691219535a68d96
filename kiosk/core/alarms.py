"""Alarms: recorded when they begin and when they end, shown and sounded for as long as one stands.

More than one can stand; the gravest is shown. The buzzer sounds until the
last has ended, or until staff have acknowledged it; another alarm sounds it
again. None of them decides on anybody.
"""

from __future__ import annotations

from kiosk.core import passage as entries
from kiosk.core.commands import Announce, Buzz, Command, Sound
from kiosk.core.display import Display
from kiosk.core.ledger import Ledger
from kiosk.terms import Instant, Reason

GRAVEST_FIRST = (Reason.FIRE, Reason.TAMPER, Reason.DOOR_FORCED_OPEN, Reason.DOOR_HELD_OPEN)
_OF_THE_DOOR = frozenset({Reason.DOOR_FORCED_OPEN, Reason.DOOR_HELD_OPEN})


class Alarms:
    """Those that stand now."""

    def __init__(self, ledger: Ledger, display: Display) -> None:
        self._ledger = ledger
        self._display = display
        self._standing: set[Reason] = set()
        self.is_sounding = False

    @property
    def gravest(self) -> Reason | None:
        return next((reason for reason in GRAVEST_FIRST if reason in self._standing), None)

    def begins(self, at: Instant, reason: Reason) -> list[Command]:
        if reason in _OF_THE_DOOR:  # one door, one alarm: a later one takes the place of the one before
            self._standing -= _OF_THE_DOOR
        self._standing.add(reason)
        kind = entries.DOOR_ALARM if reason in _OF_THE_DOOR else entries.ALARM_RAISED
        record = self._ledger.record(at, kind, {"reason": reason.value})
        return [record, Announce(Sound.ALARM), *self._buzz(True), self.show(at)]

    def ends(self, at: Instant, reason: Reason) -> list[Command]:
        """An alarm that is not the door's is over. What is shown after it is the checkpoint's to say."""
        self._standing.discard(reason)
        record = self._ledger.record(at, entries.ALARM_CLEARED, {"reason": reason.value})
        return [record, *self._silence()]

    def door_shut(self, at: Instant) -> list[Command]:
        """The door's alarm is over, whichever it was."""
        self._standing -= _OF_THE_DOOR
        return [self._ledger.record(at, entries.DOOR_CLEARED, {}), *self._silence()]

    def acknowledged(self) -> list[Command]:
        """Staff know: the buzzer is silent, and the alarm stands as long as its cause."""
        return self._buzz(False)

    def show(self, at: Instant) -> Command:
        """The page of the gravest one; only where one stands."""
        assert self.gravest is not None
        return self._display.alarm(at, self.gravest)

    def _silence(self) -> list[Command]:
        return [] if self._standing else self._buzz(False)

    def _buzz(self, on: bool) -> list[Command]:
        if on is self.is_sounding:
            return []
        self.is_sounding = on
        return [Buzz(on)]
