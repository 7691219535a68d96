"""The rules and the real relays on a simulated board, through whatever happens in whatever order.

- No relay is ever on without a grant that is on disk, was not released before, and has not ended, or without
  a record on disk of staff who hold the door open.
- None is on for longer than its pulse, nor than the cap, but for a door that is held open; a loop that hangs
  gives it back when it goes on.
- Each grant ends once, as passed or as annulled: never two people on one, and never two on one picture of a
  code, whichever lanes it is shown in.
- What was recorded gives the same decisions again, and the same ends of grants.
"""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from calibration.reading import Missing, NoReading
from drivers.gate import LEASE_CAP_S
from kiosk.config import GateConfig, OutputConfig
from kiosk.core import passage as entries
from kiosk.core.commands import Buzz, HoldGate, Record, ReleaseGate, SecureGate
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
)
from kiosk.core.rules import AccessPoint, DoorRules, LaneRules, Purpose, Rules, TemperatureCheck
from kiosk.gatekeeper.gate import Gate, make_relays
from kiosk.terms import Outcome
from sim.pins import BoardPinFactory, Pins
from tests.core.playbook import COURIER, GATE_IN, GATE_OUT, Playbook, code, reading, rules_with
from tests.core.replay.replaying import all_come_again
from tests.gatekeeper.inbox import Posted
from tests.search import search

GATE, LAMP, BUZZER, SECOND_GATE = 17, 27, 22, 23
OUTPUTS = {"gate": GATE, "lamp": LAMP, "gate-two": SECOND_GATE}
CONFIG = GateConfig(
    outputs=tuple(OutputConfig(name, pin) for name, pin in OUTPUTS.items()), buzzer_pin=BUZZER
)
IN_TWO = AccessPoint("in-two", Purpose.ENTRY, "gate-two", "camera-two", lane="two")
OUT_TWO = AccessPoint("out-two", Purpose.EXIT, "gate-two", "exit-two", TemperatureCheck.OFF, lane="two")
SCANS = [
    ("camera", code()),
    ("camera", code(cti=b"somebod2")),
    ("camera", b"rubbish"),
    ("exit-scanner", code()),
    ("exit-scanner", code(cti=b"somebod3")),
    ("counter-scanner", code(cti=b"courier1", role=COURIER)),
]
SCANS_OF_TWO = [
    *SCANS[:4],
    ("camera-two", code()),
    ("camera-two", code(cti=b"somebod2")),
    ("exit-two", code()),
    ("exit-two", b"rubbish"),
]
MEASURED = [reading(36.8), reading(36.8), reading(38.5), NoReading(Missing.NO_FACE)]
DOORS = [
    DoorRules(),
    DoorRules(pulse_s=10.0, relock_after_open_s=5.0, held_open_s=2.0),
    DoorRules(contact=False),
    DoorRules(passage_sensor=True),
    DoorRules(contact=False, passage_sensor=True, forced_grace_s=0.0, debounce_s=0.0),
]
DEVICES = ["gate", "door", "passage", "camera"]
DEVICES_OF_TWO = [*DEVICES, "door@two", "passage@two", "camera-two"]
OF_A_LANE = {Input.DOOR, Input.PASSAGE, Input.REQUEST_TO_EXIT}
SLACK_S = 1e-6


class GateMachine(RuleBasedStateMachine):
    lanes: tuple[str, ...] = ("",)
    scans, devices = SCANS, DEVICES

    @initialize(
        door=st.sampled_from(DOORS),
        other=st.sampled_from(DOORS),
        at_once=st.sampled_from([False, False, True]),
    )
    def begin(self, door: DoorRules, other: DoorRules, at_once: bool) -> None:
        """`at_once`: no time passes between two things that happen, and none of it is told again."""
        self.at_once = at_once
        self.pulse_s = {GATE: door.pulse_s, LAMP: door.pulse_s, SECOND_GATE: other.pulse_s}
        self.play = Playbook(self.rules_of(door, other), journal_works=False)
        self.posted = Posted()
        self.posted.time.advance_to(self.play.now.mono)
        self.board = Pins(self.posted.time.mono, lambda _pin: False)
        self.gate = Gate(
            lambda: make_relays(CONFIG, BoardPinFactory(self.board), self.posted.time.mono),
            self.posted.clock,
            self.posted.post,
        )
        self.gate.poll_once()
        self.granted: dict[int, int] = {}
        self.on_disk: set[int] = set()
        self.released: Counter[int] = Counter()
        self.ended: Counter[int] = Counter()
        self.held: set[int] = set()
        self.let_go_s = 0.0
        self.opens: dict[int, StaffAction] = {}
        self.hung_s = dict.fromkeys(OUTPUTS.values(), 0.0)
        self.pending: list[Record] = []
        self.active: set[tuple[Input, str]] = set()
        self.seen = 0
        self.journal: list[Record] = []
        self.happens(Started(self.play.now, {}, {}))
        while self.pending:
            self.commit(0)

    def rules_of(self, door: DoorRules, other: DoorRules) -> Rules:
        del other  # there is one door
        return rules_with(door=door)

    # -- what happens

    @rule(number=st.integers(0, 7))
    def scan(self, number: int) -> None:
        self.a_moment_passes()
        reader, shown = self.scans[number % len(self.scans)]
        self.play.scan(shown, reader)
        self.obey()

    def a_moment_passes(self) -> None:
        """What happens comes a millisecond after what was before, as with a reader, a finger or a door.

        The journal keeps times to a millisecond. Within one the order of its entries counts; and where one of
        them fails after others that were asked for later, nothing tells how many there were in between.
        So what happens at once is judged by all that holds but by a replay.
        """
        if self.at_once:
            return
        self._advance_to(self.play.now.mono + 0.001)

    @rule(which=st.sampled_from(MEASURED), lane=st.integers(0, 1))
    def sample(self, which: object, lane: int) -> None:
        phase = self.play.checkpoint.phase(self.lanes[lane % len(self.lanes)])
        passage = getattr(phase, "passage", None)
        self.play.sample(which, 4711 if passage is None else passage.id)  # type: ignore[arg-type]
        self.obey()

    @rule(number=st.integers(0, 7), lane=st.integers(0, 1))
    def somebody_well_comes(self, number: int, lane: int) -> None:
        """Alone, chance would seldom bring a grant as far as the door."""
        self.scan(number)
        self.sample(MEASURED[0], lane)
        while self.pending:
            self.commit(0)

    @rule(number=st.integers(0, 3))
    def commit(self, number: int) -> None:
        if not self.pending:
            return
        record = self.pending.pop(number % len(self.pending))
        self.on_disk.add(record.record_id)
        self.journal.append(record)
        if record.type in (entries.PASSED, entries.ANNULLED):
            self.ended[self._passage(record)] += 1
        self.happens(Recorded(self.play.now, record.record_id, len(self.on_disk)))

    @rule(number=st.integers(0, 3))
    def fail(self, number: int) -> None:
        if self.pending:
            record = self.pending.pop(number % len(self.pending))
            self.granted.pop(record.record_id, None)
            self.happens(RecordFailed(self.play.now, record.record_id, "disk full"))

    @rule(seconds=st.sampled_from([0.01, 0.1, 0.5, 1.0, 3.0, 4.1, 16.0]))
    def wait(self, seconds: float) -> None:
        """The loop lives: it wakes when something is due."""
        end_s = self.play.now.mono + seconds
        while True:
            due = [at for at in (self.play.checkpoint.wake_at, self.gate.lease_ends_s) if at is not None]
            next_s = max(min([*due, end_s]), self.play.now.mono)
            self._advance_to(next_s)
            self.happens(Tick(self.play.now))
            self.look()
            if next_s >= end_s:
                return

    @rule(seconds=st.sampled_from([0.1, 1.0, 5.0, 11.0]))
    def hang(self, seconds: float) -> None:
        """The loop does not come round for a while; it gives the relay back when it goes on."""
        for pin in self.hung_s:
            self.hung_s[pin] += seconds
        self._advance_to(self.play.now.mono + seconds)
        self.happens(Tick(self.play.now))

    @rule(which=st.sampled_from(Input), number=st.integers(0, 1))
    def contact(self, which: Input, number: int) -> None:
        if self.pending:
            self.a_moment_passes()
        lane = self.lanes[number % len(self.lanes)] if which in OF_A_LANE else ""
        self.active ^= {(which, lane)}
        active, at = (which, lane) in self.active, self.play.now
        if which is Input.DOOR:
            self.happens(DoorOpened(at, lane) if active else DoorClosed(at, lane))
        else:
            self.happens(InputChanged(at, which, active, lane))

    @rule(number=st.integers(0, 6), back=st.booleans())
    def device(self, number: int, back: bool) -> None:
        if self.pending:
            self.a_moment_passes()
        at, device = self.play.now, self.devices[number % len(self.devices)]
        self.happens(DeviceRecovered(at, device) if back else DeviceFaulted(at, device, "gone"))

    @rule()
    def staff(self) -> None:
        self.happens(StaffIntent(self.play.now, StaffAction.DISMISS))

    @rule(
        action=st.sampled_from(StaffAction),
        case=st.integers(1, 4),
        celsius=st.sampled_from([36.5, 38.0]),
        number=st.integers(0, 1),
    )
    def staff_who_are_signed_in(self, action: StaffAction, case: int, celsius: float, number: int) -> None:
        self.a_moment_passes()
        self.happens(StaffSignedIn(self.play.now, "07"))
        at, why, lane = self.play.now, StaffReason.OTHER, self.lanes[number % len(self.lanes)]
        self.happens(StaffIntent(at, action, why, case=case, celsius=celsius, count=3, lane=lane))

    @rule()
    def staff_hold_the_door_open_for_a_while(self) -> None:
        """Alone, chance would seldom let its record reach the disk before something else ends it."""
        self.staff_who_are_signed_in(StaffAction.HOLD_OPEN, 1, 36.5, 0)
        while self.pending:
            self.commit(0)
        self.wait(16.0)

    # -- what holds

    @invariant()
    def look(self) -> None:
        now_s = self.posted.time.mono()
        for pin in OUTPUTS.values():
            edges = [edge for edge in self.board.edges if edge.pin == pin]
            if not edges or not edges[-1].level:
                self.hung_s[pin] = 0.0
                continue
            if pin in self.held:
                continue
            on_s = now_s - max(edges[-1].at_s, self.let_go_s)
            assert on_s <= min(self.pulse_s[pin], LEASE_CAP_S) + self.hung_s[pin] + SLACK_S
        lease_s = self.gate.lease_ends_s
        assert lease_s is None or lease_s - now_s <= LEASE_CAP_S + SLACK_S

    def teardown(self) -> None:
        if not hasattr(self, "play"):
            return
        # Something is recorded, which shows that what was owed can be recorded too.
        self.device(DEVICES.index("camera"), False)
        for which, lane in list(self.active):
            self.contact(which, self.lanes.index(lane))
        for number in range(len(self.lanes)):
            self.staff_who_are_signed_in(StaffAction.RELEASE, 1, 36.5, number)
        for _ in range(12):
            while self.pending:
                self.commit(0)
            self.wait(16.0)
        committed = Counter(passage for record, passage in self.granted.items() if record in self.on_disk)
        assert self.ended == committed, "each grant on disk ends once, as passed or as annulled"
        assert set(self.released) <= set(committed)
        self.look_at_slots()
        assert not any(self.board.level(pin) for pin in (*OUTPUTS.values(), BUZZER))
        self.gate.close()
        if not self.at_once:
            all_come_again(self.journal)

    def look_at_slots(self) -> None:
        """One picture of a code lets one person in, unless staff let in another."""
        passed = {self._passage(each) for each in self.journal if each.type == entries.PASSED}
        codes = Counter(
            (str(each.data["subject"]), str(each.data["slot"]))
            for each in self.journal
            if each.type == entries.DECIDED and each.data["outcome"] == Outcome.GRANT.value
            if each.data.get("slot") is not None and "staff" not in each.data
            if self._passage(each) in passed
        )
        assert not [picture for picture, times in codes.items() if times > 1]

    # -- inside

    def happens(self, event: Event) -> None:
        self.play.happens(event)
        self.obey()

    def obey(self) -> None:
        """Carry out what the rules have asked for since, as the loop does."""
        let_go: set[str] = set()  # whoever stood before a door that was held gets a pulse of his own
        for command in self.play.commands[self.seen :]:
            match command:
                case Record():
                    self.pending.append(command)
                    if command.type == entries.DECIDED and command.data["outcome"] == Outcome.GRANT.value:
                        self.granted[command.record_id] = self._passage(command)
                    elif command.type == entries.STAFF_ACTED:
                        self.opens[command.record_id] = StaffAction(str(command.data["action"]))
                case ReleaseGate(passage_id, output, pulse_s):
                    committed = [one for record, one in self.granted.items() if record in self.on_disk]
                    assert passage_id in committed, "released without a grant on disk"
                    assert not self.released[passage_id] or output in let_go, "released twice for one grant"
                    let_go.discard(output)  # one pulse for the end of a hold, and no more
                    assert not self.ended[passage_id], "released after its end"
                    self.released[passage_id] += 1
                    self.hung_s[OUTPUTS[output]] = 0.0
                    self.gate.release(output, pulse_s)
                    assert self.board.level(OUTPUTS[output])
                case HoldGate(output):
                    opened = {self.opens[one] for one in self.on_disk if one in self.opens}
                    assert opened & {StaffAction.HOLD_OPEN, StaffAction.EVACUATE}, "held without a record"
                    self.held.add(OUTPUTS[output])
                    self.gate.hold(output)
                    assert self.board.level(OUTPUTS[output])
                case SecureGate(output):
                    let_go |= {output} if OUTPUTS[output] in self.held else set()
                    self.held.discard(OUTPUTS[output])
                    self.gate.secure(output)
                    assert not self.board.level(OUTPUTS[output])
                case Buzz(on):
                    self.gate.buzz(on)
        self.seen = len(self.play.commands)
        self.gate.poll_once()
        risen = sum(edge.level for edge in self.board.edges if edge.pin != BUZZER)
        holds = sum(isinstance(one, HoldGate) for one in self.play.commands)
        assert risen <= sum(self.released.values()) + holds, "a relay moved that nobody released"
        assert self.posted.events == []

    def _advance_to(self, mono_s: float) -> None:
        self.play.passes(mono_s - self.play.now.mono)
        self.posted.time.advance_to(self.play.now.mono)

    @staticmethod
    def _passage(record: Record) -> int:
        passage = record.data["passage"]
        assert isinstance(passage, int)
        return passage


class TwoLanesMachine(GateMachine):
    """The same people, and others, at two gates of one kiosk."""

    lanes = ("", "two")
    scans, devices = SCANS_OF_TWO, DEVICES_OF_TWO

    def rules_of(self, door: DoorRules, other: DoorRules) -> Rules:
        points = (GATE_IN, GATE_OUT, IN_TWO, OUT_TWO)
        return Rules(access_points=points, door=door, lanes=(LaneRules("two", other),))


TestGateInvariants = pytest.mark.slow(GateMachine.TestCase)
TestGateInvariants.settings = search(300, steps=40)
TestGatesOfTwoLanes = pytest.mark.slow(TwoLanesMachine.TestCase)
TestGatesOfTwoLanes.settings = search(300, steps=40)
