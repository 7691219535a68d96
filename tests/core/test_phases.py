"""The table of phases against events, cell by cell: it is read from the docstring that states it."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Callable, Iterator

import pytest

from calibration.reading import Missing, NoReading, Reading
from kiosk.core import checkpoint, phases
from kiosk.core import passage as entries
from kiosk.core.commands import Announce, Command, Record, Sound
from kiosk.core.events import (
    CodeScanned,
    CodeUnread,
    DeviceFaulted,
    DeviceReconnecting,
    DeviceRecovered,
    DoorClosed,
    DoorOpened,
    Event,
    FaceAppeared,
    FaceGone,
    Input,
    InputChanged,
    LinkChanged,
    Recorded,
    RecordFailed,
    SensorWarming,
    StaffAction,
    StaffGone,
    StaffIntent,
    StaffReason,
    StaffRefused,
    StaffSignedIn,
    Started,
    Stopping,
    ThermalSampled,
    Tick,
    TrustChanged,
)
from kiosk.core.past import OpenCase, Past
from kiosk.core.rules import AccessPoint, DoorRules, Purpose, Rules, TemperatureCheck
from kiosk.core.view import CodeHint, Notice
from kiosk.credentials.bundle import TrustBundle
from kiosk.credentials.credential import Colour
from kiosk.terms import Instant
from tests.core.playbook import BUNDLE, GATE_IN, GATE_OUT, MORNING, WELL, Playbook, code, reading, rules_with

AFTER = rules_with()
FIRST = rules_with(
    access_points=(dataclasses.replace(GATE_IN, temperature=TemperatureCheck.BEFORE), GATE_OUT)
)
COUNTER = rules_with(
    access_points=(
        GATE_IN,
        GATE_OUT,
        AccessPoint("counter", Purpose.HANDOVER, "lamp", "counter-scanner", order_reader="order-scanner"),
    )
)
FIRST_AND_COUNTER = rules_with(access_points=(*FIRST.access_points, COUNTER.access_points[2]))
NEAR_LIMIT, GREEN, RED = reading(37.9), code(), code(colour=Colour.RED)
OTHER, OTHER_RED = code(cti=b"somebod2"), code(cti=b"somebod2", colour=Colour.RED)
NOBODYS_ID = 4711


def table() -> Iterator[tuple[str, str, str]]:
    """(event, phase, cell) of each cell of the docstring's table."""
    text = phases.__doc__ or ""
    lines = text[text.index("event  ") :].splitlines()
    names = lines[0].split()[1:]
    for line in lines[1 : lines.index("```")]:
        cells = line.split()[-len(names) :]
        event = " ".join(line.split()[: -len(names)])
        yield from ((event, name, cell) for name, cell in zip(names, cells, strict=True))


class Scene:
    """A checkpoint brought to a phase; its journal answers when it is told to."""

    def __init__(self, phase: str, rules: Rules, *, refused: bool = False) -> None:
        past = Past(open_cases=(CASE,), last_passage_id=1)
        self.play = Playbook(rules, past=past, journal_works=False)
        self._first = any(point.temperature is TemperatureCheck.BEFORE for point in rules.access_points)
        self.play.happens(Tick(self.now))
        self.play.happens(Started(self.now, {}, {}))
        if phase == "Showing" or (phase == "Recording" and refused):
            self.play.scan(RED)
        elif phase != "Idle":
            self._measure(phase)
        if phase in ("Passing", "Showing"):
            self.commit()
        assert self.phase == phase

    def _measure(self, phase: str) -> None:
        if self._first:
            self.play.happens(FaceAppeared(self.now))
        else:
            self.play.scan(GREEN, "counter-scanner" if phase == "AwaitingOrder" else "camera")
        if phase == "Sampling":
            return
        self.play.sample(WELL)
        if self._first and phase != "AwaitingCode":
            self.play.scan(GREEN)

    def commit(self) -> None:
        self.play.happens(Recorded(self.now, self.record_id, 0))

    @property
    def record_id(self) -> int:
        """That of the last record that was asked for."""
        return self.play.asked(Record)[-1].record_id

    @property
    def passage_id(self) -> int:
        passage = getattr(self.play.checkpoint.phase(), "passage", None)
        return NOBODYS_ID if passage is None else passage.id

    @property
    def now(self) -> Instant:
        return self.play.now

    @property
    def phase(self) -> str:
        return type(self.play.checkpoint.phase()).__name__


def sensed(scene: Scene) -> Event:
    return InputChanged(scene.now, Input.PASSAGE, True)


def opened_first(scene: Scene) -> Event:
    scene.play.happens(DoorOpened(scene.now))
    return DoorClosed(scene.now)


def lost_first(kind: Callable[[Instant, str], Event]) -> Callable[[Scene], Event]:
    def event(scene: Scene) -> Event:
        scene.play.happens(DeviceFaulted(scene.now, "camera", "unplugged"))
        return kind(scene.now, "camera")

    return event


CASE: OpenCase = (
    {"passage": 1, "access_point": "gate-in", "outcome": "refer", "reason": "temperature.recheck"},
    MORNING,
)


def by_staff(action: StaffAction, celsius: float = 36.6) -> Callable[[Scene], Event]:
    """Somebody is signed in, and somebody has been referred before."""

    def event(scene: Scene) -> Event:
        scene.play.happens(StaffSignedIn(scene.now, "07"))
        return StaffIntent(scene.now, action, StaffReason.OTHER, case=1, celsius=celsius, count=3, lane="")

    return event


def removed(scene: Scene) -> Event:
    scene.play.happens(StaffSignedIn(scene.now, "07"))
    return StaffGone(scene.now, "07")


def at_its_end(scene: Scene) -> Event:
    scene.play.passes(30.0)
    return Tick(scene.now)


def scanned(payload: bytes) -> Callable[[Scene], Event]:
    return lambda scene: CodeScanned(scene.now, "camera", payload, "test")


def known_code(scene: Scene) -> Event:
    """The code that the reader saw a moment ago; where none was, one of a reader that the site has not."""
    shown = RED if scene.phase == "Showing" else GREEN
    source = "somewhere" if scene.phase in ("Idle", "AwaitingCode") else "camera"
    if scene.phase == "AwaitingOrder":
        source = "counter-scanner"
    return CodeScanned(scene.now, source, shown, "test")


def measured(value: Reading, *, mine: bool = True) -> Callable[[Scene], Event]:
    return lambda scene: ThermalSampled(scene.now, scene.passage_id if mine else NOBODYS_ID, value)


EVENTS: dict[str, Callable[[Scene], Event]] = {
    "CodeScanned accepted": scanned(OTHER),
    "CodeScanned refused": scanned(OTHER_RED),
    "CodeScanned known": known_code,
    "CodeScanned order": lambda scene: CodeScanned(scene.now, "order-scanner", b"MT-0042", "test"),
    "CodeUnread": lambda scene: CodeUnread(scene.now, "camera", CodeHint.CLOSER),
    "ThermalSampled normal": measured(WELL),
    "ThermalSampled face first": measured(WELL),
    "ThermalSampled near limit": measured(NEAR_LIMIT),
    "ThermalSampled of another": measured(WELL, mine=False),
    "FaceAppeared": lambda scene: FaceAppeared(scene.now),
    "FaceGone face first": lambda scene: FaceGone(scene.now),
    "FaceGone code first": lambda scene: FaceGone(scene.now),
    "SensorWarming": lambda scene: SensorWarming(scene.now, 60.0),
    "Recorded own grant": lambda scene: Recorded(scene.now, scene.record_id, 1),
    "Recorded own refusal": lambda scene: Recorded(scene.now, scene.record_id, 1),
    "Recorded another": lambda scene: Recorded(scene.now, NOBODYS_ID, 1),
    "RecordFailed own": lambda scene: RecordFailed(scene.now, scene.record_id, "disk full"),
    "RecordFailed another": lambda scene: RecordFailed(scene.now, NOBODYS_ID, "disk full"),
    "DoorOpened": lambda scene: DoorOpened(scene.now),
    "DoorClosed after opening": opened_first,
    "DoorClosed unopened": lambda scene: DoorClosed(scene.now),
    "InputChanged exit": lambda scene: InputChanged(scene.now, Input.REQUEST_TO_EXIT, True),
    "InputChanged tamper": lambda scene: InputChanged(scene.now, Input.TAMPER, True),
    "InputChanged fire": lambda scene: InputChanged(scene.now, Input.FIRE, True),
    "InputChanged passage": sensed,
    "DeviceFaulted reader": lambda scene: DeviceFaulted(scene.now, "camera", "unplugged"),
    "DeviceFaulted gate": lambda scene: DeviceFaulted(scene.now, "gate", "no pins"),
    "DeviceFaulted door": lambda scene: DeviceFaulted(scene.now, "door", "cut"),
    "DeviceReconnecting lost": lost_first(DeviceReconnecting),
    "DeviceReconnecting working": lambda scene: DeviceReconnecting(scene.now, "camera"),
    "DeviceRecovered lost": lost_first(DeviceRecovered),
    "DeviceRecovered working": lambda scene: DeviceRecovered(scene.now, "camera"),
    "Started": lambda scene: Started(scene.now, {}, {}),
    "Stopping": lambda scene: Stopping(scene.now),
    "TrustChanged": lambda scene: TrustChanged(scene.now, TrustBundle(BUNDLE.version + 1, BUNDLE.keys)),
    "LinkChanged": lambda scene: LinkChanged(scene.now, True, None, 3),
    **{f"StaffIntent {action.name.lower().replace('_', ' ')}": by_staff(action) for action in StaffAction},
    "StaffIntent of nobody": lambda scene: StaffIntent(scene.now, StaffAction.MUTE, StaffReason.OTHER),
    "StaffSignedIn": lambda scene: StaffSignedIn(scene.now, "07"),
    "StaffRefused": lambda scene: StaffRefused(scene.now, "07", Notice.WRONG_PIN),
    "StaffGone": removed,
    "Tick early": lambda scene: Tick(scene.now),
    "Tick at its end": at_its_end,
}
ABOUT_FACES = ("FaceAppeared", "FaceGone face first", "ThermalSampled face first")


def rules_for(event: str, phase: str) -> Rules:
    if event == "InputChanged passage":
        watched = DoorRules(passage_sensor=True, debounce_s=0.0)
        rules = {"AwaitingCode": FIRST, "AwaitingOrder": COUNTER}.get(phase, AFTER)
        return dataclasses.replace(rules, door=watched)
    if phase == "AwaitingOrder" or event == "CodeScanned order":
        return FIRST_AND_COUNTER if phase == "AwaitingCode" else COUNTER
    return FIRST if event in ABOUT_FACES or phase == "AwaitingCode" else AFTER


CELLS = list(table())


@pytest.mark.parametrize(("name", "phase", "cell"), CELLS)
def test_what_an_event_means_in_a_phase(name: str, phase: str, cell: str) -> None:
    scene = Scene(phase, rules_for(name, phase), refused=name == "Recorded own refusal")
    event = EVENTS[name](scene)
    before = len(scene.play.commands)
    scene.play.happens(event)
    said = scene.play.commands[before:]
    if cell in ("-", "kept"):
        assert (scene.phase, said) == (phase, [])
    elif cell == "waits":
        assert (scene.phase, said) == (phase, [Announce(Sound.READ)])
    elif cell == "noted":
        assert scene.phase == phase
        assert said
    else:
        assert scene.phase == cell
        assert said


@pytest.mark.parametrize("phase", [phase for name, phase, cell in CELLS if cell == "waits"])
def test_a_code_that_waits_has_its_turn(phase: str) -> None:
    scene = Scene(phase, COUNTER if phase == "AwaitingOrder" else AFTER)
    scene.play.happens(CodeScanned(scene.now, "exit-scanner", OTHER, "test"))
    scene.play.journal_works = True
    scene.play.wait(9.9)
    assert "gate-out" in [record.data.get("access_point") for record in scene.play.journal]


def pulse_over(scene: Scene) -> Event:
    """Where a lamp is lit, and no door tells that somebody is through."""
    if scene.phase == "Passing":
        scene.play.passes(5.0)
    return Tick(scene.now)


def come_to_rest(scene: Scene) -> Scene:
    """Whatever is under way goes on to its end, where there is a door in no time."""
    ways: dict[str, tuple[Callable[[Scene], Event], ...]] = {
        "Sampling": (measured(WELL),),
        "AwaitingCode": (scanned(GREEN),),
        "AwaitingOrder": (EVENTS["CodeScanned order"],),
        "Recording": (EVENTS["Recorded own grant"],),
        "Passing": (EVENTS["DoorOpened"], EVENTS["DoorClosed unopened"], pulse_over),
        "Showing": (lambda at_rest: StaffIntent(at_rest.now, StaffAction.DISMISS),),
    }
    for _ in ways:
        for event in ways.get(scene.phase, ()) if not began_by_face(scene) else ():
            scene.play.happens(event(scene))
    return scene


def began_by_face(scene: Scene) -> bool:
    """Somebody is measured of whom no code has come, and who was not there before."""
    passage = getattr(scene.play.checkpoint.phase(), "passage", None)
    return scene.phase == "Sampling" and passage is not None and passage.credential is None


def scene_with_faces(phase: str) -> Scene:
    """Where a face begins a passage at the gate, and a code at the counter."""
    if phase not in ("Sampling", "AwaitingOrder"):
        return Scene(phase, FIRST)
    scene = Scene("Idle", FIRST_AND_COUNTER)
    scene.play.scan(GREEN, "counter-scanner")
    if phase == "AwaitingOrder":
        scene.play.sample(WELL)
    assert scene.phase == phase
    return scene


@pytest.mark.parametrize(("name", "phase"), [(name, phase) for name, phase, cell in CELLS if cell == "kept"])
def test_what_is_kept_counts_later(name: str, phase: str) -> None:
    scene = scene_with_faces(phase) if name == "FaceAppeared" else Scene(phase, AFTER)
    scene.play.happens(EVENTS[name](scene))
    match name:
        case "FaceAppeared":
            assert began_by_face(come_to_rest(scene))
        case "CodeUnread":
            assert come_to_rest(scene).play.view.code_hint is CodeHint.CLOSER
        case _:
            assert name == "DoorOpened"
            scene.play.happens(DoorClosed(scene.now))
            assert scene.play.asked(Record)[-1].type == entries.PASSED


@pytest.mark.parametrize(("name", "phase"), [(name, phase) for name, phase, cell in CELLS if cell == "-"])
def test_what_is_nothing_counts_later_neither(name: str, phase: str) -> None:
    def said(*, happens: bool, goes_on: bool) -> list[Command]:
        scene = Scene(phase, rules_for(name, phase), refused=name == "Recorded own refusal")
        event = EVENTS[name](scene)
        if happens:
            scene.play.happens(event)
        if goes_on:
            come_to_rest(scene)
        return scene.play.wait(30.0).commands

    assert said(happens=True, goes_on=True) == said(happens=False, goes_on=True)
    assert said(happens=True, goes_on=False) == said(happens=False, goes_on=False)


def test_the_checkpoint_says_where_its_table_stands() -> None:
    assert f"`{phases.__name__}`" in (checkpoint.__doc__ or "")
    assert (phases.__doc__ or "").count("event  ") == 1


def test_every_contact_has_a_row_of_its_own() -> None:
    events = [EVENTS[name](Scene("Idle", AFTER)) for name, phase, _ in CELLS if phase == "Idle"]
    told = {event.input for event in events if isinstance(event, InputChanged)}
    assert told == set(Input) - {Input.DOOR}, "the door's has two: DoorOpened and DoorClosed"


def test_the_table_names_every_event_and_every_phase() -> None:
    names = {one.__name__ for one in typing.get_args(Event)}
    assert {name.split()[0] for name, _, _ in table()} == names
    assert {phase for _, phase, _ in table()} == {one.__name__ for one in typing.get_args(phases.Phase)}
    assert {name for name, _, _ in table()} == set(EVENTS)


def test_nothing_that_could_not_be_measured_is_a_reading() -> None:
    scene = Scene("Sampling", AFTER)
    scene.play.sample(NoReading(Missing.NO_FACE))
    assert scene.phase == "Sampling"
