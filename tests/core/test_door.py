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
    assert door.tick(4.0) == [DoorFact.SECURE]
    assert door.wake_at == pytest.approx(4.35)
    assert door.tick(4.34) == []
    assert door.tick(4.36) == [DoorFact.ANNULLED]
    assert door.tick(5.0) == []


@pytest.mark.parametrize("late_s", [0.0, 0.02, 0.3])
def test_a_door_that_opens_just_after_its_pulse_was_opened_in_time(door: Door, late_s: float) -> None:
    door.released(0.0, supervised=True)
    assert door.tick(4.0) == [DoorFact.SECURE]
    assert door.opened(4.0 + late_s) == []
    assert door.tick(5.0) == []
    assert door.closed() == [DoorFact.PASSED]


def test_the_grace_is_the_site_s_to_choose() -> None:
    door = Door(DoorRules(pulse_s=4.0, forced_grace_s=0.0, debounce_s=0.0))
    door.released(0.0, supervised=True)
    assert door.tick(4.0) == [DoorFact.SECURE, DoorFact.ANNULLED]
    assert door.opened(4.01) == [DoorFact.FORCED_OPEN]


def test_a_door_that_opens_after_its_pulse_is_forced(door: Door) -> None:
    door.released(0.0, supervised=True)
    door.tick(4.0)
    door.tick(4.4)
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
    assert door.lose_contact(0.7) == [DoorFact.SECURE, DoorFact.PASSED]
    assert (door.wake_at, door.is_passing) == (None, False)


def test_a_release_whose_contact_is_lost_counts_as_passed_when_its_pulse_is_over(door: Door) -> None:
    door.released(0.0, supervised=True)
    assert door.lose_contact(3.9) == []
    assert door.tick(10.0) == [DoorFact.SECURE, DoorFact.PASSED]


def test_an_alarm_ends_with_the_contact(door: Door) -> None:
    door.opened(0.0)
    assert door.lose_contact(1.0) == [DoorFact.CLEARED]
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


def test_who_leaves_by_the_button_opens_no_door_by_force(door: Door) -> None:
    door.exit_requested(10.0)
    assert door.opened(14.2) == []
    assert door.closed() == []
    assert door.opened(15.0) == [DoorFact.FORCED_OPEN]


def test_a_door_held_open_by_who_leaves_is_an_alarm(door: Door) -> None:
    door.exit_requested(0.0)
    door.opened(1.0)
    assert door.tick(16.0) == [DoorFact.HELD_OPEN]
    assert door.closed() == [DoorFact.CLEARED]


def test_in_a_fire_no_door_is_forced_or_held_open(door: Door) -> None:
    door.stands_free(True)
    assert door.opened(0.0) == []
    assert door.tick(15.0) == []
    assert door.tick(30.0) == []
    door.stands_free(False)
    assert door.tick(45.0) == [DoorFact.HELD_OPEN]


def test_who_stands_in_the_door_when_it_burns_has_passed(door: Door) -> None:
    door.released(0.0, supervised=True)
    door.opened(1.0)
    door.stands_free(True)
    assert door.tick(16.0) == [DoorFact.SECURE, DoorFact.PASSED]
    assert door.closed() == []


class TestWithAPassageSensor:
    @pytest.fixture
    def door(self) -> Door:
        return Door(DoorRules(pulse_s=4.0, held_open_s=15.0, passage_sensor=True))

    @pytest.fixture
    def turnstile(self) -> Door:
        return Door(DoorRules(pulse_s=4.0, contact=False, passage_sensor=True))

    def test_the_sensor_says_who_has_passed_and_the_strike_is_secured_at_once(self, door: Door) -> None:
        door.released(0.0, supervised=True)
        door.opened(1.0)
        assert door.passage_begins(1.5) == [DoorFact.SECURE, DoorFact.PASSED]
        assert door.passage_ends() == []
        assert door.closed() == []

    def test_a_second_one_on_the_same_grant_is_an_intruder(self, door: Door) -> None:
        door.released(0.0, supervised=True)
        door.opened(1.0)
        door.passage_begins(1.5)
        assert door.passage_begins(2.0) == [DoorFact.FORCED_OPEN]
        assert door.passage_begins(2.5) == []
        assert door.passage_ends() == []
        assert door.closed() == [DoorFact.CLEARED]

    def test_a_door_that_was_opened_and_nobody_went_through_is_annulled(self, door: Door) -> None:
        door.released(0.0, supervised=True)
        door.opened(1.0)
        assert door.closed() == [DoorFact.SECURE, DoorFact.ANNULLED]

    def test_a_door_held_open_that_nobody_went_through_is_annulled(self, door: Door) -> None:
        door.released(0.0, supervised=True)
        door.opened(1.0)
        door.tick(3.0)
        assert door.tick(16.0) == [DoorFact.ANNULLED, DoorFact.HELD_OPEN]

    def test_a_door_that_stays_open_after_somebody_passed_is_held_open(self, door: Door) -> None:
        door.released(0.0, supervised=True)
        door.opened(1.0)
        door.passage_begins(1.5)
        assert door.tick(16.0) == [DoorFact.HELD_OPEN]

    def test_who_leaves_by_the_button_passes_the_sensor_too(self, door: Door) -> None:
        door.exit_requested(0.0)
        door.opened(1.0)
        assert door.passage_begins(1.5) == []

    def test_who_opened_in_time_after_the_button_may_pass_the_sensor_later(self, door: Door) -> None:
        door.exit_requested(0.0)
        door.opened(4.2)
        assert door.passage_begins(6.0) == []

    def test_who_stood_in_the_door_while_it_burnt_is_no_intruder_after_it(self, door: Door) -> None:
        door.stands_free(True)
        door.opened(1.0)
        assert door.tick(16.0) == []
        door.stands_free(False)
        assert door.passage_begins(17.0) == []

    def test_the_button_frees_a_turnstile_for_a_pulse_and_its_grace_and_no_longer(
        self, turnstile: Door
    ) -> None:
        turnstile.exit_requested(0.0)
        assert turnstile.passage_begins(4.3) == []
        assert turnstile.passage_begins(4.4) == [DoorFact.FORCED_OPEN]

    def test_a_turnstile_is_passed_or_annulled_without_a_contact(self, turnstile: Door) -> None:
        assert turnstile.is_watched
        turnstile.released(0.0, supervised=True)
        assert turnstile.passage_begins(1.0) == [DoorFact.SECURE, DoorFact.PASSED]
        turnstile.released(5.0, supervised=True)
        assert turnstile.tick(9.0) == [DoorFact.SECURE]
        assert turnstile.tick(9.4) == [DoorFact.ANNULLED]

    def test_a_turnstile_that_turns_within_the_grace_was_turned_in_time(self, turnstile: Door) -> None:
        turnstile.released(0.0, supervised=True)
        turnstile.tick(4.0)
        assert turnstile.passage_begins(4.2) == [DoorFact.PASSED]
        assert turnstile.tick(9.0) == []

    def test_a_turnstile_that_is_forced_is_an_alarm_as_long_as_somebody_is_in_it(
        self, turnstile: Door
    ) -> None:
        assert turnstile.passage_begins(1.0) == [DoorFact.FORCED_OPEN]
        assert turnstile.passage_ends() == [DoorFact.CLEARED]
        assert turnstile.passage_begins(2.0) == [DoorFact.FORCED_OPEN]

    def test_the_end_of_an_alarm_leaves_who_was_granted_meanwhile_still_to_pass(
        self, turnstile: Door
    ) -> None:
        turnstile.passage_begins(1.0)
        turnstile.released(2.0, supervised=True)
        assert turnstile.passage_ends() == [DoorFact.CLEARED]
        assert turnstile.tick(6.0) == [DoorFact.SECURE]
        assert turnstile.tick(6.4) == [DoorFact.ANNULLED]

    def test_an_alarm_that_is_over_while_somebody_is_granted_is_over_once(self, turnstile: Door) -> None:
        assert turnstile.passage_begins(0.0) == [DoorFact.FORCED_OPEN]
        turnstile.released(0.5, supervised=True)
        assert turnstile.passage_ends() == [DoorFact.CLEARED]
        assert turnstile.alarm is None
        assert turnstile.passage_begins(1.0) == [DoorFact.SECURE, DoorFact.PASSED]
        assert turnstile.passage_ends() == []

    def test_without_its_sensor_the_contact_says_who_has_passed(self, door: Door) -> None:
        door.released(0.0, supervised=True)
        assert door.lose_sensor(0.5) == []
        door.opened(1.0)
        assert door.closed() == [DoorFact.SECURE, DoorFact.PASSED]
        door.regain_sensor()
        door.released(10.0, supervised=True)
        door.opened(11.0)
        assert door.closed() == [DoorFact.SECURE, DoorFact.ANNULLED]

    def test_without_its_contact_the_sensor_says_who_has_passed(self, door: Door) -> None:
        door.released(0.0, supervised=True)
        assert door.lose_contact(0.5) == []
        assert door.passage_begins(1.0) == [DoorFact.SECURE, DoorFact.PASSED]

    def test_a_turnstile_that_loses_its_sensor_passes_whom_it_releases(self, turnstile: Door) -> None:
        turnstile.released(0.0, supervised=True)
        assert turnstile.lose_sensor(3.9) == []
        assert not turnstile.is_watched
        assert turnstile.tick(4.0) == [DoorFact.SECURE, DoorFact.PASSED]

    def test_a_turnstile_that_loses_its_sensor_after_the_pulse_annuls(self, turnstile: Door) -> None:
        turnstile.released(0.0, supervised=True)
        turnstile.tick(4.0)
        assert turnstile.lose_sensor(4.2) == [DoorFact.ANNULLED]
        assert turnstile.tick(9.0) == []

    def test_a_sensor_that_is_lost_while_somebody_is_in_it_ends_the_alarm(self, turnstile: Door) -> None:
        turnstile.passage_begins(1.0)
        assert turnstile.lose_sensor(2.0) == [DoorFact.CLEARED]


def test_a_release_whose_contact_is_lost_within_the_grace_is_annulled(door: Door) -> None:
    door.released(0.0, supervised=True)
    door.tick(4.0)
    assert door.lose_contact(4.2) == [DoorFact.ANNULLED]
    assert not door.is_watched
    door.regain_contact()
    assert door.is_watched


class TestAContactLostBeforeTheSensorHasSeenAnybody:
    """The sensor alone says PASSED, with or without a contact."""

    @pytest.fixture
    def door(self) -> Door:
        door = Door(DoorRules(pulse_s=4.0, held_open_s=15.0, passage_sensor=True))
        door.released(0.0, supervised=True)
        door.opened(1.0)
        assert door.lose_contact(1.2) == []
        return door

    def test_who_is_seen_then_has_passed_and_forces_nothing(self, door: Door) -> None:
        assert door.passage_begins(1.5) == [DoorFact.SECURE, DoorFact.PASSED]
        assert (door.passage_ends(), door.wake_at, door.alarm) == ([], None, None)

    def test_who_is_not_seen_is_annulled_and_no_alarm_stands_that_nothing_could_end(self, door: Door) -> None:
        assert door.tick(2.0) == [DoorFact.SECURE]
        assert door.tick(16.0) == [DoorFact.ANNULLED]
        assert (door.wake_at, door.alarm) == (None, None)

    def test_a_contact_that_is_back_with_the_door_open_goes_on_watching(self, door: Door) -> None:
        door.regain_contact()
        assert door.opened(3.0) == []
        assert door.tick(18.0) == [DoorFact.SECURE, DoorFact.ANNULLED, DoorFact.HELD_OPEN]
        assert door.closed() == [DoorFact.CLEARED]

    def test_without_the_sensor_too_nobody_can_say_and_he_has_passed(self, door: Door) -> None:
        assert door.lose_sensor(1.4) == [DoorFact.SECURE, DoorFact.PASSED]
        assert (door.wake_at, door.is_passing) == (None, False)

    def test_an_alarm_of_before_ends_with_the_contact(self) -> None:
        door = Door(DoorRules(passage_sensor=True))
        assert door.opened(0.0) == [DoorFact.FORCED_OPEN]
        door.released(1.0, supervised=True)
        assert door.lose_contact(1.5) == [DoorFact.CLEARED]
        assert door.passage_begins(2.0) == [DoorFact.SECURE, DoorFact.PASSED]
