"""A door whose loop is late: what comes before the strike is secured, and what is judged by its own time."""

from __future__ import annotations

import pytest

from kiosk.core.door import Door, DoorFact
from kiosk.core.rules import DoorRules


@pytest.fixture
def door() -> Door:
    return Door(DoorRules(pulse_s=4.0, relock_after_open_s=1.0, held_open_s=15.0, forced_grace_s=0.3))


@pytest.mark.parametrize(
    ("lost_s", "facts"),
    [
        (3.9994, []),
        (3.9996, [DoorFact.SECURE, DoorFact.ANNULLED]),  # kept as 4000 ms
        (9.0, [DoorFact.SECURE, DoorFact.ANNULLED]),
    ],
)
class TestAPulseThatALateLoopHasNotEndedIsOverAtItsTime:
    """Until then nobody was seen to open the door or to turn the turnstile."""

    def test_when_the_contact_is_lost(self, door: Door, lost_s: float, facts: list[DoorFact]) -> None:
        door.released(0.0, supervised=True)
        assert door.lose_contact(lost_s) == facts
        assert (door.wake_at is None) is bool(facts)

    def test_when_the_sensor_is_lost(self, lost_s: float, facts: list[DoorFact]) -> None:
        turnstile = Door(DoorRules(pulse_s=4.0, contact=False, passage_sensor=True))
        turnstile.released(0.0, supervised=True)
        assert turnstile.lose_sensor(lost_s) == facts
        assert (turnstile.wake_at is None) is bool(facts)


@pytest.mark.parametrize(
    ("secured_s", "until_s"),
    [
        (4.0, 4.35),  # the grace, and what the contact needs to settle
        (4.2, 4.35),
        (4.3, 4.35),
        (4.4, 4.45),  # what came while the strike was free has settled by then
        (9.0, 9.05),
    ],
)
def test_who_opens_before_the_strike_is_secured_has_opened_in_time(
    door: Door, secured_s: float, until_s: float
) -> None:
    door.released(0.0, supervised=True)
    assert door.tick(secured_s) == [DoorFact.SECURE]
    assert door.wake_at == pytest.approx(until_s)
    assert door.tick(until_s - 0.001) == []
    assert door.opened(secured_s) == []
    assert door.closed() == [DoorFact.PASSED]


def test_who_does_not_is_annulled_as_soon_as_nothing_can_settle_any_more(door: Door) -> None:
    door.released(0.0, supervised=True)
    assert door.tick(9.0) == [DoorFact.SECURE]
    assert door.tick(9.051) == [DoorFact.ANNULLED]
    assert door.opened(9.06) == [DoorFact.FORCED_OPEN]
