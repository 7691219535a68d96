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
from kiosk.core.admissions import Admissions
from kiosk.core.alarms import Alarms
from kiosk.core.commands import Command, ReleaseGate, SecureGate, StartSampling, StopSampling
from kiosk.core.decision import (
    GRANTED,
    UNRECORDED,
    WARMING_UP,
    Verdict,
    judge_release,
    judge_temperature,
    judge_unmeasured,
)
from kiosk.core.display import Display
from kiosk.core.door import DoorFact
from kiosk.core.door_log import Change
from kiosk.core.doorway import Doorway
from kiosk.core.doorway import Outcome as Told
from kiosk.core.facts import facts_of
from kiosk.core.ledger import Ledger
from kiosk.core.passage import Passage
from kiosk.core.phases import AwaitingCode, Idle, Passing, Phase, Recording, Sampling, Showing
from kiosk.core.readers import Readers
from kiosk.core.rules import AccessPoint, Purpose, Rules, TemperatureCheck
from kiosk.core.screening import Screened, screen
from kiosk.core.surroundings import Surroundings
from kiosk.core.temperature import as_recorded
from kiosk.core.view import Page
from kiosk.terms import Instant, Outcome, Reason


class Lane:
    """The rules of one lane. What it asks for goes to `out`, which the checkpoint empties."""

    def __init__(
        self,
        name: str,
        rules: Rules,
        readers: Readers,
        admissions: Admissions,
        ledger: Ledger,
        display: Display,
        around: Surroundings,
        alarms: Alarms,
        out: list[Command],
    ) -> None:
        self._name = name
        self._rules = rules
        self._readers = readers
        self._admissions = admissions
        self._ledger = ledger
        self._display = display
        self._around = around
        self._alarms = alarms
        self._face_waits = False
        self._phase: Phase = Idle()
        self._doorway = Doorway(name, rules.doors[name], ledger, alarms)
        self._out = out

    @property
    def wake_at(self) -> float | None:
        """The monotonic second at which something of this lane is due, or None."""
        due = (self._doorway.wake_at, getattr(self._phase, "until_s", None))
        return min((at for at in due if at is not None), default=None)

    @property
    def phase(self) -> Phase:
        return self._phase

    # -- what happens

    def face_appeared(self) -> None:
        self._face_waits = True

    def contact_changed(self, at: Instant, which: happened.Input, *, active: bool) -> None:
        self._doorway.changed(at, which, active=active)

    def door_stands_free(self, free: bool) -> None:
        """The lock is released for everybody: nobody who opens the door is an intruder."""
        self._doorway.door.stands_free(free)

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
        if isinstance(self._phase, Idle | Showing) and self._face_waits and point is not None:
            passage = replace(self._new_passage(at, point), by_face=True)
            self._start_sampling(at, passage, rechecked=False)

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
        sealed = self._admissions.sealed(credential, known.id, self._around.bundle)
        passage = known.with_code(scan.source, scan.decoder, credential, names, sealed)
        passage = replace(passage, taken_at=at)
        verdict = self._admissions.judge(at, passage, self._around.bundle)
        if verdict is not None:
            self._decide(at, passage, verdict)
        elif point.temperature is TemperatureCheck.OFF or isinstance(passage.reading, Reading):
            self._decide(at, passage, GRANTED)
        else:
            self._start_sampling(at, passage, rechecked=False)

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

    def _start_sampling(self, at: Instant, passage: Passage, *, rechecked: bool) -> None:
        self._phase = Sampling(passage, at.mono + self._rules.screening.timeout_s, rechecked)
        self._out.append(StartSampling(passage.id, self._name))
        self._out.append(self._display.ask_to_look(at, passage))

    def on_sample(self, event: happened.ThermalSampled) -> None:
        phase = self._phase
        if not isinstance(phase, Sampling) or event.passage_id != phase.passage.id:
            return
        reading = as_recorded(event.reading)
        passage = replace(phase.passage, reading=reading, measured_at=event.at)
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
            self._start_sampling(at, replace(passage, first=(at, reading)), rechecked=True)
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
        self._decide(at, passage, verdict)

    def _sampling_over(self, at: Instant, phase: Sampling) -> None:
        """Nothing usable has come in time."""
        sensor_lost, passage = self._display.has_fault("thermal"), phase.passage
        if passage.credential is None and passage.reading == NoReading(Missing.NO_FACE):
            self._let_go(at, passage)  # somebody only walked by
            return
        self._finish_sampling(at, passage, judge_unmeasured(passage.reading, sensor_lost))

    # -- record, then release

    def _decide(self, at: Instant, passage: Passage, verdict: Verdict) -> None:
        verdict = judge_release(at, passage.access_point, verdict, self._rules, self._display.faults)
        passage = replace(passage, decided_s=at.mono)
        grants = passage if verdict.outcome is Outcome.GRANT else None
        data = entries.decided_data(passage, verdict, at)
        known_as, policy = self._admissions.known_as(passage), self._around.bundle.policy
        data["facts"] = facts_of(passage, at, policy, self._display.faults, known_as)
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
        self._doorway.log.begin(phase.passage, at.mono)
        if self._display.has_fault("gate"):  # lost since the decision
            self._doorway.log.note(Change.GATE_LOST, at.mono)
            self._take_back(at, phase.passage)
            return
        point = phase.passage.access_point
        self._phase = Passing(phase.passage)
        self._admissions.granted(phase.passage)
        self._doorway.door.released(at.mono, supervised=self._supervised(phase.passage))
        self._out.append(ReleaseGate(phase.passage.id, point.output, self._rules.doors[self._name].pulse_s))
        self._out += self._display.answer(at, phase.passage, phase.verdict)

    def _take_back(self, at: Instant, passage: Passage) -> None:
        """A grant is on disk and the gate does not move for it."""
        self._follow(at, entries.ANNULLED, passage)
        self._tell(at, passage, Verdict(Outcome.REFER, Reason.GATE_UNAVAILABLE))

    def on_record_failed(self, event: happened.RecordFailed) -> None:
        phase = self._phase
        if isinstance(phase, Recording) and phase.record_id == event.record_id:
            self._tell(event.at, phase.passage, UNRECORDED)

    def _tell(self, at: Instant, passage: Passage, verdict: Verdict) -> None:
        self._phase = Showing(at.mono + self._rules.result_s)
        self._out += self._display.answer(at, passage, verdict)

    def _follow(self, at: Instant, kind: str, passage: Passage, inside_as: str | None = None) -> None:
        if kind == entries.ANNULLED:
            self._admissions.annulled(passage)
        self._ledger.follow(kind, passage, inside_as, self._doorway.log.told(passage, at.mono))
        self._out += self._ledger.owed(at)

    # -- the door

    def _supervised(self, passage: Passage) -> bool:
        return self._doorway.door.is_watched and passage.access_point.purpose is not Purpose.HANDOVER

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
        if fact is DoorFact.SECURE:
            self._out.append(SecureGate(passage.access_point.output))
            return
        if fact is DoorFact.PASSED:
            self._follow(at, entries.PASSED, passage, self._admissions.passed(passage))
        else:
            self._follow(at, entries.ANNULLED, passage)
        self.rest(at)

    # -- devices, staff, time

    def device_lost(self, at: Instant, device: str) -> None:
        self._on_doorway(at, self._doorway.lost(at, device))
        phase = self._phase
        if device == "gate" and isinstance(phase, Passing):
            self._out.append(SecureGate(phase.passage.access_point.output))
            if not self._doorway.door.is_passing:  # who has the door open already goes through, and counts
                self._doorway.log.note(Change.GATE_LOST, at.mono)
                self._doorway.door.abandon()
                self._take_back(at, phase.passage)

    def device_recovered(self, at: Instant, device: str) -> None:
        self._doorway.recovered(at, device)

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
        stands = self._alarms.gravest(self._name) is not None
        self._out.append(self._alarms.show(at, self._name) if stands else self._display.welcome(at))

    def alarm_over(self, at: Instant) -> None:
        if isinstance(self._phase, Idle):
            self.rest(at)
        elif isinstance(self._phase, Sampling):
            self._out.append(self._display.ask_to_look(at, self._phase.passage))
        elif isinstance(self._phase, AwaitingCode):
            self._out.append(self._display.turn_to(at, Page.SHOW_CODE, passage_id=self._phase.passage.id))
