"""Every relay of a site file to rest, before anything else of it is looked at.

A relay waits for this: so nothing is imported that takes long, and the file is
not checked as a whole. It may be wrong elsewhere, or just being edited: its
relays are driven low all the same, and so are those that the gatekeeper has
noted (`kiosk.gatekeeper.relays_note`), wherever the file has them by now. What
does not look like a relay's pin is left alone, and so is a pin on which no
relay may be.
"""

from __future__ import annotations

import time
import tomllib
from collections.abc import Collection
from pathlib import Path
from typing import Any

from drivers.errors import DeviceError
from drivers.gate import Relay
from drivers.pins import open_pin_factory
from kiosk.gatekeeper import relays_note

MAX_FILE_BYTES = 65_536
RELAY_PINS = frozenset({*range(9, 14), *range(16, 28)})
PIN_FACTORY = "lgpio"


def rest_at_once(path: Path) -> None:
    """Silent, whatever goes wrong: who looks at the whole file afterwards says it."""
    tree = _tree_of(path)
    gate = next(iter(_tables([tree.get("gate")])), {})
    named = gate.get("pin_factory", PIN_FACTORY)
    noted, of_the_dead = relays_note.found()
    ours, theirs = _fit(_pins_of(gate, _tables(tree.get("lanes")))), _fit(of_the_dead)
    if noted == named:
        ours, theirs = ours | theirs, frozenset()
    _rest_all(noted, theirs)
    _rest_all(named, ours)


def _rest_all(name: object, pins: Collection[int]) -> None:
    if not pins or not isinstance(name, str):
        return
    try:
        factory = open_pin_factory(name)
    except DeviceError:
        return
    try:
        for pin in sorted(pins):
            _rest(Relay(factory, pin, time.monotonic))
    finally:
        factory.close()


def _rest(relay: Relay) -> None:
    try:
        relay.open()
        relay.close()
    except DeviceError:
        return


def _tree_of(path: Path) -> dict[str, Any]:
    """The whole file, empty where it can't be read."""
    try:
        with path.open("rb") as file:
            return tomllib.loads(file.read(MAX_FILE_BYTES).decode())
    except (OSError, ValueError, RecursionError):
        return {}


def _tables(found: object) -> list[dict[str, Any]]:
    """Those of a list of tables, and nothing where it is none."""
    return [table for table in found if isinstance(table, dict)] if isinstance(found, list) else []


def _pins_of(gate: dict[str, Any], lanes: list[dict[str, Any]]) -> list[object]:
    pins: list[object] = [output.get("pin") for output in _tables(gate.get("outputs"))]
    pins.append(gate.get("buzzer_pin"))
    pins += [table.get(key) for table in (gate, *lanes) for key in ("granted_lamp_pin", "refused_lamp_pin")]
    return pins


def _fit(pins: list[object]) -> frozenset[int]:
    return frozenset(pin for pin in pins if type(pin) is int and pin in RELAY_PINS)
