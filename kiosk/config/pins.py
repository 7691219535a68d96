"""Which GPIO pins may be used for what, and that none is used twice, over all lanes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kiosk.config.sections import ReaderKind, Site
from kiosk.config.sentences import shown
from kiosk.core.devices import split_device
from kiosk.core.events import Input

# Pulled up at boot, or driven by the boot console and the SD card: a relay there would pulse at start.
PINS_UNFIT_FOR_A_RELAY = frozenset({*range(9), 14, 15})
PINS_OF_BUS = {"/dev/i2c-0": frozenset({0, 1}), "/dev/i2c-1": frozenset({2, 3})}
PINS_OF_A_SERIAL_PORT = frozenset({14, 15})
ON_THE_HEADER = re.compile(r"/dev/(serial\d+|ttyAMA0|ttyS0)")
"""The serial ports that lie on those pins; the others of a Pi lie elsewhere, and scanners mostly on USB."""


def pin_conflicts(site: Site) -> Iterator[str]:
    relays = [(f"gate.outputs {shown(output.id)}", output.pin) for output in site.gate.outputs]
    relays += [(f"gate.{name}_pin", pin) for name, pin in site.gate.signals.items()]
    relays += [
        (f"lanes.{number}.{split_device(name)[0]}_pin", pin)
        for number, lane in enumerate(site.lanes)
        for name, pin in lane.signals.items()
    ]
    contacts = [
        (contact_key(number, which), pin)
        for number, lane in enumerate(site.lane_parts)
        for which, pin in lane.contacts.items()
    ]
    users: dict[int, list[str]] = {}
    for name, pin in (*relays, *contacts):
        users.setdefault(pin, []).append(name)
    for pin, names in users.items():
        if len(names) > 1:
            yield f"gate: GPIO {pin} is used twice, by {' and '.join(names)}; move one."
    for name, pin in relays:
        if pin in PINS_UNFIT_FOR_A_RELAY:
            yield (
                f"{name}: GPIO {pin} is pulled up or driven at boot and "
                "would move the relay; take one of 9 to 13 or 16 to 27."
            )
    buses = {lane.thermal.bus for lane in site.lane_parts if lane.thermal is not None}
    for bus in sorted(buses & PINS_OF_BUS.keys()):
        for name, pin in contacts:
            if pin in PINS_OF_BUS[bus]:
                yield f"{name}: GPIO {pin} carries the thermal sensor's bus, {bus}; move the contact."
    for reader in site.readers:
        if reader.kind is not ReaderKind.SERIAL or not ON_THE_HEADER.fullmatch(reader.device):
            continue
        for name, pin in contacts:
            if pin in PINS_OF_A_SERIAL_PORT:
                yield (
                    f"{name}: GPIO {pin} carries the scanner of reader {shown(reader.id)}, {reader.device}; "
                    "move the contact."
                )


def contact_key(number: int, which: Input) -> str:
    """The key of a contact's pin in the file; lane 0 is the first one, which has no table of its own."""
    table = f"lanes.{number - 1}" if number else "gate"
    return f"{table}.door_contact_pin" if which is Input.DOOR else f"{table}.{which.value}_pin"
