"""Whatever happens, in whatever order: what holds of every release and every grant."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import chain

from hypothesis import given
from hypothesis import strategies as st

from calibration.reading import Missing, NoReading, Reading
from kiosk.core import passage as entries
from kiosk.core.commands import Record, ReleaseGate, SecureGate, Show
from kiosk.core.events import (
    DeviceFaulted,
    DeviceRecovered,
    DoorClosed,
    DoorOpened,
    Event,
    Recorded,
    RecordFailed,
    StaffAction,
    StaffIntent,
    Tick,
)
from kiosk.core.rules import DoorRules, PassbackRules, Purpose, Rules, ScreeningRules
from kiosk.core.view import Page
from kiosk.credentials.credential import Colour
from kiosk.terms import Outcome, Strictness
from tests.core.counters import WITH_ORDERS, slip_writer
from tests.core.playbook import COURIER, GATE_IN, RULES, Playbook, code, reading, rules_with
from tests.search import search

# Issued once: to sign anew for every example would be most of the test's time.
CODES = {
    "gate": ("camera", [code(), code(cti=b"somebod2"), code(colour=Colour.RED), b"rubbish"]),
    "exit": ("exit-scanner", [code(), b"rubbish"]),
    "counter": ("counter-scanner", [code(cti=b"courier1", role=COURIER)]),
    "order": ("order-scanner", [b"MT-0042", b"MT-0043"]),
}
MEASURED: list[Reading | NoReading] = [
    reading(36.8),
    reading(37.8),
    reading(38.5),
    NoReading(Missing.NO_FACE),
]

DOORS = [
    RULES,
    rules_with(door=DoorRules(pulse_s=10.0, relock_after_open_s=5.0, held_open_s=2.0)),
    rules_with(door=DoorRules(contact=False)),
    rules_with(passback=PassbackRules(Strictness.OFF)),
    WITH_ORDERS,
    rules_with(
        passback=PassbackRules(Strictness.HARD, window_minutes=1),
        screening=ScreeningRules(reentry_minutes=10),
    ),
    rules_with(access_points=(replace(GATE_IN, purpose=Purpose.BOARDING, output=""),)),
]

ANSWERS = frozenset({"commit", "fail"})

Happening = tuple[str, int]
# Alone, chance would seldom bring a grant as far as the door.
HANDOVER: list[Happening] = [("counter", 0), ("sample", 0), ("commit", 0), ("wait", 160), ("commit", 0)]
ORDER: list[Happening] = [("order", 0), *HANDOVER[:3], ("order", 1), ("commit", 1), *HANDOVER[2:]]
PASSAGE: list[Happening] = [("gate", 0), ("sample", 0), ("commit", 0), ("door", 0), ("wait", 11), ("door", 0)]
HAPPENINGS = st.one_of(
    st.tuples(st.sampled_from(["gate", "exit", "counter", "order"]), st.integers(0, 3)),
    st.tuples(st.just("sample"), st.integers(0, 3)),
    st.tuples(st.sampled_from(["commit", "commit", "fail"]), st.integers(0, 2)),
    st.tuples(st.sampled_from(["wait", "busy"]), st.sampled_from([1, 5, 11, 29, 41, 160])),
    st.tuples(
        st.sampled_from(["door", "gate lost", "gate back", "contact lost", "contact back", "dismiss"]),
        st.just(0),
    ),
)
DAYS = st.lists(
    st.one_of(
        st.lists(HAPPENINGS, max_size=4),
        st.just(PASSAGE),
        st.just(PASSAGE[:3]),
        st.just(HANDOVER),
        st.just(ORDER),
    ),
    max_size=12,
)


class Watched:
    """A checkpoint whose journal answers when the test says so, and every promise checked at each step."""

    def __init__(self, rules: Rules = RULES) -> None:
        self.play = Playbook(rules, journal_works=False, write_slip=slip_writer())
        self.slips: dict[int, int] = {}
        self.granted: dict[int, int] = {}
        self.on_disk: set[int] = set()
        self.released: list[int] = []
        self.ended: Counter[int] = Counter()
        self.slots: dict[int, tuple[object, object]] = {}
        self.used: set[tuple[object, object]] = set()
        self._pending: list[Record] = []
        self._door_open = False
        self._seen = 0
        self.journal: list[Record] = []

    def live(self, happening: Happening) -> None:
        name, number = happening
        if name in CODES or (name not in ANSWERS and self._pending):
            self.play.passes(0.001)  # as between any two things that happen: the journal is as exact as that
        now = self.play.now
        if name in CODES:
            source, codes = CODES[name]
            self.play.scan(codes[number % len(codes)], source)
        elif name == "sample":
            views = self.play.asked(Show)
            passage_id = views[-1].view.passage_id if views else None
            self.play.sample(MEASURED[number], passage_id or 4711)
        elif name in ("commit", "fail"):
            self.answer(number, works=name == "commit")
        elif name == "wait":
            self.play.wait(number / 10)
        elif name == "busy":
            self.play.passes(number / 10)
        elif name == "door":
            self._door_open = not self._door_open
            self.play.happens(DoorOpened(now) if self._door_open else DoorClosed(now))
        else:
            events: dict[str, Event] = {
                "gate lost": DeviceFaulted(now, "gate", "no pins"),
                "gate back": DeviceRecovered(now, "gate"),
                "contact lost": DeviceFaulted(now, "door", "cut"),
                "contact back": DeviceRecovered(now, "door"),
                "dismiss": StaffIntent(now, StaffAction.DISMISS),
            }
            self.play.happens(events[name])
        self.look()

    def answer(self, number: int, *, works: bool) -> None:
        if not self._pending:
            return
        record = self._pending.pop(number % len(self._pending))
        if works:
            self.on_disk.add(record.record_id)
            self.journal.append(record)
            if record.type in (entries.PASSED, entries.ANNULLED):
                passage = record.data["passage"]
                assert isinstance(passage, int)
                self.ended[passage] += 1
                if record.type == entries.PASSED and passage in self.slots:
                    assert self.slots[passage] not in self.used, "two people on one slot of one holder"
                    self.used.add(self.slots[passage])
            self.play.happens(Recorded(self.play.now, record.record_id, len(self.on_disk)))
        else:
            self.granted.pop(record.record_id, None)
            self.play.happens(RecordFailed(self.play.now, record.record_id, "disk full"))

    def look(self) -> None:
        """Go through what the checkpoint has asked for since the last look."""
        for command in self.play.commands[self._seen :]:
            if isinstance(command, Record):
                self._pending.append(command)
                passage = command.data.get("passage")
                if command.type == entries.SLIP_WRITTEN:
                    assert isinstance(passage, int)
                    self.slips[passage] = command.record_id
                if command.type == entries.DECIDED and command.data["outcome"] == Outcome.GRANT.value:
                    assert isinstance(passage, int)
                    self.granted[command.record_id] = passage
                    if "slot" in command.data:
                        self.slots[passage] = (command.data["subject"], command.data["slot"])
            elif isinstance(command, ReleaseGate):
                committed = {self.granted[one] for one in self.on_disk if one in self.granted}
                assert command.passage_id in committed, "released without a record on disk"
                assert command.passage_id not in self.released, "released twice for one grant"
                assert not self.ended[command.passage_id], "released after its end"
                slip = self.slips.get(command.passage_id)
                assert slip is None or slip in self.on_disk, "released before its slip was on disk"
                self.released.append(command.passage_id)
        self._seen = len(self.play.commands)

    def come_to_an_end(self) -> None:
        """The journal works again, everybody goes, the door closes."""
        # Something is recorded, which shows that what was owed can be recorded too.
        self.play.happens(DeviceFaulted(self.play.now, "camera", "unplugged"))
        self.look()
        for _ in range(20):
            while self._pending:
                self.answer(0, works=True)
                self.look()
            if self._door_open:
                self.live(("door", 0))
            self.live(("wait", 160))
            self.play.happens(Tick(self.play.now))
            self.look()


@search(150)
@given(st.sampled_from(DOORS), DAYS)
def test_no_release_without_its_own_record_and_no_grant_without_an_end(
    rules: Rules, days: list[list[Happening]]
) -> None:
    watched = Watched(rules)
    for happening in chain.from_iterable(days):
        watched.live(happening)
    watched.come_to_an_end()
    committed = {watched.granted[one] for one in watched.on_disk if one in watched.granted}
    assert watched.ended == Counter(committed), "each grant on disk ends once, as passed or as annulled"
    assert set(watched.released) <= committed
    play = watched.play
    assert play.page() is Page.WELCOME
    assert play.checkpoint.wake_at is None
    for output in {release.output for release in play.asked(ReleaseGate)}:
        last = [c for c in play.commands if isinstance(c, ReleaseGate | SecureGate) and c.output == output][
            -1
        ]
        assert isinstance(last, SecureGate), "a released output is secured in the end"


def test_the_same_events_give_the_same_commands() -> None:
    def day() -> list[object]:
        watched = Watched()
        for happening in [
            ("gate", 0),
            ("commit", 0),
            ("sample", 0),
            ("commit", 0),
            ("wait", 41),
            ("exit", 0),
        ]:
            watched.live(happening)
        return list(watched.play.commands)

    assert day() == day()
