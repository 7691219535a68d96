"""The panel's end of the world, over its real socket."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from kiosk.core.events import Input
from kiosk.core.view import Result
from kiosk.terms import Outcome, Reason
from sim.control import PanelDesk
from sim.logbook import Page
from sim.mlx90640_chip import Fault
from sim.network.faults import Faults
from sim.people import BY_ID, KINDS, Visit
from sim.truth import Truth
from sim.visitor import Experience

PATIENCE_S = 5.0


class Street:
    """Where people come from: notes whom the desk sends, and what it does to the sensor."""

    def __init__(self) -> None:
        self.contacts = (Input.DOOR, Input.TAMPER)
        self.moved: list[tuple[Input, bool]] = []
        self.relays = {"lamp": False, "buzzer": True}
        self.listeners: list[Callable[[str, bool], None]] = []
        self.sent: list[Visit] = []
        self.ordered: list[Fault | None] = []

    def order_fault(self, fault: Fault | None) -> None:
        self.ordered.append(fault)

    def actuate(self, which: Input, active: bool) -> None:
        self.moved.append((which, active))

    def outputs(self) -> dict[str, bool]:
        return self.relays

    def watch_outputs(self, listener: Callable[[str, bool], None]) -> None:
        self.listeners.append(listener)

    def send(self, visits: Iterable[Visit]) -> None:
        self.sent += visits


class Panel:
    """What a developer's panel says and hears."""

    def __init__(self, path: Path) -> None:
        self._wire = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._wire.settimeout(PATIENCE_S)
        self._wire.connect(str(path))
        self._lines = self._wire.makefile("rb")

    def say(self, message: object) -> None:
        self.say_raw(json.dumps(message).encode())

    def say_raw(self, line: bytes) -> None:
        self._wire.sendall(line + b"\n")

    def hears(self) -> dict[str, Any]:
        message: dict[str, Any] = json.loads(self._lines.readline())
        return message

    def close(self) -> None:
        self._lines.close()
        self._wire.close()


@pytest.fixture
def street() -> Street:
    return Street()


@pytest.fixture
def faults() -> Faults:
    return Faults(time.monotonic)


@pytest.fixture
def desk(tmp_path: Path, street: Street, faults: Faults) -> Iterator[PanelDesk]:
    with PanelDesk(tmp_path / "panel.sock", street, faults, seed=1) as desk:
        yield desk


@pytest.fixture
def panel(desk: PanelDesk, tmp_path: Path) -> Iterator[Panel]:
    panel = Panel(tmp_path / "panel.sock")
    assert panel.hears()["kinds"] == [[kind.id, kind.label] for kind in KINDS]
    assert panel.hears()["faults"] == [fault.value for fault in Fault]
    assert panel.hears() == {"op": "sensor", "fault": None}
    assert panel.hears() == {"op": "network", "up": True}
    assert panel.hears() == {"op": "contacts", "contacts": ["door", "tamper"]}
    assert panel.hears() == {"op": "contact", "contact": "door", "active": False}
    assert panel.hears() == {"op": "contact", "contact": "tamper", "active": False}
    assert panel.hears() == {"op": "output", "output": "lamp", "energised": False}
    assert panel.hears() == {"op": "output", "output": "buzzer", "energised": True}
    yield panel
    panel.close()


def restored(panel: Panel) -> None:
    """The desk answers in order: once it confirms this, it has dealt with all that came before."""
    panel.say({"op": "network", "up": True})
    assert panel.hears() == {"op": "network", "up": True}


def test_each_button_sends_one_person_of_its_kind_in_the_order_of_the_clicks(
    panel: Panel, street: Street
) -> None:
    for kind in ("green_well", "red", "exit", "return"):
        panel.say({"op": "send", "kind": kind})
    restored(panel)
    assert [visit.kind.id for visit in street.sent] == ["green_well", "red", "exit", "return"]
    assert [visit.number for visit in street.sent] == [1, 2, 3, 4]


def test_who_leaves_and_comes_back_is_the_one_who_entered(panel: Panel, street: Street) -> None:
    for kind in ("green_well", "second_entry", "exit", "return"):
        panel.say({"op": "send", "kind": kind})
    restored(panel)
    assert {visit.person for visit in street.sent} == {1}


def test_the_network_is_cut_and_restored_and_confirmed(panel: Panel, faults: Faults) -> None:
    panel.say({"op": "network", "up": False})
    assert panel.hears() == {"op": "network", "up": False}
    assert faults.is_out
    restored(panel)
    assert not faults.is_out


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"no json",
        b"[]",
        b"7",
        b'{"op": "send"}',
        b'{"op": "send", "kind": "king"}',
        b'{"op": []}',
        b"\xff",
    ],
)
def test_a_line_of_another_shape_is_ignored(panel: Panel, street: Street, line: bytes) -> None:
    panel.say_raw(line)
    restored(panel)
    assert street.sent == []


def test_a_visit_that_has_ended_is_told_in_one_short_line(panel: Panel, desk: PanelDesk) -> None:
    result = Result(Outcome.GRANT, Reason.GRANTED, "gate-in")
    visit = Visit(3, BY_ID["red"], 3, 34.0, 1.0)
    truth = Truth(frozenset({(Outcome.DENY, Reason.COLOUR_RED)}))
    desk.visit(Page(datetime(2026, 11, 22, tzinfo=UTC), Experience(visit, result=result), truth, True))
    assert panel.hears() == {"op": "passage", "line": "3  red code: grant granted  WRONG"}
    desk.visit(Page(datetime(2026, 11, 22, tzinfo=UTC), Experience(visit), truth, True))
    assert panel.hears()["line"].startswith("3  red code: no answer")


def test_a_sensor_fault_is_chosen_and_ended_by_hand(panel: Panel, street: Street) -> None:
    panel.say({"op": "sensor", "fault": "torn"})
    assert panel.hears() == {"op": "sensor", "fault": "torn"}
    panel.say({"op": "sensor", "fault": None})
    assert panel.hears() == {"op": "sensor", "fault": None}
    assert street.ordered == [Fault.TORN, None]


def test_a_fault_that_does_not_exist_changes_nothing(panel: Panel, street: Street) -> None:
    for wrong in ("melted", 3, ["torn"], {"a": 1}):
        panel.say({"op": "sensor", "fault": wrong})
    panel.say({"op": "sensor", "fault": "stalled"})
    assert panel.hears() == {"op": "sensor", "fault": "stalled"}
    assert street.ordered == [Fault.STALLED]


def test_a_contact_is_moved_by_hand_and_back_and_each_is_confirmed(panel: Panel, street: Street) -> None:
    panel.say({"op": "contact", "contact": "tamper", "active": True})
    assert panel.hears() == {"op": "contact", "contact": "tamper", "active": True}
    panel.say({"op": "contact", "contact": "tamper", "active": False})
    assert panel.hears() == {"op": "contact", "contact": "tamper", "active": False}
    assert street.moved == [(Input.TAMPER, True), (Input.TAMPER, False)]


@pytest.mark.parametrize(
    "message",
    [
        {"op": "contact", "contact": "fire", "active": True},
        {"op": "contact", "contact": ["door"], "active": True},
        {"op": "contact", "contact": "door", "active": 1},
        {"op": "contact", "contact": "door"},
    ],
)
def test_a_contact_that_the_site_does_not_have_and_one_that_is_neither_way_are_ignored(
    panel: Panel, street: Street, message: dict[str, object]
) -> None:
    panel.say(message)
    restored(panel)
    assert street.moved == []


def test_the_panel_is_told_of_each_relay_and_of_the_buzzer_as_they_move(panel: Panel, street: Street) -> None:
    (listener,) = street.listeners
    listener("lamp", True)
    listener("buzzer", False)
    assert panel.hears() == {"op": "output", "output": "lamp", "energised": True}
    assert panel.hears() == {"op": "output", "output": "buzzer", "energised": False}
