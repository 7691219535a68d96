from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from PySide6.QtCore import QPoint
from pytestqt.qtbot import QtBot

from kiosk.core.view import Notice, Page, Result
from kiosk.screen.fitted import FittedLabel
from kiosk.screen.staff_actions import REASONS_FOR, offered
from kiosk.screen.staff_page import StaffPage
from kiosk.screen.texts import Language
from kiosk.screen.touch import TouchButton
from kiosk.screen.window import KioskWindow
from kiosk.terms import Outcome, Reason
from tests.screen import staff_states
from tests.screen.staff_states import (
    CASES,
    go_to,
    granted_behind,
    staff_view,
    work,
)

SIZES = [(640, 384), (800, 480), (1024, 600), (1280, 800)]
PANEL_7_INCH_MM = (154.08, 85.92)
FINGER_MM = 9.0


@pytest.mark.slow
@pytest.mark.parametrize("language", ["zh_CN", "en"])
@pytest.mark.parametrize("size", SIZES)
def test_no_text_is_cut_off_at_any_size(qtbot: QtBot, size: tuple[int, int], language: Language) -> None:
    window = KioskWindow(language=language, zone=ZoneInfo("Asia/Shanghai"))
    qtbot.addWidget(window)
    window.resize(*size)
    window.show()
    for name in staff_states.STATES:
        go_to(window, name)
        expect_nothing_cut_off(window, name)
    for notice in Notice:
        window.show_view(staff_view(notice=notice))
        window.staff.header.show_state(staff_view(notice=notice), with_notice=True)
        expect_nothing_cut_off(window, notice)
    for reason in Reason:
        result = Result(Outcome.REFER, reason, "W" * 64, "W" * 64)
        window.show_view(staff_view(Page.RESULT, cases=(replace(CASES[0], result=result),)))
        window.show_view(
            replace(staff_view(cases=(replace(CASES[0], result=result),)), page=Page.RESULT, result=result)
        )
        window.staff.work.cases.rows[0].click()
        expect_nothing_cut_off(window, reason)
        window.staff.header.go_back.click()
        expect_nothing_cut_off(window, reason)
    for action in REASONS_FOR:
        window.staff._begin(replace(staff_states.draft(action), case=None))
        expect_nothing_cut_off(window, action)
        window.staff.header.go_back.click()
    window.staff.close_page()
    for name, view in staff_states.PAGES.items():
        window.show_view(view)
        expect_nothing_cut_off(window, name)


def expect_nothing_cut_off(window: KioskWindow, where: str) -> None:
    """On the staff page and the bar; the page under it has its own test."""
    beneath = window.staff if window.staff.isVisible() else window
    for label in [*beneath.findChildren(FittedLabel), *window.bar.findChildren(FittedLabel)]:
        if label.isVisible():
            assert label.text() == label.full_text, where
            assert window.rect().contains(label.mapTo(window, label.rect().bottomRight())), where


@pytest.mark.parametrize("size", [(800, 480), (1024, 600)])
def test_a_finger_meets_every_button_of_a_seven_inch_screen(
    window: KioskWindow, size: tuple[int, int]
) -> None:
    window.resize(*size)
    smallest: dict[str, float] = {}
    for name in staff_states.STATES:
        go_to(window, name)
        for button in window.findChildren(TouchButton):
            if button.isVisible():
                width = button.width() / size[0] * PANEL_7_INCH_MM[0]
                height = button.height() / size[1] * PANEL_7_INCH_MM[1]
                smallest[f"{name}: {button.words()}"] = min(width, height)
    assert {name: mm for name, mm in smallest.items() if mm < FINGER_MM} == {}


def test_buttons_of_one_step_never_lie_over_each_other(window: KioskWindow) -> None:
    for name in staff_states.STATES:
        go_to(window, name)
        page = [each for each in window.staff.findChildren(TouchButton) if each.isVisible()]
        seen = [*page, window.bar.staff_button]
        rooms = [each.rect().translated(each.mapTo(window, QPoint(0, 0))) for each in seen]
        for index, room in enumerate(rooms):
            assert not any(room.intersects(other) for other in rooms[index + 1 :]), name


def test_all_that_can_be_offered_at_once_has_its_button(page: StaffPage, window: KioskWindow) -> None:
    for view in (staff_view(Page.ALARM, held=("north",)), granted_behind(held=("north",))):
        work(window, view)
        shown = [button for button in page.work.choices.buttons if button.isVisible()]
        assert len(shown) == len(offered(view))
