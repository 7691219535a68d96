from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from kiosk.core.cases import MOST_CASES
from kiosk.core.events import StaffAction
from kiosk.core.rules import Purpose, Shown
from kiosk.core.view import CaseView, Page, Result
from kiosk.credentials.claims import MAX_NAME_CHARACTERS
from kiosk.credentials.slip import MAX_CHARACTERS
from kiosk.screen.fitted import FittedLabel
from kiosk.screen.staff_actions import Step
from kiosk.screen.staff_page import StaffPage
from kiosk.screen.window import KioskWindow
from kiosk.terms import Outcome, Reason
from kiosk.wire import MAX_LINE_BYTES, ViewMessage, decode, encode
from tests.screen.staff_states import (
    CASES,
    choose,
    staff_view,
    touch,
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


MANY = tuple(replace(CASES[number % 6], id=100 - number) for number in range(MOST_CASES))


def on_page(page: StaffPage) -> list[int]:
    """The numbers of the cases on this page, as a touch would choose them."""
    cases = page.work.cases
    chosen: list[int] = []
    cases.chosen.connect(chosen.append)
    cases.chosen.disconnect(page._choose_case)
    for row in cases.rows:
        if row.isVisible():
            row.click()
    cases.chosen.disconnect(chosen.append)
    cases.chosen.connect(page._choose_case)
    return chosen


def test_from_page_to_page_every_case_is_reached_there_and_back(page: StaffPage, window: KioskWindow) -> None:
    work(window, staff_view(cases=MANY, waiting=MOST_CASES))
    there = on_page(page)
    while "Next page" in page.work.cases.earlier.words():
        page.work.cases.earlier.click()
        there += on_page(page)
    assert there == [case.id for case in MANY]
    assert "Waiting: 97-100 of 100" in page.words()
    back = on_page(page)
    while "Previous page" in page.work.cases.later.words():
        page.work.cases.later.click()
        back = on_page(page) + back
    assert back == there


def test_one_touch_leads_from_the_newest_to_the_oldest_and_one_back(
    page: StaffPage, window: KioskWindow
) -> None:
    work(window, staff_view(cases=MANY, waiting=MOST_CASES))
    touch(page, "Oldest")
    assert on_page(page) == [4, 3, 2, 1]
    touch(page, "Newest")
    assert on_page(page) == [100, 99, 98, 97]


def test_older_cases_stay_under_the_finger_when_somebody_comes_and_are_not_skipped(
    page: StaffPage, window: KioskWindow
) -> None:
    work(window, staff_view(cases=MANY[3:], waiting=97))
    page.work.cases.earlier.click()
    seen = on_page(page)
    window.show_view(staff_view(cases=MANY, waiting=100))
    assert on_page(page) == seen
    assert "Waiting: 8-11 of 100" in page.words()
    window.show_view(staff_view(cases=tuple(case for case in MANY if case.id != seen[0]), waiting=99))
    assert on_page(page) == [*seen[1:], seen[-1] - 1], "the next one has moved up"
    page.work.cases.later.click()
    page.work.cases.later.click()
    assert on_page(page) == [100, 99, 98, 97]


def test_a_page_that_is_no_more_gives_way_to_the_last_one(page: StaffPage, window: KioskWindow) -> None:
    work(window, staff_view(cases=MANY, waiting=MOST_CASES))
    touch(page, "Oldest")
    window.show_view(staff_view(cases=MANY[:6], waiting=6))
    assert "Waiting: 5-6 of 6" in page.words()


def test_a_state_with_as_many_cases_as_there_can_be_fits_on_a_line() -> None:
    longest = Result(
        Outcome.REFER,
        max(Reason, key=len),
        "\U0001f6aa" * 64,
        "\U0001f6aa" * MAX_NAME_CHARACTERS,
        *(-12.345678901234567,) * 4,
        shown=Shown.ORAL_ESTIMATE,
        slip="M" * MAX_CHARACTERS,
        purpose=Purpose.HANDOVER,
    )
    of_one = replace(longest, slip=None)
    long_ago = "2026-11-22T07:55:00.123456+00:00"
    cases = tuple(CaseView(2**53 - number, long_ago, of_one) for number in range(100))
    assert len(cases) == MOST_CASES
    view = replace(staff_view(cases=cases, waiting=100), page=Page.RESULT, result=longest)
    line = encode(ViewMessage(view))
    assert len(line) < MAX_LINE_BYTES
    assert decode(line.rstrip()) == ViewMessage(view)


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
