from __future__ import annotations

import pytest

from kiosk.core.door import Door, DoorFact
from kiosk.core.rules import DoorRules

RULES = DoorRules(pulse_s=4.0, relock_after_open_s=1.0, held_open_s=15.0)


@pytest.fixture
def door() -> Door:
    return Door(RULES)


def test_a_door_at_rest_wants_nothing(door: Door) -> None:
    assert door.wake_at is None
    assert door.tick(1e9) == []


def test_who_opens_a_released_door_and_closes_it_has_passed(door: Door) -> None:
    door.released(0.0, supervised=True)
    assert door.opened(1.0) == []
    assert door.tick(2.0) == [DoorFact.SECURE]
    assert door.closed() == [DoorFact.PASSED]


def test_the_strike_is_secured_a_while_after_the_door_has_opened(door: Door) -> None:
    door.released(0.0, supervised=True)
    door.opened(1.0)
    assert door.wake_at == 2.0
    assert door.tick(1.9) == []
    assert door.tick(2.0) == [DoorFact.SECURE]


def test_the_pulse_is_never_made_longer_by_a_late_opening(door: Door) -> None:
    door.released(0.0, supervised=True)
    door.opened(3.9)
    assert door.wake_at == 4.0
    assert door.tick(4.0) == [DoorFact.SECURE]


def test_a_door_that_closes_before_the_strike_is_secured_secures_it(door: Door) -> None:
    door.released(0.0, supervised=True)
    door.opened(1.0)
    assert door.closed() == [DoorFact.SECURE, DoorFact.PASSED]
    assert door.wake_at is None


def test_a_pulse_that_nobody_uses_is_annulled(door: Door) -> None:
    door.released(0.0, supervised=True)
    assert door.tick(3.9) == []
    assert door.tick(4.0) == [DoorFact.SECURE, DoorFact.ANNULLED]
    assert door.tick(5.0) == []


def test_a_door_that_opens_after_its_pulse_is_forced(door: Door) -> None:
    door.released(0.0, supervised=True)
    door.tick(4.0)
    assert door.opened(5.0) == [DoorFact.FORCED_OPEN]


def test_a_door_that_opens_unbidden_is_forced_until_it_closes(door: Door) -> None:
    assert door.opened(0.0) == [DoorFact.FORCED_OPEN]
    assert door.alarm is DoorFact.FORCED_OPEN
    assert door.closed() == [DoorFact.CLEARED]
    assert door.alarm is None


def test_a_door_held_open_is_told_once_and_cleared_when_it_closes(door: Door) -> None:
    door.released(0.0, supervised=True)
    door.opened(1.0)
    door.tick(2.0)
    assert door.wake_at == 16.0
    assert door.tick(16.0) == [DoorFact.PASSED, DoorFact.HELD_OPEN]
    assert door.tick(100.0) == []
    assert door.alarm is DoorFact.HELD_OPEN
    assert door.closed() == [DoorFact.CLEARED]


def test_who_is_in_the_door_when_its_contact_is_lost_has_passed(door: Door) -> None:
    door.released(0.0, supervised=True)
    door.opened(0.5)
    assert door.lose_contact() == [DoorFact.SECURE, DoorFact.PASSED]
    assert (door.wake_at, door.is_passing) == (None, False)


def test_a_release_whose_contact_is_lost_counts_as_passed_when_its_pulse_is_over(door: Door) -> None:
    door.released(0.0, supervised=True)
    assert door.lose_contact() == []
    assert door.tick(10.0) == [DoorFact.SECURE, DoorFact.PASSED]


def test_an_alarm_ends_with_the_contact(door: Door) -> None:
    door.opened(0.0)
    assert door.lose_contact() == [DoorFact.CLEARED]
    assert door.opened(5.0) == [DoorFact.FORCED_OPEN]


def test_a_contact_that_repeats_itself_says_nothing_new(door: Door) -> None:
    assert door.closed() == []
    door.opened(0.0)
    assert door.opened(1.0) == []
    door.closed()
    assert door.closed() == []


def test_a_grant_at_a_door_that_stands_open_is_a_pass_when_it_closes(door: Door) -> None:
    door.opened(0.0)
    door.released(10.0, supervised=True)
    assert door.is_passing
    assert door.wake_at == 11.0
    door.tick(11.0)
    assert door.closed() == [DoorFact.PASSED, DoorFact.CLEARED]


def test_a_lamp_is_passed_when_its_pulse_is_over(door: Door) -> None:
    door.released(0.0, supervised=False)
    assert door.tick(3.9) == []
    assert door.tick(4.0) == [DoorFact.SECURE, DoorFact.PASSED]


def test_a_door_that_opens_while_only_a_lamp_is_lit_is_forced(door: Door) -> None:
    door.released(0.0, supervised=False)
    assert door.opened(1.0) == [DoorFact.FORCED_OPEN]
    assert door.closed() == [DoorFact.CLEARED]
    assert door.tick(4.0) == [DoorFact.SECURE, DoorFact.PASSED]


def test_a_lamp_makes_no_forced_door_right(door: Door) -> None:
    door.opened(0.0)
    door.released(1.0, supervised=False)
    assert door.tick(5.0) == [DoorFact.SECURE, DoorFact.PASSED]
    assert door.alarm is DoorFact.FORCED_OPEN
    assert door.closed() == [DoorFact.CLEARED]


def test_an_abandoned_release_leaves_nothing_due_and_the_next_opening_is_forced(door: Door) -> None:
    door.released(0.0, supervised=True)
    door.abandon()
    assert door.wake_at is None
    assert door.opened(1.0) == [DoorFact.FORCED_OPEN]


def test_abandoning_leaves_a_forced_door_forced(door: Door) -> None:
    door.opened(0.0)
    door.released(1.0, supervised=False)
    door.abandon()
    assert door.tick(100.0) == []
    assert door.closed() == [DoorFact.CLEARED]


def test_a_door_held_open_before_the_strike_was_due_secures_it() -> None:
    door = Door(DoorRules(pulse_s=10.0, relock_after_open_s=5.0, held_open_s=2.0))
    door.released(0.0, supervised=True)
    door.opened(1.0)
    assert door.tick(3.0) == [DoorFact.SECURE, DoorFact.PASSED, DoorFact.HELD_OPEN]
