"""Which page stands where more than one could: what is graver, and what somebody is asked once it is over."""

from __future__ import annotations

import pytest

from kiosk.core.events import (
    DoorClosed,
    DoorOpened,
    FaceAppeared,
    Input,
    InputChanged,
    StaffAction,
)
from kiosk.core.view import Guidance, Page, ViewState
from kiosk.terms import Reason
from tests.core.counters import counter
from tests.core.playbook import WELL, Playbook, code
from tests.core.staff_play import does, signed_in
from tests.core.test_lanes import MEASURED_TOO, TWO, view


def tamper(play: Playbook, active: bool) -> Playbook:
    return play.happens(InputChanged(play.now, Input.TAMPER, active))


def interrupted(play: Playbook) -> list[Page]:
    """The page while the housing is open, and after it."""
    pages = [tamper(play, True).page()]
    return [*pages, tamper(play, False).page()]


def test_after_an_alarm_whoever_was_asked_for_a_code_is_asked_for_it_again() -> None:
    play = Playbook(MEASURED_TOO).happens(FaceAppeared(Playbook().now, "out")).sample(WELL, 1)
    play.happens(DoorOpened(play.now, "out"))
    play.happens(InputChanged(play.now, Input.PASSAGE, True, "out"))
    assert view(play, "out").alarm is Reason.DOOR_FORCED_OPEN
    play.happens(InputChanged(play.now, Input.PASSAGE, False, "out")).happens(DoorClosed(play.now, "out"))
    assert (view(play, "out").page, view(play, "out").passage_id) == (Page.SHOW_CODE, 1)


def test_after_an_alarm_whoever_was_asked_for_an_order_is_asked_for_it_again() -> None:
    play = counter().staffed().courier()
    assert interrupted(play) == [Page.ALARM, Page.SHOW_ORDER]
    assert play.view.passage_id == 3, "after cook and packer"


def test_after_an_alarm_whoever_was_measured_is_asked_to_look_again() -> None:
    play = Playbook().scan(code())
    assert interrupted(play) == [Page.ALARM, Page.LOOK_AT_SENSOR]
    assert (play.view.passage_id, play.guidance()) == (1, Guidance.LOOK_AT_SENSOR)


@pytest.mark.parametrize(
    ("action", "pages"),
    [
        (StaffAction.LOCK_DOWN, [Page.ALARM, Page.LOCKED_DOWN]),
        (StaffAction.EVACUATE, [Page.ALARM, Page.EVACUATE]),
    ],
)
def test_an_alarm_that_begins_in_another_mode_is_shown_and_the_mode_after_it(
    action: StaffAction, pages: list[Page]
) -> None:
    assert interrupted(does(signed_in(), action)) == pages


@pytest.mark.parametrize(
    ("action", "page"), [(StaffAction.LOCK_DOWN, Page.ALARM), (StaffAction.EVACUATE, Page.EVACUATE)]
)
def test_an_evacuation_is_graver_than_an_alarm_that_stands_and_a_lock_down_is_not(
    action: StaffAction, page: Page
) -> None:
    assert does(signed_in(tamper(Playbook(), True)), action).page() is page


def test_an_alarm_of_one_lane_stands_on_its_screen_when_its_person_is_gone() -> None:
    play = Playbook(TWO).happens(DoorOpened(Playbook().now, "out"))
    play.scan(b"rubbish").wait(5.0)
    pages: list[ViewState] = [view(play, lane) for lane in ("", "out")]
    assert [each.page for each in pages] == [Page.WELCOME, Page.ALARM]
