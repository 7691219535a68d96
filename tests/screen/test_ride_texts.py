"""Where people board a vehicle they are told to board, or not to; nobody there goes through or enters."""

from __future__ import annotations

import pytest

from kiosk.core.commands import Record
from kiosk.core.events import RecordFailed, StaffAction
from kiosk.core.rules import Purpose
from kiosk.core.view import Page, Result, ViewState
from kiosk.credentials.credential import Colour
from kiosk.screen import staff_texts, texts
from kiosk.screen.page_texts import RIDE_ALARMS
from kiosk.screen.staff_header import page_text
from kiosk.screen.window import KioskWindow
from kiosk.terms import Outcome, Reason
from tests.core.playbook import MORNING, Playbook, code
from tests.core.staff_play import does, signed_in, staff
from tests.core.test_boarding import bus
from tests.screen.staff_states import touch


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


OF_A_GATE = ("gate", "doors are", "Entry", "building", "scan as usual", "闸", "入口", "扫码", "开一次")
"""Words of a place that people go into, which a vehicle has no use for."""


def expect_of_a_vehicle(words: str, *told: str) -> None:
    for each in told:
        assert each in words
    assert [each for each in OF_A_GATE if each in words] == []


def test_nobody_boards_a_vehicle_that_is_locked_down_and_whoever_is_in_it_gets_off(
    window: KioskWindow,
) -> None:
    play = does(signed_in(bus()), StaffAction.LOCK_DOWN)
    assert play.page() is Page.LOCKED_DOWN
    words = said(window, play)
    expect_of_a_vehicle(words, "暂停上车", "Boarding is closed")
    expect_of_a_vehicle(words, "车上乘客可照常下车", "You can still get off as usual")
    assert page_text(play.view)[0].en == "Boarding is closed"
    assert "Boarding is closed" in said(window, play.scan(code()))


def test_a_vehicle_that_is_evacuated_is_left_and_no_gate_is_spoken_of(window: KioskWindow) -> None:
    play = does(signed_in(bus()), StaffAction.EVACUATE)
    told = ("请立即下车", "Leave the vehicle now", "请从就近车门下车", "Use the nearest door")
    expect_of_a_vehicle(said(window, play), *told, "正在疏散")
    assert page_text(play.view)[0].en == "Leave the vehicle now"
    denied = bus(journal_works=False)
    unrecorded = does(signed_in(denied), StaffAction.EVACUATE)
    unrecorded.happens(RecordFailed(unrecorded.now, unrecorded.asked(Record)[-1].record_id, "disk full"))
    expect_of_a_vehicle(said(window, unrecorded), *told, "尚未记录", "not recorded yet")


def test_what_the_driver_can_do_is_said_in_words_of_a_vehicle(window: KioskWindow) -> None:
    window.show_view(signed_in(bus()).view)
    window.staff.open_page()
    expect_of_a_vehicle(window.words(), "停止上车", "Stop boarding", "准一人上车", "Let one board")
    touch(window.staff, "Stop boarding")
    expect_of_a_vehicle(window.words(), "停止上车：原因？", "Stop boarding: why?")
    window.staff.header.go_back.click()
    touch(window.staff, "Evacuate", "Drill")
    expect_of_a_vehicle(window.words(), "确定疏散本车？", "Evacuate the vehicle?")
    window.staff.close_page()
    play = does(signed_in(bus()), StaffAction.LOCK_DOWN)
    window.show_view(play.view)
    window.staff.open_page()
    expect_of_a_vehicle(window.words(), "暂停上车", "Boarding is closed")


@pytest.mark.parametrize("alarm", sorted(RIDE_ALARMS))
def test_an_alarm_of_a_vehicle_speaks_of_it(window: KioskWindow, alarm: Reason) -> None:
    view = ViewState(Page.ALARM, alarm=alarm, boards=True)
    window.show_view(view)
    expect_of_a_vehicle(window.words(), RIDE_ALARMS[alarm].fact.zh_CN, RIDE_ALARMS[alarm].fact.en)
    assert page_text(view)[0] == RIDE_ALARMS[alarm].fact
    window.show_view(ViewState(Page.ALARM, alarm=alarm))
    assert texts.REASONS[alarm].fact.en in window.words()


def test_a_gate_that_is_closed_or_evacuated_says_so_as_ever(window: KioskWindow) -> None:
    assert "Entry is closed" in said(window, does(signed_in(), StaffAction.LOCK_DOWN))
    words = said(window, does(signed_in(), StaffAction.EVACUATE))
    assert "Leave the building now" in words
    assert "The gates are open" in words


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
