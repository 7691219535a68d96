from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.core.events import Input
from kiosk.core.inputs import Inputs, Settled

SETTLE_S = 0.05


@pytest.fixture
def inputs() -> Inputs:
    return Inputs(SETTLE_S)


def test_a_level_counts_once_it_has_stood_and_from_when_it_came(inputs: Inputs) -> None:
    inputs.changed(1.0, Input.DOOR, active=True)
    assert inputs.wake_at == pytest.approx(1.05)
    assert inputs.settled(1.04) == []
    assert inputs.settled(1.06) == [Settled(Input.DOOR, True, 1.0)]
    assert inputs.settled(2.0) == []
    assert inputs.wake_at is None


def test_a_spike_is_nothing_that_happened(inputs: Inputs) -> None:
    inputs.changed(1.0, Input.TAMPER, active=True)
    inputs.changed(1.02, Input.TAMPER, active=False)
    assert inputs.wake_at is None
    assert inputs.settled(2.0) == []


def test_a_contact_that_bounces_changes_once_when_it_has_come_to_rest(inputs: Inputs) -> None:
    for bounce in range(5):
        inputs.changed(1.0 + 0.02 * bounce, Input.DOOR, active=bounce % 2 == 0)
    assert inputs.settled(1.1) == []
    assert inputs.settled(1.2) == [Settled(Input.DOOR, True, 1.08)]


def test_a_level_that_is_repeated_began_when_it_was_first_said(inputs: Inputs) -> None:
    inputs.changed(1.0, Input.DOOR, active=True)
    inputs.changed(1.04, Input.DOOR, active=True)
    assert inputs.settled(1.06) == [Settled(Input.DOOR, True, 1.0)]


def test_two_contacts_settle_in_the_order_in_which_they_came(inputs: Inputs) -> None:
    inputs.changed(1.01, Input.DOOR, active=True)
    inputs.changed(1.0, Input.REQUEST_TO_EXIT, active=True)
    assert [each.input for each in inputs.settled(2.0)] == [Input.REQUEST_TO_EXIT, Input.DOOR]


def test_an_input_that_is_lost_is_at_rest(inputs: Inputs) -> None:
    assert inputs.forget(0.5, Input.FIRE) == []
    inputs.changed(1.0, Input.FIRE, active=True)
    inputs.settled(2.0)
    assert inputs.forget(3.0, Input.FIRE) == [Settled(Input.FIRE, False, 3.0)]
    inputs.changed(4.0, Input.FIRE, active=True)
    assert inputs.forget(4.01, Input.FIRE) == []
    assert inputs.settled(9.0) == []


@given(st.lists(st.tuples(st.floats(0.0, 0.2), st.booleans()), max_size=30))
def test_what_counts_alternates_and_each_level_had_stood(steps: list[tuple[float, bool]]) -> None:
    inputs, now_s, told = Inputs(SETTLE_S), 0.0, []
    for wait_s, active in steps:
        now_s += wait_s
        told += [(now_s, each) for each in inputs.settled(now_s)]
        inputs.changed(now_s, Input.DOOR, active=active)
    assert [each.active for _, each in told] == [index % 2 == 0 for index in range(len(told))]
    assert all(at_s >= each.since_s + SETTLE_S for at_s, each in told)
