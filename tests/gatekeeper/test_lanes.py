"""A whole gatekeeper with two lanes: people in both at the same time, and neither hears of the other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kiosk.core import passage as entries
from kiosk.core.view import Page
from kiosk.gatekeeper.warming import PowerNote
from kiosk.terms import Outcome, Reason
from kiosk.wire import CameraPicture, ThermalPicture
from sim.mlx90640_chip import Fault
from tests.gatekeeper.lane_rig import IN, OUT, LaneRig
from tests.gatekeeper.lane_tree import OUT_DOOR_PIN, OUT_GATE_PIN, two_lane_tree
from tests.gatekeeper.rig import DOOR_PIN, GATE_PIN

ALARMS = (entries.DOOR_ALARM, entries.ALARM_RAISED)


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[LaneRig]:
    rig = LaneRig(tmp_path / "kiosk").start()
    yield rig
    rig.stop()


@pytest.fixture
def both_in(tmp_path: Path) -> Iterator[LaneRig]:
    """Two lanes in, so that people are measured in both."""
    rig = LaneRig(tmp_path / "kiosk", two_lane_tree(tmp_path / "kiosk", "entry")).start()
    yield rig
    rig.stop()


def decided(rig: LaneRig, point: str) -> list[dict[str, Any]]:
    data = [entry.data for entry in rig.entries(entries.DECIDED)]
    return [each for each in data if isinstance(each, dict) and each["access_point"] == point]


def alarms(rig: LaneRig) -> list[object]:
    return [entry.data for kind in ALARMS for entry in rig.entries(kind)]


@pytest.mark.slow
def test_one_comes_in_while_another_leaves_and_each_door_opens_for_its_own(rig: LaneRig) -> None:
    rig.send(IN, "green_well", person=1)
    rig.until_quiet()
    rig.send(IN, "green_well", person=2)
    rig.send(OUT, "green_well", person=1)
    rig.until_quiet()
    assert [each.passed for lane in (IN, OUT) for each in rig.experiences[lane]] == [True, True, True]
    assert rig.last(IN).released == {"gate"}
    assert rig.last(OUT).released == {"gate-out"}
    assert (rig.pulses(GATE_PIN), rig.pulses(OUT_GATE_PIN)) == (2, 1)
    (out,) = rig.edges(OUT_GATE_PIN)[:1]
    at_the_same_time = [each.at_s for each in rig.edges(GATE_PIN) if abs(each.at_s - out.at_s) < 3.0]
    assert at_the_same_time
    assert [each["outcome"] for point in ("gate-in", "gate-out") for each in decided(rig, point)] == [
        "grant"
    ] * 3
    assert len(rig.entries(entries.PASSED)) == 3
    assert alarms(rig) == []


@pytest.mark.slow
def test_a_fever_at_one_sensor_is_nobody_s_at_the_other(both_in: LaneRig) -> None:
    rig = both_in
    rig.send(IN, "green_fever", person=1)
    rig.send(OUT, "green_well", person=2)
    rig.until_quiet()
    feverish, well = rig.last(IN).result, rig.last(OUT).result
    assert feverish is not None
    assert well is not None
    assert (feverish.outcome, feverish.reason) == (Outcome.REFER, Reason.TEMPERATURE_ELEVATED)
    assert well.outcome is Outcome.GRANT
    assert feverish.face_skin_celsius is not None
    assert well.face_skin_celsius is not None
    assert feverish.face_skin_celsius - well.face_skin_celsius > 3.0
    assert (rig.pulses(GATE_PIN), rig.pulses(OUT_GATE_PIN)) == (0, 1)
    assert alarms(rig) == []


@pytest.mark.slow
def test_people_in_both_lanes_are_all_decided_on_rightly(
    rig: LaneRig,
) -> None:
    coming = ["green_well", "red", "green_well", "green_fever", "screenshot", "green_well"]
    for number, kind in enumerate(coming):
        rig.send(IN, kind, person=number)
    for number in (0, 2):
        rig.send(OUT, "green_well", person=number)
    rig.until_quiet()
    answers = [each.result.outcome if each.result else None for each in rig.experiences[IN]]
    grant, refer, deny = Outcome.GRANT, Outcome.REFER, Outcome.DENY
    assert answers == [grant, deny, grant, refer, deny, grant]
    assert [each.passed for each in rig.experiences[IN]] == [answer is grant for answer in answers]
    assert [each.passed for each in rig.experiences[OUT]] == [True, True]
    assert rig.pulses(GATE_PIN) == 3
    assert rig.pulses(OUT_GATE_PIN) == 2
    numbers = [each["passage"] for point in ("gate-in", "gate-out") for each in decided(rig, point)]
    assert sorted(numbers) == list(range(1, 9))
    assert alarms(rig) == []
    assert (rig.view(IN).page, rig.view(OUT).page) == (Page.WELCOME, Page.WELCOME)


@pytest.mark.slow
@pytest.mark.parametrize(("lost", "well"), [(OUT, IN), (IN, OUT)])
def test_a_sensor_that_is_unplugged_in_one_lane_leaves_the_other_working(
    both_in: LaneRig, lost: str, well: str
) -> None:
    rig = both_in
    rig.chips[lost].fault = Fault.UNPLUGGED
    rig.run(2.0)
    assert (rig.view(lost).faults, rig.view(well).faults) == (("thermal",), ())
    rig.send(well, "green_well", person=1)
    rig.until_quiet()
    result = rig.last(well).result
    assert result is not None
    assert result.outcome is Outcome.GRANT
    assert result.face_skin_celsius is not None
    assert rig.last(well).passed
    faults = [entry.data for entry in rig.entries(entries.DEVICE_FAULTED)]
    assert [each["device"] for each in faults if isinstance(each, dict)] == [
        "thermal@out" if lost == OUT else "thermal"
    ]
    rig.chips[lost].fault = None
    rig.run(3.0)
    assert rig.view(lost).faults == ()


@pytest.mark.slow
def test_who_leaves_is_let_out_beside_a_sensor_that_is_lost_and_who_enters_is_referred(rig: LaneRig) -> None:
    for chip in rig.chips.values():
        chip.fault = Fault.UNPLUGGED
    rig.run(2.0)
    rig.send(IN, "green_well", person=1)
    rig.send(OUT, "green_well", person=2)
    rig.until_quiet()
    assert (rig.last(IN).passed, rig.last(OUT).passed) == (False, True)


@pytest.mark.slow
def test_a_camera_that_is_unplugged_in_one_lane_is_a_fault_of_that_lane(rig: LaneRig) -> None:
    rig.cameras[OUT].unplugged = True
    rig.run(2.0)
    assert (rig.view(IN).faults, rig.view(OUT).faults) == ((), ("exit-camera",))
    assert [source.name for source in rig.view(OUT).sources] == ["exit-camera"]
    rig.send(IN, "green_well", person=1)
    rig.until_quiet()
    assert rig.last(IN).passed


@pytest.mark.parametrize(
    ("pin", "lane", "other", "data"),
    [
        (OUT_DOOR_PIN, OUT, IN, {"reason": "door.forced_open", "lane": "out"}),
        (DOOR_PIN, IN, OUT, {"reason": "door.forced_open"}),
    ],
)
def test_a_door_that_is_forced_alarms_in_its_own_lane(
    rig: LaneRig, pin: int, lane: str, other: str, data: dict[str, object]
) -> None:
    rig.open_by_hand.add(pin)
    rig.run(1.0)
    assert rig.view(lane).alarm is Reason.DOOR_FORCED_OPEN
    assert (rig.view(other).alarm, rig.view(other).page) == (None, Page.WELCOME)
    assert alarms(rig) == [data]
    rig.open_by_hand.clear()
    rig.run(1.0)
    assert rig.view(lane).page is Page.WELCOME


def test_the_journal_says_what_each_lane_measures_with_once(rig: LaneRig) -> None:
    (change,) = rig.entries(entries.CALIBRATION_CHANGED)
    assert isinstance(change.data, dict)
    now = change.data["now"]
    assert isinstance(now, dict)
    lanes = now["lanes"]
    assert isinstance(lanes, dict)
    out = lanes["out"]
    assert isinstance(out, dict)
    assert None not in (now["record"], out["record"])
    assert now["sensor"] != out["sensor"]
    rig.stop()
    rig.start()
    assert len(rig.entries(entries.CALIBRATION_CHANGED)) == 1
    rig.stop()
    (rig.site.site.state_dir / "calibration-out.json").unlink()
    rig.start()
    assert len(rig.entries(entries.CALIBRATION_CHANGED)) == 2
    assert (rig.view(IN).faults, rig.view(OUT).faults) == ((), ("calibration",))


def test_each_lane_s_screen_gets_pictures_of_its_own(rig: LaneRig) -> None:
    rig.send(OUT, "green_well", person=1)
    rig.run(2.5)
    thermal = [message for message in rig.messages if isinstance(message, ThermalPicture)]
    seen = {lane: [each.pixels_hex for each in thermal if each.lane == lane][-1] for lane in (IN, OUT)}
    hottest = {lane: max(bytes.fromhex(pixels)) for lane, pixels in seen.items()}
    assert hottest[OUT] > hottest[IN] + 50
    assert {each.lane for each in rig.messages if isinstance(each, CameraPicture)} == {OUT}


def test_every_part_of_every_lane_has_a_name_of_its_own_for_the_watchdog(rig: LaneRig) -> None:
    names = [poller.name for poller in rig.kiosk.pollers]
    assert sorted(names) == [
        "door",
        "door@out",
        "exit-camera",
        "gate-camera",
        "thermal",
        "thermal@out",
    ]


def test_each_lane_remembers_since_when_its_own_sensor_has_had_its_supply(rig: LaneRig) -> None:
    for lane in (IN, OUT):
        rig.site.thermal_power_path(lane).unlink()
    rig.run(31.0)
    notes = [PowerNote.load(rig.site.thermal_power_path(lane)) for lane in (IN, OUT)]
    assert None not in notes
    assert notes[0] != notes[1]


def test_the_buses_of_all_lanes_are_let_go_at_the_end(tmp_path: Path) -> None:
    rig = LaneRig(tmp_path / "kiosk").start()
    rig.stop()
    assert [bus.closed for bus in rig.buses] == [True, True]


def test_a_lane_without_a_sensor_lets_people_out_by_their_code_alone(tmp_path: Path) -> None:
    tree = two_lane_tree(tmp_path / "kiosk")
    del tree["lanes"][0]["thermal"]
    tree["rules"]["access_points"][1]["temperature"] = "off"
    rig = LaneRig(tmp_path / "kiosk", tree).start()
    rig.send(OUT, "green_well", person=1)
    rig.until_quiet()
    result = rig.last(OUT).result
    rig.stop()
    assert result is not None
    assert (result.outcome, result.face_skin_celsius) == (Outcome.GRANT, None)
    assert rig.last(OUT).passed


def test_where_a_face_begins_it_begins_in_the_lane_whose_sensor_sees_it(tmp_path: Path) -> None:
    tree = two_lane_tree(tmp_path / "kiosk", "entry")
    for point in tree["rules"]["access_points"]:
        point["temperature"] = "before"
    rig = LaneRig(tmp_path / "kiosk", tree).start()
    rig.send(OUT, "green_well", person=1)
    rig.run(0.8)
    assert rig.view(OUT).page is Page.LOOK_AT_SENSOR
    rig.until_quiet()
    rig.stop()
    assert rig.last(OUT).passed
    assert {view.page for view in rig.views(IN)} <= {Page.STARTING, Page.WELCOME}


def test_a_sensor_that_has_just_been_plugged_in_warms_up_in_its_own_lane(rig: LaneRig) -> None:
    rig.chips[OUT].fault = Fault.UNPLUGGED
    rig.run(1.5)
    rig.chips[OUT].fault = None
    rig.run(3.0)
    assert rig.view(OUT).warm_up_s is not None
    assert rig.view(IN).warm_up_s is None


def test_a_record_of_the_other_lane_s_sensor_is_no_calibration(tmp_path: Path) -> None:
    state = tmp_path / "kiosk"
    rig = LaneRig(state)
    (state / "calibration-out.json").write_bytes((state / "calibration.json").read_bytes())
    rig.start()
    assert (rig.view(IN).faults, rig.view(OUT).faults) == ((), ("calibration",))
    rig.stop()
