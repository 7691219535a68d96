"""One lane: its phases, from the code or the face to the door.

One passage at a time. Where it can stand, and what each event means there: the table of `kiosk.core.phases`.

- Nothing is released before `Recorded` has come back for its own record.
- A `ThermalSampled` counts only for the passage that is being sampled.
- A recheck is one further sampling; the second time it is referred.
- Where the temperature comes first (`before`) a face begins the passage, and
  its code must follow while the same face is watched without a gap: the last
  person's temperature never admits the next. Where it decides alone (`only`)
  no code is asked for. A face begins one passage; then the view must empty.
- A code of somebody else that comes while a passage is under way waits
  (`kiosk.core.readers`): exit is delayed by a person in the door, and never
  denied.
- A grant is recorded when it is decided, and again when the person has
  passed or has not (`kiosk.passage.passed`, `kiosk.passage.annulled`).
  Anti-passback counts those who passed, and a rotating code is spent from its
  grant's record on (`kiosk.core.spent`).
- A hand-over waits for its order, if that has not been scanned before, and its
  slip is on disk before anything is released (`kiosk.core.counter`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from calibration.reading import Missing, NoReading, Reading
from kiosk.core import events as happened
from kiosk.core import passage as entries
from kiosk.core.commands import Announce, SecureGate, Sound, StartSampling, StopSampling
from kiosk.core.counter import slip_data
from kiosk.core.course import Course
from kiosk.core.decision import (
    GRANTED,
    UNRECORDED,
    WARMING_UP,
    Verdict,
    judge_temperature,
    judge_unmeasured,
)
from kiosk.core.door import DoorFact
from kiosk.core.doorway import Outcome as Told
from kiosk.core.passage import Passage
from kiosk.core.phases import (
    AwaitingCode,
    AwaitingOrder,
    Idle,
    Passing,
    Recording,
    Sampling,
    Showing,
)
from kiosk.core.rules import AccessPoint, TemperatureCheck
from kiosk.core.screening import Screened, screen
from kiosk.core.standing import Standing
from kiosk.core.temperature import as_recorded
from kiosk.core.testimony import testimony
from kiosk.core.view import Mode, Page
from kiosk.terms import Instant, Outcome, Reason

_NO_GATE = Verdict(Outcome.REFER, Reason.GATE_UNAVAILABLE)


class Lane(Standing):
    """The rules of one lane."""

    def face_appeared(self) -> None:
        self._face_waits = True

    def contact_changed(self, at: Instant, which: happened.Input, *, active: bool) -> None:
        self._doorway.changed(at, which, active=active)

    def fire(self, burns: bool) -> None:
        """In a fire the lock is released for everybody, by its own wiring."""
        self._doorway.fire(burns)

    def settle(self, at: Instant) -> None:
        """What the contacts say that have settled by now."""
        self._on_doorway(at, self._doorway.settled(at))

    def tick(self, at: Instant) -> None:
        """What has become due of the door, and of the phase; then whose turn it is."""
        self._on_doorway(at, self._doorway.tick(at))
        self.end_what_is_over(at)
        self._take_who_waits(at)
        self.say_lapsed(at)
        if self._display.page is Page.STARTING and isinstance(self._phase, Idle):
            self.rest(at)

    # -- what staff set and do

    def mode_changed(self, at: Instant) -> None:
        """Staff have set the site to something else: hold the door or let go of it, and bar whom it bars."""
        if isinstance(self._phase, Passing) and self.can_annul:
            barred = self._modes.bars(self._phase.passage)
            if barred is not None:  # before the hold ends, which would open for him
                self.take_back(at, barred)
        self._out += self._doorway.hold(at, self._name in self._modes.held)
        if isinstance(self._phase, Idle):
            self.rest(at)
        elif self._modes.mode is Mode.EVACUATING:
            self._out.append(self._pages.evacuation(at, self._phase))

    def make_room(self, at: Instant) -> bool:
        """Whether nobody is dealt with. Whose code has not come is not waited for where staff open."""
        if isinstance(self._phase, AwaitingCode):
            self._let_go(at, self._phase.passage)
        return self.is_free

    def ignore(self, scan: happened.CodeScanned) -> None:
        """A code was for somebody else than the lane: its showing begins no passage."""
        credential = self._admissions.read(scan, self._around.bundle)
        if self._readers.is_new(scan, credential):
            self._out += self._readers.take(scan.at, scan, credential)

    # -- codes and orders

    def takes_order(self, scan: happened.CodeScanned) -> bool:
        """Whether a code is an order's; it is kept for whom it belongs to, or is what somebody waits for."""
        if not self._counter.orders.is_order(scan):
            return False
        phase = self._phase
        if self._counter.orders.scanned(scan):
            self._out.append(Announce(Sound.READ, self._name))
            if isinstance(phase, AwaitingOrder) and phase.passage.access_point.order_reader == scan.source:
                self.decide(scan.at, phase.passage, phase.verdict)
            elif isinstance(phase, Showing) and phase.has_slip:
                self.rest(scan.at)
        return True

    def on_code(self, scan: happened.CodeScanned) -> None:
        credential = self._admissions.read(scan, self._around.bundle)
        if not self._readers.is_new(scan, credential):
            return
        if isinstance(self._phase, Idle | Showing) or scan.source == self._awaited_reader:
            self._begin(scan.at, scan)
        else:
            self._out += self._readers.keep_waiting(scan, credential)

    @property
    def _awaited_reader(self) -> str | None:
        phase = self._phase
        return phase.passage.access_point.reader if isinstance(phase, AwaitingCode) else None

    def _take_who_waits(self, at: Instant) -> None:
        if isinstance(self._phase, Idle | AwaitingCode) or (self._readers.boards and self.is_free):
            scan = self._readers.next_waiting(at, self._awaited_reader)
            if scan is not None:
                self._begin(at, scan)
        point = self._readers.face_point
        if point is None or self._modes.mode is not Mode.NORMAL:
            return
        if isinstance(self._phase, Idle | Showing) and self._face_waits:
            self.measure(at, self._new_passage(at, point, by_face=True))

    def _begin(self, at: Instant, scan: happened.CodeScanned) -> None:
        """A code begins a passage, or is the one that somebody measured was asked for."""
        credential = self._admissions.read(scan, self._around.bundle)
        point = self._readers.access_point(scan.source, credential)
        self._out += self._readers.take(at, scan, credential)
        names = self._admissions.names(credential, scan.at)
        if isinstance(self._phase, AwaitingCode):
            known = self._phase.passage
            self._out.append(StopSampling(known.id, self._name))
        else:
            known = self._new_passage(scan.at, point)
        sealed = self._admissions.sealed(credential, known.id, self._around.bundle)
        passage = known.with_code(scan.source, scan.decoder, credential, names, sealed, at)
        verdict = self._modes.bars(passage) or self._admissions.judge(at, passage, self._around.bundle)
        if verdict is not None:
            self.decide(at, passage, verdict)
        elif (unmeasured := self._admissions.unmeasured(at, passage, self._around.bundle)) is not None:
            self.decide(at, unmeasured, GRANTED)
        else:
            self.measure(at, passage)

    def _new_passage(self, at: Instant, point: AccessPoint, *, by_face: bool = False) -> Passage:
        """Whoever stands before the sensor now is dealt with in it."""
        self._face_waits = False
        course = Course(self._ledger.count, by_face=by_face)
        return Passage(self._ledger.new_passage_id(), point, at, course=course)

    def on_face_gone(self, at: Instant) -> None:
        self._face_waits = False
        phase = self._phase
        if isinstance(phase, Sampling) and phase.rechecked and phase.passage.credential is None:
            self._sampling_over(at, phase)
        elif isinstance(phase, Sampling | AwaitingCode) and phase.passage.credential is None:
            self._let_go(at, phase.passage)

    def _let_go(self, at: Instant, passage: Passage) -> None:
        """No code came: nobody is decided on, and the measurement is good for nobody else."""
        self._out.append(StopSampling(passage.id, self._name))
        self.rest(at)

    # -- temperature

    def measure(self, at: Instant, passage: Passage, *, rechecked: bool = False) -> None:
        self._out.append(StartSampling(passage.id, self._name))
        self._ask(at, Sampling(passage, at.mono + self._rules.screening.timeout_s, rechecked))

    def judge_anew(self, at: Instant, passage: Passage) -> tuple[Passage, Verdict | None]:
        """Somebody who was referred, with what his code is worth now; the verdict on it, if there is one."""
        passage = self._admissions.again(at, passage, self._around.bundle)
        if passage.credential is None:
            return passage, None
        return passage, self._admissions.judge(at, passage, self._around.bundle)

    def on_sample(self, event: happened.ThermalSampled) -> None:
        phase = self._phase
        if not isinstance(phase, Sampling) or event.passage_id != phase.passage.id:
            return
        reading = as_recorded(event.reading)
        passage = phase.passage.measured(event.at, reading)
        if reading == NoReading(Missing.WARMING_UP):
            self._finish_sampling(event.at, passage, WARMING_UP)
        elif isinstance(reading, NoReading):
            if not phase.rechecked:  # the reading that asked for another one is kept
                self._phase = replace(phase, passage=passage)
            self._out += self._display.guide(event.at, reading.missing)
        else:
            self._on_reading(event.at, replace(phase, passage=passage), reading)

    def _on_reading(self, at: Instant, phase: Sampling, reading: Reading) -> None:
        passage = phase.passage
        screened = screen(reading, self._rules.screening)
        if screened is Screened.RECHECK and not phase.rechecked:
            self._out.append(StopSampling(passage.id, self._name))
            self.measure(at, passage.to_recheck(at, reading), rechecked=True)
            return
        self._out += self._around.measured(at, self._name, reading)
        asks_code = passage.access_point.temperature is not TemperatureCheck.ONLY
        if screened is Screened.NORMAL and passage.credential is None and asks_code:
            self._ask(at, AwaitingCode(passage, at.mono + self._rules.screening.code_timeout_s))
            return
        self._finish_sampling(at, passage, judge_temperature(screened, self._rules))

    def _finish_sampling(self, at: Instant, passage: Passage, verdict: Verdict) -> None:
        self._out.append(StopSampling(passage.id, self._name))
        self.decide(at, passage, verdict)

    def _sampling_over(self, at: Instant, phase: Sampling) -> None:
        """Nothing usable has come in time."""
        sensor_lost, passage = self._display.has_fault("thermal"), phase.passage
        if passage.credential is None and passage.reading == NoReading(Missing.NO_FACE):
            self._let_go(at, passage)  # somebody only walked by
            return
        self._finish_sampling(at, passage, judge_unmeasured(passage.reading, sensor_lost))

    # -- record, then release

    def decide(
        self, at: Instant, passage: Passage, verdict: Verdict, *, order_is_waived: bool = False
    ) -> None:
        if verdict.outcome is Outcome.GRANT:
            verdict = self._modes.bars(passage) or verdict
        bundle, faults = self._around.bundle, self._display.faults
        verdict = self._admissions.judge_release(at, passage, verdict, bundle, faults)
        if verdict.outcome is Outcome.GRANT:
            if not order_is_waived:
                passage = self._counter.with_order(at, passage)
            if not order_is_waived and self._counter.lacks_order(passage):
                until_s = at.mono + self._rules.counter.order_within_s
                self._ask(at, AwaitingOrder(passage, until_s, verdict))
                return
            passage = self._counter.with_slip(at, passage)
        self._admissions.decided(passage, verdict)
        self._record(at, passage, verdict)

    def _record(self, at: Instant, passage: Passage, verdict: Verdict) -> None:
        slips = [self._ledger.record(at, entries.SLIP_WRITTEN, data) for data in slip_data(passage)]
        passage = passage.decided_at(at, self._ledger.count + 1)
        grants = passage if verdict.outcome is Outcome.GRANT else None
        data = testimony(at, passage, verdict, self._shared, self._display.faults)
        record = self._ledger.record(at, entries.DECIDED, data, grants=grants)
        self._out += [*slips, record]
        open_ids = frozenset(each.record_id for each in (*slips, record))
        until_s = at.mono + self._rules.record_timeout_s
        self._phase = Recording(passage, verdict, record.record_id, until_s, open_ids)
        if self._display.page is Page.LOOK_AT_SENSOR:
            self._out.append(self._display.turn_to(at, Page.ONE_MOMENT, passage_id=passage.id))

    def on_recorded(self, event: happened.Recorded) -> bool:
        """Whether it is the record that this lane waits for."""
        phase = self._phase
        if not isinstance(phase, Recording) or event.record_id not in phase.open_ids:
            return False
        open_ids = phase.open_ids - {event.record_id}
        if open_ids:
            self._phase = replace(phase, open_ids=open_ids)
        elif phase.verdict.outcome is Outcome.GRANT:
            self._release(event.at, phase)
        else:
            self._tell(event.at, phase.passage, phase.verdict)
        return True

    def _release(self, at: Instant, phase: Recording) -> None:
        passage = phase.passage
        moves = bool(passage.access_point.output)
        lost = _NO_GATE if moves and self._display.has_fault("gate") else None  # since the decision
        if (verdict := lost or self._modes.bars(passage)) is not None:
            self._take_back(at, passage, verdict)
            return
        self._admissions.granted(passage)
        if not moves:  # there is nothing to open: who is told so is through
            self._tell(at, passage, phase.verdict)
            self._follow(at, entries.PASSED, passage, self._admissions.passed(at, passage))
            return
        self._phase = Passing(passage)
        self._out += self._doorway.release(at, passage)
        self._out += self._cases.told(at, passage, phase.verdict)
        self._out += self._display.answer(at, passage, phase.verdict)

    def on_record_failed(self, event: happened.RecordFailed) -> None:
        phase = self._phase
        if isinstance(phase, Recording) and event.record_id in phase.open_ids:
            self._unrecorded(event.at, phase)

    def _unrecorded(self, at: Instant, phase: Recording) -> None:
        """What must be on disk is not, or not in time; a grant that is there already is taken back."""
        if phase.record_id in phase.open_ids:
            self._doorway.log.void(phase.passage, at.mono)
            self._admissions.unrecorded(phase.passage)
            self._tell(at, phase.passage, UNRECORDED)
        else:
            self._take_back(at, phase.passage, UNRECORDED)

    # -- the door

    def _on_doorway(self, at: Instant, told: Iterable[Told]) -> None:
        for each in told:
            if not isinstance(each, DoorFact):
                self._out.append(each)
            elif each is DoorFact.CLEARED:
                self.alarm_over(at)
            else:
                self._on_grant_fact(at, each)

    def _on_grant_fact(self, at: Instant, fact: DoorFact) -> None:
        # A release makes the phase; its end ends it, or the loss of the gate, which abandons the release.
        assert isinstance(self._phase, Passing)
        passage = self._phase.passage
        if fact is DoorFact.PASSED:
            self._follow(at, entries.PASSED, passage, self._admissions.passed(at, passage))
        else:
            self._follow(at, entries.ANNULLED, passage)
        if fact is DoorFact.PASSED and passage.slip is not None and self._display.page is Page.RESULT:
            left_s = self._rules.counter.slip_s - self._rules.doors[self._name].pulse_s
            self._phase = Showing(at.mono + max(left_s, 1.0), has_slip=True)
        else:
            self.rest(at)

    # -- devices, staff, time

    def device_lost(self, at: Instant, device: str) -> None:
        self._on_doorway(at, self._doorway.lost(at, device))
        if device == "gate" and isinstance(self._phase, Passing):
            self._out.append(SecureGate(self._phase.passage.access_point.output))
            if self.can_annul:  # who has the door open already goes through, and counts
                self._doorway.abandon()
                self._take_back(at, self._phase.passage, _NO_GATE)

    def device_recovered(self, at: Instant, device: str) -> None:
        self._out += self._doorway.recovered(at, device)

    def end_what_is_over(self, at: Instant) -> None:
        """A phase ends at its time, also before an event that comes at that time or later."""
        match self._phase:
            case Sampling(until_s=until_s) as sampling if at.mono >= until_s:
                self._sampling_over(at, sampling)
            case AwaitingCode(until_s=until_s) as awaiting if at.mono >= until_s:
                self._let_go(at, awaiting.passage)
            case Recording(until_s=until_s) as recording if at.mono >= until_s:
                self._unrecorded(at, recording)
            case AwaitingOrder(until_s=until_s) as awaiting if at.mono >= until_s or self._readers.exit_waits(
                at
            ):
                verdict = self._counter.without_order(awaiting.passage, awaiting.verdict)
                self.decide(at, awaiting.passage, verdict, order_is_waived=True)
            case Showing(until_s=until_s) if at.mono >= until_s:
                self.rest(at)
