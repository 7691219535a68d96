"""A loop that hangs is late by nobody knows how much: what its doors did meanwhile decides as it did."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.core import passage as entries
from kiosk.core.events import DeviceFaulted, DoorClosed, DoorOpened, Input, InputChanged, Tick
from kiosk.core.rules import DoorRules, LaneRules
from tests.core.playbook import WELL, code, rules_with
from tests.core.replay.replaying import Recorded
from tests.core.replay.test_replay import ANOTHER, granted, same
from tests.core.test_lanes import TWO

PULSE_OVER_S, GRACE_OVER_S = 4.1, 30.0
TURNSTILE = rules_with(door=DoorRules(contact=False, passage_sensor=True, debounce_s=0.0))


def ends(play: Recorded) -> list[str]:
    kinds = (entries.PASSED, entries.ANNULLED)
    return [each.type.rpartition(".")[2] for each in play.entries() if each.type in kinds]


@pytest.mark.parametrize("woken_s", [0.5, PULSE_OVER_S])
@pytest.mark.parametrize("late_s", [0.0, GRACE_OVER_S])
def test_a_door_that_opens_before_the_loop_goes_on_is_one_that_somebody_passes(
    woken_s: float, late_s: float
) -> None:
    play = granted(Recorded())
    play.wait(woken_s).passes(late_s)
    play.happens(DoorOpened(play.now)).wait(1.0).happens(DoorClosed(play.now)).wait(9.0)
    granted(play, ANOTHER).goes_through()
    assert ends(play) == ["passed", "passed"]
    same(play)


@pytest.mark.parametrize("woken_s", [0.5, PULSE_OVER_S])
def test_a_turnstile_that_turns_before_the_loop_goes_on_is_passed(woken_s: float) -> None:
    play = granted(Recorded(TURNSTILE))
    play.wait(woken_s).passes(GRACE_OVER_S)
    play.happens(InputChanged(play.now, Input.PASSAGE, True)).wait(1.0)
    assert ends(play) == ["passed"]
    same(play)


@pytest.mark.parametrize("woken_s", [0.5, PULSE_OVER_S])
@pytest.mark.parametrize("late_s", [4.0, GRACE_OVER_S])
@pytest.mark.parametrize("device", ["door", "passage"])
def test_a_contact_that_is_lost_before_the_loop_goes_on_voids_a_pulse_that_is_over(
    woken_s: float, late_s: float, device: str
) -> None:
    rules = TURNSTILE if device == "passage" else rules_with()
    play = granted(Recorded(rules))
    play.wait(woken_s).passes(late_s)
    play.happens(DeviceFaulted(play.now, device, "cut")).wait(9.0)
    assert ends(play) == ["annulled"]
    same(play)


def test_somebody_in_another_lane_does_not_end_a_grant_whose_door_has_still_to_settle() -> None:
    settling = replace(TWO, door=DoorRules(), lanes=(LaneRules("out", DoorRules()),))
    play = Recorded(settling)
    play.scan(code(cti=b"somebod2"), "exit-scanner")
    play.passes(5.0).happens(Tick(play.now)).passes(0.002).scan(code())
    play.passes(0.001).happens(DoorOpened(play.now, "out"))
    play.passes(0.1).happens(DoorClosed(play.now, "out")).wait(9.0)
    assert ends(play) == ["passed"]
    same(play)


def test_a_gate_that_is_lost_before_the_loop_goes_on_takes_nothing_back_that_nobody_watches() -> None:
    play = granted(Recorded(rules_with(door=DoorRules(contact=False))))
    play.passes(GRACE_OVER_S)
    play.happens(DeviceFaulted(play.now, "gate", "gone")).wait(9.0)
    assert ends(play) == ["passed"]
    same(play)


def test_a_door_that_is_shut_before_the_loop_goes_on_was_not_held_open() -> None:
    play = granted(Recorded())
    play.wait(0.5)
    play.happens(DoorOpened(play.now))
    play.passes(GRACE_OVER_S).happens(DoorClosed(play.now)).wait(9.0)
    assert ends(play) == ["passed"]
    same(play)


def test_the_end_of_a_grant_in_another_lane_comes_in_its_time() -> None:
    play = Recorded(TWO)
    play.scan(code(cti=ANOTHER), "exit-scanner").wait(1.0)
    play.scan(code()).wait(0.2).sample(WELL, 2).wait(0.3)
    play.happens(DoorOpened(play.now)).wait(7.0).happens(DoorClosed(play.now)).wait(9.0)
    assert ends(play) == ["annulled", "passed"]
    same(play)


@pytest.mark.parametrize("late_s", [0.0, 5.0])
def test_a_door_is_held_open_too_long_from_when_it_opened_and_not_from_when_that_was_seen(
    late_s: float,
) -> None:
    play = granted(Recorded(rules_with(door=DoorRules(debounce_s=0.2))))
    play.wait(0.5)
    play.happens(DoorOpened(play.now)).passes(late_s).wait(60.0)
    assert ends(play) == ["passed"]
    same(play)
