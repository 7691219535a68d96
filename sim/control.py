"""The panel's end of the world: by hand people are sent, contacts moved, network and sensor broken."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from kiosk.core.events import Input
from kiosk.gatekeeper.unix_server import UnixServer
from sim.logbook import Page
from sim.mlx90640_chip import Fault
from sim.network.faults import Faults
from sim.people import BY_ID, KINDS, Planner, Visit


class Street(Protocol):
    """Where people come from, the sensor that looks at them, and the wires (`sim.stage.Stage`)."""

    @property
    def contacts(self) -> Sequence[Input]:
        """Those that the site has."""

    def actuate(self, which: Input, active: bool) -> None:
        """Move a contact by hand."""

    def outputs(self) -> Mapping[str, bool]:
        """Relays and buzzer by name, and which are energised now."""

    def watch_outputs(self, listener: Callable[[str, bool], None]) -> None:
        """Tell of each that moves, from any thread."""

    def order_fault(self, fault: Fault | None) -> None:
        """Let a fault of the thermal sensor begin, or end."""

    def send(self, visits: Iterable[Visit]) -> None:
        """Let people come."""


class PanelDesk:
    """Serves `sim.panel`. A line that is none of its messages is ignored."""

    def __init__(self, path: Path, street: Street, faults: Faults, seed: int) -> None:
        self._street = street
        self._faults = faults
        self._fault: Fault | None = None
        self._active: set[Input] = set()
        self._planner = Planner(seed)
        self._server = UnixServer(path, self._on_line, greeting=self._greeting)

    def __enter__(self) -> PanelDesk:
        self._server.open()
        self._street.watch_outputs(self._output_moved)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.broadcast(_line({"op": "bye"}))
        self._server.close()

    def visit(self, page: Page) -> None:
        """Tell how a visit has ended, in a line that a narrow panel shows whole."""
        self._server.broadcast(_line({"op": "passage", "line": _told(page)}))

    def _greeting(self) -> bytes:
        kinds = [[kind.id, kind.label] for kind in KINDS]
        faults = [fault.value for fault in Fault]
        return (
            _line({"op": "kinds", "kinds": kinds})
            + _line({"op": "sensor_faults", "faults": faults})
            + self._sensor()
            + self._network()
            + _line({"op": "contacts", "contacts": [which.value for which in self._street.contacts]})
            + b"".join(self._contact(which) for which in self._street.contacts)
            + b"".join(_output(name, energised) for name, energised in self._street.outputs().items())
        )

    def _output_moved(self, name: str, energised: bool) -> None:
        self._server.broadcast(_output(name, energised))

    def _on_line(self, line: bytes) -> bytes | None:
        try:
            message = json.loads(line)
        except ValueError:
            return None
        if isinstance(message, dict):
            return self._do(message)
        return None

    def _do(self, message: dict[str, Any]) -> bytes | None:
        kind = BY_ID.get(str(message.get("kind")))
        if message.get("op") == "send" and kind is not None:
            self._street.send([self._planner.visit(kind)])
        elif message.get("op") == "network":
            if message.get("up"):
                self._faults.restore()
            else:
                self._faults.cut()
            return self._network()
        elif message.get("op") == "sensor":
            return self._break(message.get("fault"))
        elif message.get("op") == "contact":
            return self._move(message.get("contact"), message.get("active"))
        return None

    def _move(self, wanted: object, active: object) -> bytes | None:
        which = next((each for each in self._street.contacts if each.value == wanted), None)
        if which is None or not isinstance(active, bool):
            return None
        self._active = self._active | {which} if active else self._active - {which}
        self._street.actuate(which, active)
        return self._contact(which)

    def _contact(self, which: Input) -> bytes:
        return _line({"op": "contact", "contact": which.value, "active": which in self._active})

    def _break(self, wanted: object) -> bytes | None:
        if wanted is not None and wanted not in [fault.value for fault in Fault]:
            return None
        self._fault = None if wanted is None else Fault(wanted)
        self._street.order_fault(self._fault)
        return self._sensor()

    def _sensor(self) -> bytes:
        return _line({"op": "sensor", "fault": None if self._fault is None else self._fault.value})

    def _network(self) -> bytes:
        return _line({"op": "network", "up": not self._faults.is_out})


def _told(page: Page) -> str:
    visit, result = page.experience.visit, page.experience.result
    answer = "no answer" if result is None else f"{result.outcome.value} {result.reason.value}"
    return f"{visit.number}  {visit.kind.label}: {answer}" + ("" if page.is_right else "  WRONG")


def _output(name: str, energised: bool) -> bytes:
    return _line({"op": "output", "output": name, "energised": energised})


def _line(message: dict[str, object]) -> bytes:
    return json.dumps(message).encode() + b"\n"
