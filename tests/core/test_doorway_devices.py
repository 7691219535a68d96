"""A door whose contacts, sensor or relay are lost, and buttons: what is recorded of it, when and where."""

from __future__ import annotations

import pytest

from kiosk.core import passage as entries
from kiosk.core.commands import HoldGate
from kiosk.core.events import (
    DeviceFaulted,
    DeviceRecovered,
    DoorClosed,
    DoorOpened,
    Input,
    InputChanged,
    StaffAction,
)
from kiosk.core.rules import DoorRules
from kiosk.core.view import Page
from kiosk.terms import Reason
from tests.core.playbook import WELL, Playbook, code, rules_with
from tests.core.staff_play import does, signed_in
from tests.core.test_lanes import TWO

BOTH = rules_with(door=DoorRules(passage_sensor=True, debounce_s=0.0))
TURNSTILE = rules_with(door=DoorRules(contact=False, passage_sensor=True, debounce_s=0.0))


def put(play: Playbook, which: Input, active: bool = True) -> Playbook:
    return play.happens(InputChanged(play.now, which, active))


def lose(play: Playbook, device: str) -> Playbook:
    return play.happens(DeviceFaulted(play.now, device, "cut"))


def back(play: Playbook, device: str) -> Playbook:
    return play.happens(DeviceRecovered(play.now, device))


def test_a_gate_that_is_back_opens_nothing_that_nobody_holds_open() -> None:
    assert back(lose(Playbook(), "gate"), "gate").asked(HoldGate) == []


def test_a_door_that_is_held_open_is_not_held_anew_for_another_device_that_is_back() -> None:
    play = does(signed_in(), StaffAction.HOLD_OPEN)
    for device in ("camera", "door", "thermal"):
        back(lose(play, device), device)
    assert play.asked(HoldGate) == [HoldGate("gate")]


def test_a_fire_leaves_the_door_free_when_staff_let_go_of_it_meanwhile() -> None:
    play = does(put(signed_in(), Input.FIRE), StaffAction.HOLD_OPEN)
    does(play, StaffAction.RELEASE)
    play.happens(DoorOpened(play.now)).wait(60.0)
    assert play.recorded(entries.DOOR_ALARM) == []
    play.happens(DoorClosed(play.now))
    put(play, Input.FIRE, False).happens(DoorOpened(play.now))
    assert len(play.recorded(entries.DOOR_ALARM)) == 1


def test_a_forced_door_whose_contact_is_lost_is_no_alarm_any_more_from_then_on() -> None:
    play = Playbook().happens(DoorOpened(Playbook().now)).wait(3.0)
    lose(play, "door")
    assert [each.at for each in play.recorded(entries.DOOR_CLEARED)] == [play.now]
    assert play.page() is Page.WELCOME


def test_a_forced_turnstile_whose_sensor_is_lost_is_no_alarm_any_more_from_then_on() -> None:
    play = put(Playbook(TURNSTILE), Input.PASSAGE).wait(3.0)
    assert play.view.alarm is Reason.DOOR_FORCED_OPEN
    lose(play, "passage")
    assert [each.at for each in play.recorded(entries.DOOR_CLEARED)] == [play.now]
    assert play.page() is Page.WELCOME


def test_a_sensor_that_is_lost_with_somebody_in_it_is_kept_as_left_and_lost() -> None:
    play = put(Playbook(BOTH), Input.PASSAGE).wait(1.0)  # somebody stands in it, whom nobody has granted
    play.scan(code()).sample(WELL).wait(0.5)
    lose(play, "passage").wait(9.0)
    ended = play.recorded(entries.ANNULLED)[0].data
    assert ended["door_was"] == ["seen"]
    assert ended["door"] == [[500, "passage lost"], [500, "unseen"]]


@pytest.mark.parametrize(("lane", "data"), [("", {}), ("out", {"lane": "out"})])
def test_a_request_to_exit_is_recorded_when_and_where_it_came(lane: str, data: dict[str, str]) -> None:
    play = Playbook(TWO).wait(2.0)
    play.happens(InputChanged(play.now, Input.REQUEST_TO_EXIT, True, lane))
    assert [(each.at, each.data) for each in play.recorded(entries.EXIT_REQUESTED)] == [(play.now, data)]


def test_who_asks_to_get_out_turns_the_turnstile_without_an_alarm_for_as_long_as_a_pulse() -> None:
    play = put(Playbook(TURNSTILE), Input.REQUEST_TO_EXIT).wait(4.2)
    put(put(play, Input.PASSAGE), Input.PASSAGE, False)
    assert play.recorded(entries.DOOR_ALARM) == []
    put(play.wait(1.0), Input.PASSAGE)
    assert len(play.recorded(entries.DOOR_ALARM)) == 1
