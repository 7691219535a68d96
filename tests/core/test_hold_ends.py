"""A hold that ends while somebody who was granted under it has still to go through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from kiosk.core import passage as entries
from kiosk.core.commands import HoldGate, ReleaseGate, SecureGate
from kiosk.core.events import DoorClosed, DoorOpened, Input, InputChanged, StaffAction
from kiosk.core.rules import DoorRules, Rules
from tests.core.playbook import RULES, WELL, Playbook, code
from tests.core.replay.replaying import Recorded
from tests.core.staff_play import decided, does, signed_in

SENSOR = replace(RULES, door=DoorRules(passage_sensor=True, debounce_s=0.0))


def held(rules: Rules = RULES) -> Playbook:
    return does(signed_in(Recorded(rules)), StaffAction.HOLD_OPEN)


def enters(play: Playbook) -> Playbook:
    """Somebody is granted under the hold, and stands before the open door."""
    return play.scan(code()).sample(WELL).wait(1.0)


def leaves(play: Playbook) -> Playbook:
    return play.scan(code(), "exit-scanner").wait(1.0)


def moves(play: Playbook) -> Sequence[object]:
    """What the gate was told since the hold began."""
    told = [one for one in play.commands if isinstance(one, HoldGate | ReleaseGate | SecureGate)]
    return told[told.index(HoldGate("gate")) + 1 :]


def ends(play: Playbook) -> list[str]:
    return [one.type for one in play.journal if one.type in (entries.PASSED, entries.ANNULLED)]


def replays(play: Playbook) -> bool:
    assert isinstance(play, Recorded)
    report = play.again()
    return report.difference is None and report.passed + report.annulled == len(ends(play))


def test_who_has_not_gone_through_when_it_is_released_has_a_pulse_of_his_own() -> None:
    play = does(enters(held()), StaffAction.RELEASE)
    assert moves(play) == [SecureGate("gate"), ReleaseGate(1, "gate", 4.0)]
    play.wait(2.0).happens(DoorOpened(play.now)).wait(1.5).happens(DoorClosed(play.now))
    assert ends(play) == [entries.PASSED]
    assert replays(play.wait(9.0))


def test_who_does_not_go_through_on_that_pulse_is_not_inside() -> None:
    play = does(enters(held()), StaffAction.RELEASE).wait(9.0)
    assert (ends(play), play.checkpoint.occupancy) == ([entries.ANNULLED], 0)
    assert moves(play)[-1] == SecureGate("gate")
    assert replays(play)


def test_who_wants_in_is_locked_out_by_a_lock_down_without_a_pulse() -> None:
    play = does(enters(held()), StaffAction.LOCK_DOWN)
    assert moves(play) == [SecureGate("gate")]
    assert ends(play.wait(9.0)) == [entries.ANNULLED]
    assert replays(play)


@pytest.mark.parametrize("action", [StaffAction.LOCK_DOWN, StaffAction.RELEASE])
def test_who_wants_out_leaves_by_a_pulse_of_his_own_whatever_ends_the_hold(action: StaffAction) -> None:
    play = does(leaves(held()), action)
    assert moves(play) == [SecureGate("gate"), ReleaseGate(1, "gate", 4.0)]
    play.wait(2.0).happens(DoorOpened(play.now)).wait(1.5).happens(DoorClosed(play.now))
    assert ends(play) == [entries.PASSED]
    assert replays(play.wait(9.0))


def test_who_was_granted_before_a_short_hold_does_not_lose_his_pulse_by_it() -> None:
    play = Recorded().scan(code()).sample(WELL).wait(1.0)
    does(signed_in(play), StaffAction.HOLD_OPEN).wait(1.0)
    does(play, StaffAction.RELEASE)
    assert moves(play) == [SecureGate("gate"), ReleaseGate(1, "gate", 4.0)]
    assert ends(play.wait(9.0)) == [entries.ANNULLED]


def test_who_stands_in_the_open_door_passes_when_it_closes() -> None:
    play = enters(held()).happens(DoorOpened(held().now))
    play.wait(1.0)
    does(play, StaffAction.RELEASE).wait(1.5).happens(DoorClosed(play.now))
    assert ends(play) == [entries.PASSED]


def went_by_the_door(play: Playbook) -> Playbook:
    return play.happens(DoorOpened(play.now)).wait(0.5).happens(DoorClosed(play.now))


def went_by_the_sensor(play: Playbook) -> Playbook:
    return play.happens(InputChanged(play.now, Input.PASSAGE, True))


@pytest.mark.parametrize(
    ("rules", "went"), [(RULES, went_by_the_door), (SENSOR, went_by_the_sensor)], ids=["door", "sensor"]
)
@pytest.mark.parametrize("action", [StaffAction.LOCK_DOWN, StaffAction.RELEASE])
def test_who_has_gone_through_under_the_hold_is_inside_however_it_ends(
    action: StaffAction, rules: Rules, went: object
) -> None:
    assert callable(went)
    play = does(went(enters(held(rules))), action)
    assert moves(play)[:1] == [SecureGate("gate")]
    assert play.asked(ReleaseGate) == []
    assert ends(play.wait(9.0)) == [entries.PASSED]
    assert (decided(play), play.checkpoint.occupancy) == ([("grant", "granted")], 1)
    assert replays(play)


def test_a_hold_that_ends_behind_somebody_who_is_through_opens_for_nobody() -> None:
    play = does(enters(held()).wait(9.0), StaffAction.RELEASE)
    assert moves(play) == [SecureGate("gate")]
