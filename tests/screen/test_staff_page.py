from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from kiosk.core.events import StaffAction, StaffReason
from kiosk.core.view import CodeHint, Guidance, Mode, Notice, Page, TripView, ViewState
from kiosk.screen.palette import OUTCOMES
from kiosk.screen.staff_actions import REASONS_FOR, Step
from kiosk.screen.staff_page import ALONE_MS, StaffPage
from kiosk.screen.window import KioskWindow
from kiosk.terms import Outcome, Reason
from kiosk.wire import IntentMessage
from tests.screen.conftest import granted, picture
from tests.screen.staff_states import (
    choose,
    granted_behind,
    signed_out,
    staff_view,
    type_keys,
    work,
)


def test_it_is_closed_until_somebody_touches_its_button_and_a_second_touch_closes_it(
    window: KioskWindow, page: StaffPage, qtbot: QtBot
) -> None:
    assert not page.isVisible()
    QTest.mouseClick(window.bar.staff_button, Qt.MouseButton.LeftButton)
    assert page.isVisible()
    QTest.mouseClick(window.bar.staff_button, Qt.MouseButton.LeftButton)
    assert not page.isVisible()


def test_closed_it_leaves_a_persons_answer_alone(window: KioskWindow) -> None:
    window.show_view(replace(granted(), staff=staff_view().staff))
    image = window.grab().toImage()
    assert image.pixelColor(window.width() - 3, 3).name() == OUTCOMES[Outcome.GRANT].paper


@pytest.mark.parametrize(
    ("view", "said"),
    [
        (granted_behind(), "请通行  ·  核验通过"),
        (staff_view(Page.LOOK_AT_SENSOR), "请正对传感器"),
        (replace(staff_view(Page.LOOK_AT_SENSOR), guidance=Guidance.COME_CLOSER), "请再靠近一点"),
        (replace(staff_view(), code_hint=CodeHint.HOLD_STILL), "请拿稳不动"),
        (replace(staff_view(Page.ALARM), alarm=Reason.TAMPER), "设备外壳被打开"),
        (staff_view(Page.ALARM), "警报"),
        (staff_view(Page.EVACUATE), "请立即离开"),
        (staff_view(Page.RESULT), "请稍候"),
    ],
)
def test_what_the_person_is_told_stays_to_be_seen(window: KioskWindow, view: ViewState, said: str) -> None:
    work(window, view)
    assert said in window.words()


def test_the_strip_has_the_colour_of_the_answer(window: KioskWindow, page: StaffPage) -> None:
    work(window, granted_behind())
    strip = page.header.mapTo(window, QPoint(page.header.width() // 3, 4))
    assert window.grab().toImage().pixelColor(strip).name() == OUTCOMES[Outcome.GRANT].paper


def test_pictures_that_come_do_not_lie_over_it(window: KioskWindow, page: StaffPage) -> None:
    work(window, staff_view())
    window.show_picture(picture())
    window.show_view(staff_view(Page.LOOK_AT_SENSOR))
    top = window.childAt(window.width() // 4, window.height() // 2)
    assert top is not None
    assert top is page or page.isAncestorOf(top)


def test_it_closes_by_itself_when_nobody_touches_it(
    qtbot: QtBot, window: KioskWindow, page: StaffPage
) -> None:
    assert ALONE_MS == 30_000
    page._alone.setInterval(20)
    work(window, signed_out())
    with qtbot.waitSignal(page.closed):
        pass
    assert not page.isVisible()


@pytest.mark.parametrize(
    "touch",
    [
        lambda page: QTest.mouseClick(page.sign_in.await_pass, Qt.MouseButton.LeftButton),
        lambda page: QTest.mouseClick(page, Qt.MouseButton.LeftButton),
    ],
)
def test_a_touch_lets_it_stand_for_its_time_anew(
    qtbot: QtBot, window: KioskWindow, page: StaffPage, touch: Callable[[StaffPage], None]
) -> None:
    work(window, signed_out())
    page._alone.stop()
    touch(page)
    assert page._alone.remainingTime() > ALONE_MS - 1000


def test_it_stands_for_as_long_as_somebody_is_signed_in(window: KioskWindow, page: StaffPage) -> None:
    work(window, signed_out())
    window.show_view(staff_view())
    assert not page._alone.isActive()
    page.work.choices.buttons[0].pressed.emit()
    assert not page._alone.isActive()


def test_it_closes_with_the_end_of_the_session(window: KioskWindow, page: StaffPage) -> None:
    work(window, staff_view())
    window.show_view(signed_out(waiting=6))
    assert not page.isVisible()
    page.open_page()
    assert page.step is Step.SIGN_IN
    assert "张*明" not in window.words()


def test_back_leads_one_step_back_and_from_the_first_one_out(window: KioskWindow, page: StaffPage) -> None:
    work(window, staff_view())
    page.work.cases.rows[0].click()
    choose(page.case.choices, StaffAction.ADMIT)
    steps = [page.step]
    while page.isVisible():
        page.header.go_back.click()
        steps.append(page.step)
    assert steps == [Step.REASON, Step.CASE, Step.WORK, Step.WORK]


@pytest.mark.parametrize("action", [StaffAction.ADMIT, StaffAction.RECHECK, StaffAction.TURN_AWAY])
def test_a_case_is_decided_with_a_reason(
    page: StaffPage, window: KioskWindow, asked: list[object], action: StaffAction
) -> None:
    work(window, staff_view())
    page.work.cases.rows[0].click()
    choose(page.case.choices, action)
    assert [choice.value for choice in page.reason.answers.choices] == list(REASONS_FOR[action])
    choose(page.reason.answers, StaffReason.MISTAKE)
    assert asked == [IntentMessage(action, StaffReason.MISTAKE, case=40)]
    assert page.step is Step.WORK


@pytest.mark.parametrize(
    ("action", "view"),
    [
        (StaffAction.OPEN_ONCE, staff_view()),
        (StaffAction.HOLD_OPEN, staff_view()),
        (StaffAction.LOCK_DOWN, staff_view()),
        (StaffAction.ANNUL, granted_behind()),
        (StaffAction.MUTE, staff_view(Page.ALARM)),
        (StaffAction.RELEASE, staff_view(mode=Mode.LOCKED_DOWN)),
    ],
)
def test_what_concerns_a_lane_is_asked_for_the_lane_of_this_screen(
    page: StaffPage, window: KioskWindow, asked: list[object], action: StaffAction, view: ViewState
) -> None:
    work(window, replace(view, lane="north"))
    choose(page.work.choices, action)
    choose(page.reason.answers, StaffReason.OTHER)
    assert asked == [IntentMessage(action, StaffReason.OTHER, lane="north")]


def test_a_thermometers_value_is_typed_with_its_tenth(
    page: StaffPage, window: KioskWindow, asked: list[object]
) -> None:
    work(window, staff_view())
    page.work.cases.rows[0].click()
    choose(page.case.choices, StaffAction.CLINICAL)
    page.number.confirm.click()
    type_keys(page, "37")
    assert not page.number.confirm.isEnabled()
    type_keys(page, "4")
    page.number.confirm.click()
    choose(page.reason.answers, StaffReason.MEASURED_BY_HAND)
    assert asked == [IntentMessage(StaffAction.CLINICAL, StaffReason.MEASURED_BY_HAND, case=40, celsius=37.4)]


def test_the_number_of_people_is_typed(page: StaffPage, window: KioskWindow, asked: list[object]) -> None:
    work(window, staff_view())
    choose(page.work.choices, StaffAction.OCCUPANCY)
    assert not page.number.keypad._grid.buttons[9].isVisible(), "there are no halves of people"
    type_keys(page, "41")
    page.number.confirm.click()
    choose(page.reason.answers, StaffReason.COUNTED)
    assert asked == [IntentMessage(StaffAction.OCCUPANCY, StaffReason.COUNTED, count=41)]


def test_an_evacuation_is_asked_once_more(page: StaffPage, window: KioskWindow, asked: list[object]) -> None:
    work(window, staff_view())
    choose(page.work.choices, StaffAction.EVACUATE)
    choose(page.reason.answers, StaffReason.DRILL)
    assert (page.step, asked) == (Step.CONFIRM, [])
    choose(page.sure.answers, False)
    assert (page.step, asked) == (Step.WORK, [])
    choose(page.work.choices, StaffAction.EVACUATE)
    choose(page.reason.answers, StaffReason.DANGER)
    choose(page.sure.answers, True)
    assert asked == [IntentMessage(StaffAction.EVACUATE, StaffReason.DANGER)]


def test_what_makes_no_sense_any_more_is_dropped(page: StaffPage, window: KioskWindow) -> None:
    work(window, granted_behind())
    choose(page.work.choices, StaffAction.ANNUL)
    window.show_view(staff_view())
    assert page.step is Step.WORK
    assert StaffAction.ANNUL not in {choice.value for choice in page.work.choices.choices}


def test_another_person_who_signs_in_begins_anew(page: StaffPage, window: KioskWindow) -> None:
    work(window, staff_view())
    choose(page.work.choices, StaffAction.OPEN_ONCE)
    window.show_view(staff_view(signed_in="18"))
    assert page.step is Step.WORK


def measure_again(page: StaffPage) -> None:
    page.work.cases.rows[0].click()
    choose(page.case.choices, StaffAction.RECHECK)
    choose(page.reason.answers, StaffReason.KIOSK_TROUBLE)


def test_it_steps_aside_for_who_is_measured_again(page: StaffPage, window: KioskWindow) -> None:
    work(window, staff_view())
    measure_again(page)
    window.show_view(staff_view(notice=Notice.DONE))
    assert page.isVisible(), "nobody is measured yet"
    window.show_view(staff_view(Page.LOOK_AT_SENSOR, notice=Notice.DONE))
    assert not page.isVisible()
    assert "请正对传感器" in window.words()


def test_it_stays_where_measuring_again_was_refused(page: StaffPage, window: KioskWindow) -> None:
    work(window, staff_view())
    measure_again(page)
    window.show_view(staff_view(notice=Notice.BUSY))
    window.show_view(staff_view(Page.LOOK_AT_SENSOR, notice=Notice.BUSY))
    assert page.isVisible()


def test_it_stays_under_a_finger(page: StaffPage, window: KioskWindow) -> None:
    work(window, staff_view())
    measure_again(page)
    QTest.mouseClick(page.work.cases.rows[1], Qt.MouseButton.LeftButton)
    window.show_view(staff_view(Page.LOOK_AT_SENSOR, notice=Notice.DONE))
    assert page.isVisible()


def test_who_is_measured_without_having_been_asked_for_does_not_close_it(
    page: StaffPage, window: KioskWindow
) -> None:
    work(window, staff_view())
    window.show_view(staff_view(Page.LOOK_AT_SENSOR))
    assert page.isVisible()


def test_people_overrides_and_mode_are_told(page: StaffPage, window: KioskWindow) -> None:
    work(window, staff_view())
    for words in ("42 people inside", "Overrides in the last hour: 3", "Normal operation"):
        assert words in page.words()
    window.show_view(staff_view(overrides=14, too_many_overrides=True, held=("", "north"), occupancy=1))
    for words in (
        "1 person inside",
        "Too many overrides in the last hour: 14",
        "Held open: first lane, north",
    ):
        assert words in page.words()


def test_a_driver_touches_the_trip_and_that_is_sent(
    qtbot: QtBot, window: KioskWindow, page: StaffPage
) -> None:
    trips = (TripView("K7-0630", "K7"), TripView("K7-0745", "K7"))
    work(window, replace(staff_view(), staff=replace(staff_view().staff, trips=trips, trip="K7-0630")))
    choose(page.work.choices, StaffAction.TRIP)
    assert page.step is Step.TRIP
    with qtbot.waitSignal(page.asks) as sent:
        choose(page.trip.answers, "K7-0745")
    assert sent.args == [IntentMessage(StaffAction.TRIP, trip="K7-0745")]
