"""A door that staff hold open: who opens it is no intruder, and the end of a grant tells of it."""

from __future__ import annotations

from kiosk.core import passage as entries
from kiosk.core.commands import ReleaseGate
from kiosk.core.events import DoorClosed, DoorOpened, StaffAction
from tests.core.playbook import COUNTER, COURIER, RULES, WELL, Playbook, code
from tests.core.staff_play import does, signed_in


def test_nobody_who_opens_it_is_an_intruder_until_staff_let_go_of_it() -> None:
    play = does(signed_in(), StaffAction.HOLD_OPEN)
    play.happens(DoorOpened(play.now)).wait(60.0)
    assert play.recorded(entries.DOOR_ALARM) == []
    does(signed_in(play.happens(DoorClosed(play.now))), StaffAction.RELEASE)
    play.happens(DoorOpened(play.now))
    assert len(play.recorded(entries.DOOR_ALARM)) == 1


def test_the_end_of_a_grant_tells_when_staff_took_hold_of_the_door_and_let_go_of_it() -> None:
    play = signed_in(Playbook()).scan(code(), "exit-scanner").wait(1.0)
    does(play, StaffAction.HOLD_OPEN).wait(1.0)
    does(play, StaffAction.RELEASE).wait(9.0)
    (end,) = play.recorded(entries.ANNULLED)
    assert end.data["door"] == [[1000, "held", 1], [2000, "let go", 2]]


def test_a_hand_over_that_is_under_way_when_staff_let_go_of_the_door_has_no_pulse_of_the_door() -> None:
    play = does(signed_in(), StaffAction.HOLD_OPEN)
    play.scan(code(role=COURIER), "counter-scanner").sample(WELL)
    does(play, StaffAction.RELEASE).wait(9.0)
    assert play.asked(ReleaseGate) == [ReleaseGate(1, COUNTER.output, RULES.door.pulse_s)]
