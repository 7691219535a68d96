from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from sim import panel as panel_module
from sim.panel import CUT, OFF, ON, PASSAGES_KEPT, RESTORE, SOUND, Panel

KINDS = {"op": "kinds", "kinds": [["green_well", "Green & well"], ["red", "Red"]]}


class World:
    """The other end of the panel's socket."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(str(path))
        self._server.listen(1)
        self._server.settimeout(30)
        self._peer: socket.socket | None = None

    @property
    def peer(self) -> socket.socket:
        if self._peer is None:
            self._peer, _ = self._server.accept()
            self._peer.settimeout(5)
        return self._peer

    def say(self, *messages: object) -> None:
        self.peer.sendall(b"".join(json.dumps(message).encode() + b"\n" for message in messages))

    def hear(self) -> object:
        return json.loads(self.peer.makefile("rb").readline())

    def end(self) -> None:
        if self._peer is not None:
            self._peer.close()
        self._server.close()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path / "panel.sock")
    yield world
    world.end()


@pytest.fixture
def panel(qtbot: QtBot, world: World) -> Iterator[Panel]:
    panel = Panel(world.path)
    qtbot.addWidget(panel.window)
    panel.start()
    yield panel
    panel.stop()


@pytest.fixture
def ready(qtbot: QtBot, panel: Panel, world: World) -> Panel:
    world.say(KINDS)
    qtbot.waitUntil(lambda: set(panel.window.buttons) == {"green_well", "red"})
    return panel


def test_a_button_for_every_kind_of_person_sends_one(ready: Panel, world: World) -> None:
    ready.window.buttons["red"].click()
    assert world.hear() == {"op": "send", "kind": "red"}


def test_a_label_is_shown_as_it_was_given(ready: Panel) -> None:
    assert ready.window.buttons["green_well"].text() == "Green && well"


def test_the_network_is_cut_and_restored_as_the_world_confirms(
    qtbot: QtBot, ready: Panel, world: World
) -> None:
    network = ready.window.network
    assert network.text() == CUT
    network.click()
    assert world.hear() == {"op": "network", "up": False}
    world.say({"op": "network", "up": False})
    qtbot.waitUntil(lambda: network.text() == RESTORE)
    network.click()
    assert world.hear() == {"op": "network", "up": True}


def test_a_sensor_fault_is_chosen_from_a_list_and_shown_as_the_world_confirms(
    qtbot: QtBot, ready: Panel, world: World
) -> None:
    sensor = ready.window.sensor
    world.say({"op": "sensor_faults", "faults": ["stalled", "dead_rows"]})
    qtbot.waitUntil(lambda: sensor.count() == 3)
    assert sensor.itemText(0) == SOUND
    sensor.setCurrentIndex(2)
    sensor.activated.emit(2)
    assert world.hear() == {"op": "sensor", "fault": "dead_rows"}
    world.say({"op": "sensor", "fault": "stalled"})
    qtbot.waitUntil(lambda: sensor.currentData() == "stalled")
    sensor.activated.emit(0)
    assert world.hear() == {"op": "sensor", "fault": None}


def test_there_is_a_switch_for_each_contact_of_the_site_and_it_shows_what_the_world_confirms(
    qtbot: QtBot, ready: Panel, world: World
) -> None:
    world.say({"op": "contacts", "contacts": ["door", "fire"]})
    qtbot.waitUntil(lambda: set(ready.window.contacts) == {"door", "fire"})
    fire = ready.window.contacts["fire"]
    fire.click()
    assert world.hear() == {"op": "contact", "contact": "fire", "active": True}
    world.say({"op": "contact", "contact": "fire", "active": False})
    qtbot.waitUntil(lambda: not fire.isChecked())
    world.say({"op": "contact", "contact": "door", "active": True})
    qtbot.waitUntil(lambda: ready.window.contacts["door"].isChecked())
    ready.window.contacts["door"].click()
    assert world.hear() == {"op": "contact", "contact": "door", "active": False}


def test_a_lamp_stands_for_each_relay_and_for_the_buzzer(qtbot: QtBot, ready: Panel, world: World) -> None:
    world.say(
        {"op": "output", "output": "lamp", "energised": False},
        {"op": "output", "output": "buzzer", "energised": True},
    )
    qtbot.waitUntil(lambda: set(ready.window.outputs) == {"lamp", "buzzer"})
    assert ready.window.outputs["lamp"].text() == f"{OFF} lamp"
    assert ready.window.outputs["buzzer"].text() == f"{ON} buzzer"
    world.say({"op": "output", "output": "buzzer", "energised": False})
    qtbot.waitUntil(lambda: ready.window.outputs["buzzer"].text() == f"{OFF} buzzer")


def test_the_last_passages_are_listed_and_no_more(qtbot: QtBot, ready: Panel, world: World) -> None:
    world.say(*({"op": "passage", "line": f"passage {number}"} for number in range(PASSAGES_KEPT + 5)))
    passages = ready.window.passages
    qtbot.waitUntil(lambda: passages.count() > 0 and passages.item(0).text() == "passage 5")
    assert passages.item(passages.count() - 1).text() == f"passage {PASSAGES_KEPT + 4}"


def test_a_line_of_another_shape_is_ignored(qtbot: QtBot, ready: Panel, world: World) -> None:
    world.peer.sendall(b'no json\n{"op":"dance"}\n{"op":"kinds","kinds":7}\n')
    world.say({"op": "passage", "line": "still here"})
    qtbot.waitUntil(lambda: ready.window.passages.count() == 1)
    assert len(ready.window.buttons) == 2


def test_without_the_world_nobody_can_be_sent(qtbot: QtBot, ready: Panel, world: World) -> None:
    world.end()
    qtbot.waitUntil(lambda: not ready.window.buttons["red"].isEnabled())
    assert not any(switch.isEnabled() for switch in ready.window.contacts.values())
    assert "Not connected" in ready.window.state.text()


def test_the_worlds_bye_closes_the_panel(qtbot: QtBot, ready: Panel, world: World) -> None:
    world.say({"op": "bye"})
    qtbot.waitUntil(lambda: not ready.window.isVisible())
    assert not ready.connection.connected


@pytest.mark.parametrize("how", ["bye", "signal"])
def test_the_process_ends_on_bye_and_on_a_signal(world: World, how: str) -> None:
    command = [sys.executable, "-m", "sim.panel", "--socket", str(world.path), "--headless"]
    child = subprocess.Popen(command, stderr=subprocess.PIPE)
    world.say(KINDS)
    if how == "bye":
        world.say({"op": "bye"})
    else:
        child.send_signal(signal.SIGTERM)
    _, complaints = child.communicate(timeout=2)
    assert child.returncode == 0
    assert b"Traceback" not in complaints


def test_without_a_display_it_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    assert panel_module.main(["--socket", str(tmp_path / "s")]) == 2
    assert "no display" in capsys.readouterr().err
