"""Two lanes on one kiosk: each deals with its own people, and both know who is inside."""

from __future__ import annotations

from kiosk.core import passage as entries
from kiosk.core.commands import Announce, Lamp, Light, ReleaseGate, SecureGate, Show, Sound, StartSampling
from kiosk.core.events import (
    CodeUnread,
    DeviceFaulted,
    DeviceRecovered,
    DoorClosed,
    DoorOpened,
    FaceAppeared,
    FaceGone,
    Input,
    InputChanged,
    SensorWarming,
    ThermalSampled,
)
from kiosk.core.phases import Idle, Passing, Sampling
from kiosk.core.rules import AccessPoint, DoorRules, LaneRules, Purpose, Rules, TemperatureCheck
from kiosk.core.view import CodeHint, Page, ViewState
from kiosk.terms import Reason
from tests.core.playbook import GATE_IN, WELL, Playbook, code

OUT = AccessPoint("gate-out", Purpose.EXIT, "gate-out", "exit-scanner", TemperatureCheck.OFF, lane="out")
STAFF_IN = AccessPoint(
    "staff-in", Purpose.ENTRY, "gate-out", "staff-scanner", TemperatureCheck.BEFORE, lane="out"
)
DOOR = DoorRules(debounce_s=0.0)
SENSOR_ONLY = DoorRules(contact=False, passage_sensor=True, debounce_s=0.0)
TWO = Rules(access_points=(GATE_IN, OUT), door=DOOR, lanes=(LaneRules("out", DOOR),))
MEASURED_TOO = Rules(access_points=(GATE_IN, STAFF_IN), door=DOOR, lanes=(LaneRules("out", SENSOR_ONLY),))


def view(play: Playbook, lane: str) -> ViewState:
    return [show.view for show in play.asked(Show) if show.view.lane == lane][-1]


def test_one_leaves_while_another_is_still_measured_for_the_way_in() -> None:
    play = Playbook(TWO).scan(code()).scan(code(cti=b"somebod2"), "exit-scanner")
    assert isinstance(play.checkpoint.phase(), Sampling)
    assert isinstance(play.checkpoint.phase("out"), Passing)
    assert play.asked(ReleaseGate)[-1].output == "gate-out"
    assert view(play, "").page is Page.LOOK_AT_SENSOR
    assert view(play, "out").page is Page.RESULT
    assert play.asked(Announce)[-1] == Announce(Sound.GRANTED, "out")


def test_a_code_that_is_read_is_heard_in_its_lane() -> None:
    play = Playbook(TWO).scan(code(cti=b"somebod2"), "exit-scanner")
    assert play.asked(Announce)[0] == Announce(Sound.READ, "out")
    assert Playbook(TWO).scan(code()).asked(Announce)[0] == Announce(Sound.READ)


def test_who_came_in_by_one_lane_leaves_by_the_other() -> None:
    play = Playbook(TWO).scan(code()).sample(WELL, 1)
    play.happens(DoorOpened(play.now)).happens(DoorClosed(play.now))
    assert play.checkpoint.occupancy == 1
    play.scan(code(), "exit-scanner").happens(DoorOpened(play.now, "out"))
    play.happens(DoorClosed(play.now, "out"))
    assert play.checkpoint.occupancy == 0
    assert play.asked(SecureGate)[-1] == SecureGate("gate-out")


def test_no_two_passages_have_the_same_number() -> None:
    play = Playbook(TWO).scan(code()).scan(code(cti=b"somebod2"), "exit-scanner").sample(WELL, 1)
    numbers = [record.data["passage"] for record in play.recorded(entries.DECIDED)]
    assert sorted(numbers, key=str) == [1, 2]


def test_a_forced_door_is_an_alarm_in_its_lane_and_recorded_with_its_name() -> None:
    play = Playbook(TWO).happens(DoorOpened(Playbook().now, "out"))
    assert view(play, "out").alarm is Reason.DOOR_FORCED_OPEN
    assert view(play, "").page is Page.WELCOME
    assert play.asked(Announce) == [Announce(Sound.ALARM, "out")]
    assert play.recorded(entries.DOOR_ALARM)[0].data == {"reason": "door.forced_open", "lane": "out"}
    play.happens(DoorClosed(play.now, "out"))
    assert play.recorded(entries.DOOR_CLEARED)[0].data == {"lane": "out"}
    assert view(play, "out").page is Page.WELCOME


def test_a_fire_is_an_alarm_in_every_lane_and_frees_every_door() -> None:
    play = Playbook(TWO).happens(InputChanged(Playbook().now, Input.FIRE, True))
    play.happens(DoorOpened(play.now, "out"))
    assert [view(play, lane).alarm for lane in ("", "out")] == [Reason.FIRE, Reason.FIRE]
    assert play.asked(Announce) == [Announce(Sound.ALARM), Announce(Sound.ALARM, "out")]
    assert len(play.recorded(entries.ALARM_RAISED)) == 1
    assert play.recorded(entries.DOOR_ALARM) == []


def test_a_device_of_one_lane_is_lost_there_and_what_all_share_is_lost_everywhere() -> None:
    play = Playbook(TWO)
    play.happens(DeviceFaulted(play.now, "thermal@out", "unplugged"))
    assert (view(play, "").faults, view(play, "out").faults) == ((), ("thermal",))
    play.happens(DeviceFaulted(play.now, "exit-scanner", "unplugged"))
    play.happens(DeviceFaulted(play.now, "keys", "none"))
    assert (view(play, "").faults, view(play, "out").faults) == (
        ("keys",),
        ("exit-scanner", "keys", "thermal"),
    )
    play.wait(3600.0)
    assert play.recorded(entries.HEARTBEAT) == []
    play.happens(DeviceRecovered(play.now, "thermal@out"))
    assert view(play, "out").faults == ("exit-scanner", "keys")
    recovered = play.recorded(entries.DEVICE_RECOVERED)
    assert [record.data["device"] for record in recovered] == ["thermal@out"]


def test_hints_and_the_time_to_warm_up_are_shown_in_their_lane() -> None:
    play = Playbook(TWO).happens(CodeUnread(Playbook().now, "exit-scanner", CodeHint.CLOSER))
    assert (view(play, "").code_hint, view(play, "out").code_hint) == (CodeHint.NONE, CodeHint.CLOSER)
    play.happens(SensorWarming(play.now, 60.0, "out"))
    assert (view(play, "").warm_up_s, view(play, "out").warm_up_s) == (None, 60)


def test_each_lane_measures_with_its_own_sensor() -> None:
    play = Playbook(MEASURED_TOO).scan(code()).happens(FaceAppeared(Playbook().now, "out"))
    assert play.asked(StartSampling) == [StartSampling(1), StartSampling(2, "out")]
    play.happens(FaceGone(play.now, "out"))
    assert isinstance(play.checkpoint.phase("out"), Idle)
    assert isinstance(play.checkpoint.phase(), Sampling)
    play.happens(ThermalSampled(play.now, 1, WELL))
    assert isinstance(play.checkpoint.phase(), Passing)


def test_a_sensor_that_is_lost_in_one_lane_leaves_the_doors_of_the_others_watched() -> None:
    play = Playbook(MEASURED_TOO)
    play.happens(DeviceFaulted(play.now, "passage@out", "cut"))
    play.happens(DeviceRecovered(play.now, "passage@out"))
    play.happens(DeviceFaulted(play.now, "passage", "there is none"))
    play.happens(InputChanged(play.now, Input.PASSAGE, True, "out"))
    assert view(play, "out").alarm is Reason.DOOR_FORCED_OPEN


def test_a_lane_whose_door_is_lost_counts_with_the_pulse_until_it_is_back() -> None:
    play = Playbook(TWO).happens(DeviceFaulted(Playbook().now, "door@out", "cut"))
    play.scan(code(), "exit-scanner").wait(4.0)
    assert len(play.recorded(entries.PASSED)) == 1
    play.happens(DeviceRecovered(play.now, "door@out"))
    play.scan(code(cti=b"somebod2"), "exit-scanner").wait(9.0)
    assert len(play.recorded(entries.ANNULLED)) == 1


def test_a_code_is_heard_and_its_answer_lights_up_in_its_own_lane_only() -> None:
    play = Playbook(TWO).scan(code(), "exit-scanner")
    assert {each.lane for each in play.commands if isinstance(each, Announce | Light)} == {"out"}
    assert play.asked(Light) == [Light(None, lane="out"), Light(Lamp.GRANTED, TWO.result_s, "out")]
