"""The checkpoint: `step(event) -> list[Command]`, and when it wants to be woken.

It takes each event to the lane that it concerns (`kiosk.core.lane`), and
holds what the lanes share: who is inside, what is recorded, the trust in
force, the alarms of the site.

States against events: the table stands with the states, in the docstring of
`kiosk.core.phases`, one row for each event and one column for each phase; it
says what each pair does, also where that is nothing. `tests/core/test_phases.py`
reads it from there and plays every cell, and fails where an event, a kind of
it, or a phase has no row or no column.
"""

from __future__ import annotations

from datetime import UTC, tzinfo

from kiosk.core import events as happened
from kiosk.core.admissions import Admissions, Pseudonyms, Seal
from kiosk.core.alarms import Alarms, SiteContacts
from kiosk.core.busy import Busy, busy_with
from kiosk.core.cases import Cases
from kiosk.core.commands import Command
from kiosk.core.counter import Counter, WriteSlip
from kiosk.core.display import Display
from kiosk.core.displays import Displays
from kiosk.core.events import Event, Input
from kiosk.core.lane import Lane
from kiosk.core.ledger import Ledger
from kiosk.core.modes import Modes
from kiosk.core.past import Past
from kiosk.core.phases import Phase
from kiosk.core.readers import WAITING_SCAN_S, Readers
from kiosk.core.rules import Rules
from kiosk.core.shared import Shared
from kiosk.core.sign_in import BY_PIN
from kiosk.core.staff import Staff
from kiosk.core.surroundings import Surroundings
from kiosk.core.trips import RideRules, Trips
from kiosk.credentials.again import VerifierAgain, verify_again
from kiosk.credentials.bundle import TrustBundle
from kiosk.credentials.verifier import Verifier, verify
from kiosk.terms import Instant, Reason

NOTHING = Past()


class Checkpoint:
    """The rules of one kiosk. Pure: the same events give the same commands.

    `pseudonyms(subject, instant)` names a subject under every live key,
    today's first; nothing where that is impossible now. `seal(subject, key,
    passage_id)` seals it for the tracers, who alone can open it. `zone` is the
    site's: the policy's hours, the day of a check-in and the schedule of a `ride`
    (the vehicle that the kiosk rides in) are those on its wall. `write_slip`
    signs what a counter hands over. `verifier` says what a code holds, `again` whether
    it still does: a replay puts there what was recorded of it.
    """

    def __init__(
        self,
        rules: Rules,
        pseudonyms: Pseudonyms,
        bundle: TrustBundle,
        past: Past = NOTHING,
        seal: Seal | None = None,
        zone: tzinfo = UTC,
        ride: RideRules | None = None,
        write_slip: WriteSlip | None = None,
        verifier: Verifier = verify,
        again: VerifierAgain = verify_again,
    ) -> None:
        names = tuple(rules.doors)
        readers = {
            name: Readers(rules.points_of(name), name, exit_waits_s=WAITING_SCAN_S + door.longest_s)
            for name, door in rules.doors.items()
        }
        shown = rules.screening.show
        displays = {
            name: Display(
                shown, each.invites, each.sources, name, boards=rules.boards(name), result_s=rules.result_s
            )
            for name, each in readers.items()
        }
        self._admissions = Admissions(rules, pseudonyms, seal, past, zone, verifier, again)
        self._ledger = Ledger(past.open_grants, past.last_passage_id)
        self._displays = Displays(displays)
        self._around = Surroundings(rules, bundle, past, self._ledger, self._displays, zone)
        self._alarms = Alarms(self._ledger, self._displays, names, rules.buzzer_limit_s)
        self._contacts = SiteContacts(rules.door.debounce_s, self._alarms)
        shared = Shared(
            rules,
            self._admissions,
            self._ledger,
            self._displays,
            self._around,
            self._alarms,
            Modes(),
            Cases(rules, self._ledger, past.open_cases),
            Trips(ride, zone, past.trip),
            Counter(rules, self._admissions.roster, write_slip),
        )
        self._out = shared.out
        self._lanes = {name: Lane(name, readers[name], shared) for name in names}
        self._staff = Staff(past, self._lanes, shared)
        self._lane_of_reader = {each: point.lane for point in rules.access_points for each in point.readers}

    @property
    def wake_at(self) -> float | None:
        """The monotonic second at which `Tick` is due, or None."""
        lanes = [each.wake_at for each in self._lanes.values()]
        site = [self._around.wake_at, self._contacts.wake_at, self._alarms.wake_at, self._staff.wake_at]
        return min((at for at in (*site, *lanes) if at is not None), default=None)

    def phase(self, lane: str = "") -> Phase:
        return self._lanes[lane].phase

    def time_door(self, lane: str, on: bool) -> None:
        """For a replay: whether time alone can end a grant there."""
        self._lanes[lane].time_door(on)

    @property
    def busy(self) -> Busy:
        """What an end now would cost."""
        phases = [each.phase for each in self._lanes.values()]
        return busy_with(phases, owes=self._ledger.owes or self._staff.owes, holds=self._staff.holds)

    @property
    def occupancy(self) -> int:
        return self._admissions.occupancy

    def step(self, event: Event) -> list[Command]:
        """What to do about one event. Events come in the order of their instants."""
        at, lanes = event.at, self._lanes.values()
        self._out += self._ledger.owed(at)
        self._admissions.forget(at)
        for lane in lanes:
            lane.end_what_is_over(at)
        self._settle(at)
        self._take(event)
        self._settle(at)
        self._out += self._alarms.tick(at)
        self._out += self._around.tick(at, self._admissions.occupancy)
        self._staff.tick(at)
        for lane in lanes:
            lane.tick(at)
        self._out += self._staff.show(at)
        out = [*self._out]
        self._out.clear()
        return out

    def _take(self, event: Event) -> None:
        match event:
            case happened.CodeScanned(source=source):
                if source in self._lane_of_reader:
                    self._on_code(event, self._lanes[self._lane_of_reader[source]])
            case happened.ThermalSampled():
                for lane in self._lanes.values():
                    lane.on_sample(event)
            case happened.FaceAppeared(lane=name):
                self._lanes[name].face_appeared()
            case happened.FaceGone(lane=name):
                self._lanes[name].on_face_gone(event.at)
            case happened.Recorded():
                self._on_recorded(event)
            case happened.RecordFailed():
                self._on_record_failed(event)
            case happened.DoorOpened() | happened.DoorClosed():
                opened = isinstance(event, happened.DoorOpened)
                self._lanes[event.lane].contact_changed(event.at, Input.DOOR, active=opened)
            case happened.InputChanged():
                self._on_input(event)
            case happened.DeviceFaulted():
                self._on_fault(event)
            case happened.DeviceRecovered():
                self._out += self._around.recovered(event)
                for lane in self._lanes.values():
                    lane.device_recovered(event.at, event.device)
            case happened.StaffIntent():
                self._staff.intend(event)
            case happened.StaffSignedIn():
                self._staff.who.begin(event.at, event.staff, BY_PIN)
            case happened.StaffRefused():
                self._staff.who.refused(event)
            case happened.StaffGone():
                self._staff.who.gone(event)
            case happened.Started():
                self._out += self._around.changed(event)
                self._staff.started(event.at)
            case happened.Tick():
                pass
            case _:
                self._out += self._around.changed(event)

    def _on_code(self, scan: happened.CodeScanned, lane: Lane) -> None:
        if lane.takes_order(scan):
            return
        name = self._lane_of_reader[scan.source]
        if self._staff.who.takes(scan, name, leaves=lane.lets_out(scan.source)):
            lane.ignore(scan)
        else:
            lane.on_code(scan)

    # -- the journal's answers

    def _on_recorded(self, event: happened.Recorded) -> None:
        self._out += self._displays.regain(event.at, "journal")
        granted = self._ledger.recorded(event.record_id)
        self._staff.recorded(event.at, event.record_id)
        waited_for = [lane.on_recorded(event) for lane in self._lanes.values()]
        if granted is not None and not any(waited_for):
            # Too late: the person has been referred meanwhile, so the grant on disk is taken back.
            self._lanes[granted.access_point.lane].annul(event.at, granted)

    def _on_record_failed(self, event: happened.RecordFailed) -> None:
        self._ledger.failed(event.record_id)
        self._staff.record_failed(event.at, event.record_id)
        if not self._displays.has_fault("journal"):
            self._out += self._displays.lose(event.at, "journal", event.detail)
        for lane in self._lanes.values():
            lane.on_record_failed(event)

    # -- contacts and devices

    def _settle(self, at: Instant) -> None:
        """What the contacts say that have settled by now: before an event too, in case the loop was late."""
        self._site_alarms(at, *self._contacts.settled(at))
        for lane in self._lanes.values():
            lane.settle(at)

    def _on_input(self, event: happened.InputChanged) -> None:
        if SiteContacts.has(event.input):
            self._contacts.changed(event.at, event.input, active=event.active)
        else:
            self._lanes[event.lane].contact_changed(event.at, event.input, active=event.active)

    def _site_alarms(self, at: Instant, said: list[Command], is_over: bool) -> None:
        """Where fire or tamper has begun or is over: what each lane makes of it."""
        self._out += said
        for lane in self._lanes.values():
            lane.fire(self._alarms.stands(Reason.FIRE))
            if is_over:
                lane.alarm_over(at)

    def _on_fault(self, event: happened.DeviceFaulted) -> None:
        self._out += self._around.faulted(event)
        self._site_alarms(event.at, *self._contacts.lost(event.at, event.device))
        for lane in self._lanes.values():
            lane.device_lost(event.at, event.device)
