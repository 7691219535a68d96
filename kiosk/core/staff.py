"""Staff at the screen: what they do, and how often they overrule the kiosk.

Who is signed in is `kiosk.core.sign_in`'s to say. Whatever they do is recorded
with who did it and why, before anything opens for it; what closes or silences
waits for nothing.

An override is a way past the kiosk's own answer: admit, a clinical value that
admits, open once, hold open. More than the site's number in an hour are an
alarm, to staff and upstream.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from kiosk.core import passage as entries
from kiosk.core.cases import Case
from kiosk.core.commands import Announce, Command, JsonValue, Record, Sound
from kiosk.core.course import Course
from kiosk.core.decision import Verdict
from kiosk.core.events import (
    DeviceRecovered,
    StaffAction,
    StaffIntent,
)
from kiosk.core.lane import Lane
from kiosk.core.mode_order import ModeOrder
from kiosk.core.overrides import Overrides
from kiosk.core.passage import Passage, StaffMark
from kiosk.core.past import Past
from kiosk.core.shared import Shared
from kiosk.core.sign_in import SignIn
from kiosk.core.trips import NO_TRIP
from kiosk.core.view import Mode, Notice, StaffView
from kiosk.terms import Instant, Outcome, Reason

CLINICAL_LOWEST_CELSIUS, CLINICAL_HIGHEST_CELSIUS = 34.0, 43.0
MOST_PEOPLE = 100_000
WITHOUT_A_REASON = frozenset({StaffAction.DISMISS, StaffAction.AWAIT_PASS, StaffAction.SIGN_OUT})


class Staff:
    """What staff do to the lanes. `out` is the checkpoint's."""

    def __init__(self, past: Past, lanes: Mapping[str, Lane], shared: Shared) -> None:
        self.who = SignIn(shared)
        self._rules = shared.rules
        self._lanes = lanes
        self._shared = shared
        self._modes = shared.modes
        self._cases = shared.cases
        self._admissions = shared.admissions
        self._out = shared.out
        most = self._rules.staff.overrides_per_hour
        self._overrides = Overrides(past.overrides, most, shared.ledger, lanes)
        self._opens: dict[int, tuple[str, ...]] = {}
        self._order = ModeOrder(shared.ledger)
        self._held_before = past.held
        self._modes.mode = past.mode

    @property
    def wake_at(self) -> float | None:
        """The monotonic second at which a session, the wait for a pass, or an override's hour is over, or
        what the site is set to is to be recorded once more.
        """
        due = (self.who.wake_at, self._overrides.wake_at, self._order.wake_at)
        return min((at for at in due if at is not None), default=None)

    @property
    def holds(self) -> bool:
        """Whether a door is held open, or is to be as soon as that is on disk."""
        return bool(self._modes.held or self._opens or (self._evacuates and self._order.is_owed))

    @property
    def owes(self) -> bool:
        """Whether it is not on disk yet what they have set the site to."""
        return self._order.is_owed

    @property
    def _evacuates(self) -> bool:
        return self._modes.mode is Mode.EVACUATING

    # -- start and time

    def started(self, at: Instant) -> None:
        """What of the modes outlasts a restart: an evacuation does, a door that was held open is shut."""
        for lane in sorted(self._held_before):
            data: dict[str, JsonValue] = {
                "mode": Mode.HELD_OPEN.value,
                "lane": lane,
                "cause": entries.RESTART,
            }
            self._record(at, entries.MODE_ENDED, data)
        self._held_before = frozenset()
        if self._evacuates:
            self._open(at, tuple(self._lanes))

    def tick(self, at: Instant) -> None:
        self.who.tick(at)
        self._out += self._overrides.count(at)
        again = self._order.due(at)
        if again is not None:
            self._out.append(again)
        if again is not None and self._evacuates:
            self._opens[again.record_id] = tuple(self._lanes)

    def show(self, at: Instant) -> list[Command]:
        """What staff should see of all this, where it has changed."""
        signed_in = self.who.session is not None
        counts = self._rules.has_inside and (signed_in or self._evacuates)
        lanes = self._lanes.items() if signed_in else ()
        return self._shared.displays.staff(
            at,
            StaffView(
                signed_in=self.who.staff,
                awaits_pass=self.who.awaits_pass_in is not None,
                pass_lane=self.who.awaits_pass_in or "",
                notice=self.who.notice,
                answers=self.who.answers,
                mode=self._modes.mode,
                held=tuple(sorted(self._modes.held)),
                occupancy=self._admissions.occupancy if counts else None,
                overrides=len(self._overrides) if signed_in else None,
                evacuation_unrecorded=self._evacuates and self._order.has_failed,
                too_many_overrides=self._overrides.too_many,
                waiting=len(self._cases),
                lapses_after=self._cases.lapses_after,
                cases=self._cases.views if signed_in else (),
                trips=self._shared.trips.views if signed_in else (),
                trip=self._shared.trips.chosen if signed_in else None,
                doors=tuple(name for name, lane in lanes if lane.has_door),
                annullable=tuple(name for name, lane in lanes if lane.can_annul),
                sounds=signed_in and self._shared.alarms.is_sounding,
            ),
        )

    # -- what they do

    def intend(self, intent: StaffIntent) -> None:
        at, session = intent.at, self.who.session
        if intent.action is StaffAction.DISMISS:
            dismissed = [lane.dismiss(at) for lane in self._lanes.values()]
            if any(dismissed):
                self._record(at, entries.STAFF_ACTED, {"action": intent.action.value})
        elif intent.action is StaffAction.AWAIT_PASS:
            self.who.await_pass(at, intent.lane)
        elif session is None:
            self.who.answer(Notice.NOT_SIGNED_IN)
        elif intent.action is StaffAction.SIGN_OUT:
            self.who.end(at, "staff")
        elif intent.action is StaffAction.TRIP:
            self.who.answer(self._choose_trip(at, intent.trip, session.staff))
        elif intent.reason is None:
            self.who.answer(Notice.NO_REASON)
        else:
            self.who.go_on(at)
            self.who.answer(self._act(intent, StaffMark(session.staff, intent.reason)))

    def _act(self, intent: StaffIntent, mark: StaffMark) -> Notice:
        match intent.action:
            case StaffAction.ADMIT | StaffAction.CLINICAL | StaffAction.RECHECK | StaffAction.TURN_AWAY:
                case = self._cases.get(intent.case)
                return Notice.NOT_POSSIBLE if case is None else self._decide(intent, mark, case)
            case StaffAction.OPEN_ONCE | StaffAction.ANNUL | StaffAction.HOLD_OPEN:
                lane = self._lanes.get(intent.lane)
                return Notice.NOT_POSSIBLE if lane is None else self._at_lane(intent, mark, lane)
            case StaffAction.OCCUPANCY:
                return self._correct(intent, mark)
            case StaffAction.MUTE:
                self._acted(intent, mark)
                self._out += self._shared.alarms.acknowledged()
            case StaffAction.LOCK_DOWN:
                self._close(intent.at, Mode.LOCKED_DOWN, self._acted(intent, mark))
            case StaffAction.RELEASE:
                self._close(intent.at, Mode.NORMAL, self._acted(intent, mark))
            case _:
                self._evacuate(intent, mark)
        return Notice.DONE

    def _decide(self, intent: StaffIntent, mark: StaffMark, case: Case) -> Notice:
        """On somebody who was referred."""
        if intent.action is StaffAction.TURN_AWAY:
            self._acted(intent, mark, case=case)
            self._cases.close(case)
            return Notice.DONE
        lane = self._lanes[case.passage.access_point.lane]
        is_measured = intent.action is not StaffAction.ADMIT
        if is_measured and not case.is_of_temperature:
            return Notice.NOT_POSSIBLE
        if not lane.is_free:
            return Notice.BUSY
        again, verdict = self._anew(intent.at, case.passage, case.id), None
        if is_measured:  # his temperature alone was in his way then; his code must hold now
            again, verdict = lane.judge_anew(intent.at, again)
        if intent.action is StaffAction.RECHECK:
            self._acted(intent, mark, case=case)
            again = replace(again, reading=None)
            if verdict is None:
                lane.measure(intent.at, again)
            else:
                lane.decide(intent.at, again, verdict)
            return Notice.DONE
        decided = replace(again, staff=mark)
        if intent.action is StaffAction.CLINICAL:
            return self._by_clinical_value(intent, mark, case, lane, decided, verdict)
        self._acted(intent, mark, case=case)
        self._overrule(intent.at, lane, decided, Reason.STAFF_ADMITTED)
        return Notice.DONE

    def _anew(self, at: Instant, passage: Passage, case: int) -> Passage:
        """The same person once more, in a passage that staff begin."""
        ledger = self._shared.ledger
        number = ledger.new_passage_id()
        return replace(passage, id=number, begun_at=at, case=case, course=Course(ledger.count))

    def _by_clinical_value(
        self,
        intent: StaffIntent,
        mark: StaffMark,
        case: Case,
        lane: Lane,
        passage: Passage,
        of_code: Verdict | None,
    ) -> Notice:
        celsius, limit = intent.celsius, self._rules.staff.clinical_limit_celsius
        if celsius is None or not CLINICAL_LOWEST_CELSIUS <= celsius <= CLINICAL_HIGHEST_CELSIUS:
            return Notice.NOT_POSSIBLE
        self._acted(intent, mark, case=case, celsius=celsius, limit_celsius=limit)
        measured = replace(passage, clinical_celsius=celsius)
        if celsius >= limit:
            lane.decide(intent.at, measured, Verdict(Outcome.DENY, Reason.CLINICAL_ELEVATED))
        elif of_code is not None:
            lane.decide(intent.at, measured, of_code)
        else:
            self._overrule(intent.at, lane, measured, Reason.CLINICAL_NORMAL)
        return Notice.DONE

    def _at_lane(self, intent: StaffIntent, mark: StaffMark, lane: Lane) -> Notice:
        at = intent.at
        if intent.action is StaffAction.ANNUL:
            if not lane.can_annul:
                return Notice.NOT_POSSIBLE
            self._acted(intent, mark, lane=intent.lane)
            lane.take_back(at, Verdict(Outcome.REFER, Reason.PASSAGE_ANNULLED))
        elif intent.action is StaffAction.OPEN_ONCE:
            return self._open_once(intent, mark, lane)
        else:
            if not lane.has_door or self._modes.mode is not Mode.NORMAL:
                return Notice.NOT_POSSIBLE
            if self._order.is_owed:  # a release that is recorded afterwards would end it in the journal
                return Notice.NOT_RECORDED
            self._opens[self._acted(intent, mark, lane=intent.lane).record_id] = (intent.lane,)
            self._out += self._overrides.add(at)
        return Notice.DONE

    def _open_once(self, intent: StaffIntent, mark: StaffMark, lane: Lane) -> Notice:
        """For somebody without a code; at a counter for who stands there and whose order has not come."""
        at, waits = intent.at, lane.who_awaits_order
        if waits is not None:
            self._acted(intent, mark, lane=intent.lane)
            self._hand_over(at, mark, lane, waits)
            return Notice.DONE
        if lane.point is None:
            return Notice.NOT_POSSIBLE
        if not lane.make_room(at):
            return Notice.BUSY
        self._acted(intent, mark, lane=intent.lane)
        passage = Passage(self._shared.ledger.new_passage_id(), lane.point, at, staff=mark)
        self._overrule(at, lane, passage, Reason.STAFF_ADMITTED)
        return Notice.DONE

    def _hand_over(self, at: Instant, mark: StaffMark, lane: Lane, waits: Passage) -> None:
        """As if he had been referred for want of the order and admitted: without it, and without a slip."""
        again = self._anew(at, waits, waits.id if waits.case is None else waits.case)
        passage = replace(again, staff=mark, clinical_celsius=None)
        if waits.staff is None:
            self._overrule(at, lane, passage, Reason.STAFF_ADMITTED)
        else:  # they had overruled it for him already, by a clinical thermometer
            lane.decide(at, passage, Verdict(Outcome.GRANT, Reason.STAFF_ADMITTED))

    def _correct(self, intent: StaffIntent, mark: StaffMark) -> Notice:
        people = intent.count
        if not self._rules.has_inside or people is None or not 0 <= people <= MOST_PEOPLE:
            return Notice.NOT_POSSIBLE
        before = self._admissions.occupancy
        self._admissions.correct(people)
        unnamed = self._admissions.unnamed
        self._acted(intent, mark, before=before, count=people, unnamed=unnamed)
        return Notice.DONE

    def _choose_trip(self, at: Instant, trip: str, staff: str) -> Notice:
        """Which trip a vehicle is on is no exception to a rule, and needs no reason."""
        if not self._shared.trips.choose(trip):
            return Notice.NOT_POSSIBLE
        self._record(at, entries.TRIP_CHOSEN, {"trip": trip, "staff": staff})
        self._out += self._shared.around.recovered(DeviceRecovered(at, NO_TRIP))
        return Notice.DONE

    # -- modes

    def _close(self, at: Instant, mode: Mode, record: Record) -> None:
        """Every door that was held open is shut again; with a lock-down nobody else gets in."""
        self._order.begin(record)
        self._modes.mode = mode
        self._modes.held.clear()
        self._opens.clear()
        for lane in self._lanes.values():
            lane.mode_changed(at)

    def _evacuate(self, intent: StaffIntent, mark: StaffMark) -> None:
        self._modes.mode = Mode.EVACUATING
        record = self._acted(intent, mark, occupancy=self._admissions.occupancy)
        self._opens[record.record_id] = tuple(self._lanes)
        self._order.begin(record)
        for name, lane in self._lanes.items():
            self._out.append(Announce(Sound.ALARM, name))
            lane.mode_changed(intent.at)

    def recorded(self, at: Instant, record_id: int) -> None:
        """What was to be opened for it may be opened now."""
        lanes = self._opens.pop(record_id, ())
        if self._order.recorded(record_id) and self._evacuates:
            self.who.answer(Notice.DONE)
        if lanes:
            self._open(at, lanes)

    def record_failed(self, at: Instant, record_id: int) -> None:
        is_known = self._order.failed(at, record_id)
        if self._opens.pop(record_id, None) is not None and not is_known:
            self.who.answer(Notice.NOT_RECORDED)

    def _open(self, at: Instant, lanes: tuple[str, ...]) -> None:
        for name in lanes:
            if self._lanes[name].has_door:
                self._modes.held.add(name)
                self._lanes[name].mode_changed(at)

    # -- overrides

    def _overrule(self, at: Instant, lane: Lane, passage: Passage, reason: Reason) -> None:
        lane.decide(at, passage, Verdict(Outcome.GRANT, reason))
        self._out += self._overrides.add(at)

    # -- the record

    def _acted(
        self, intent: StaffIntent, mark: StaffMark, *, case: Case | None = None, **more: JsonValue
    ) -> Record:
        data: dict[str, JsonValue] = {
            "action": intent.action.value,
            "staff": mark.staff,
            "reason": mark.reason.value,
            "overrides_in_an_hour": len(self._overrides),
        }
        if case is not None:
            data["case"] = case.id
        return self._record(intent.at, entries.STAFF_ACTED, data | more)

    def _record(self, at: Instant, kind: str, data: dict[str, JsonValue]) -> Record:
        record = self._shared.ledger.record(at, kind, data)
        self._out.append(record)
        return record
