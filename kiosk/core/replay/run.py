"""One run of a kiosk, from a start to the next: the real checkpoint, and events at the recorded times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from calibration.reading import NoReading, Reading
from kiosk.core import passage as entries
from kiosk.core.checkpoint import Checkpoint
from kiosk.core.commands import JsonValue, Record, StartSampling
from kiosk.core.devices import device_in
from kiosk.core.door_log import Change
from kiosk.core.events import (
    CodeScanned,
    DeviceFaulted,
    DeviceRecovered,
    DoorClosed,
    DoorOpened,
    Event,
    FaceAppeared,
    FaceGone,
    Input,
    InputChanged,
    Recorded,
    StaffAction,
    StaffIntent,
    StaffReason,
    StaffSignedIn,
    Started,
    ThermalSampled,
    Tick,
    TrustChanged,
)
from kiosk.core.facts import DECIDING_FAULTS
from kiosk.core.past import Past
from kiosk.core.replay.entry import InForce, ReplayError
from kiosk.core.replay.story import Story, compared, ended
from kiosk.core.rules import AccessPoint, Rules
from kiosk.core.view import Mode
from kiosk.credentials.bundle import TrustBundle
from kiosk.credentials.credential import Credential, Refusal
from kiosk.credentials.rotation import Reveals
from kiosk.terms import Instant

TOLERANCE_S = 0.05
_CONTACTS = {
    Change.OPENED: (Input.DOOR, True),
    Change.CLOSED: (Input.DOOR, False),
    Change.SEEN: (Input.PASSAGE, True),
    Change.UNSEEN: (Input.PASSAGE, False),
}
_LOSSES = {Change.DOOR_LOST: "door", Change.PASSAGE_LOST: "passage", Change.GATE_LOST: "gate"}
_RECOVERIES = {Change.DOOR_BACK: "door", Change.PASSAGE_BACK: "passage"}
_SETS = {
    StaffAction.LOCK_DOWN: Mode.LOCKED_DOWN,
    StaffAction.EVACUATE: Mode.EVACUATING,
    StaffAction.RELEASE: Mode.NORMAL,
}
CHANGES_OTHERS = frozenset({*_SETS, StaffAction.TURN_AWAY, StaffAction.OCCUPANCY})
"""What staff do that bears on others than the one whom a decision tells of."""

_AT_REST = {
    Change.OPENED: Change.CLOSED,
    Change.SEEN: Change.UNSEEN,
    Change.DOOR_LOST: Change.DOOR_BACK,
    Change.PASSAGE_LOST: Change.PASSAGE_BACK,
}


@dataclass(frozen=True, slots=True)
class Difference:
    """What was recorded under `seq`, and what comes out now; `now` is None where nothing does."""

    seq: int
    time: str
    passage: int | None
    recorded: Mapping[str, JsonValue] | None
    now: Mapping[str, JsonValue] | None
    facts: Mapping[str, JsonValue]


class Differs(Exception):
    """Ends a replay: the first difference is what was asked for."""

    def __init__(self, difference: Difference) -> None:
        super().__init__(f"entry {difference.seq}")
        self.difference = difference


class Run:
    """`in_force` from the start on; seconds count from `utc`. Each method may raise `Differs`."""

    def __init__(self, in_force: InForce, past: Past, utc: datetime, *, utc_trusted: bool) -> None:
        self.rules = in_force.rules
        self._bundle = in_force.bundle
        self._utc = utc
        self._step_s = 0.0
        self._utc_trusted = utc_trusted
        self._now_s = 0.0
        self._points = {point.id: point for point in self.rules.access_points}
        self._stories: dict[int, Story] = {}
        self._of_passage: dict[int, Story] = {}
        self._faces: dict[str, Story] = {}
        self._rechecked: dict[str, Story] = {}
        self._faults: set[str] = set()
        self._unanswered: list[int] = []
        self.annulled_at_start: dict[int, Mapping[str, JsonValue]] = {}
        rules = _as_settled(self.rules)
        self._numbers: dict[int, int] = {}
        self._expected: Story | None = None
        self._prelude = False
        self._mode, self._held = past.mode, set[str]()
        self._checkpoint = Checkpoint(
            rules, self._names, self._bundle, past, None, in_force.zone, self._verified
        )
        self._step(Started(self._instant, {}, {}))

    # -- time

    @property
    def _instant(self) -> Instant:
        return Instant(
            self._now_s, self._utc + timedelta(seconds=self._now_s + self._step_s), self._utc_trusted
        )

    def advance(self, at_s: float) -> None:
        """Let time pass, as far as what comes at `at_s` can be the first that happens then."""
        self._tick_until(at_s - TOLERANCE_S)
        self._now_s = max(self._now_s, at_s)

    def _tick_until(self, end_s: float) -> None:
        before_s = None
        while (due_s := self._checkpoint.wake_at) is not None and due_s <= end_s and due_s != before_s:
            before_s = due_s
            self._now_s = max(self._now_s, due_s)
            self._step(Tick(self._instant))

    def set_clock(self, step_s: float, trusted: bool) -> None:
        """By how much the wall clock has been set since the start, and whether it is believed."""
        self._step_s, self._utc_trusted = step_s, trusted

    def trust(self, bundle: TrustBundle) -> None:
        self._bundle = bundle
        self._step(TrustChanged(self._instant, bundle))

    def trust_until(self, fresh_until: datetime | None) -> None:
        """The same, signed anew."""
        self.trust(replace(self._bundle, fresh_until=fresh_until))

    # -- a passage

    def point_of(self, story: Story) -> AccessPoint:
        """Raises ReplayError for one that the site did not have."""
        point = self._points.get(story.data["access_point"])
        if point is None:
            raise ReplayError(f"the site had no access point {story.data['access_point']!r:.80}")
        return point

    def faults(self, story: Story) -> None:
        """Those that stood when it was decided, no more and no fewer."""
        lane = self.point_of(story).lane
        for fault in sorted(DECIDING_FAULTS):
            device = device_in(lane, fault) if fault == "thermal" else fault
            stands, stood = fault in story.facts.get("faults", ()), device in self._faults
            if stands and not stood:
                self._lose(device)
            elif stood and not stands:
                self._recover(device)

    def code(self, story: Story) -> None:
        """The code is taken. Its number travels with it as the name of the decoder."""
        number = story.number
        self._stories[number] = story
        source = story.data["source"]
        self._step(CodeScanned(self._instant, source, str(number).encode(), str(number)))

    def face(self, story: Story) -> None:
        lane = self.point_of(story).lane
        self._faces[lane] = story
        self._step(FaceAppeared(self._instant, lane))

    def measured(self, story: Story, reading: Reading | NoReading) -> None:
        phase = self._checkpoint.phase(self.point_of(story).lane)
        passage = getattr(phase, "passage", None)
        if passage is not None:
            self._step(ThermalSampled(self._instant, passage.id, reading))

    def must_be_decided(self, story: Story) -> None:
        """At the time of its entry."""
        if story.is_unknown:
            return
        self._tick_until(self._now_s + TOLERANCE_S)
        if story.now is None and story.begun_by_face:
            self._step(FaceGone(self._instant, self.point_of(story).lane))
        if story.now is None:
            self._differs(story, compared(story.data), None)

    # -- staff

    def mode(self, story: Story) -> None:
        """What staff had set the site to when it was decided, in case the entry that says so was lost."""
        self._set(Mode(story.facts.get("mode", Mode.NORMAL)))

    def _set(self, wanted: Mode) -> None:
        if wanted is not self._mode:
            self._act(next(action for action, mode in _SETS.items() if mode is wanted))

    def acted(self, data: Mapping[str, Any]) -> None:
        """What staff did that changes what becomes of others."""
        action = StaffAction(data["action"])
        if action is StaffAction.TURN_AWAY:
            self._act(action, case=self._numbers.get(data["case"], data["case"]))
        else:
            self._act(action, count=data.get("count"))

    def by_staff(self, story: Story) -> None:
        """They let somebody through, or a clinical thermometer decides."""
        celsius = story.data.get("clinical_celsius")
        action = StaffAction.ADMIT if celsius is None else StaffAction.CLINICAL
        if story.case is None:
            action = StaffAction.OPEN_ONCE
        lane, self._expected = self.point_of(story).lane, story
        self._act(action, case=self._case_of(story), lane=lane, celsius=celsius)
        if story.now is None and self._makes_case(story):
            self._act(action, case=self._case_of(story), lane=lane, celsius=celsius)
        self._expected = None
        story.is_unknown = story.now is None and story.case is not None

    def recheck(self, story: Story) -> None:
        """They let somebody be measured again."""
        lane = self.point_of(story).lane
        self._rechecked[lane] = story
        self._act(StaffAction.RECHECK, case=self._case_of(story))
        story.is_unknown = self._rechecked.pop(lane, None) is not None

    def _case_of(self, story: Story) -> int | None:
        return None if story.case is None else self._numbers.get(story.case, story.case)

    def _makes_case(self, story: Story) -> bool:
        """A case that the journal was too slow to record is made from what the entry of its end tells.

        Nobody is judged while the time is unknown: whoever shows a code then is referred, and is a case.
        """
        if story.case is None or story.credential is None:
            return False
        trusted, mode = self._utc_trusted, self._mode
        self._set(Mode.NORMAL)
        self._utc_trusted, self._prelude = False, True
        self.code(story)
        self._utc_trusted, self._prelude = trusted, False
        self._set(mode)
        return story.case in self._numbers

    def _act(self, action: StaffAction, **more: Any) -> None:
        self._step(StaffSignedIn(self._instant, "replay"))
        self._step(StaffIntent(self._instant, action, StaffReason.OTHER, **more))
        if action in _SETS:
            self._mode = _SETS[action]
            self._held = set(self.rules.doors) if action is StaffAction.EVACUATE else set()

    # -- a grant

    def before_release(self, story: Story) -> None:
        """The door as it stood when the grant was on disk."""
        assert story.end is not None
        was = [Change(each) for each in story.end.data.get("door_was", ())]
        for standing, resting in _AT_REST.items():
            self.door(story, standing if standing in was else resting)
        lane, is_held = self.point_of(story).lane, Change.HELD in was
        if is_held and lane not in self._held:
            self._act(StaffAction.HOLD_OPEN, lane=lane)
            self._held.add(lane)
        elif lane in self._held and not is_held:
            self._act(StaffAction.RELEASE)

    def on_disk(self, story: Story) -> None:
        story.is_on_disk = True
        if story.record_id is not None:
            record_id, story.record_id = story.record_id, None
            self._step(Recorded(self._instant, record_id, story.decided.seq))

    def door(self, story: Story, change: Change) -> None:
        lane = self.point_of(story).lane
        if change in _CONTACTS:
            which, active = _CONTACTS[change]
            self._contact(lane, which, active)
        elif change is Change.TAKEN_BACK:
            self._act(StaffAction.ANNUL, lane=lane)
        elif change in _LOSSES:
            name = _LOSSES[change]
            self._lose(name if change is Change.GATE_LOST else device_in(lane, name))
        else:
            self._recover(device_in(lane, _RECOVERIES[change]))

    def must_be_ended(self, story: Story) -> None:
        """At the time of the entry that says so, or earlier."""
        assert story.end is not None
        if story.is_unknown:
            return
        self._tick_until(self._now_s + TOLERANCE_S)
        if story.now_ended is None:
            self._differs(story, ended(story.end.type, story.end.data), None, story.end.seq)
        self._compare_end(story)
        self._forget(story)

    # -- what the checkpoint asks for

    def _step(self, event: Event) -> None:
        for command in self._checkpoint.step(event):
            if isinstance(command, Record):
                self._on_record(command)
            elif isinstance(command, StartSampling):
                self._on_sampling(command)
        while self._unanswered:
            self._step(Recorded(self._instant, self._unanswered.pop(0), 0))

    def _on_sampling(self, command: StartSampling) -> None:
        passage = getattr(self._checkpoint.phase(command.lane), "passage", None)
        if passage is None:
            return
        waiting = self._faces if passage.course.by_face else self._rechecked if passage.case else {}
        if command.lane in waiting:
            self._of_passage[passage.id] = waiting.pop(command.lane)

    def _on_record(self, record: Record) -> None:
        if record.type == entries.DECIDED:
            self._on_decision(record)
            return
        self._unanswered.append(record.record_id)
        if record.type in (entries.PASSED, entries.ANNULLED):
            self._on_end(record)

    def _on_decision(self, record: Record) -> None:
        data = dict(record.data)
        passage_id = _number(data["passage"])
        story = self._story_of(passage_id, data)
        if story is None or self._prelude:
            self._unanswered.append(record.record_id)  # a face that nobody was recorded for, or a case's
            if story is not None and story.case is not None:
                self._numbers[story.case] = passage_id
            return
        self._of_passage[passage_id] = story
        self._numbers[story.number] = passage_id
        story.now = data
        if compared(data) != compared(story.data):
            self._differs(story, compared(story.data), compared(data))
        if story.is_grant and story.end is not None and not story.is_on_disk:
            story.record_id = record.record_id
        else:
            self._unanswered.append(record.record_id)
        if story.end is None:
            self._forget(story)

    def _story_of(self, passage_id: int, data: Mapping[str, JsonValue]) -> Story | None:
        """What staff decide bears the decoder of the passage whose case it was."""
        if self._expected is not None and "staff" in data:
            return self._expected
        return self._of_passage.get(passage_id) or self._stories.get(_number(data["decoder"]))

    def _on_end(self, record: Record) -> None:
        data = dict(record.data)
        number = _number(data["passage"])
        if data.get("cause") == entries.RESTART:
            self.annulled_at_start[number] = data
            return
        story = self._of_passage.get(number)
        if story is not None:
            story.now_ended = (record.type, data)
            if story.end is not None:
                self._compare_end(story)

    def _compare_end(self, story: Story) -> None:
        assert story.end is not None
        assert story.now_ended is not None
        recorded, now = ended(story.end.type, story.end.data), ended(*story.now_ended)
        if recorded != now:
            self._differs(story, recorded, now, story.end.seq)

    def _forget(self, story: Story) -> None:
        self._stories.pop(story.number, None)
        for passage_id in [each for each, known in self._of_passage.items() if known is story]:
            del self._of_passage[passage_id]

    def _differs(
        self,
        story: Story,
        recorded: Mapping[str, JsonValue],
        now: Mapping[str, JsonValue] | None,
        seq: int | None = None,
    ) -> None:
        entry = story.decided if seq is None or story.end is None else story.end
        raise Differs(
            Difference(entry.seq, entry.time, story.number, recorded, now, self._facts_behind(story))
        )

    def _facts_behind(self, story: Story) -> dict[str, JsonValue]:
        """What decides, now and then: for somebody who wonders why."""
        data, screening = story.data, self.rules.screening
        facts: dict[str, Any] = {
            **{name: data.get(name) for name in ("format", "colour", "roles", "temperature")},
            **story.facts,
            "clock_trusted": story.decided.time_trusted,
            "keys": bool(self._bundle.keys),
            "trust_fresh_until": None
            if self._bundle.fresh_until is None
            else self._bundle.fresh_until.isoformat(),
            "limit_oral_celsius": screening.limit_oral_celsius,
            "guard_factor": screening.guard_factor,
        }
        if story.end is not None:
            facts |= {name: story.end.data.get(name) for name in ("recorded_ms", "door_was", "door")}
        return {name: value for name, value in facts.items() if value is not None}

    # -- what the checkpoint is told

    def _verified(
        self, payload: bytes, _bundle: TrustBundle, _at: Instant, _reveals: Reveals | None
    ) -> Credential | Refusal:
        credential = self._stories[int(payload)].credential
        assert credential is not None
        return credential

    def _names(self, subject: bytes, _at: Instant) -> tuple[str, ...]:
        return self._stories[int.from_bytes(subject)].names

    def _contact(self, lane: str, which: Input, active: bool) -> None:
        at = self._instant
        if which is Input.DOOR:
            self._step(DoorOpened(at, lane) if active else DoorClosed(at, lane))
        else:
            self._step(InputChanged(at, which, active, lane))

    def _lose(self, device: str) -> None:
        if device not in self._faults:
            self._faults.add(device)
            self._step(DeviceFaulted(self._instant, device, "recorded"))

    def _recover(self, device: str) -> None:
        if device in self._faults:
            self._faults.discard(device)
            self._step(DeviceRecovered(self._instant, device))


def _as_settled(rules: Rules) -> Rules:
    """Without heartbeats, and for contacts that are told of when they have settled: as of when they came."""
    lanes = tuple(replace(lane, door=replace(lane.door, debounce_s=0.0)) for lane in rules.lanes)
    return replace(rules, heartbeat_s=0.0, door=replace(rules.door, debounce_s=0.0), lanes=lanes)


def _number(value: object) -> int:
    """A passage's number, or that which a decoder's name carries; -1 where it carries none."""
    if isinstance(value, int):
        return value
    return int(value) if isinstance(value, str) and value.isdigit() else -1
