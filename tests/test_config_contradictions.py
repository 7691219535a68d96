"""site.toml: what is allowed by itself and contradicts something else is refused by name, all at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kiosk.config import parse
from tests.gatekeeper.rig import site_tree
from tests.test_config import SITE, problems

Tree = dict[str, Any]
RIDE = {"vehicle": "bus-17", "trips": [{"id": "early", "line": "K7"}]}
EXIT = {"id": "out", "purpose": "exit", "reader": "exit-camera", "output": "gate-out", "temperature": "off"}


def two_lanes() -> Tree:
    """A lane in and a lane out, each with a sensor."""
    tree = site_tree(Path("/state"))
    tree["readers"].append({"id": "exit-camera", "kind": "camera", "device": "/dev/video9"})
    tree["gate"]["outputs"].append({"id": "gate-out", "pin": 18})
    tree["lanes"] = [{"id": "out", "door_contact_pin": 24, "thermal": {"bus": "/dev/i2c-9"}}]
    tree["rules"]["access_points"].append(EXIT | {"lane": "out"})
    return tree


def bus() -> Tree:
    tree = site_tree(Path("/state"))
    tree["rules"]["access_points"][0]["purpose"] = "boarding"
    return tree | {"ride": dict(RIDE)}


def changed(tree: Tree, *steps: str | int, to: object) -> Tree:
    table: Any = tree
    for step in steps[:-1]:
        table = table.setdefault(step, {}) if isinstance(table, dict) else table[step]
    table[steps[-1]] = to
    return tree


def schedule(*departures: tuple[str, list[str]]) -> Tree:
    lines = [
        {"at": at, "line": "K7", "trip": f"trip {n}"} | ({"days": days} if days else {})
        for n, (at, days) in enumerate(departures)
    ]
    return changed(bus(), "ride", to={"vehicle": "bus-17", "schedule": lines})


def beside_a_scanner_on_the_header() -> Tree:
    tree = changed(two_lanes(), "gate", "tamper_pin", to=15)
    return changed(tree, "readers", 1, to={"id": "exit-camera", "kind": "serial", "device": "/dev/serial0"})


def one_calibration() -> Tree:
    return changed(two_lanes(), "lanes", 0, "thermal", "calibration", to="/state/calibration.json")


def measured_without_a_sensor() -> Tree:
    tree = changed(two_lanes(), "lanes", 0, "thermal", to={"driver": "none"})
    point = EXIT | {"lane": "out", "temperature": "after", "purpose": "entry"}
    return changed(tree, "rules", "access_points", 1, to=point)


def nobody_is_asked_for_a_code() -> Tree:
    tree = changed(site_tree(Path("/state")), "rules", "access_points", 0, "temperature", to="only")
    del tree["rules"]["access_points"][0]["reader"]
    return tree


def exit_only() -> Tree:
    tree = changed(site_tree(Path("/state")), "rules", "access_points", 0, "purpose", to="exit")
    return changed(tree, "rules", "passback", "strictness", to="soft")


CONTRADICTIONS: dict[str, tuple[Callable[[], Tree], str]] = {
    "one device, two readers": (
        lambda: changed(two_lanes(), "readers", 1, "device", to="world:here"),
        "readers: the device 'world:here' is used twice, by 'gate-camera' and 'exit-camera'; ",
    ),
    "a reader that nobody is answered at": (
        lambda: site_tree(Path("/state")) | {"readers": two_lanes()["readers"]},
        "readers: 'exit-camera' serves no access point, so nobody would be answered there; ",
    ),
    "bauds of a camera": (
        lambda: changed(two_lanes(), "readers", 1, "baud", to=9600),
        "readers 'exit-camera': baud is a serial scanner's, and no camera reader's; ",
    ),
    "exposure of a scanner": (
        lambda: changed(
            two_lanes(),
            "readers",
            1,
            to={"id": "exit-camera", "kind": "serial", "device": "/dev/ttyACM0", "exposure": "camera"},
        ),
        "readers 'exit-camera': exposure is a camera's, and no serial reader's; ",
    ),
    "barcodes of a scanner": (
        lambda: changed(
            two_lanes(),
            "readers",
            1,
            to={"id": "exit-camera", "kind": "keyboard", "device": "/dev/hid", "linear_codes": True},
        ),
        "readers 'exit-camera': linear_codes is a camera's, and no keyboard reader's; remove it.",
    ),
    "a contact that is not heeded": (
        lambda: changed(two_lanes(), "rules", "door", "contact", to=False),
        "rules.door.contact: is false while gate.door_contact_pin names one; write true, or remove the pin.",
    ),
    "a contact of a lane that is not heeded": (
        lambda: changed(two_lanes(), "lanes", 0, "door", to={"contact": False}),
        "lanes.0.door.contact: is false while lanes.0.door_contact_pin names one; ",
    ),
    "measured where a lane's driver is none": (
        measured_without_a_sensor,
        "rules.access_points 'out': temperature = 'after' in lane 'out', which has no sensor; ",
    ),
    "one calibration for two sensors": (
        one_calibration,
        "thermal: the calibration '/state/calibration.json' is used by thermal.calibration and "
        "lanes.0.thermal.calibration; ",
    ),
    "roles of nobody who is asked": (
        lambda: changed(nobody_is_asked_for_a_code(), "rules", "access_points", 0, "roles", to=[3]),
        "rules.access_points 'gate-in': roles count for nothing with temperature = 'only'",
    ),
    "roles at an exit": (
        lambda: changed(two_lanes(), "rules", "access_points", 1, "roles", to=[3]),
        "rules.access_points 'out': roles count for nothing at an exit, which is denied to nobody; ",
    ),
    "a temperature at an exit": (
        lambda: changed(two_lanes(), "rules", "access_points", 1, "temperature", to="after"),
        "rules.access_points 'out': temperature = 'after' at an exit, where nobody is measured; write 'off'.",
    ),
    "a role that no pass can have": (
        lambda: changed(two_lanes(), "rules", "access_points", 0, "roles", to=[256]),
        "rules.access_points.0.roles.0: Input should be less than or equal to 255, and not 256; ",
    ),
    "a staff role that no pass can have": (
        lambda: changed(two_lanes(), "rules", "staff", "pass_roles", to=[-1]),
        "rules.staff.pass_roles.0: Input should be greater than or equal to 0, and not -1; ",
    ),
    "an exit of a vehicle": (
        lambda: changed(two_lanes(), "rules", "access_points", 0, "purpose", to="boarding") | {"ride": RIDE},
        "rules.access_points 'out': purpose = 'exit' in a vehicle, where people only board; ",
    ),
    "two departures at once": (
        lambda: schedule(("08:00", []), ("09:00", []), ("08:00", ["mon", "fri"])),
        "ride.schedule 1 and 3: depart at once, 08:00 mon fri; correct one.",
    ),
    "two departures at once every day": (
        lambda: schedule(("08:00", []), ("08:00", [])),
        "ride.schedule 1 and 2: depart at once, 08:00 every day; correct one.",
    ),
    "orders that nobody scans": (
        lambda: changed(two_lanes(), "rules", "counter", "without_order", to="hard"),
        "rules.counter.without_order: 'hard' counts for nothing while no handover has an order_reader; ",
    ),
    "check-ins of nobody": (
        lambda: changed(two_lanes(), "rules", "counter", "without_checkin", to="off"),
        "rules.counter.without_checkin: 'off' counts for nothing while nobody checks in; ",
    ),
    "anti-passback without an entry": (
        exit_only,
        "rules.passback.strictness: 'soft' at a site without an entry: ",
    ),
    "what lasts in a folder that is emptied": (
        lambda: changed(two_lanes(), "site", "runtime_dir", to="/state/"),
        "site.runtime_dir: is the same folder as site.state_dir, '/state'; give each its own.",
    ),
    "two processes in one folder": (
        lambda: changed(two_lanes(), "uplink", "cache_dir", to="/state/../state"),
        "uplink.cache_dir: is the same folder as site.state_dir, '/state'; ",
    ),
    "uplink in gatekeeper's trust": (
        lambda: changed(two_lanes(), "uplink", "cache_dir", to="/state/trust"),
        "the trust in site.state_dir: is the same folder as uplink.cache_dir, '/state/trust'; ",
    ),
    "a pinned authority without TLS": (
        lambda: changed(two_lanes(), "uplink", "hub_ca", to="ca.pem"),
        "uplink.hub_ca: counts for nothing while hub_url is http, without TLS; ",
    ),
    "a heart that fills the journal": (
        lambda: changed(two_lanes(), "rules", "heartbeat_s", to=0.5),
        "rules.heartbeat_s: 0.5 s would fill the journal; write 10 or more, or 0 for none.",
    ),
    "a window longer than what is kept": (
        lambda: changed(
            changed(two_lanes(), "journal", "retention_days", to=1),
            "rules",
            "passback",
            to={"strictness": "soft", "window_minutes": 1441},
        ),
        "rules.passback.window_minutes: 1441 are longer than journal.retention_days = 1 keeps who came in; ",
    ),
    "an output called like a lane's lamp": (
        lambda: changed(two_lanes(), "gate", "outputs", 1, "id", to="granted_lamp@out"),
        "gate.outputs: the id 'granted_lamp@out' has an @, which only a lane's lamp has; ",
    ),
    "a contact on the header's serial port": (
        beside_a_scanner_on_the_header,
        "gate.tamper_pin: GPIO 15 carries the scanner of reader 'exit-camera', /dev/serial0; ",
    ),
    "a contact on the other bus": (
        lambda: changed(
            changed(two_lanes(), "gate", "fire_pin", to=1), "lanes", 0, "thermal", "bus", to="/dev/i2c-0"
        ),
        "gate.fire_pin: GPIO 1 carries the thermal sensor's bus, /dev/i2c-0; move the contact.",
    ),
}


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_a_contradiction_is_refused_by_name_and_nothing_else_is(name: str) -> None:
    made, sentence = CONTRADICTIONS[name]
    (only,) = problems(made())
    assert only.startswith(sentence)


@pytest.mark.parametrize(
    "right",
    [
        two_lanes,
        bus,
        nobody_is_asked_for_a_code,
        lambda: schedule(("08:00", ["mon"]), ("08:00", ["tue"])),
        lambda: changed(changed(two_lanes(), "gate", "tamper_pin", to=15), "gate", "fire_pin", to=1),
    ],
    ids=["two lanes", "bus", "no code", "other days", "pins that carry nothing"],
)
def test_what_only_looks_alike_is_taken(right: Callable[[], Tree]) -> None:
    assert parse(right(), SITE)


def test_a_lane_whose_driver_is_none_has_no_sensor() -> None:
    site = parse(changed(two_lanes(), "lanes", 0, "thermal", to={"driver": "none"}), SITE)
    assert site.lane_parts[1].thermal is None


def test_all_of_them_are_said_at_once() -> None:
    tree = two_lanes()
    tree["readers"][1] |= {"device": "world:here", "baud": 9600}
    tree["rules"]["access_points"][1] |= {"roles": [3]}
    tree["rules"] |= {"door": {"contact": False}, "counter": {"without_order": "hard"}}
    tree["site"]["runtime_dir"] = "/state"
    assert sorted(line.split(":")[0] for line in problems(tree)) == [
        "readers",
        "readers 'exit-camera'",
        "rules.access_points 'out'",
        "rules.counter.without_order",
        "rules.door.contact",
        "site.runtime_dir",
    ]
