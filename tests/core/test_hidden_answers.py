"""What an alarm hides from somebody is shown again when it is over, and no page outlasts its cause."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kiosk.core.commands import Announce, Light, Record, Show
from kiosk.core.events import DoorClosed, DoorOpened, Input, InputChanged, StaffAction
from kiosk.core.events import Recorded as OnDisk
from kiosk.core.view import Page
from kiosk.credentials.credential import Colour
from kiosk.terms import Reason
from tests.core.counters import counter
from tests.core.playbook import Playbook, code, granted
from tests.core.staff_play import does, signed_in

RED = code(colour=Colour.RED)


def tampered(play: Playbook, *, on: bool) -> Playbook:
    return play.happens(InputChanged(play.now, Input.TAMPER, on))


def shown_refused() -> Playbook:
    return Playbook().scan(RED)


@pytest.mark.parametrize("answered", [granted, shown_refused])
def test_an_answer_that_an_alarm_has_hidden_is_shown_again_in_silence(
    answered: Callable[[], Playbook],
) -> None:
    play = answered()
    before = play.result
    assert tampered(play, on=True).page() is Page.ALARM
    heard = len(play.commands)
    tampered(play, on=False)
    assert (play.page(), play.result) == (Page.RESULT, before)
    assert not any(isinstance(each, Announce | Light) for each in play.commands[heard:])


def test_a_slip_that_an_alarm_has_hidden_can_be_photographed_after_it() -> None:
    play = counter().staffed().order().courier()
    play.wait(6.0)
    slip = play.result.slip
    assert slip is not None
    tampered(tampered(play, on=True), on=False)
    assert play.result.slip == slip


def test_an_answer_stays_hidden_as_long_as_another_alarm_stands_which_is_shown() -> None:
    play = tampered(granted(), on=True)
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
    tampered(tampered(play, on=True), on=False)
    assert play.page() is Page.ONE_MOMENT
    play.happens(OnDisk(play.now, deciding.record_id, 0))
    assert play.result.reason is Reason.COLOUR_RED


def test_no_slip_hides_an_evacuation() -> None:
    play = counter().staffed().order().courier()
    play.wait(6.0)
    assert play.page() is Page.RESULT
    does(signed_in(play), StaffAction.EVACUATE)
    assert play.page() is Page.EVACUATE
