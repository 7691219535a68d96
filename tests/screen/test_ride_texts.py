"""Where people board a vehicle they are told to board, or not to; nobody there goes through or enters."""

from __future__ import annotations

import pytest

from kiosk.core.events import StaffAction
from kiosk.core.rules import Purpose
from kiosk.core.view import Page, Result, ViewState
from kiosk.credentials.credential import Colour
from kiosk.screen import staff_texts, texts
from kiosk.screen.staff_header import page_text
from kiosk.screen.window import KioskWindow
from kiosk.terms import Outcome, Reason
from tests.core.playbook import MORNING, Playbook, code
from tests.core.staff_play import does, signed_in, staff
from tests.core.test_boarding import bus


def said(window: KioskWindow, play: Playbook) -> str:
    window.show_view(play.view)
    return window.words()


def test_who_may_ride_is_told_to_board_in_both_languages(window: KioskWindow) -> None:
    words = said(window, bus().scan(code()))
    assert "请上车" in words
    assert "Please board" in words
    assert "通行" not in words
    assert "go through" not in words


def test_who_may_not_ride_is_told_not_to_board_in_both_languages(window: KioskWindow) -> None:
    play = bus().scan(code(colour=Colour.RED))
    words = said(window, play)
    assert "请勿上车" in words
    assert "Please do not board" in words
    assert "进入" not in words
    assert "enter" not in words.split()
    assert page_text(play.view)[0].en.startswith("Please do not board")


def test_nobody_boards_a_vehicle_that_is_locked_down(window: KioskWindow) -> None:
    play = does(signed_in(bus()), StaffAction.LOCK_DOWN).scan(code())
    assert "Boarding is closed" in said(window, play)


def test_a_gate_says_go_through_and_do_not_enter_as_ever(window: KioskWindow) -> None:
    assert "Please do not enter" in said(window, Playbook().scan(code(colour=Colour.RED)))
    result = Result(Outcome.GRANT, Reason.GRANTED, "gate", purpose=Purpose.ENTRY)
    window.show_view(ViewState(Page.RESULT, result=result))
    assert "Please go through" in window.words()


@pytest.mark.parametrize("reason", sorted(texts.RIDE_REASONS))
def test_what_is_told_otherwise_on_a_ride_has_advice_where_it_has_some_elsewhere(reason: Reason) -> None:
    assert (texts.RIDE_REASONS[reason].advice is None) == (texts.REASONS[reason].advice is None)


def test_staff_read_what_somebody_was_told_at_the_door_of_a_bus() -> None:
    told = Result(Outcome.DENY, Reason.TEMPERATURE_ELEVATED, "door", purpose=Purpose.BOARDING)
    assert "do not board" in staff_texts.told_text(told).en
    assert "do not enter" in staff_texts.told_text(Result(Outcome.DENY, Reason.PAPER, "gate")).en
    play = signed_in(bus().scan(code(colour=Colour.YELLOW, shown_at=MORNING)))
    assert [case.result.purpose for case in staff(play).cases] == [Purpose.BOARDING]
