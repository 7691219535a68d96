"""One lane: its phases, from the code or the face to the door.

One passage at a time. Where it can stand, and what each event means there, is
the table of `kiosk.core.phases`.

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
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from calibration.reading import Missing, NoReading, Reading
from kiosk.core import events as happened
from kiosk.core import passage as entries
from kiosk.core.commands import SecureGate, StartSampling, StopSampling
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
from kiosk.core.door_log import Change
from kiosk.core.doorway import Doorway
from kiosk.core.doorway import Outcome as Told
from kiosk.core.passage import Passage
from kiosk.core.phases import AwaitingCode, Idle, Passing, Phase, Recording, Sampling, Showing
from kiosk.core.readers import Readers
from kiosk.core.rules import AccessPoint, TemperatureCheck
from kiosk.core.screening import Screened, screen
from kiosk.core.shared import Shared
from kiosk.core.temperature import as_recorded
from kiosk.core.testimony import testimony
from kiosk.core.view import Mode, Page
from kiosk.terms import Instant, Outcome, Reason

_NO_GATE = Verdict(Outcome.REFER, Reason.GATE_UNAVAILABLE)


class Lane:
    """The rules of one lane."""

    def __init__(self, name: str, readers: Readers, shared: Shared) -> None:
        self._name = name
        self._readers = readers
        self._shared = shared
        self._rules = shared.rules
        self._admissions = shared.admissions
        self._ledger = shared.ledger
        self._around = shared.around
        self._alarms = shared.alarms
        self._modes = shared.modes
        self._cases = shared.cases
        self._out = shared.out
        self._display = shared.displays.of(name)
        self._face_waits = False
        self._phase: Phase = Idle()
        self._doorway = Doorway(name, shared.rules, shared.ledger, shared.alarms)

    @property
    def wake_at(self) -> float | None:
        """The monotonic second at which something of this lane is due, or None."""
        due = (self._doorway.wake_at, getattr(self._phase, "until_s", None))
        return min((at for at in due if at is not None), default=None)

    @property
    def phase(self) -> Phase:
        return self._phase

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
        if self._display.page is Page.STARTING and isinstance(self._phase, Idle):
            self.rest(at)

    # -- what staff set and do

    @property
    def is_free(self) -> bool:
        """Whether nobody is being dealt with."""
        return isinstance(self._phase, Idle | Showing)

    @property
    def can_annul(self) -> bool:
        """Whether somebody has been granted and has not opened the door yet."""
        return isinstance(self._phase, Passing) and not self._doorway.door.is_passing

    @property
    def point(self) -> AccessPoint | None:
        """Where staff let somebody through who shows no code: the lane's first access point."""
        return next(iter(self._rules.points_of(self._name)), None)

    @property
    def has_door(self) -> bool:
        return bool(self._doorway.outputs)

    def mode_changed(self, at: Instant) -> None:
        """Staff have set the site to something else: hold the door or let go of it, and bar whom it bars."""
        self._out += self._doorway.hold(self._name in self._modes.held)
        if isinstance(self._phase, Passing) and self.can_annul:
            barred = self._modes.bars(self._phase.passage)
            if barred is not None:
                self.take_back(at, barred)
        if isinstance(self._phase, Idle):
            self.rest(at)

    def take_back(self, at: Instant, verdict: Verdict) -> None:
        """A grant that nobody has gone through on is void; only where `can_annul`."""
        assert isinstance(self._phase, Passing)
        self._doorway.log.note(Change.TAKEN_BACK, at.mono)
        self._out += self._doorway.abandon()
        self._take_back(at, self._phase.passage, verdict)

    def ignore(self, scan: happened.CodeScanned) -> None:
        """A code was for somebody else than the lane: its showing begins no passage."""
        credential = self._admissions.read(scan, self._around.bundle)
        if self._readers.is_new(scan, credential):
            self._out += self._readers.take(scan.at, scan, credential)

    # -- codes

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
        if isinstance(self._phase, Idle | AwaitingCode):
            scan = self._readers.next_waiting(at, self._awaited_reader)
            if scan is not None:
                self._begin(at, scan)
        point = self._readers.face_point
        if point is None or self._modes.mode is not Mode.NORMAL:
            return
        if isinstance(self._phase, Idle | Showing) and self._face_waits:
            passage = self._new_passage(at, point)
            course = Course(self._ledger.count, by_face=True)
            self.measure(at, replace(passage, course=course))

    def _begin(self, at: Instant, scan: happened.CodeScanned) -> None:
        """A code begins a passage, or is the one that somebody measured was asked for."""
        point = self._readers.access_point(scan.source)
        credential = self._admissions.read(scan, self._around.bundle)
        self._out += self._readers.take(at, scan, credential)
        names = self._admissions.names(credential, scan.at)
        if isinstance(self._phase, AwaitingCode):
            known = self._phase.passage
            self._out.append(StopSampling(known.id, self._name))
        else:
            known = self._new_passage(scan.at, point)
            known = replace(known, course=Course(self._ledger.count))
        sealed = self._admissions.sealed(credential, known.id, self._around.bundle)
        passage = known.with_code(scan.source, scan.decoder, credential, names, sealed)
        passage = replace(passage, course=replace(passage.course, taken_at=at))
        verdict = self._modes.bars(passage) or self._admissions.judge(at, passage, self._around.bundle)
        if verdict is not None:
            self.decide(at, passage, verdict)
        elif (unmeasured := self._admissions.unmeasured(at, passage)) is not None:
            self.decide(at, unmeasured, GRANTED)
        else:
            self.measure(at, passage)

    def _new_passage(self, at: Instant, point: AccessPoint) -> Passage:
        """Whoever stands before the sensor now is dealt with in it."""
        self._face_waits = False
        return Passage(self._ledger.new_passage_id(), point, at)

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
        self._phase = Sampling(passage, at.mono + self._rules.screening.timeout_s, rechecked)
        self._out.append(StartSampling(passage.id, self._name))
        self._out.append(self._display.ask_to_look(at, passage))

    def on_sample(self, event: happened.ThermalSampled) -> None:
        phase = self._phase
        if not isinstance(phase, Sampling) or event.passage_id != phase.passage.id:
            return
        reading = as_recorded(event.reading)
        course = replace(phase.passage.course, measured_at=event.at)
        passage = replace(phase.passage, reading=reading, course=course)
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
            course = replace(passage.course, first=(at, reading))
            self.measure(at, replace(passage, course=course), rechecked=True)
            return
        self._out += self._around.measured(at, self._name, reading)
        asks_code = passage.access_point.temperature is not TemperatureCheck.ONLY
        if screened is Screened.NORMAL and passage.credential is None and asks_code:
            self._phase = AwaitingCode(passage, at.mono + self._rules.screening.code_timeout_s)
            self._out.append(self._display.turn_to(at, Page.SHOW_CODE, passage_id=passage.id))
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

    def decide(self, at: Instant, passage: Passage, verdict: Verdict) -> None:
        if verdict.outcome is Outcome.GRANT:
            verdict = self._modes.bars(passage) or verdict
        bundle, faults = self._around.bundle, self._display.faults
        verdict = self._admissions.judge_release(at, passage, verdict, bundle, faults)
        passage = replace(passage, course=replace(passage.course, decided_s=at.mono))
        grants = passage if verdict.outcome is Outcome.GRANT else None
        data = testimony(at, passage, verdict, self._shared, faults)
        record = self._ledger.record(at, entries.DECIDED, data, grants=grants)
        self._out.append(record)
        self._phase = Recording(passage, verdict, record.record_id, at.mono + self._rules.record_timeout_s)
        if self._display.page is Page.LOOK_AT_SENSOR:
            self._out.append(self._display.turn_to(at, Page.ONE_MOMENT, passage_id=passage.id))

    def on_recorded(self, event: happened.Recorded) -> bool:
        """Whether it is the record that this lane waits for."""
        phase = self._phase
        if not isinstance(phase, Recording) or phase.record_id != event.record_id:
            return False
        if phase.verdict.outcome is Outcome.GRANT:
            self._release(event.at, phase)
        else:
            self._tell(event.at, phase.passage, phase.verdict)
        return True

    def annul(self, at: Instant, passage: Passage) -> None:
        """A grant on disk that nobody goes through on."""
        self._follow(at, entries.ANNULLED, passage)

    def _release(self, at: Instant, phase: Recording) -> None:
        self._doorway.log.begin(phase.passage, at.mono, held=self._doorway.is_held)
        passage = phase.passage
        lost = _NO_GATE if self._display.has_fault("gate") else None  # since the decision
        verdict = lost or self._modes.bars(passage)
        if verdict is not None:
            self._doorway.log.note(Change.GATE_LOST if lost else Change.TAKEN_BACK, at.mono)
            self._take_back(at, passage, verdict)
            return
        self._phase = Passing(passage)
        self._admissions.granted(passage)
        self._out += self._doorway.release(at, passage)
        self._out += self._cases.told(at, passage, phase.verdict)
        self._out += self._display.answer(at, passage, phase.verdict)

    def _take_back(self, at: Instant, passage: Passage, verdict: Verdict) -> None:
        """A grant is on disk and the gate does not move for it."""
        self._follow(at, entries.ANNULLED, passage)
        self._tell(at, passage, verdict)

    def on_record_failed(self, event: happened.RecordFailed) -> None:
        phase = self._phase
        if isinstance(phase, Recording) and phase.record_id == event.record_id:
            self._tell(event.at, phase.passage, UNRECORDED)

    def _tell(self, at: Instant, passage: Passage, verdict: Verdict) -> None:
        self._phase = Showing(at.mono + self._rules.result_s)
        self._out += self._cases.told(at, passage, verdict)
        self._out += self._display.answer(at, passage, verdict)

    def _follow(self, at: Instant, kind: str, passage: Passage, inside_as: str | None = None) -> None:
        if kind == entries.ANNULLED:
            self._admissions.annulled(passage)
        self._ledger.follow(kind, passage, inside_as, self._doorway.log.told(passage, at.mono))
        self._out += self._ledger.owed(at)

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
        self.rest(at)

    # -- devices, staff, time

    def device_lost(self, at: Instant, device: str) -> None:
        self._on_doorway(at, self._doorway.lost(at, device))
        if device == "gate" and isinstance(self._phase, Passing):
            self._out.append(SecureGate(self._phase.passage.access_point.output))
            if self.can_annul:  # who has the door open already goes through, and counts
                self._doorway.log.note(Change.GATE_LOST, at.mono)
                self._doorway.abandon()
                self._take_back(at, self._phase.passage, _NO_GATE)

    def device_recovered(self, at: Instant, device: str) -> None:
        self._out += self._doorway.recovered(at, device)

    def dismiss(self, at: Instant) -> bool:
        """A result that is read makes room for the next person; whether there was one."""
        if not isinstance(self._phase, Showing):
            return False
        self.rest(at)
        return True

    def end_what_is_over(self, at: Instant) -> None:
        """A phase ends at its time, also before an event that comes at that time or later."""
        match self._phase:
            case Sampling(until_s=until_s) as sampling if at.mono >= until_s:
                self._sampling_over(at, sampling)
            case AwaitingCode(until_s=until_s) as awaiting if at.mono >= until_s:
                self._let_go(at, awaiting.passage)
            case Recording(until_s=until_s) as recording if at.mono >= until_s:
                self._tell(at, recording.passage, UNRECORDED)
            case Showing(until_s=until_s) if at.mono >= until_s:
                self.rest(at)

    # -- output

    def rest(self, at: Instant) -> None:
        """Wait for the next person and show it: an alarm while its cause lasts, else the welcome."""
        self._phase = Idle()
        if self._modes.mode is Mode.EVACUATING:
            self._out.append(self._display.turn_to(at, Page.EVACUATE))
        elif self._alarms.gravest(self._name) is not None:
            self._out.append(self._alarms.show(at, self._name))
        elif self._modes.mode is Mode.LOCKED_DOWN:
            self._out.append(self._display.turn_to(at, Page.LOCKED_DOWN))
        else:
            self._out.append(self._display.welcome(at))

    def alarm_over(self, at: Instant) -> None:
        if isinstance(self._phase, Idle):
            self.rest(at)
        elif isinstance(self._phase, Sampling):
            self._out.append(self._display.ask_to_look(at, self._phase.passage))
        elif isinstance(self._phase, AwaitingCode):
            self._out.append(self._display.turn_to(at, Page.SHOW_CODE, passage_id=self._phase.passage.id))
