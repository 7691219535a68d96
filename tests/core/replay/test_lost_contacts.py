"""Contacts that are lost under somebody who was granted: what that means depends on what was before."""

from __future__ import annotations

import pytest

from kiosk.core.devices import device_in
from kiosk.core.events import DeviceFaulted, DoorOpened, StaffAction
from kiosk.core.rules import DoorRules
from tests.core.playbook import code, rules_with
from tests.core.replay.replaying import Recorded
from tests.core.replay.test_holds import TWO
from tests.core.replay.test_lanes import ends, leaves
from tests.core.replay.test_replay import granted, same

SENSED = rules_with(door=DoorRules(passage_sensor=True, debounce_s=0.0))


def test_a_door_whose_contact_is_lost_again_after_it_opened_is_passed_when_its_sensor_is_lost_too() -> None:
    play = Recorded(SENSED)
    play.happens(DeviceFaulted(play.now, "door", "cut"))
    granted(play).wait(0.5).happens(DoorOpened(play.now))
    play.wait(0.5).happens(DeviceFaulted(play.now, "door", "cut"))
    play.wait(0.5).happens(DeviceFaulted(play.now, "passage", "cut"))
    assert ends(play) == ["passed"]
    same(play)


@pytest.mark.parametrize("lane", ["", "side"])
def test_a_contact_that_is_lost_in_the_pulse_that_follows_a_hold_leaves_the_pulse_to_tell(lane: str) -> None:
    play = Recorded(TWO)
    play.scan(code(), "exit-scanner" if not lane else "side-scanner").wait(1.0)
    play.acts(StaffAction.HOLD_OPEN, lane=lane).wait(2.0)
    play.acts(StaffAction.RELEASE).wait(2.0)
    play.happens(DeviceFaulted(play.now, device_in(lane, "door"), "cut")).wait(9.0)
    assert ends(play) == ["passed"]
    same(play)


def test_a_hold_of_one_lane_lasts_while_somebody_is_let_in_by_the_other() -> None:
    play = Recorded(TWO)
    play.acts(StaffAction.HOLD_OPEN, lane="side").wait(1.0)
    leaves(play, 1).wait(1.0)
    play.scan(code(shown_at=play.now.utc), "exit-scanner").wait(9.0)
    assert ends(play) == ["passed", "annulled"]
    same(play)
