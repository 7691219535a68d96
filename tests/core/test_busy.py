"""What an end of the kiosk would cost, phase by phase: a new configuration waits for it."""

from __future__ import annotations

import pytest

from kiosk.core.busy import Busy
from kiosk.core.events import DoorClosed, DoorOpened, Recorded, StaffAction
from kiosk.core.rules import Rules
from tests.core.counters import counter
from tests.core.playbook import COURIER, Playbook, code
from tests.core.staff_play import does, signed_in
from tests.core.test_lanes import TWO
from tests.core.test_phases import AFTER, COUNTER, FIRST, Scene


def busy(play: Playbook) -> Busy:
    return play.checkpoint.busy


@pytest.mark.parametrize(
    ("phase", "rules", "expected"),
    [
        ("Idle", AFTER, Busy.FREE),
        ("Sampling", AFTER, Busy.BEGUN),
        ("AwaitingCode", FIRST, Busy.BEGUN),
        ("Showing", AFTER, Busy.BEGUN),
        ("AwaitingOrder", COUNTER, Busy.OPEN),
        ("Recording", AFTER, Busy.OPEN),
        ("Passing", AFTER, Busy.OPEN),
    ],
)
def test_each_phase_has_its_price(phase: str, rules: Rules, expected: Busy) -> None:
    assert busy(Scene(phase, rules).play) is expected


def test_what_became_of_a_grant_is_waited_for_until_it_is_on_disk() -> None:
    scene = Scene("Passing", AFTER)
    scene.play.happens(DoorOpened(scene.now)).happens(DoorClosed(scene.now))
    assert scene.phase == "Idle"
    assert busy(scene.play) is Busy.OPEN
    scene.commit()
    assert busy(scene.play) is Busy.FREE


def test_a_grant_that_comes_too_late_to_disk_is_waited_for() -> None:
    scene = Scene("Recording", AFTER)
    late = scene.record_id
    scene.play.wait(30.0).wait(30.0)
    assert scene.phase == "Idle"
    assert busy(scene.play) is Busy.OPEN
    scene.play.happens(Recorded(scene.now, late, 0))
    scene.commit()
    assert busy(scene.play) is Busy.FREE


def test_the_lane_that_would_lose_most_counts() -> None:
    play = Playbook(TWO).scan(code())
    assert busy(play) is Busy.BEGUN
    play.scan(code(cti=b"somebod2"), "exit-scanner")
    assert busy(play) is Busy.OPEN


def test_a_slip_is_there_to_be_photographed_until_the_next_courier_comes() -> None:
    play = counter().staffed().order().courier()
    play.wait(6.0)
    assert play.result.slip is not None
    assert busy(play) is Busy.OPEN
    play.scan(code(cti=b"courier2", role=COURIER, shown_at=play.now.utc), "counter-scanner")
    assert busy(play) is Busy.BEGUN


@pytest.mark.parametrize("action", [StaffAction.HOLD_OPEN, StaffAction.EVACUATE])
def test_a_door_that_is_held_open_is_not_shut_by_the_way(action: StaffAction) -> None:
    play = does(signed_in(), action)
    assert busy(play) is Busy.HELD
    does(play, StaffAction.RELEASE)
    assert busy(play) is Busy.FREE


def test_a_lock_down_which_outlasts_a_new_start_is_in_nobodys_way() -> None:
    assert busy(does(signed_in(), StaffAction.LOCK_DOWN)) is Busy.FREE
