"""Which page stands where more than one could: what is graver, and what somebody is asked once it is over."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kiosk.core.commands import Announce, Light, Record, Show
from kiosk.core.events import (
    DoorClosed,
    DoorOpened,
    FaceAppeared,
    Input,
    InputChanged,
    StaffAction,
)
from kiosk.core.events import Recorded as OnDisk
from kiosk.core.view import Guidance, Page, ViewState
from kiosk.credentials.credential import Colour
from kiosk.terms import Reason
from tests.core.counters import counter
from tests.core.playbook import WELL, Playbook, code, granted
from tests.core.staff_play import does, signed_in
from tests.core.test_lanes import MEASURED_TOO, TWO, view

RED = code(colour=Colour.RED)


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


def shown_refused() -> Playbook:
    return Playbook().scan(RED)


@pytest.mark.parametrize("answered", [granted, shown_refused])
def test_an_answer_that_an_alarm_has_hidden_is_shown_again_in_silence(
    answered: Callable[[], Playbook],
) -> None:
    play = answered()
    before = play.result
    assert tamper(play, True).page() is Page.ALARM
    heard = len(play.commands)
    tamper(play, False)
    assert (play.page(), play.view.passage_id, play.result) == (Page.RESULT, 1, before)
    assert not any(isinstance(each, Announce | Light) for each in play.commands[heard:])


def test_a_slip_that_an_alarm_has_hidden_can_be_photographed_after_it() -> None:
    play = counter().staffed().order().courier()
    play.wait(6.0)
    slip = play.result.slip
    assert slip is not None
    tamper(tamper(play, True), False)
    assert play.result.slip == slip


def test_an_answer_stays_hidden_as_long_as_another_alarm_stands_which_is_shown() -> None:
    play = tamper(granted(), True)
    play.happens(InputChanged(play.now, Input.FIRE, True))
    assert play.view.alarm is Reason.FIRE
    play.happens(InputChanged(play.now, Input.FIRE, False))
    assert (play.page(), play.view.alarm) == (Page.ALARM, Reason.TAMPER)


def test_an_answer_that_was_given_during_an_alarm_is_not_given_again_after_it() -> None:
    play = Playbook().happens(DoorOpened(Playbook().now)).scan(RED)
    shows = len(play.asked(Show))
    play.happens(DoorClosed(play.now))
    assert (play.page(), len(play.asked(Show))) == (Page.RESULT, shows)


def test_who_waits_for_the_disk_while_an_alarm_ends_is_asked_for_patience() -> None:
    play = Playbook(journal_works=False).scan(RED)
    deciding = play.asked(Record)[-1]
    tamper(tamper(play, True), False)
    assert (play.page(), play.view.passage_id) == (Page.ONE_MOMENT, 1)
    play.happens(OnDisk(play.now, deciding.record_id, 0))
    assert play.result.reason is Reason.COLOUR_RED


def test_after_an_alarm_in_an_evacuation_the_page_is_that_of_who_is_on_his_way_out() -> None:
    play = does(signed_in(), StaffAction.EVACUATE)
    play.scan(code(), "exit-scanner")
    assert interrupted(play) == [Page.ALARM, Page.EVACUATE]
    assert play.view.passage_id == 1


def test_no_slip_hides_an_evacuation() -> None:
    play = counter().staffed().order().courier()
    play.wait(6.0)
    assert play.page() is Page.RESULT
    does(signed_in(play), StaffAction.EVACUATE)
    assert play.page() is Page.EVACUATE
