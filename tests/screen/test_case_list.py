from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from kiosk.core.events import StaffAction
from kiosk.core.view import Result
from kiosk.screen.fitted import FittedLabel
from kiosk.screen.staff_actions import Step
from kiosk.screen.staff_page import StaffPage
from kiosk.screen.window import KioskWindow
from kiosk.terms import Outcome, Reason
from tests.screen.staff_states import (
    CASES,
    choose,
    staff_view,
    type_keys,
    work,
)


def test_a_case_says_when_where_who_why_and_what_was_measured(qtbot: QtBot) -> None:
    window = KioskWindow(zone=ZoneInfo("Asia/Shanghai"))
    qtbot.addWidget(window)
    work(window, staff_view())
    said = window.staff.words()
    assert "15:55  张*明  main-gate" in said
    assert "面部皮肤温度偏高  ·  Elevated skin temperature" in said
    assert "面部皮肤 38.4 °C ± 0.9 °C" in said
    assert "面部皮肤 35.3 °C ± 0.9 °C  ·  口腔温度估计 37.5 °C ± 1.1 °C" in said


def test_an_estimate_is_shown_only_where_the_site_shows_it(page: StaffPage, window: KioskWindow) -> None:
    quiet = Result(Outcome.REFER, Reason.TEMPERATURE_ELEVATED, "gate", None, 38.4, 0.9, 38.0, 1.0)
    work(window, staff_view(cases=(replace(CASES[0], result=quiet),)))
    assert "38.0" not in page.words()
    page.work.cases.rows[0].click()
    assert "38.0" not in page.words()
    assert "Face skin 38.4 °C ± 0.9 °C" in page.words()


def test_markup_in_a_case_is_shown_literally(page: StaffPage, window: KioskWindow) -> None:
    named = replace(CASES[0].result, masked_name="<b>王</b>&amp;")
    work(window, staff_view(cases=(replace(CASES[0], result=named),)))
    assert "<b>王</b>&amp;" in page.words()
    assert all(label.textFormat() is Qt.TextFormat.PlainText for label in page.findChildren(FittedLabel))


def test_more_cases_than_there_is_room_for_are_leafed_through(page: StaffPage, window: KioskWindow) -> None:
    work(window, staff_view())
    assert "Waiting: 1-4 of 6" in page.words()
    assert not page.work.cases.later.isVisible()
    page.work.cases.earlier.click()
    assert "Waiting: 5-6 of 6" in page.words()
    assert not page.work.cases.earlier.isVisible()
    page.work.cases.rows[1].click()
    assert "张*明" in page.words()
    page.header.go_back.click()
    window.show_view(staff_view(cases=CASES[:2], waiting=2))
    assert "Waiting: 1-2 of 2" in page.words()


def test_a_case_that_was_decided_elsewhere_is_left(page: StaffPage, window: KioskWindow) -> None:
    work(window, staff_view())
    page.work.cases.rows[0].click()
    choose(page.case.choices, StaffAction.CLINICAL)
    type_keys(page, "37")
    window.show_view(staff_view(cases=CASES[1:]))
    assert page.step is Step.WORK


def test_a_state_that_changes_nothing_leaves_alone_what_is_typed(
    page: StaffPage, window: KioskWindow
) -> None:
    work(window, staff_view())
    page.work.cases.rows[0].click()
    choose(page.case.choices, StaffAction.CLINICAL)
    type_keys(page, "37")
    window.show_view(staff_view(occupancy=43))
    assert "37 °C" in page.words()
