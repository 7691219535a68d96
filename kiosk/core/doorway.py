"""A lane's door: what releases it, its contacts, and the alarms that come of them.

A release is a pulse for one passage. While staff hold the door open a grant
energises nothing, and its end secures nothing. Where the hold ends under somebody
who was granted and has not gone through, he has a pulse of his own from then on.

Contacts are debounced (`kiosk.core.inputs`), what they mean for the door is
concluded (`kiosk.core.door`), and what staff must know becomes an alarm
(`kiosk.core.alarms`). What it means for the person who was granted is the
lane's: such facts are handed on to it, in their order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kiosk.core import passage as entries
from kiosk.core.alarms import Alarms, in_lane
from kiosk.core.commands import Command, HoldGate, ReleaseGate, SecureGate
from kiosk.core.devices import split_device
from kiosk.core.door import Door, DoorFact
from kiosk.core.door_log import Change, DoorLog
from kiosk.core.events import Input
from kiosk.core.inputs import Inputs, Settled
from kiosk.core.ledger import Ledger
from kiosk.core.passage import Passage
from kiosk.core.rules import Purpose, Rules
from kiosk.terms import Instant, Reason

_ALARMS = {
    DoorFact.HELD_OPEN: Reason.DOOR_HELD_OPEN,
    DoorFact.FORCED_OPEN: Reason.DOOR_FORCED_OPEN,
}
_LOST = {Input.DOOR: Change.DOOR_LOST, Input.PASSAGE: Change.PASSAGE_LOST}
THROUGH_A_DOOR = (Purpose.ENTRY, Purpose.EXIT)
OF_A_DOOR = frozenset({Input.DOOR, Input.PASSAGE, Input.REQUEST_TO_EXIT})
Outcome = Command | DoorFact
"""A command, or a fact for the lane: PASSED, ANNULLED, and CLEARED when an alarm is over."""


class Doorway:
    """One door and its contacts: door, passage sensor and request to exit."""

    def __init__(self, lane: str, rules: Rules, ledger: Ledger, alarms: Alarms) -> None:
        self._lane = lane
        self._rules = rules.doors[lane]
        self._ledger = ledger
        self._alarms = alarms
        self._inputs = Inputs(self._rules.debounce_s)
        self._held = False
        self._released = ""
        self._granted: Passage | None = None
        self._went = False
        self._is_timed = True
        points = rules.points_of(lane)
        self.outputs = tuple(sorted({each.output for each in points if each.purpose in THROUGH_A_DOOR}))
        """Those that release the door; a handover's is another."""
        self.door = Door(self._rules)
        self.log = DoorLog(ledger)

    @property
    def wake_at(self) -> float | None:
        """The monotonic second at which a contact has settled or something of the door is due."""
        due = (self.door.wake_at if self._is_timed else None, self._inputs.wake_at)
        return min((at for at in due if at is not None), default=None)

    # -- the lock

    def release(self, at: Instant, passage: Passage) -> list[Command]:
        """For one passage that is on disk."""
        point = passage.access_point
        held = self._is_held(point.output)
        self.log.begin(passage, at.mono, held=self._held)
        watched = self.door.is_watched and point.purpose in THROUGH_A_DOOR
        self.door.released(at.mono, supervised=watched and not held)
        self._released = point.output
        self._granted, self._went = passage if point.output in self.outputs else None, False
        return [] if held else [ReleaseGate(passage.id, point.output, self._rules.pulse_s)]

    def abandon(self) -> list[Command]:
        """Nobody is going to pass on what was released."""
        self.door.abandon()
        self._granted = None
        return self._secure()

    @property
    def is_passing(self) -> bool:
        """Whether somebody who was granted is in the door, or has been while it was held open."""
        return self.door.is_passing or self._went

    def hold(self, at: Instant, on: bool) -> list[Command]:
        """Staff hold the door open, or let go of it; nothing where it is so already."""
        if on is self._held:
            return []
        self._held = on
        self.log.held(at.mono, on=on)
        if on:
            return [HoldGate(each) for each in self.outputs]
        return [*(SecureGate(each) for each in self.outputs), *self._own_pulse(at)]

    def _own_pulse(self, at: Instant) -> list[Command]:
        """For who was granted, and stands before a door now that has just been locked."""
        passage = self._granted
        if passage is None or self.is_passing:
            return []
        self.door.released(at.mono, supervised=self.door.is_watched)
        return [ReleaseGate(passage.id, passage.access_point.output, self._rules.pulse_s)]

    def fire(self, burns: bool) -> None:
        """Told in every step, after what staff did in it: a door that is held stands as free as in a fire."""
        self.door.stands_free(burns or self._held)

    def _is_held(self, output: str) -> bool:
        """Whether it is energised already, and stays so."""
        return self._held and output in self.outputs

    def _secure(self) -> list[Command]:
        return [] if self._is_held(self._released) else [SecureGate(self._released)]

    # -- contacts

    def changed(self, at: Instant, which: Input, *, active: bool) -> None:
        """A contact has another level, which counts once it has settled."""
        self._inputs.changed(at.mono, which, active=active)

    def settled(self, at: Instant) -> list[Outcome]:
        """What the contacts say that have settled by now, or that a pulse is over which nothing watches."""
        told = [each for change in self._inputs.settled(at.mono) for each in self._on_settled(at, change)]
        return told if self.door.is_supervised else [*told, *self.tick(at)]

    def tick(self, at: Instant) -> list[Outcome]:
        """What has become due of the door."""
        return [*self._told(at, self.door.tick(at.mono))] if self._is_timed else []

    def be_timed(self, on: bool) -> None:
        """Whether what is due happens; where it is known when a grant was over, it is only then."""
        self._is_timed = on

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
            return [*self._told(at, self.door.lose_contact(at.mono))]
        told = [each for change in settled for each in self._on_settled(at, change)]
        if which is Input.PASSAGE:
            told += self._told(at, self.door.lose_sensor(at.mono))
        return told

    def recovered(self, at: Instant, device: str) -> list[Command]:
        """A device is back; the gate is held open again where it was."""
        name, lane = split_device(device)
        if name == "gate" and self._held:
            return [HoldGate(each) for each in self.outputs]
        if lane != self._lane:
            return []
        if name == Input.DOOR:
            self.log.note(Change.DOOR_BACK, at.mono)
            self.door.regain_contact()
        elif name == Input.PASSAGE:
            self.log.note(Change.PASSAGE_BACK, at.mono)
            self.door.regain_sensor()
        return []

    def _on_settled(self, at: Instant, change: Settled) -> list[Outcome]:
        self.log.settled(change.input, change.since_s, at.mono, active=change.active)
        through = (Input.PASSAGE, True) if self._rules.passage_sensor else (Input.DOOR, False)
        if self._held and self._granted is not None and (change.input, change.active) == through:
            self._went = True
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
            if fact is DoorFact.SECURE:
                yield from self._secure()
                continue
            if fact is DoorFact.CLEARED:
                yield from self._alarms.door_shut(at, self._lane)
            else:
                self._granted, self._went = None, False
            yield fact
