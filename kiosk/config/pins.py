"""Which GPIO pins may be used for what, and that none is used twice, over all lanes."""

from __future__ import annotations

from collections.abc import Iterator

from kiosk.config.sections import Site
from kiosk.config.sentences import shown
from kiosk.core.devices import split_device
from kiosk.core.events import Input

# Pulled up at boot, or driven by the boot console and the SD card: a relay there would pulse at start.
PINS_UNFIT_FOR_A_RELAY = frozenset({*range(9), 14, 15})
I2C_1, PINS_OF_I2C_1 = "/dev/i2c-1", frozenset({2, 3})


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
    if any(lane.thermal is not None and lane.thermal.bus == I2C_1 for lane in site.lane_parts):
        for name, pin in contacts:
            if pin in PINS_OF_I2C_1:
                yield f"{name}: GPIO {pin} carries the thermal sensor's bus, {I2C_1}; move the contact."


def contact_key(number: int, which: Input) -> str:
    """The key of a contact's pin in the file; lane 0 is the first one, which has no table of its own."""
    table = f"lanes.{number - 1}" if number else "gate"
    return f"{table}.door_contact_pin" if which is Input.DOOR else f"{table}.{which.value}_pin"
