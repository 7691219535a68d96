"""What a lane asks of its devices and keeps of its people, at moments that come between two others."""

from __future__ import annotations

import dataclasses

from kiosk.core import passage as entries
from kiosk.core.commands import ReleaseGate, StopSampling
from kiosk.core.events import (
    DoorClosed,
    DoorOpened,
    FaceAppeared,
    FaceGone,
    StaffAction,
)
from kiosk.core.phases import Passing
from kiosk.core.view import Page
from kiosk.terms import Reason
from tests.core.counters import COOK, PACKER, counter, restaurant
from tests.core.playbook import WELL, Playbook, code, granted
from tests.core.staff_play import GUARD, WITH_PASSES, does, signed_in
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


def test_a_slip_that_is_to_be_gone_before_the_lamp_is_stays_a_second_longer_than_it() -> None:
    rules = restaurant(slip_s=5.0)
    rules = dataclasses.replace(rules, door=dataclasses.replace(rules.door, pulse_s=10.0))
    play = counter(rules).check_in(COOK, b"cook-one")
    play.wait(10.0)
    play.check_in(PACKER, b"packer-1").wait(10.0)
    play.order().courier().wait(10.9)
    assert play.result.slip is not None
    assert play.wait(0.2).page() is Page.WELCOME
