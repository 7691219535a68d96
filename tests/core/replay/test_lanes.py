"""What is told of a second lane, of its door and its sensor, concerns that lane alone."""

from __future__ import annotations

from dataclasses import replace

from kiosk.core import passage as entries
from kiosk.core.events import (
    DeviceFaulted,
    DeviceRecovered,
    DoorClosed,
    DoorOpened,
    Input,
    InputChanged,
    StaffAction,
)
from kiosk.core.rules import AccessPoint, DoorRules, LaneRules, Purpose, Rules, TemperatureCheck
from tests.core.playbook import GATE_IN, WELL, code
from tests.core.replay.replaying import Recorded, replayed
from tests.core.replay.test_replay import same

SENSED = DoorRules(passage_sensor=True, debounce_s=0.0)
SIDE_IN = AccessPoint("side-in", Purpose.ENTRY, "side-gate", "side-camera", lane="side")
SIDE_OUT = AccessPoint(
    "side-out", Purpose.EXIT, "side-gate", "side-scanner", TemperatureCheck.OFF, lane="side"
)
TWO = Rules(access_points=(GATE_IN, SIDE_IN, SIDE_OUT), door=SENSED, lanes=(LaneRules("side", SENSED),))


def leaves(play: Recorded, number: int) -> Recorded:
    play.scan(code(cti=bytes([number]) * 8, shown_at=play.now.utc), "side-scanner")
    return play


def ends(play: Recorded) -> list[str]:
    ended = [each for each in play.journal if each.type in (entries.PASSED, entries.ANNULLED)]
    return [each.type.rpartition(".")[2] for each in ended]


def test_its_sensor_says_who_has_passed_until_it_is_lost() -> None:
    play = Recorded(TWO)
    play.happens(DeviceFaulted(play.now, "passage@side", "cut"))
    leaves(play, 9).wait(0.5).happens(DoorOpened(play.now, "side"))
    play.wait(0.5).happens(DoorClosed(play.now, "side"))
    play.wait(9.0).happens(DeviceRecovered(play.now, "passage@side"))
    leaves(play, 1).wait(0.5).happens(InputChanged(play.now, Input.PASSAGE, True, "side"))
    play.wait(0.5).happens(InputChanged(play.now, Input.PASSAGE, False, "side"))
    leaves(play, 2).wait(0.5).happens(DoorOpened(play.now, "side"))
    play.wait(0.5).happens(DoorClosed(play.now, "side"))
    play.wait(9.0)
    leaves(play, 3).wait(0.5).happens(DeviceFaulted(play.now, "passage@side", "cut"))
    play.happens(DoorOpened(play.now, "side"))
    play.wait(0.5).happens(DoorClosed(play.now, "side"))
    play.wait(9.0)
    leaves(play, 4).wait(0.5).happens(DoorOpened(play.now, "side"))
    play.wait(0.5).happens(DoorClosed(play.now, "side"))
    play.wait(9.0)
    leaves(play, 5).wait(0.5).happens(DeviceRecovered(play.now, "passage@side"))
    play.happens(DoorOpened(play.now, "side"))
    play.wait(0.5).happens(DoorClosed(play.now, "side"))
    play.wait(9.0)
    assert ends(play) == ["passed", "passed", "annulled", "passed", "passed", "annulled"]
    same(play)


def test_staff_annul_and_hold_open_there_and_not_in_the_first() -> None:
    play = Recorded(TWO)
    leaves(play, 1).acts(StaffAction.ANNUL, lane="side").wait(9.0)
    play.acts(StaffAction.HOLD_OPEN, lane="side").wait(1.0)
    leaves(play, 2).wait(1.0).happens(DoorOpened(play.now, "side"))
    play.wait(9.0).happens(DoorClosed(play.now, "side"))
    play.wait(9.0)
    play.scan(code(shown_at=play.now.utc)).sample(WELL).wait(0.5).happens(DoorOpened(play.now))
    play.wait(0.5).happens(InputChanged(play.now, Input.PASSAGE, True))
    play.happens(InputChanged(play.now, Input.PASSAGE, False)).happens(DoorClosed(play.now))
    play.wait(9.0)
    assert ends(play) == ["annulled", "passed", "passed"]
    same(play)


def test_its_thermal_sensor_is_its_own_also_where_the_entries_of_its_loss_were_lost() -> None:
    play = Recorded(TWO)
    play.happens(DeviceFaulted(play.now, "thermal@side", "gone"))
    play.scan(code(), "side-camera").wait(12.0)
    play.scan(code(shown_at=play.now.utc)).wait(12.0)
    play.happens(DeviceRecovered(play.now, "thermal@side"))
    play.scan(code(shown_at=play.now.utc), "side-camera").wait(12.0)
    reasons = [record.data["reason"] for record in play.recorded(entries.DECIDED)]
    assert reasons == ["sensor.unavailable", "temperature.no_reading", "temperature.no_reading"]
    same(play)
    lost = [each for each in play.entries() if not each.type.startswith("kiosk.device")]
    assert replayed(lost).difference is None


def test_a_gate_that_is_lost_and_back_is_so_also_where_the_entries_were_lost() -> None:
    play = Recorded(TWO)
    play.happens(DeviceFaulted(play.now, "gate", "gone"))
    leaves(play, 1).wait(9.0).happens(DeviceRecovered(play.now, "gate"))
    leaves(play, 2).wait(9.0).happens(DeviceFaulted(play.now, "gate", "gone"))
    leaves(play, 3).wait(9.0)
    reasons = [record.data["reason"] for record in play.recorded(entries.DECIDED)]
    assert reasons == ["gate.unavailable", "exit.recorded", "gate.unavailable"]
    lost = [each for each in play.entries() if not each.type.startswith("kiosk.device")]
    assert replayed(lost).difference is None


def test_its_contact_that_is_lost_before_a_grant_is_there_leaves_the_pulse_alone_to_tell() -> None:
    rules = replace(TWO, lanes=(LaneRules("side", DoorRules(debounce_s=0.0)),))
    play = Recorded(rules)
    play.happens(DeviceFaulted(play.now, "door@side", "cut"))
    leaves(play, 1).wait(9.0).happens(DeviceRecovered(play.now, "door@side"))
    leaves(play, 2).wait(9.0)
    assert ends(play) == ["passed", "annulled"]
    same(play)
