"""One run of a kiosk, from a start to the next: each passage again, and what comes of it now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from calibration.reading import NoReading, Reading
from kiosk.core import passage as entries
from kiosk.core.commands import Command, JsonValue, Record, StartSampling
from kiosk.core.door_log import Change
from kiosk.core.events import (
    CodeScanned,
    FaceAppeared,
    FaceGone,
    Recorded,
    StaffAction,
    ThermalSampled,
)
from kiosk.core.past import Past
from kiosk.core.phases import AwaitingOrder, Sampling
from kiosk.core.replay.driver import Driver
from kiosk.core.replay.entry import InForce, ReplayError
from kiosk.core.replay.story import DoorChange, Story, compared, ended
from kiosk.core.rules import AccessPoint, Purpose
from kiosk.core.view import Mode
from kiosk.credentials.bundle import TrustBundle
from kiosk.credentials.credential import Credential, Refusal
from kiosk.credentials.hp1 import PREFIX
from kiosk.credentials.rotation import Reveals
from kiosk.terms import Instant, Reason

NOBODY = 0
"""No passage has this number."""


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
        self._rules = in_force.rules
        self._points = {point.id: point for point in in_force.rules.access_points}
        self._stories: dict[int, Story] = {}
        self._of_passage: dict[int, Story] = {}
        self._faces: dict[str, Story] = {}
        self._rechecked: dict[str, Story] = {}
        # Under what number a passage runs now; those of before the start have kept theirs.
        before = (_number(data.get("passage")) for data, _ in past.open_cases)
        self._numbers: dict[int, int] = {number: number for number in before}
        self._expected: Story | None = None
        self._prelude = False
        self.annulled_at_start: dict[int, Mapping[str, JsonValue]] = {}
        self.kiosk = Driver(
            in_force,
            past,
            utc,
            self._names,
            self._verified,
            self._again,
            self._obey,
            utc_trusted=utc_trusted,
        )
        self.kiosk.start()

    # -- a passage

    def point_of(self, story: Story) -> AccessPoint:
        """Raises ReplayError for one that the site did not have."""
        point = self._points.get(story.data["access_point"])
        if point is None:
            raise ReplayError(f"the site had no access point {story.data['access_point']!r:.80}")
        return point

    def faults(self, story: Story) -> None:
        """Those that stood when it was decided, no more and no fewer."""
        self.kiosk.have_faults(self.point_of(story).lane, frozenset(story.facts.get("faults", ())))

    def code(self, story: Story) -> None:
        """The code is taken. Its number travels with it as the name of the decoder."""
        number = story.number
        self._stories[number] = story
        source, payload = story.data["source"], PREFIX + str(number).encode()
        self.kiosk.step(CodeScanned(self.kiosk.instant, source, payload, str(number)))

    def order(self, story: Story) -> None:
        """The order that is handed over is scanned, or was before."""
        source, payload = self.point_of(story).order_reader, f"order {story.number}".encode()
        self.kiosk.step(CodeScanned(self.kiosk.instant, source, payload, ""))

    def asks_order(self, story: Story) -> bool:
        """Whether an order is asked for where it was."""
        return bool(self.point_of(story).order_reader) and not story.by_staff

    def face(self, story: Story) -> None:
        lane = self.point_of(story).lane
        self._faces[lane] = story
        self.kiosk.step(FaceAppeared(self.kiosk.instant, lane))

    def measured(self, story: Story, reading: Reading | NoReading) -> None:
        phase = self.kiosk.phase(self.point_of(story).lane)
        passage = getattr(phase, "passage", None)
        if passage is not None:
            self.kiosk.step(ThermalSampled(self.kiosk.instant, passage.id, reading))

    def must_be_decided(self, story: Story) -> None:
        """At the time of its entry."""
        if story.is_unknown:
            return
        self.kiosk.linger(lambda: story.now is not None)
        if story.now is None and story.begun_by_face:
            self.kiosk.step(FaceGone(self.kiosk.instant, self.point_of(story).lane))
        if story.now is None and isinstance(self.kiosk.phase(self.point_of(story).lane), AwaitingOrder):
            self._somebody_wants_out(self.point_of(story).lane)
        if story.now is None:
            self._differs(story, compared(story.data), None)

    def _somebody_wants_out(self, lane: str) -> None:
        """Nobody had to wait for it that an order comes; of whoever it was the entries may not tell."""
        exits = [each for each in self._rules.points_of(lane) if each.purpose is Purpose.EXIT]
        if exits:
            payload = PREFIX + str(NOBODY).encode()
            self.kiosk.step(CodeScanned(self.kiosk.instant, exits[0].reader, payload, str(NOBODY)))

    # -- staff

    def mode(self, story: Story) -> None:
        """What staff had set the site to when it was decided, in case the entry that says so was lost."""
        self.kiosk.set_mode(Mode(story.facts.get("mode", Mode.NORMAL)))

    def is_let_begin(self) -> None:
        """Who was not decided on at once was not barred either, in case the entry of a release was lost."""
        self.kiosk.set_mode(Mode.NORMAL)

    def acted(self, data: Mapping[str, Any]) -> None:
        """What staff did that changes what becomes of others."""
        action = StaffAction(data["action"])
        if action is StaffAction.TURN_AWAY:
            self.kiosk.act(action, case=self._numbers.get(data["case"]))
        else:
            self.kiosk.act(action, count=data.get("count"))

    def by_staff(self, story: Story) -> None:
        """They let somebody through, or a clinical thermometer decides."""
        celsius = story.data.get("clinical_celsius")
        action = StaffAction.ADMIT if celsius is None else StaffAction.CLINICAL
        if story.case is None:
            action = StaffAction.OPEN_ONCE
        lane, self._expected = self.point_of(story).lane, story
        self.kiosk.act(action, case=self._case_of(story), lane=lane, celsius=celsius)
        awaits_order = self._awaits_order(lane, story)
        if story.now is None and not awaits_order and self._makes_case(story):
            self.kiosk.act(action, case=self._case_of(story), lane=lane, celsius=celsius)
            awaits_order = self._awaits_order(lane, story)
        self._expected = None
        story.is_unknown = story.now is None and story.case is not None and not awaits_order

    def _awaits_order(self, lane: str, story: Story) -> bool:
        """Whether what staff have decided is told once an order has been scanned, or has not in time."""
        phase = self.kiosk.phase(lane)
        if story.now is not None or not isinstance(phase, AwaitingOrder) or phase.passage.staff is None:
            return False
        self._of_passage[phase.passage.id] = story
        return True

    def recheck(self, story: Story) -> None:
        """They let somebody be measured again."""
        lane = self.point_of(story).lane
        self._rechecked[lane] = self._expected = story
        self.kiosk.act(StaffAction.RECHECK, case=self._case_of(story))
        self._expected = None
        story.is_unknown = self._rechecked.pop(lane, None) is not None and story.now is None

    def _case_of(self, story: Story) -> int | None:
        return None if story.case is None else self._numbers.get(story.case)

    def _makes_case(self, story: Story) -> bool:
        """A case that the journal was too slow to record is made from what the entry of its end tells.

        Nobody is judged while the time is unknown: whoever shows a code then is referred, and is a case.
        """
        if story.case is None or story.credential is None:
            return False
        trusted, mode = self.kiosk.utc_trusted, self.kiosk.mode
        self.kiosk.set_mode(Mode.NORMAL)
        self.kiosk.utc_trusted, self._prelude = False, True
        self.code(story)
        self.kiosk.utc_trusted, self._prelude = trusted, False
        self.kiosk.set_mode(mode)
        return story.case in self._numbers

    # -- a grant

    def before_release(self, story: Story) -> None:
        """The door as it stood when the grant was on disk."""
        assert story.end is not None
        was = frozenset(Change(each) for each in story.end.data.get("door_was", ()))
        self.kiosk.have_door(self.point_of(story).lane, was)

    def on_disk(self, story: Story) -> None:
        """Where nobody could have taken it back any more, it was the gate that did not move for it."""
        story.is_on_disk = True
        if story.record_id is None:
            return
        self.kiosk.time_door(self.point_of(story).lane, False)
        record_id, story.record_id = story.record_id, None
        is_lost = story.was_never_released and self.kiosk.mode is Mode.NORMAL and self.kiosk.lose_gate()
        self.kiosk.step(Recorded(self.kiosk.instant, record_id, story.decided.seq))
        if is_lost:
            self.kiosk.regain_gate()

    def door(self, story: Story, changed: DoorChange) -> None:
        if changed.what is Change.TAKEN_BACK and story.now_ended is not None:
            return  # it was void before: who is in the door now is somebody else
        self.kiosk.change(self.point_of(story).lane, changed.what, changed.lasted_s)

    def must_be_ended(self, story: Story) -> None:
        """At the time at which it was, or earlier."""
        assert story.end is not None
        self.kiosk.time_door(self.point_of(story).lane, True)
        if story.is_unknown:
            return
        self.kiosk.linger(lambda: story.now_ended is not None)
        if story.now_ended is None:
            self._differs(story, ended(story.end.type, story.end.data), None, story.end.seq)
        self._compare_end(story)
        self._forget(story)

    # -- what the checkpoint asks for

    def _obey(self, command: Command) -> None:
        if isinstance(command, Record):
            self._on_record(command)
        elif isinstance(command, StartSampling):
            self._on_sampling(command)

    def _on_sampling(self, command: StartSampling) -> None:
        phase = self.kiosk.phase(command.lane)
        assert isinstance(phase, Sampling)
        passage = phase.passage
        waiting = self._faces if passage.course.by_face else self._rechecked if passage.case else {}
        if command.lane in waiting:
            self._of_passage[passage.id] = waiting.pop(command.lane)

    def _on_record(self, record: Record) -> None:
        if record.type == entries.DECIDED:
            self._on_decision(record)
            return
        if record.data.get("action") == StaffAction.EVACUATE.value:
            self.kiosk.wait_for_hold(record.record_id)
        else:
            self.kiosk.answer(record.record_id)
        if record.type in (entries.PASSED, entries.ANNULLED):
            self._on_end(record)

    def _on_decision(self, record: Record) -> None:
        data = dict(record.data)
        if data["decoder"] == str(NOBODY):
            self.kiosk.refuse(record.record_id)
            return
        passage_id = _number(data["passage"])
        story = self._story_of(passage_id, data)
        if story is None or self._prelude:
            self.kiosk.answer(record.record_id)  # a face that nobody was recorded for, or a case's
            case = None if story is None else story.case
            self._numbers[case or NOBODY] = passage_id
            return
        self._of_passage[passage_id] = story
        self._numbers[story.number] = passage_id
        story.now = data
        if compared(data) != compared(story.data):
            self._differs(story, compared(story.data), compared(data))
        if story.is_grant and story.end is not None and not story.is_on_disk:
            story.record_id = record.record_id
        else:
            self.kiosk.answer(record.record_id)
        if story.end is None:
            self._forget(story)

    def _story_of(self, passage_id: int, data: Mapping[str, JsonValue]) -> Story | None:
        """What staff decide bears the decoder of the passage whose case it was; so does a code that holds
        no more when they would have its holder measured again.
        """
        expected = self._expected
        if expected is not None and ("staff" in data or "case" in data):
            return expected
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
        data, screening = story.data, self._rules.screening
        facts: dict[str, Any] = {
            **{name: data.get(name) for name in ("format", "colour", "roles", "temperature")},
            **story.facts,
            "clock_trusted": story.decided.time_trusted,
            "keys": bool(self.kiosk.bundle.keys),
            "trust_fresh_until": None
            if self.kiosk.bundle.fresh_until is None
            else self.kiosk.bundle.fresh_until.isoformat(),
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
        number = int(payload.removeprefix(PREFIX))
        if number == NOBODY:
            return Refusal(Reason.NOT_A_PASS)
        credential = self._stories[number].credential
        assert credential is not None
        return credential

    def _again(self, credential: Credential, _bundle: TrustBundle, _at: Instant) -> Credential | Refusal:
        """What was recorded of it when staff took up the case."""
        told = None if self._expected is None else self._expected.credential
        return credential if told is None else told

    def _names(self, subject: bytes, _at: Instant) -> tuple[str, ...]:
        return self._stories[int.from_bytes(subject)].names


def _number(value: object) -> int:
    """A passage's number, or that which a decoder's name carries; -1 where it carries none."""
    if isinstance(value, int):
        return value
    return int(value) if isinstance(value, str) and value.isdigit() else -1
