"""The real checkpoint, driven by recorded events at recorded times."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from kiosk.core.admissions import Pseudonyms
from kiosk.core.checkpoint import Checkpoint
from kiosk.core.commands import Command
from kiosk.core.devices import device_in
from kiosk.core.door_log import HOLDS, Change
from kiosk.core.events import (
    DeviceFaulted,
    DeviceRecovered,
    DoorClosed,
    DoorOpened,
    Event,
    Input,
    InputChanged,
    Recorded,
    RecordFailed,
    StaffAction,
    StaffIntent,
    StaffReason,
    StaffSignedIn,
    Started,
    Tick,
    TrustChanged,
)
from kiosk.core.facts import DECIDING_FAULTS
from kiosk.core.past import Past
from kiosk.core.phases import Phase
from kiosk.core.replay.entry import InForce
from kiosk.core.view import Mode
from kiosk.credentials.again import VerifierAgain
from kiosk.credentials.bundle import TrustBundle
from kiosk.credentials.verifier import Verifier
from kiosk.terms import Instant

TOLERANCE_S = 0.05
_ROUNDED_S = 1e-6
"""A contact has stood for so much longer than it has to, lest it settle later by what a sum rounds."""
_CONTACTS = {
    Change.OPENED: (Input.DOOR, True),
    Change.CLOSED: (Input.DOOR, False),
    Change.SEEN: (Input.PASSAGE, True),
    Change.UNSEEN: (Input.PASSAGE, False),
}
_LOSSES = {Change.DOOR_LOST: "door", Change.PASSAGE_LOST: "passage"}
_RECOVERIES = {Change.DOOR_BACK: "door", Change.PASSAGE_BACK: "passage"}
_AT_REST = {
    Change.DOOR_LOST: Change.DOOR_BACK,
    Change.PASSAGE_LOST: Change.PASSAGE_BACK,
    Change.OPENED: Change.CLOSED,
    Change.SEEN: Change.UNSEEN,
}
"""In this order: a contact that is lost counts as at rest, until it says something else."""
_GATE = "gate"
_SETS = {
    StaffAction.LOCK_DOWN: Mode.LOCKED_DOWN,
    StaffAction.EVACUATE: Mode.EVACUATING,
    StaffAction.RELEASE: Mode.NORMAL,
}
_LETS_GO = (StaffAction.LOCK_DOWN, StaffAction.RELEASE)
CHANGES_OTHERS = frozenset({*_SETS, StaffAction.TURN_AWAY, StaffAction.OCCUPANCY})
"""What staff do that bears on others than the one whom a decision tells of."""


class Driver:
    """`in_force` from the start on; seconds count from `utc`.

    `obey` is told of every command; a record is answered with `answer`.
    """

    def __init__(
        self,
        in_force: InForce,
        past: Past,
        utc: datetime,
        pseudonyms: Pseudonyms,
        verifier: Verifier,
        again: VerifierAgain,
        obey: Callable[[Command], None],
        *,
        utc_trusted: bool,
    ) -> None:
        self.bundle = in_force.bundle
        self.utc_trusted = utc_trusted
        self.mode = past.mode
        self._lanes = tuple(in_force.rules.doors)
        self._debounce_s = {name: door.debounce_s for name, door in in_force.rules.doors.items()}
        self._held = set(self._lanes if past.mode is Mode.EVACUATING else ())
        self._evacuation: int | None = None
        self._obey = obey
        self._utc = utc
        self._step_s = 0.0
        self._now_s = 0.0
        self._faults: set[str] = set()
        self._unanswered: list[Recorded | RecordFailed] = []
        rules = replace(in_force.rules, heartbeat_s=0.0)
        self._checkpoint = Checkpoint(
            rules,
            pseudonyms,
            self.bundle,
            past,
            zone=in_force.zone,
            verifier=verifier,
            again=again,
        )

    def start(self) -> None:
        self.step(Started(self.instant, {}, {}))

    def step(self, event: Event) -> None:
        for command in self._checkpoint.step(event):
            self._obey(command)
        while self._unanswered:
            self.step(self._unanswered.pop(0))

    def answer(self, record_id: int) -> None:
        """It is on disk: the checkpoint is told after the step under way."""
        self._unanswered.append(Recorded(self.instant, record_id, 0))

    def refuse(self, record_id: int) -> None:
        """The same of one that never got there."""
        self._unanswered.append(RecordFailed(self.instant, record_id, "not recorded"))

    def wait_for_hold(self, record_id: int) -> None:
        """An evacuation's record: when it was on disk, the doors that it opened tell (`Change.HELD`)."""
        self._evacuation = record_id

    def phase(self, lane: str) -> Phase:
        return self._checkpoint.phase(lane)

    # -- time

    @property
    def instant(self) -> Instant:
        return self._instant_at(self._now_s)

    def _instant_at(self, mono_s: float) -> Instant:
        return Instant(mono_s, self._utc + timedelta(seconds=mono_s + self._step_s), self.utc_trusted)

    def advance(self, at_s: float) -> None:
        """Let time pass, as far as what comes at `at_s` can be the first that happens then."""
        self._tick_until(at_s - TOLERANCE_S)
        self._now_s = max(self._now_s, at_s)

    def time_door(self, lane: str, on: bool) -> None:
        """Whether time alone ends a grant there: not before it was over, however late the loop was."""
        self._checkpoint.time_door(lane, on)

    def linger(self, is_there: Callable[[], bool]) -> None:
        """Let come what is due about now, until what is looked for is there: the rest has its own time."""
        self._tick_until(self._now_s + TOLERANCE_S, is_there)

    def _tick_until(self, end_s: float, is_there: Callable[[], bool] = lambda: False) -> None:
        before_s = None
        while (due_s := self._checkpoint.wake_at) is not None and due_s <= end_s and due_s != before_s:
            if is_there():
                return
            before_s, now_s = due_s, self._now_s
            self._now_s = due_s  # each by itself, as it came: what two lanes owe has an order
            self.step(Tick(self.instant))
            self._now_s = max(self._now_s, now_s)

    def set_clock(self, step_s: float, trusted: bool) -> None:
        """By how much the wall clock has been set since the start, and whether it is believed."""
        self._step_s, self.utc_trusted = step_s, trusted

    def trust(self, bundle: TrustBundle) -> None:
        self.bundle = bundle
        self.step(TrustChanged(self.instant, bundle))

    def trust_until(self, fresh_until: datetime | None) -> None:
        """The same, signed anew."""
        self.trust(replace(self.bundle, fresh_until=fresh_until))

    # -- devices and doors

    def have_faults(self, lane: str, standing: frozenset[str]) -> None:
        """Of those that decide: these, no more and no fewer."""
        for fault in sorted(DECIDING_FAULTS):
            device = device_in(lane, fault) if fault == "thermal" else fault
            if fault in standing:
                self.lose(device)
            else:
                self.recover(device)

    def have_door(self, lane: str, was: frozenset[Change]) -> None:
        """A door as it stood when a grant was on disk."""
        for standing, resting in _AT_REST.items():
            if standing not in was:
                self.change(lane, resting)
            elif standing not in _LOSSES:
                self.change(lane, standing)
            else:
                self.lose(device_in(lane, _LOSSES[standing]))
        self._hold(lane, on=Change.HELD in was)

    def _hold(self, lane: str, *, on: bool) -> None:
        """Letting go of one door lets go of all: staff do it for the whole site. An evacuation opens all."""
        if on and self._evacuation is not None:
            record_id, self._evacuation = self._evacuation, None
            self._held = set(self._lanes)
            self.step(Recorded(self.instant, record_id, 0))
        elif on and lane not in self._held:
            self.act(StaffAction.HOLD_OPEN, lane=lane)
            self._held.add(lane)
        elif lane in self._held and not on:
            self.act(StaffAction.RELEASE)

    def change(self, lane: str, change: Change, lasted_s: float = 0.0) -> None:
        """A contact counts by now, and from when its level came."""
        if change in _CONTACTS:
            which, active = _CONTACTS[change]
            has_settled_s = max(lasted_s, self._debounce_s[lane]) + _ROUNDED_S
            at = self._instant_at(self._now_s - has_settled_s)
            if which is Input.DOOR:
                self.step(DoorOpened(at, lane) if active else DoorClosed(at, lane))
            else:
                self.step(InputChanged(at, which, active, lane))
            self.step(Tick(self.instant))
        elif change in HOLDS:
            self._hold(lane, on=change is Change.HELD)
        elif change is Change.TAKEN_BACK:
            self.act(StaffAction.ANNUL, lane=lane)
        elif change in _LOSSES:
            self.lose(device_in(lane, _LOSSES[change]), again=True)
        else:
            self.recover(device_in(lane, _RECOVERIES[change]))

    def lose_gate(self) -> bool:
        """Whether it worked until now."""
        worked = _GATE not in self._faults
        self.lose(_GATE)
        return worked

    def regain_gate(self) -> None:
        self.recover(_GATE)

    def lose(self, device: str, *, again: bool = False) -> None:
        if again or device not in self._faults:
            self._faults.add(device)
            self.step(DeviceFaulted(self.instant, device, "recorded"))

    def recover(self, device: str) -> None:
        if device in self._faults:
            self._faults.discard(device)
            self.step(DeviceRecovered(self.instant, device))

    # -- staff

    def act(self, action: StaffAction, **more: Any) -> None:
        """Somebody of the staff does it. Who it was decides nothing."""
        self.step(StaffSignedIn(self.instant, "replay"))
        self.step(StaffIntent(self.instant, action, StaffReason.OTHER, **more))
        if action in _SETS:
            self.mode = _SETS[action]
        if action in _LETS_GO:
            self._held, self._evacuation = set(), None

    def set_mode(self, wanted: Mode) -> None:
        if wanted is not self.mode:
            self.act(next(action for action, mode in _SETS.items() if mode is wanted))
