"""[ride] in site.toml: what is wrong is said in one sentence each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kiosk.config import parse
from tests.gatekeeper.rig import site_tree
from tests.test_config import SITE, problems

DOOR = {"id": "door", "purpose": "boarding", "reader": "gate-camera", "temperature": "off"}
DEPARTURE = {"at": "06:30", "line": "K7", "trip": "K7-0630", "days": ["mon", "fri"]}


def tree(ride: dict[str, Any] | None, **door: object) -> dict[str, Any]:
    rules: dict[str, object] = {
        "access_points": [DOOR | door],
        "passback": {"strictness": "off"},
        "door": {"contact": False},
    }
    made = site_tree(Path("/state"), rules=rules)
    made["gate"] = {"pin_factory": "world", "granted_lamp_pin": 17, "refused_lamp_pin": 27}
    return made if ride is None else made | {"ride": ride}


@pytest.mark.parametrize(
    "ride",
    [
        {"vehicle": "bus-17", "schedule": [DEPARTURE]},
        {"vehicle": "浙A·12345", "trips": [{"id": "early", "line": "K7"}, {"id": "late", "line": "K7"}]},
    ],
)
def test_a_vehicle_with_a_schedule_or_with_trips_needs_no_output_and_no_door(ride: dict[str, Any]) -> None:
    site = parse(tree(ride), SITE)
    assert site.ride is not None
    assert site.gate.outputs == ()
    assert site.gate.signals == {"granted_lamp": 17, "refused_lamp": 27}


@pytest.mark.parametrize(
    ("ride", "clue"),
    [
        (None, "ride: is missing at a site where people board"),
        ({"vehicle": "bus"}, "ride: takes either a schedule or trips"),
        (
            {"vehicle": "bus", "schedule": [DEPARTURE], "trips": [{"id": "a", "line": "b"}]},
            "ride: takes either a schedule or trips",
        ),
        (
            {"vehicle": "bus", "schedule": [DEPARTURE, DEPARTURE | {"at": "6:30"}]},
            "ride.schedule 2: at = '6:30' is no time of day; write one such as '06:30'",
        ),
        (
            {"vehicle": "bus", "trips": [{"id": "a", "line": "b"}, {"id": "a", "line": "c"}]},
            "ride.trips: the id 'a' is used twice",
        ),
        (
            {"vehicle": "bus\u202e", "trips": [{"id": "a", "line": "b"}]},
            "ride.vehicle: 'bus\\u202e' has characters that cannot be shown",
        ),
        (
            {"vehicle": "bus", "schedule": [DEPARTURE | {"trip": "a\n"}]},
            "ride.schedule 1: trip: 'a\\n' has characters that cannot be shown",
        ),
        (
            {"vehicle": "bus", "trips": [{"id": "a", "line": "\u200b"}]},
            "ride.trips 1: line: '\\u200b' has characters that cannot be shown",
        ),
        ({"vehicle": "", "schedule": [DEPARTURE]}, "ride.vehicle: "),
        ({"vehicle": "bus", "schedule": [DEPARTURE | {"days": ["monday"]}]}, "ride.schedule.0.days.0: "),
    ],
)
def test_what_is_wrong_in_a_ride_is_said_by_its_name(ride: dict[str, Any] | None, clue: str) -> None:
    (line,) = problems(tree(ride))
    assert line.startswith(clue)


def test_all_of_it_is_said_at_once() -> None:
    said = problems(tree({"vehicle": "bus\t", "schedule": [DEPARTURE | {"at": "24:00"}]}, reader="nowhere"))
    assert len(said) == 3


def test_a_vehicle_in_which_nobody_boards_is_a_mistake() -> None:
    made = site_tree(Path("/state")) | {"ride": {"vehicle": "bus", "schedule": [DEPARTURE]}}
    (line,) = problems(made)
    assert line.startswith("ride: is there, and nobody boards")


def test_only_a_boarding_may_leave_its_output_out() -> None:
    (line,) = problems(
        site_tree(
            Path("/state"),
            rules={"access_points": [{"id": "in", "purpose": "entry", "reader": "gate-camera"}]},
        )
    )
    assert line.startswith("rules.access_points 'in': output '' is not in [[gate.outputs]]")
    (line,) = problems(tree({"vehicle": "bus", "schedule": [DEPARTURE]}, output="barrier"))
    assert line.startswith("rules.access_points 'door': output 'barrier' is not in [[gate.outputs]]")


def test_nobody_goes_in_at_a_boarding_so_there_is_no_anti_passback() -> None:
    made = tree({"vehicle": "bus", "schedule": [DEPARTURE]})
    made["rules"]["passback"] = {"strictness": "soft"}
    (line,) = problems(made)
    assert line.startswith("rules.passback.strictness: 'soft' at a site that only hands over or lets board")


@pytest.mark.parametrize("key", ["granted_lamp_pin", "refused_lamp_pin"])
def test_a_lamp_stands_on_a_pin_of_its_own_that_rests_at_boot(key: str) -> None:
    made = tree({"vehicle": "bus", "schedule": [DEPARTURE]})
    made["gate"] |= {key: 14}
    (line,) = problems(made)
    assert line.startswith(f"gate.{key}: GPIO 14 is pulled up or driven at boot")
    other = {"granted_lamp_pin": 27, "refused_lamp_pin": 17}[key]
    made["gate"] |= {key: other}
    (line,) = problems(made)
    assert line.startswith(f"gate: GPIO {other} is used twice")


def test_a_site_without_a_sensor_measures_nobody() -> None:
    made = tree({"vehicle": "bus", "schedule": [DEPARTURE]}) | {"thermal": {"driver": "none"}}
    assert parse(made, SITE).lane_parts[0].thermal is None
    made["rules"]["access_points"] = [DOOR | {"temperature": "after"}]
    (line,) = problems(made)
    assert line == (
        "rules.access_points 'door': temperature = 'after' while thermal.driver is 'none'; name the sensor's "
        "driver, or write 'off'."
    )


def test_each_lane_has_lamps_of_its_own_and_no_pin_is_used_twice() -> None:
    made = tree({"vehicle": "bus", "schedule": [DEPARTURE]})
    made["readers"].append({"id": "back-camera", "kind": "camera", "device": "c"})
    made["rules"]["access_points"].append(DOOR | {"id": "back", "reader": "back-camera", "lane": "back"})
    back = {"id": "back", "door": {"contact": False}, "granted_lamp_pin": 22, "refused_lamp_pin": 23}
    made["lanes"] = [back]
    site = parse(made, SITE)
    assert site.lanes[0].signals == {"granted_lamp@back": 22, "refused_lamp@back": 23}
    made["lanes"] = [back | {"granted_lamp_pin": 17, "refused_lamp_pin": 14}]
    assert sorted(problems(made)) == [
        "gate: GPIO 17 is used twice, by gate.granted_lamp_pin and lanes.0.granted_lamp_pin; move one.",
        "lanes.0.refused_lamp_pin: GPIO 14 is pulled up or driven at boot and would move the relay; "
        "take one of 9 to 13 or 16 to 27.",
    ]
