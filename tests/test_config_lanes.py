"""The lanes of a site.toml: one table a lane makes its rules too, and what contradicts is said by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kiosk.config import ReaderKind, parse
from kiosk.core.events import Input
from kiosk.core.rules import DoorRules, LaneRules
from tests.gatekeeper.lane_tree import two_lane_tree
from tests.test_config import SITE, problems

STATE = Path("/state")


def tree(**lane: object) -> dict[str, Any]:
    """A right site with two lanes, with `lane` laid over the further one's table."""
    whole = two_lane_tree(STATE)
    whole["lanes"][0].update(lane)
    return whole


def without(key: str) -> dict[str, Any]:
    whole = two_lane_tree(STATE)
    del whole["lanes"][0][key]
    return whole


def test_a_lane_of_the_file_is_a_lane_of_the_rules() -> None:
    site = parse(tree(door={"pulse_s": 2.0}), SITE)
    assert site.rules.lanes == (LaneRules("out", DoorRules(pulse_s=2.0)),)
    first, out = site.lane_parts
    assert (first.lane, first.contacts, first.door) == ("", {Input.DOOR: 23}, site.rules.door)
    assert (out.lane, out.contacts, out.door.pulse_s) == ("out", {Input.DOOR: 24}, 2.0)
    assert out.thermal is not None
    assert (out.thermal.bus, out.thermal.refresh_hz) == ("world:out", 8)
    assert [reader.id for reader in site.readers_of("out")] == ["exit-camera"]
    assert site.readers_of("")[0].kind is ReaderKind.CAMERA


def test_a_site_without_lanes_has_one() -> None:
    whole = two_lane_tree(STATE)
    del whole["lanes"]
    whole["rules"]["access_points"].pop()
    whole["readers"].pop()
    assert [each.lane for each in parse(whole, SITE).lane_parts] == [""]


def test_every_lane_remembers_its_own_sensor_s_supply() -> None:
    site = parse(tree(), SITE)
    assert site.thermal_power_path() != site.thermal_power_path("out")


def test_paths_of_a_lane_s_sensor_are_taken_from_the_folder_of_the_file_too() -> None:
    out = parse(tree(thermal={"bus": "world:out", "calibration": "out.json"}), SITE).lane_parts[1]
    assert out.thermal is not None
    assert out.thermal.calibration == SITE.parent / "out.json"


def test_the_rules_do_not_name_lanes_a_second_time() -> None:
    whole = tree()
    whole["rules"]["lanes"] = [{"id": "out"}]
    assert problems(whole) == [
        "rules.lanes: is not a key of the site file; a lane is a [[lanes]], its door [lanes.door]."
    ]


@pytest.mark.parametrize("name", ["", "aus gang", "出口", "out@1", "x" * 33])
def test_a_lane_has_a_plain_name(name: str) -> None:
    whole = tree(id=name)
    whole["rules"]["access_points"][1]["lane"] = name
    assert any(line.startswith("lanes.0.id: ") for line in problems(whole))


def test_no_two_lanes_have_the_same_name() -> None:
    whole = tree()
    whole["lanes"].append({"id": "out", "door": {"contact": False}, "thermal": {"bus": "world:more"}})
    assert problems(whole) == ["lanes: the id 'out' is used twice; rename one."]


def test_an_access_point_names_a_lane_that_there_is_and_every_lane_has_one() -> None:
    whole = tree()
    whole["rules"]["access_points"][1]["lane"] = "aus"
    assert problems(whole) == [
        "rules.access_points 'gate-out': lane 'aus' is not in [[lanes]]; add it or correct its name.",
        "lanes: 'out' has no access point; name the lane at one, or remove it.",
    ]


def test_the_first_lane_has_an_access_point_too() -> None:
    whole = tree()
    whole["rules"]["access_points"].pop(0)
    whole["readers"].pop(0)
    (line,) = problems(whole)
    assert line == "rules.access_points: none is in the first lane; leave lane out at one of them."


def test_two_lanes_do_not_share_an_output() -> None:
    whole = tree()
    whole["rules"]["access_points"][1]["output"] = "gate"
    (line,) = problems(whole)
    assert line.startswith(
        "rules.access_points: output 'gate' is shared by the first lane and 'out'; give each"
    )


@pytest.mark.parametrize(("pin", "other"), [(23, "gate.door_contact_pin"), (17, "gate.outputs 'gate'")])
def test_a_pin_serves_one_lane_only(pin: int, other: str) -> None:
    (line,) = problems(tree(door_contact_pin=pin))
    assert line == f"gate: GPIO {pin} is used twice, by {other} and lanes.0.door_contact_pin; move one."


def test_a_contact_of_a_lane_does_not_stand_on_the_bus_of_any_sensor() -> None:
    (line,) = problems(tree(thermal={"bus": "/dev/i2c-1"}, request_to_exit_pin=2))
    assert line.startswith("lanes.0.request_to_exit_pin: GPIO 2 carries the thermal sensor's bus, /dev/i2c-1")


def test_two_sensors_do_not_have_the_same_place_on_one_bus() -> None:
    (line,) = problems(tree(thermal={"bus": "world:here"}))
    assert line.startswith("thermal: address 0x33 on 'world:here' is used by thermal and lanes.0.thermal;")
    assert parse(tree(thermal={"bus": "world:here", "address": 0x34}), SITE)


def test_who_is_to_be_measured_stands_before_a_sensor() -> None:
    (line,) = problems(without("thermal"))
    assert line.startswith(
        "rules.access_points 'gate-out': temperature = 'after' in lane 'out', which has no sensor; add"
    )
    unmeasured = without("thermal")
    unmeasured["rules"]["access_points"][1]["temperature"] = "off"
    assert parse(unmeasured, SITE).lane_parts[1].thermal is None


def test_a_supervised_door_of_a_lane_needs_its_contact() -> None:
    (line,) = problems(without("door_contact_pin"))
    assert line.startswith("lanes.0.door_contact_pin: is missing while lanes.0.door.contact is true;")


def test_a_passage_sensor_of_a_lane_is_named_in_both_places_or_in_none() -> None:
    (without_rule,) = problems(tree(passage_pin=16))
    assert without_rule.startswith(
        "lanes.0.door.passage_sensor: is false while lanes.0.passage_pin names one"
    )
    (without_pin,) = problems(tree(door={"passage_sensor": True}))
    assert without_pin.startswith("lanes.0.passage_pin: is missing while lanes.0.door.passage_sensor is true")


def test_a_strike_of_a_lane_is_not_relocked_after_its_pulse() -> None:
    (line,) = problems(tree(door={"pulse_s": 2.0, "relock_after_open_s": 3.0}))
    assert line.startswith("lanes.0.door.relock_after_open_s: 3 s is longer than the pulse of 2 s")


def test_what_is_asked_of_a_sensor_is_asked_of_every_lane_s() -> None:
    blackbody = {"top": 21, "left": 29, "height_px": 9, "width_px": 9, "celsius": 36.0}
    lines = problems(tree(thermal={"bus": "world:out", "refresh_hz": 3, "blackbody": blackbody}))
    assert [line.split(":")[0] for line in lines] == [
        "lanes.0.thermal.refresh_hz",
        "lanes.0.thermal.blackbody",
    ]
    (slow,) = problems(tree(thermal={"bus": "world:out", "refresh_hz": 1}))
    assert "too short for lanes.0.thermal.frames = 4 at lanes.0.thermal.refresh_hz = 1" in slow


def faces_in_both(**thermal: object) -> dict[str, Any]:
    whole = tree(thermal={"bus": "world:out", **thermal})
    for point in whole["rules"]["access_points"]:
        point.update(temperature="before", purpose="entry")
    return whole


def test_one_access_point_of_each_lane_may_begin_with_the_temperature() -> None:
    assert parse(faces_in_both(), SITE)
    (seldom,) = problems(faces_in_both(idle_hz=0.5))
    assert seldom.startswith("lanes.0.thermal.idle_hz: 0.5 is too seldom to see somebody come")
    whole = faces_in_both()
    whole["rules"]["access_points"].append(
        {"id": "more", "purpose": "entry", "output": "gate-out", "temperature": "only", "lane": "out"}
    )
    (line,) = problems(whole)
    assert line.startswith("rules.access_points: more than one of a lane begins with the temperature")


def test_a_reader_s_name_is_not_mistaken_for_a_lane_s_device() -> None:
    whole = tree()
    whole["readers"][1]["id"] = whole["rules"]["access_points"][1]["reader"] = "camera@out"
    (line,) = problems(whole)
    assert line.startswith("readers: the id 'camera@out' has an @")


def test_all_that_is_wrong_with_the_lanes_is_said_at_once() -> None:
    whole = tree(door_contact_pin=17, door={"pulse_s": 99.0}, thermal={"bus": "world:here"})
    whole["rules"]["access_points"][1].update(lane="aus", output="gate")
    lines = problems(whole)
    for clue in ("lanes.0.door.pulse_s", "GPIO 17", "lane 'aus'", "output 'gate'", "address 0x33"):
        assert sum(clue in line for line in lines) == 1, (clue, lines)


def test_a_missing_contact_is_not_told_of_a_pin_that_is_wrong() -> None:
    (line,) = problems(tree(door_contact_pin=99))
    assert line.startswith("lanes.0.door_contact_pin: Input should be")
