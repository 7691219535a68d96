"""How many are inside, with those who have no name."""

from __future__ import annotations

from kiosk.core.events import DoorClosed, DoorOpened, StaffAction
from kiosk.core.occupancy import Unnamed
from kiosk.core.past import Past
from kiosk.core.rules import Purpose
from tests.core.playbook import MORNING, WELL, Playbook, code
from tests.core.staff_play import does, signed_in


def test_each_who_passes_unnamed_is_one_more_or_one_fewer() -> None:
    unnamed = Unnamed()
    for purpose in (Purpose.ENTRY, Purpose.ENTRY, Purpose.ENTRY, Purpose.EXIT, Purpose.HANDOVER):
        unnamed.passed(purpose, named=5, is_inside=False, has_name=False)
        unnamed.passed(purpose, named=5, is_inside=purpose is Purpose.EXIT, has_name=True)
    assert (unnamed.count, unnamed.occupancy(5)) == (2, 7)


def test_a_count_corrects_what_those_without_a_name_add() -> None:
    unnamed = Unnamed(4)
    unnamed.correct(named=7, people=5)
    assert (unnamed.count, unnamed.occupancy(7), unnamed.occupancy(1)) == (-2, 5, 0)


def goes_through(play: Playbook) -> Playbook:
    return play.happens(DoorOpened(play.now)).wait(1.5).happens(DoorClosed(play.now)).wait(9.0)


def test_whom_staff_have_let_in_without_a_code_may_leave_with_one() -> None:
    play = goes_through(does(signed_in(), StaffAction.OPEN_ONCE))
    assert play.checkpoint.occupancy == 1
    assert goes_through(play.scan(code(), "exit-scanner")).checkpoint.occupancy == 0


def test_who_leaves_under_his_name_takes_nobody_without_one_along() -> None:
    past = Past(inside={f"today-{b'somebody'.hex()}": MORNING}, unnamed=2)
    play = goes_through(Playbook(past=past).scan(code(), "exit-scanner"))
    assert play.checkpoint.occupancy == 2


def test_who_leaves_a_house_that_is_empty_as_far_as_is_known_is_nobodys_debt() -> None:
    """They came in unseen, by a door that was held open: those who come after them count all the same."""
    play = Playbook()
    for rubbish in (b"one", b"two"):
        goes_through(play.scan(rubbish, "exit-scanner"))
    goes_through(play.scan(code()).sample(WELL))
    assert play.checkpoint.occupancy == 1


def test_who_has_left_without_his_name_and_comes_in_under_it_again_is_one_more() -> None:
    play = goes_through(signed_in(Playbook()).scan(code()).sample(WELL))
    goes_through(play.scan(b"rubbish", "exit-scanner"))
    assert play.checkpoint.occupancy == 0
    play.scan(code())
    goes_through(does(play, StaffAction.ADMIT, case=play.view.passage_id))
    assert play.checkpoint.occupancy == 1
    goes_through(play.scan(code(), "exit-scanner"))
    assert play.checkpoint.occupancy == 0
