"""Contacts and alarms as a checkpoint lives through them."""

from __future__ import annotations

import pytest

from kiosk.core import passage as entries
from kiosk.core.commands import Announce, Buzz, SecureGate, Sound
from kiosk.core.events import (
    DeviceFaulted,
    DeviceRecovered,
    DoorClosed,
    DoorOpened,
    Input,
    InputChanged,
    StaffAction,
    StaffIntent,
    StaffReason,
    StaffSignedIn,
)
from kiosk.core.rules import DoorRules
from kiosk.core.view import Page
from kiosk.terms import Reason
from tests.core.playbook import WELL, Playbook, code, granted, rules_with

TURNSTILE = rules_with(door=DoorRules(contact=False, passage_sensor=True, debounce_s=0.0))
DEBOUNCED = rules_with(door=DoorRules())


def put(play: Playbook, which: Input, active: bool = True) -> Playbook:
    return play.happens(InputChanged(play.now, which, active))


def open_door(play: Playbook) -> Playbook:
    return play.happens(DoorOpened(play.now))


def close_door(play: Playbook) -> Playbook:
    return play.happens(DoorClosed(play.now))


def test_an_opening_20_ms_after_the_pulse_is_no_alarm_and_the_person_has_passed() -> None:
    play = granted().wait(4.02)
    assert play.asked(SecureGate) == [SecureGate("gate")]
    close_door(open_door(play).wait(1.0))
    assert play.recorded(entries.DOOR_ALARM) == []
    assert len(play.recorded(entries.PASSED)) == 1
    assert play.recorded(entries.ANNULLED) == []


def test_an_opening_after_the_grace_is_forced_and_the_grant_was_annulled() -> None:
    play = open_door(granted().wait(4.5))
    assert len(play.recorded(entries.ANNULLED)) == 1
    assert play.view.alarm is Reason.DOOR_FORCED_OPEN


def test_a_door_that_bounces_is_opened_once() -> None:
    play = Playbook(DEBOUNCED)
    for _ in range(4):
        open_door(play).wait(0.01)
        close_door(play).wait(0.01)
    assert play.recorded(entries.DOOR_ALARM) == []
    open_door(play).wait(0.1)
    assert len(play.recorded(entries.DOOR_ALARM)) == 1


def test_the_strike_is_due_from_when_the_door_opened_and_not_from_when_its_contact_had_settled() -> None:
    play = open_door(Playbook(DEBOUNCED).scan(code()).sample(WELL)).wait(0.99)
    assert play.asked(SecureGate) == []
    play.wait(0.02)
    assert play.asked(SecureGate) == [SecureGate("gate")]


class TestALoopThatHangs:
    """What comes meanwhile waits for it, and is dealt with one by one when it goes on."""

    def test_a_door_that_was_opened_and_shut_meanwhile_was_opened(self) -> None:
        play = Playbook(DEBOUNCED).scan(code()).sample(WELL).passes(1.0)
        close_door(open_door(play).passes(1.0)).wait(9.0)
        assert len(play.recorded(entries.PASSED)) == 1
        assert play.recorded(entries.ANNULLED) == []

    def test_who_has_opened_it_before_its_contact_was_lost_has_passed(self) -> None:
        play = Playbook(DEBOUNCED).scan(code()).sample(WELL).passes(4.2)
        open_door(play).passes(1.0).happens(DeviceFaulted(play.now, "door", "cut"))
        assert len(play.recorded(entries.PASSED)) == 1

    def test_a_pulse_that_nobody_had_used_when_the_contact_was_lost_is_void_and_over(self) -> None:
        play = Playbook(DEBOUNCED).scan(code()).sample(WELL).passes(4.2)
        play.happens(DeviceFaulted(play.now, "door", "cut"))
        assert len(play.recorded(entries.ANNULLED)) == 1
        assert play.asked(SecureGate) == [SecureGate("gate")]

    def test_the_strike_was_free_until_then_for_who_opened_it(self) -> None:
        play = Playbook(DEBOUNCED).scan(code()).sample(WELL).passes(9.0)
        close_door(open_door(play).wait(1.0)).wait(1.0)
        assert len(play.recorded(entries.PASSED)) == 1
        assert play.recorded(entries.DOOR_ALARM) == []

    def test_a_lid_that_was_off_meanwhile_is_an_alarm(self) -> None:
        play = Playbook(DEBOUNCED)
        put(put(play, Input.TAMPER).passes(1.0), Input.TAMPER, False).wait(1.0)
        assert len(play.recorded(entries.ALARM_RAISED)) == len(play.recorded(entries.ALARM_CLEARED)) == 1


def test_a_request_to_exit_is_recorded_once_and_its_opening_is_no_alarm() -> None:
    play = put(put(Playbook(), Input.REQUEST_TO_EXIT).wait(0.3), Input.REQUEST_TO_EXIT, False)
    close_door(open_door(play).wait(2.0))
    assert len(play.recorded(entries.EXIT_REQUESTED)) == 1
    assert play.recorded(entries.DOOR_ALARM) == []
    assert play.page() is Page.WELCOME


def test_tamper_is_recorded_shown_and_sounded_until_the_lid_is_shut() -> None:
    play = put(Playbook(), Input.TAMPER)
    assert (play.page(), play.view.alarm) == (Page.ALARM, Reason.TAMPER)
    assert play.recorded(entries.ALARM_RAISED)[0].data == {"reason": "tamper"}
    assert play.asked(Buzz) == [Buzz(True)]
    assert play.asked(Announce)[-1] == Announce(Sound.ALARM)
    put(play, Input.TAMPER, False)
    assert play.recorded(entries.ALARM_CLEARED)[0].data == {"reason": "tamper"}
    assert play.asked(Buzz)[-1] == Buzz(False)
    assert play.page() is Page.WELCOME


def test_a_lid_that_is_said_to_be_shut_again_and_a_spike_on_its_wire_are_no_alarm() -> None:
    play = put(Playbook(DEBOUNCED), Input.TAMPER, False).wait(1.0)
    put(put(play, Input.TAMPER).wait(0.01), Input.TAMPER, False).wait(1.0)
    assert play.recorded(entries.ALARM_RAISED) == []


def test_the_gravest_alarm_is_shown_and_the_other_one_when_it_is_over() -> None:
    play = put(put(Playbook(), Input.FIRE), Input.TAMPER)
    shown = [play.view.alarm]
    put(play, Input.FIRE, False)
    assert [*shown, play.view.alarm] == [Reason.FIRE, Reason.TAMPER]
    assert play.asked(Buzz) == [Buzz(True)]
    put(play, Input.TAMPER, False)
    assert play.asked(Buzz) == [Buzz(True), Buzz(False)]


def test_a_door_that_is_shut_again_silences_its_alarm() -> None:
    play = close_door(open_door(Playbook()).wait(2.0))
    assert play.asked(Buzz) == [Buzz(True), Buzz(False)]


def test_two_alarms_that_come_at_once_are_recorded_both() -> None:
    play = put(put(Playbook(DEBOUNCED), Input.TAMPER), Input.FIRE).wait(1.0)
    raised = {each.data["reason"] for each in play.recorded(entries.ALARM_RAISED)}
    assert raised == {"fire", "tamper"}


def test_in_a_fire_the_open_door_is_no_alarm_of_its_own() -> None:
    play = open_door(put(Playbook(), Input.FIRE)).wait(60.0)
    assert play.recorded(entries.DOOR_ALARM) == []
    assert play.view.alarm is Reason.FIRE


def test_an_alarm_keeps_nobody_from_being_dealt_with_and_stands_after_it() -> None:
    play = put(Playbook(), Input.TAMPER).scan(code())
    assert play.page() is Page.LOOK_AT_SENSOR
    play.sample(WELL)
    assert play.result.reason is Reason.GRANTED
    play.wait(4.4)
    assert play.view.alarm is Reason.TAMPER


def test_staff_who_acknowledge_an_alarm_silence_it_and_are_recorded() -> None:
    play = put(Playbook(), Input.TAMPER)
    play.happens(StaffSignedIn(play.now, "07"))
    play.happens(StaffIntent(play.now, StaffAction.MUTE, StaffReason.OTHER))
    assert play.asked(Buzz) == [Buzz(True), Buzz(False)]
    acted = {"action": "mute", "staff": "07", "reason": "other", "overrides_in_an_hour": 0}
    assert [record.data for record in play.recorded(entries.STAFF_ACTED)] == [acted]
    assert play.view.alarm is Reason.TAMPER
    open_door(play)
    assert play.asked(Buzz)[-1] == Buzz(True)


LIMITED = rules_with(buzzer_limit_s=30.0)


def test_a_buzzer_falls_silent_at_its_limit_though_the_alarm_stands() -> None:
    play = put(Playbook(LIMITED), Input.TAMPER)
    began_s = play.now.mono
    play.wait(29.8)
    assert play.asked(Buzz) == [Buzz(True)]
    play.wait(0.3)
    assert play.asked(Buzz) == [Buzz(True), Buzz(False)]
    assert (play.page(), play.view.alarm) == (Page.ALARM, Reason.TAMPER)
    assert play.recorded(entries.ALARM_CLEARED) == []
    assert play.now.mono - began_s < 31.0
    put(play, Input.TAMPER, False)
    assert play.asked(Buzz) == [Buzz(True), Buzz(False)], "it is silent already"


def test_another_alarm_sounds_a_silent_buzzer_again_and_a_sounding_one_for_as_long_again() -> None:
    play = put(Playbook(LIMITED), Input.TAMPER).wait(31.0)
    put(play, Input.FIRE)
    assert play.asked(Buzz) == [Buzz(True), Buzz(False), Buzz(True)]
    play.wait(20.0)
    put(put(play, Input.TAMPER, False), Input.TAMPER).wait(25.0)
    assert play.asked(Buzz) == [Buzz(True), Buzz(False), Buzz(True)]
    play.wait(6.0)
    assert play.asked(Buzz)[-1] == Buzz(False)


def test_a_silent_buzzer_wakes_nobody_again() -> None:
    play = put(Playbook(LIMITED), Input.TAMPER).wait(31.0)
    wakes_s = play.checkpoint.wake_at
    assert wakes_s is None or wakes_s > play.now.mono


def test_a_held_door_takes_the_place_of_a_forced_one_and_both_end_with_it() -> None:
    play = open_door(Playbook()).scan(code()).sample(WELL).wait(16.0)
    assert play.view.alarm is Reason.DOOR_HELD_OPEN
    close_door(play)
    assert len(play.recorded(entries.DOOR_CLEARED)) == 1
    assert play.page() is Page.WELCOME


def test_a_turnstile_counts_who_has_turned_it_and_annuls_who_has_not() -> None:
    play = put(Playbook(TURNSTILE).scan(code()).sample(WELL), Input.PASSAGE)
    assert play.asked(SecureGate) == [SecureGate("gate")]
    assert play.checkpoint.occupancy == 1
    put(play, Input.PASSAGE, False).wait(9.0)
    play.scan(code(cti=b"somebod2")).sample(WELL).wait(4.4)
    assert play.checkpoint.occupancy == 1
    assert len(play.recorded(entries.ANNULLED)) == 1


def test_two_people_on_one_grant_are_an_alarm_with_the_second() -> None:
    play = put(Playbook(TURNSTILE).scan(code()).sample(WELL), Input.PASSAGE)
    put(put(play, Input.PASSAGE, False).wait(0.5), Input.PASSAGE)
    assert play.view.alarm is Reason.DOOR_FORCED_OPEN
    assert len(play.recorded(entries.PASSED)) == 1
    put(play, Input.PASSAGE, False)
    assert play.page() is Page.WELCOME


def test_a_turnstile_whose_sensor_is_lost_counts_with_the_pulse_until_it_is_back() -> None:
    play = Playbook(TURNSTILE)
    play.happens(DeviceFaulted(play.now, "passage", "cut")).scan(code()).sample(WELL).wait(4.0)
    assert play.checkpoint.occupancy == 1
    play.happens(DeviceRecovered(play.now, "passage")).scan(code(cti=b"somebod2")).sample(WELL).wait(4.4)
    assert play.checkpoint.occupancy == 1


def test_a_button_that_is_lost_while_pressed_is_no_alarm() -> None:
    play = put(Playbook(), Input.REQUEST_TO_EXIT)
    play.happens(DeviceFaulted(play.now, "request_to_exit", "GPIO 24 does not answer"))
    assert play.view.alarm is None
    assert len(play.recorded(entries.EXIT_REQUESTED)) == 1


@pytest.mark.parametrize("which", [Input.TAMPER, Input.FIRE])
def test_an_alarm_whose_contact_is_lost_is_a_fault_and_no_alarm_any_more(which: Input) -> None:
    play = put(Playbook(), which)
    play.happens(DeviceFaulted(play.now, which.value, "GPIO 24 does not answer"))
    assert play.page() is Page.WELCOME
    assert play.view.faults == (which.value,)


def test_an_alarm_that_begins_while_somebody_is_measured_is_shown_until_it_is_over() -> None:
    play = put(Playbook().scan(code()), Input.TAMPER)
    assert play.page() is Page.ALARM
    put(play, Input.TAMPER, False)
    assert play.page() is Page.LOOK_AT_SENSOR
