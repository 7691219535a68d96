"""A developer's panel: send the next person of a kind, move contacts, cut the network, break the sensor.

Its own process, `python -m sim.panel --socket PATH`; it speaks newline-delimited
JSON with the simulated world, which listens:

    up    {"op": "send", "kind": "green_well"}   {"op": "network", "up": false}
          {"op": "sensor", "fault": "stalled"}   {"op": "sensor", "fault": null}
          {"op": "contact", "contact": "tamper", "active": true}
    down  {"op": "kinds", "kinds": [["green_well", "Green and well"], ...]}
          {"op": "passage", "line": "..."}   {"op": "network", "up": true}   {"op": "bye"}
          {"op": "sensor_faults", "faults": ["stalled", ...]}   {"op": "sensor", "fault": null}
          {"op": "contacts", "contacts": ["door", "tamper", ...]}
          {"op": "contact", "contact": "tamper", "active": true}
          {"op": "output", "output": "buzzer", "energised": true}

A line of another shape is ignored: a developer's panel must not end over it.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from kiosk.screen.connection import LineConnection
from kiosk.screen.process import has_display, make_application
from kiosk.screen.signals import QuitOnSignals

PASSAGES_KEPT, COLUMNS = 200, 2
CUT, RESTORE = "Cut the network", "Restore the network"
SOUND = "Thermal sensor: sound"
ON, OFF = "●", "○"
CONTACTS = {
    "door": "Door open",
    "request_to_exit": "Exit button",
    "tamper": "Lid off",
    "fire": "Fire",
    "passage": "Somebody in the passage",
}


@dataclass(frozen=True, slots=True)
class Kinds:
    """The kinds of people that the world can send: pairs of id and label."""

    kinds: Annotated[list[tuple[str, str]], Field(max_length=64)]
    op: Literal["kinds"] = "kinds"


@dataclass(frozen=True, slots=True)
class PassageLine:
    """A passage has ended; `line` says how."""

    line: str
    op: Literal["passage"] = "passage"


@dataclass(frozen=True, slots=True)
class Network:
    """Whether the simulated network is up."""

    up: bool
    op: Literal["network"] = "network"


@dataclass(frozen=True, slots=True)
class SensorFaults:
    """The faults that the thermal sensor can be given."""

    faults: Annotated[list[str], Field(max_length=64)]
    op: Literal["sensor_faults"] = "sensor_faults"


@dataclass(frozen=True, slots=True)
class Sensor:
    """Which fault the thermal sensor has; None: it is sound."""

    fault: str | None
    op: Literal["sensor"] = "sensor"


@dataclass(frozen=True, slots=True)
class Contacts:
    """The contacts that the site has."""

    contacts: Annotated[list[str], Field(max_length=16)]
    op: Literal["contacts"] = "contacts"


@dataclass(frozen=True, slots=True)
class Contact:
    """Whether a contact is moved by hand now: the door open, the button pressed, the lid off, fire."""

    contact: str
    active: bool
    op: Literal["contact"] = "contact"


@dataclass(frozen=True, slots=True)
class Output:
    """A relay or the buzzer, and whether it is energised."""

    output: str
    energised: bool
    op: Literal["output"] = "output"


@dataclass(frozen=True, slots=True)
class Bye:
    """The world ends."""

    op: Literal["bye"] = "bye"


Down = Kinds | PassageLine | Network | SensorFaults | Sensor | Contacts | Contact | Output | Bye
_DOWN: TypeAdapter[Down] = TypeAdapter(Annotated[Down, Field(discriminator="op")])


class PanelWindow(QWidget):
    """The buttons, the switch and the list. `asked` carries what the developer wants, ready for JSON."""

    asked = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setWindowTitle("Checkpoint kiosk: the simulated world")
        self.resize(460, 640)
        self.state = QLabel("Not connected to the simulated world")
        self.network = QPushButton(CUT)
        self.sensor = QComboBox()
        self.passages = QListWidget()
        self.buttons: dict[str, QPushButton] = {}
        self.contacts: dict[str, QPushButton] = {}
        self.outputs: dict[str, QLabel] = {}
        self._people = QGridLayout()
        self._wires = QGridLayout()
        self._signals = QHBoxLayout()
        self._network_up = True
        column = QVBoxLayout(self)
        column.addWidget(self.state)
        column.addLayout(self._people)
        column.addLayout(self._wires)
        column.addLayout(self._signals)
        column.addWidget(self.network)
        column.addWidget(self.sensor)
        column.addWidget(self.passages, 1)
        self.network.clicked.connect(self._toggle_network)
        self.sensor.activated.connect(self._choose_fault)  # by a person, not by `show_sensor`
        self.show_faults(())
        self.set_connected(False)

    def set_connected(self, connected: bool) -> None:
        """Say whether the world is there; without it nobody can be sent."""
        self.state.setText("Send a person:" if connected else "Not connected to the simulated world")
        for widget in (self.network, self.sensor, *self.buttons.values(), *self.contacts.values()):
            widget.setEnabled(connected)

    def show_kinds(self, kinds: Sequence[tuple[str, str]]) -> None:
        """One button for each kind, in place of those before."""
        _clear(self._people, self.buttons.values())
        self.buttons = {kind: self._button(kind, label) for kind, label in kinds}
        _fill(self._people, self.buttons.values())

    def show_contacts(self, contacts: Sequence[str]) -> None:
        """One switch for each contact, in place of those before."""
        _clear(self._wires, self.contacts.values())
        self.contacts = {contact: self._switch(contact) for contact in contacts}
        _fill(self._wires, self.contacts.values())

    def show_contact(self, contact: str, active: bool) -> None:
        if contact in self.contacts:
            self.contacts[contact].setChecked(active)

    def show_output(self, output: str, energised: bool) -> None:
        """A lamp for each relay, and for the buzzer; one that is not known yet is added."""
        if output not in self.outputs:
            self.outputs[output] = QLabel()
            self.outputs[output].setTextFormat(Qt.TextFormat.PlainText)
            self._signals.addWidget(self.outputs[output])
        self.outputs[output].setText(f"{ON if energised else OFF} {output}")

    def show_passage(self, line: str) -> None:
        """Add a passage below the others; the oldest goes when there are too many."""
        self.passages.addItem(line)
        while self.passages.count() > PASSAGES_KEPT:
            self.passages.takeItem(0)
        self.passages.scrollToBottom()

    def show_network(self, up: bool) -> None:
        """Offer to cut a network that is up, and to restore one that is not."""
        self._network_up = up
        self.network.setText(CUT if up else RESTORE)

    def show_faults(self, faults: Sequence[str]) -> None:
        """What can be chosen, in place of what could before."""
        self.sensor.clear()
        self.sensor.addItem(SOUND, None)
        for fault in faults:
            self.sensor.addItem(f"Thermal sensor: {fault.replace('_', ' ')}", fault)

    def show_sensor(self, fault: str | None) -> None:
        self.sensor.setCurrentIndex(max(self.sensor.findData(fault), 0))

    def _choose_fault(self, index: int) -> None:
        self.asked.emit({"op": "sensor", "fault": self.sensor.itemData(index)})

    def _button(self, kind: str, label: str) -> QPushButton:
        button = QPushButton(label.replace("&", "&&"))
        button.clicked.connect(lambda: self.asked.emit({"op": "send", "kind": kind}))
        return button

    def _switch(self, contact: str) -> QPushButton:
        switch = QPushButton(CONTACTS.get(contact, contact).replace("&", "&&"))
        switch.setCheckable(True)
        switch.clicked.connect(
            lambda active: self.asked.emit({"op": "contact", "contact": contact, "active": active})
        )
        return switch

    def _toggle_network(self) -> None:
        self.asked.emit({"op": "network", "up": not self._network_up})


def _clear(grid: QGridLayout, widgets: Iterable[QWidget]) -> None:
    for widget in widgets:
        grid.removeWidget(widget)
        widget.deleteLater()


def _fill(grid: QGridLayout, widgets: Iterable[QWidget]) -> None:
    for index, widget in enumerate(widgets):
        grid.addWidget(widget, index // COLUMNS, index % COLUMNS)


class Panel:
    """Joins a window to the world's socket. The world's `bye` closes the window."""

    def __init__(self, socket_path: Path) -> None:
        self.window = PanelWindow()
        self.connection = LineConnection(socket_path)
        self.connection.opened.connect(lambda: self.window.set_connected(True))
        self.connection.lost.connect(lambda: self.window.set_connected(False))
        self.connection.line.connect(self._line)
        self.window.asked.connect(self._send)

    def start(self) -> None:
        """Show the window and connect."""
        self.window.show()
        self.connection.start()

    def stop(self) -> None:
        """Disconnect and close the window."""
        self.connection.stop()
        self.window.close()

    def _send(self, request: dict[str, object]) -> None:
        self.connection.send(json.dumps(request).encode() + b"\n")

    def _line(self, line: bytes) -> None:
        try:
            message = _DOWN.validate_json(line)
        except ValidationError:
            return
        match message:
            case Kinds():
                self.window.show_kinds(message.kinds)
            case PassageLine():
                self.window.show_passage(message.line)
            case Network():
                self.window.show_network(message.up)
            case SensorFaults():
                self.window.show_faults(message.faults)
            case Sensor():
                self.window.show_sensor(message.fault)
            case Contacts():
                self.window.show_contacts(message.contacts)
            case Contact():
                self.window.show_contact(message.contact, message.active)
            case Output():
                self.window.show_output(message.output, message.energised)
            case Bye():
                self.stop()


def main(arguments: Sequence[str] | None = None) -> int:
    """Show the panel until it is closed, the world says bye, or SIGTERM or SIGINT. Returns the status."""
    options = argparse.ArgumentParser(
        prog="python -m sim.panel", description="Send people to a simulated kiosk."
    )
    options.add_argument("--socket", type=Path, required=True, help="the simulated world's panel socket")
    options.add_argument("--headless", action="store_true", help="draw offscreen")
    chosen = options.parse_args(arguments)
    if not chosen.headless and not has_display(os.environ):
        sys.stderr.write("sim.panel: no display (DISPLAY, WAYLAND_DISPLAY); start it in a desktop session\n")
        return 2
    app = make_application(headless=chosen.headless)
    panel = Panel(chosen.socket)
    with QuitOnSignals(app):
        panel.start()
        try:
            return app.exec()
        finally:
            panel.stop()


if __name__ == "__main__":
    sys.exit(main())
