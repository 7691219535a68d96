"""What a lane asks of its devices and keeps of its people, at moments that come between two others."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

from kiosk.core import passage as entries
from kiosk.core.commands import Announce, JsonValue, ReleaseGate, Sound, StartSampling, StopSampling
from kiosk.core.events import (
    DoorClosed,
    DoorOpened,
    FaceAppeared,
    FaceGone,
    StaffAction,
    ThermalSampled,
)
from kiosk.core.past import Past
from kiosk.core.phases import Passing
from kiosk.core.rules import (
    AccessPoint,
    DoorRules,
    LaneRules,
    PassbackRules,
    Purpose,
    TemperatureCheck,
)
from kiosk.core.view import Page
from kiosk.terms import Reason, Strictness
from tests.core.counters import COOK, PACKER, counter, restaurant
from tests.core.playbook import (
    GATE_IN,
    GATE_OUT,
    MORNING,
    WARM,
    WELL,
    Playbook,
    code,
    granted,
    pseudonyms,
    reading,
    rules_with,
)
from tests.core.staff_play import GUARD, WITH_PASSES, decided, does, signed_in
from tests.core.test_lanes import MEASURED_TOO


def test_who_is_in_the_door_when_it_is_locked_down_goes_through_and_counts() -> None:
    play = signed_in(granted())
    play.happens(DoorOpened(play.now))
    does(play, StaffAction.LOCK_DOWN)
    assert isinstance(play.checkpoint.phase(), Passing)
    play.happens(DoorClosed(play.now))
    assert len(play.recorded(entries.PASSED)) == 1
    assert play.recorded(entries.ANNULLED) == []
    assert play.checkpoint.occupancy == 1


def test_after_a_staff_pass_the_lane_deals_with_people_as_before() -> None:
    play = does(Playbook(WITH_PASSES), StaffAction.AWAIT_PASS).scan(code(role=GUARD))
    play.wait(1.0).scan(code(cti=b"somebod2"))
    assert play.page() is Page.LOOK_AT_SENSOR
    play.sample(WELL)
    assert play.result.reason is Reason.GRANTED
    assert len(play.asked(ReleaseGate)) == 1


def test_whoever_walks_away_before_showing_a_code_is_measured_no_more_in_that_lane() -> None:
    play = Playbook(MEASURED_TOO).happens(FaceAppeared(Playbook().now, "out"))
    play.happens(FaceGone(play.now, "out"))
    assert play.asked(StopSampling) == [StopSampling(1, "out")]


def test_a_second_measurement_begins_where_the_first_was_ended_and_ends_with_the_answer() -> None:
    play = Playbook(MEASURED_TOO).happens(FaceAppeared(Playbook().now, "out"))
    for measured in (reading(37.9), WARM):
        play.happens(ThermalSampled(play.now, 1, measured))
    asked = [each for each in play.commands if isinstance(each, StartSampling | StopSampling)]
    assert asked == [StartSampling(1, "out"), StopSampling(1, "out")] * 2


def test_who_enters_where_nothing_need_be_opened_is_inside_with_the_answer() -> None:
    yesterdays = pseudonyms(b"somebody", Playbook().now)[1]
    open_gate = dataclasses.replace(GATE_IN, output="", temperature=TemperatureCheck.OFF)
    timed = PassbackRules(Strictness.HARD, window_minutes=30)
    rules = rules_with(access_points=(open_gate, GATE_OUT), passback=timed)
    entered = {yesterdays: MORNING - timedelta(hours=1)}
    play = Playbook(rules, past=Past(inside=entered)).scan(code())
    assert play.recorded(entries.PASSED)[0].data["inside_as"] == yesterdays
    assert play.checkpoint.occupancy == 1
    play.wait(12.0).scan(code())
    assert decided(play) == [("grant", "granted"), ("deny", "passback.already_inside")]


def test_a_slip_that_is_to_be_gone_before_the_lamp_is_stays_a_second_longer_than_it() -> None:
    rules = restaurant(slip_s=5.0)
    rules = dataclasses.replace(rules, door=dataclasses.replace(rules.door, pulse_s=10.0))
    play = counter(rules).check_in(COOK, b"cook-one")
    play.wait(10.0)
    play.check_in(PACKER, b"packer-1").wait(10.0)
    play.order().courier().wait(10.9)
    assert play.result.slip is not None
    assert play.wait(0.2).page() is Page.WELCOME


BEFORE = rules_with(
    access_points=(dataclasses.replace(GATE_IN, temperature=TemperatureCheck.BEFORE), GATE_OUT)
)


def facts(play: Playbook) -> dict[str, JsonValue]:
    told = play.recorded(entries.DECIDED)[-1].data["facts"]
    assert isinstance(told, dict)
    return told


def test_it_is_kept_when_the_code_of_somebody_measured_came() -> None:
    play = Playbook(BEFORE).happens(FaceAppeared(Playbook().now)).sample(WELL)
    play.wait(2.5).scan(code())
    assert facts(play)["code_ms"] == 2500


def test_it_is_kept_how_long_a_code_has_waited_for_its_turn() -> None:
    play = Playbook().scan(code()).scan(code(cti=b"leaving!"), "exit-scanner").wait(2.0)
    play.sample(WELL).wait(4.4)
    assert play.result.reason is Reason.EXIT_RECORDED
    assert facts(play)["code_ms"] == 6300


def test_who_shows_a_code_before_midnight_has_that_days_name_though_it_waited_until_after_it() -> None:
    play = Playbook(pseudonyms=lambda _subject, at: (f"{at.utc:%H:%M:%S}",))
    play.scan(code()).wait(1.0).scan(code(cti=b"leaving!"), "exit-scanner").sample(WELL).wait(4.4)
    assert play.recorded(entries.DECIDED)[-1].data["subject"] == "00:00:01"


def test_a_code_that_was_asked_for_ends_the_measurement_in_its_lane() -> None:
    play = Playbook(MEASURED_TOO).happens(FaceAppeared(Playbook().now, "out"))
    play.happens(ThermalSampled(play.now, 1, WELL)).scan(code(), "staff-scanner")
    assert play.asked(StopSampling) == [StopSampling(1, "out")]


def test_an_order_that_is_read_is_heard_in_its_lane() -> None:
    handover = AccessPoint("counter", Purpose.HANDOVER, "lamp", "staff", order_reader="orders", lane="out")
    rules = rules_with(access_points=(GATE_IN, handover), lanes=(LaneRules("out", DoorRules(contact=False)),))
    assert Playbook(rules).scan(b"MT-0042", "orders").asked(Announce) == [Announce(Sound.READ, "out")]


def test_a_slip_is_recorded_with_the_moment_of_its_hand_over() -> None:
    play = counter().staffed().order().courier()
    assert [each.at for each in play.recorded(entries.SLIP_WRITTEN)] == [play.now]


def test_the_screen_stays_with_the_passage_while_it_is_recorded() -> None:
    play = Playbook(journal_works=False).scan(code()).sample(WELL)
    assert (play.page(), play.view.passage_id) == (Page.ONE_MOMENT, 1)
