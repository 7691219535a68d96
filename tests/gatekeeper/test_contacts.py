"""A whole gatekeeper with every contact and the buzzer, on the simulated board."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.core import passage as entries
from kiosk.core.events import Input
from kiosk.core.view import Page
from kiosk.terms import Reason
from tests.gatekeeper.rig import GATE_PIN, Rig

BUZZER_PIN = 22
PINS = {"request_to_exit_pin": 24, "tamper_pin": 25, "fire_pin": 26, "buzzer_pin": BUZZER_PIN}


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    rig = Rig(tmp_path / "kiosk", gate=PINS).start()
    yield rig
    rig.stop()


def test_contacts_at_rest_say_nothing(rig: Rig) -> None:
    rig.run(2.0)
    assert rig.views[-1].page is Page.WELCOME
    assert rig.faults() == []
    assert rig.entries(entries.ALARM_RAISED) == []
    assert rig.entries(entries.EXIT_REQUESTED) == []


@pytest.mark.parametrize(("which", "reason"), [(Input.TAMPER, Reason.TAMPER), (Input.FIRE, Reason.FIRE)])
def test_an_alarm_is_on_the_screen_on_the_buzzer_and_in_the_journal_until_its_cause_is_gone(
    rig: Rig, which: Input, reason: Reason
) -> None:
    rig.world.actuate(which, True)
    rig.run(12.0)
    assert rig.views[-1].alarm is reason
    assert rig.pins.level(BUZZER_PIN)
    assert not rig.pins.level(GATE_PIN)
    rig.world.actuate(which, False)
    rig.run(0.5)
    assert rig.views[-1].page is Page.WELCOME
    assert not rig.pins.level(BUZZER_PIN)
    assert [edge.level for edge in rig.pins.edges if edge.pin == BUZZER_PIN] == [True, False]
    (raised,), (cleared,) = rig.entries(entries.ALARM_RAISED), rig.entries(entries.ALARM_CLEARED)
    assert raised.data == cleared.data == {"reason": reason.value}


def test_a_spike_shorter_than_the_debounce_is_no_alarm(rig: Rig) -> None:
    rig.world.actuate(Input.TAMPER, True)
    rig.run(0.03)
    rig.world.actuate(Input.TAMPER, False)
    rig.run(1.0)
    assert rig.entries(entries.ALARM_RAISED) == []


def test_a_request_to_exit_is_in_the_journal_and_moves_no_relay(rig: Rig) -> None:
    rig.world.actuate(Input.REQUEST_TO_EXIT, True)
    rig.run(0.5)
    rig.world.actuate(Input.REQUEST_TO_EXIT, False)
    rig.run(0.5)
    assert len(rig.entries(entries.EXIT_REQUESTED)) == 1
    assert not rig.gate_ever_moved()


def test_an_alarm_that_stood_before_the_start_stands_after_it(rig: Rig) -> None:
    rig.world.actuate(Input.FIRE, True)
    rig.run(0.5)
    rig.stop()
    assert not rig.pins.level(BUZZER_PIN)
    rig.start()
    assert rig.views[-1].alarm is Reason.FIRE
    assert rig.pins.level(BUZZER_PIN)


def test_a_visitor_goes_through_while_the_lid_stands_open(rig: Rig) -> None:
    rig.world.actuate(Input.TAMPER, True)
    experience = rig.visit("green_well")
    assert experience.passed
    assert len(rig.entries(entries.PASSED)) == 1
