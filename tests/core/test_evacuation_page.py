"""An evacuation is shown at once, whatever stood on the screen; a code that is waited for shuts no door."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.core.commands import ReleaseGate
from kiosk.core.events import FaceAppeared, Input, InputChanged, StaffAction
from kiosk.core.rules import TemperatureCheck
from kiosk.core.view import Notice, Page
from tests.core.playbook import GATE_IN, WELL, Playbook, code, reading, rules_with
from tests.core.staff_play import acts, decided, does, signed_in, staff
from tests.core.test_phases import COUNTER, FIRST_AND_COUNTER, Scene

FACE_FIRST = rules_with(access_points=(replace(GATE_IN, temperature=TemperatureCheck.BEFORE),))
PHASES = ("Idle", "Sampling", "AwaitingCode", "AwaitingOrder", "Recording", "Passing", "Showing")


def evacuated(phase: str) -> Playbook:
    scene = Scene(phase, COUNTER if phase == "AwaitingOrder" else FIRST_AND_COUNTER)
    assert scene.phase == phase
    return does(signed_in(scene.play), StaffAction.EVACUATE)


@pytest.mark.parametrize("phase", PHASES)
def test_it_is_shown_at_once_whoever_is_being_dealt_with(phase: str) -> None:
    assert evacuated(phase).page() is Page.EVACUATE


@pytest.mark.parametrize("phase", PHASES)
def test_an_alarm_that_comes_and_goes_leaves_it_on_the_screen(phase: str) -> None:
    play = evacuated(phase)
    for active in (True, False):
        play.happens(InputChanged(play.now, Input.TAMPER, active))
    assert play.page() is Page.EVACUATE


def test_who_is_to_be_measured_once_more_is_asked_for_nothing_any_more() -> None:
    play = does(signed_in(Playbook().scan(code())), StaffAction.EVACUATE)
    assert play.sample(reading(37.8)).page() is Page.EVACUATE
    play.sample(WELL)
    assert decided(play) == [("deny", "site.evacuating")]
    assert play.wait(9.0).page() is Page.EVACUATE


def awaits_code() -> Playbook:
    play = Playbook(FACE_FIRST).happens(FaceAppeared(Playbook().now)).sample(WELL)
    assert play.page() is Page.SHOW_CODE
    return signed_in(play)


def test_staff_open_for_somebody_else_while_a_code_is_waited_for() -> None:
    play = does(awaits_code(), StaffAction.OPEN_ONCE)
    assert (staff(play).notice, acts(play)) == (Notice.DONE, ["open_once"])
    assert decided(play) == [("grant", "staff.admitted")]
    assert play.asked(ReleaseGate) == [ReleaseGate(2, "gate", 4.0)]


def test_the_measurement_of_whose_code_had_not_come_is_good_for_nobody() -> None:
    play = does(awaits_code(), StaffAction.OPEN_ONCE).wait(9.0).scan(code())
    assert decided(play) == [("grant", "staff.admitted")]
    assert play.page() is Page.LOOK_AT_SENSOR
