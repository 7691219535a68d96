"""Whose session it is: where a pass is taken, and who is signed out when he is not of the staff any more."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.core import passage as entries
from kiosk.core.events import StaffAction, StaffGone, StaffIntent, StaffReason
from kiosk.core.rules import StaffRules
from kiosk.core.view import Notice
from tests.core.playbook import Playbook, code
from tests.core.staff_play import GUARD, WITH_PASSES, acts, decided, does, signed_in, staff
from tests.core.test_lanes import TWO

TWO_WITH_PASSES = replace(TWO, staff=StaffRules(pass_roles=(GUARD,)))
OF_GUARD = code(role=GUARD, cti=b"guardian")


def awaiting(lane: str) -> Playbook:
    play = Playbook(TWO_WITH_PASSES)
    return play.happens(StaffIntent(play.now, StaffAction.AWAIT_PASS, lane=lane))


def gone(play: Playbook, number: str = "07") -> Playbook:
    return play.happens(StaffGone(play.now, number))


def test_a_code_in_another_lane_than_the_one_that_waits_for_a_pass_is_a_passage() -> None:
    play = awaiting("out").scan(code())
    assert play.view.passage_id == 1
    assert play.recorded(entries.STAFF_REFUSED) == []
    assert (staff(play).awaits_pass, staff(play).pass_lane) == (True, "out")
    play.scan(OF_GUARD, "exit-scanner")
    assert staff(play).signed_in == f"today-{b'guardian'.hex()}"


def test_a_guard_who_goes_in_elsewhere_is_not_signed_in_by_it() -> None:
    assert staff(awaiting("out").scan(OF_GUARD)).signed_in is None


def test_a_lane_that_is_not_there_waits_for_no_pass() -> None:
    play = awaiting("nowhere")
    assert (staff(play).awaits_pass, staff(play).notice) == (False, Notice.NOT_POSSIBLE)


def test_who_is_removed_is_signed_out_at_once_and_can_do_nothing_more() -> None:
    play = gone(signed_in())
    assert staff(play).signed_in is None
    assert [each.data for each in play.recorded(entries.STAFF_SIGNED_OUT)] == [
        {"staff": "07", "cause": "removed"}
    ]
    does(play, StaffAction.OPEN_ONCE, reason=StaffReason.GOODS)
    assert (staff(play).notice, acts(play), decided(play)) == (Notice.NOT_SIGNED_IN, [], [])


def test_another_who_is_removed_ends_nobodys_session() -> None:
    assert staff(gone(signed_in(), "08")).signed_in == "07"
    assert gone(Playbook()).journal == []


@pytest.mark.parametrize("by_pass", [f"today-{b'somebody'.hex()}"])
def test_a_pass_is_no_number_of_the_register(by_pass: str) -> None:
    play = Playbook(WITH_PASSES)
    play.happens(StaffIntent(play.now, StaffAction.AWAIT_PASS)).scan(code(role=GUARD))
    assert staff(gone(play, by_pass)).signed_in == by_pass
