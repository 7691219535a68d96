"""A lane's door with its contacts, and the alarms that come of them.

Contacts are debounced (`kiosk.core.inputs`), what they mean for the door is
concluded (`kiosk.core.door`), and what staff must know becomes an alarm
(`kiosk.core.alarms`). What it means for the person who was granted is the
checkpoint's: such facts are handed on to it, in their order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kiosk.core import passage as entries
from kiosk.core.alarms import Alarms, in_lane
from kiosk.core.commands import Command
from kiosk.core.devices import split_device
from kiosk.core.door import Door, DoorFact
from kiosk.core.door_log import Change, DoorLog
from kiosk.core.events import Input
from kiosk.core.inputs import Inputs, Settled
from kiosk.core.ledger import Ledger
from kiosk.core.rules import DoorRules
from kiosk.terms import Instant, Reason

_ALARMS = {
    DoorFact.HELD_OPEN: Reason.DOOR_HELD_OPEN,
    DoorFact.FORCED_OPEN: Reason.DOOR_FORCED_OPEN,
}
_LOST = {Input.DOOR: Change.DOOR_LOST, Input.PASSAGE: Change.PASSAGE_LOST}
OF_A_DOOR = frozenset({Input.DOOR, Input.PASSAGE, Input.REQUEST_TO_EXIT})
Outcome = Command | DoorFact
"""A command, or a fact for the checkpoint: SECURE, PASSED, ANNULLED, and CLEARED when an alarm is over."""


class Doorway:
    """One door and its contacts: door, passage sensor and request to exit."""

    def __init__(self, lane: str, rules: DoorRules, ledger: Ledger, alarms: Alarms) -> None:
        self._lane = lane
        self._ledger = ledger
        self._alarms = alarms
        self._inputs = Inputs(rules.debounce_s)
        self.door = Door(rules)
        self.log = DoorLog()

    @property
    def wake_at(self) -> float | None:
        """The monotonic second at which a contact has settled or something of the door is due."""
        return min((at for at in (self.door.wake_at, self._inputs.wake_at) if at is not None), default=None)

    def changed(self, at: Instant, which: Input, *, active: bool) -> None:
        """A contact has another level, which counts once it has settled."""
        self._inputs.changed(at.mono, which, active=active)

    def settled(self, at: Instant) -> list[Outcome]:
        """What the contacts say that have settled by now."""
        return [each for change in self._inputs.settled(at.mono) for each in self._on_settled(at, change)]

    def tick(self, at: Instant) -> list[Outcome]:
        """What has become due of the door."""
        return [*self._told(at, self.door.tick(at.mono))]

    def lost(self, at: Instant, device: str) -> list[Outcome]:
        """A device is lost: nothing, unless it is one of the contacts here."""
        name, lane = split_device(device)
        if name not in OF_A_DOOR or lane != self._lane:
            return []
        which = Input(name)
        settled = self._inputs.forget(at.mono, which)
        if which in _LOST:
            self.log.note(_LOST[which], at.mono)
        if which is Input.DOOR:  # it has not closed: nobody sees it
            return [*self._told(at, self.door.lose_contact())]
        told = [each for change in settled for each in self._on_settled(at, change)]
        if which is Input.PASSAGE:
            told += self._told(at, self.door.lose_sensor())
        return told

    def recovered(self, at: Instant, device: str) -> None:
        name, lane = split_device(device)
        if lane != self._lane:
            return
        if name == Input.DOOR:
            self.log.note(Change.DOOR_BACK, at.mono)
            self.door.regain_contact()
        elif name == Input.PASSAGE:
            self.log.note(Change.PASSAGE_BACK, at.mono)
            self.door.regain_sensor()

    def _on_settled(self, at: Instant, change: Settled) -> list[Outcome]:
        self.log.settled(change.input, change.since_s, active=change.active)
        if change.input is Input.DOOR:
            facts = self.door.opened(change.since_s) if change.active else self.door.closed()
            return [*self._told(at, facts)]
        if change.input is Input.PASSAGE:
            facts = self.door.passage_begins(change.since_s) if change.active else self.door.passage_ends()
            return [*self._told(at, facts)]
        return self._exit_requested(at, change)

    def _exit_requested(self, at: Instant, change: Settled) -> list[Outcome]:
        """The button has let somebody out by itself; that it is let go of says nothing."""
        if not change.active:
            return []
        self.door.exit_requested(change.since_s)
        return [self._ledger.record(at, entries.EXIT_REQUESTED, in_lane(self._lane, {}))]

    def _told(self, at: Instant, facts: Iterable[DoorFact]) -> Iterator[Outcome]:
        for fact in facts:
            if fact in _ALARMS:
                yield from self._alarms.of_door(at, self._lane, _ALARMS[fact])
                continue
            if fact is DoorFact.CLEARED:
                yield from self._alarms.door_shut(at, self._lane)
            yield fact
