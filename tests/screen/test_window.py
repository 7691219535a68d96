from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from kiosk.core.rules import Shown
from kiosk.core.view import CodeHint, Guidance, LinkView, Mode, Page, Result, StaffView, ViewState
from kiosk.screen import texts
from kiosk.screen.alarm_panel import AlarmPanel
from kiosk.screen.fitted import FittedLabel
from kiosk.screen.page_texts import RIDE_ALARMS
from kiosk.screen.palette import ALARM, ALARM_STRIPE, OUTCOMES
from kiosk.screen.staff_actions import Step
from kiosk.screen.window import KioskWindow
from kiosk.terms import Outcome, Reason
from tests.screen.conftest import granted, picture

SIZES = [(800, 480), (1024, 600), (1280, 800), (1920, 1080)]
LONGEST = "W" * 64


def page_colour(window: KioskWindow) -> str:
    """The colour in the top right corner of the page, where no word stands."""
    return window.grab().toImage().pixelColor(window.width() - 3, 3).name()


def result(outcome: Outcome, reason: Reason) -> ViewState:
    shown = Result(outcome, reason, "main-gate", LONGEST, 37.6, 0.9)
    return ViewState(Page.RESULT, result=shown)


EVERY_VIEW = [
    *(ViewState(page, boards=boards) for page in Page if page is not Page.RESULT for boards in (False, True)),
    *(ViewState(Page.LOOK_AT_SENSOR, guidance=guidance) for guidance in Guidance),
    *(result(outcome, reason) for reason in Reason for outcome in Outcome),
    ViewState(Page.WELCOME, guidance=Guidance.LOOK_AT_SENSOR),
    *(ViewState(Page.WELCOME, code_hint=hint) for hint in CodeHint),
    ViewState(Page.WELCOME, warm_up_s=239, faults=("drift", "blackbody")),
    *(ViewState(Page.ALARM, alarm=reason) for reason in (Reason.DOOR_HELD_OPEN, Reason.DOOR_FORCED_OPEN)),
    *(ViewState(Page.ALARM, alarm=reason, boards=True) for reason in RIDE_ALARMS),
]


def test_it_starts_without_a_connection_and_says_so(window: KioskWindow) -> None:
    assert "正在启动 Starting up" in window.words()
    assert "No connection to the gatekeeper" in window.words()


@pytest.mark.parametrize(
    "page", [Page.STARTING, Page.WELCOME, Page.LOOK_AT_SENSOR, Page.SHOW_CODE, Page.ONE_MOMENT]
)
def test_a_page_says_what_to_do_in_both_languages(window: KioskWindow, page: Page) -> None:
    window.show_view(ViewState(page))
    assert f"{texts.PAGES[page].zh_CN} {texts.PAGES[page].en}" in window.words()


@pytest.mark.parametrize("guidance", list(Guidance))
def test_guidance_is_shown_in_both_languages(window: KioskWindow, guidance: Guidance) -> None:
    window.show_view(ViewState(Page.LOOK_AT_SENSOR, guidance=guidance))
    assert f"{texts.GUIDANCE[guidance].zh_CN} {texts.GUIDANCE[guidance].en}" in window.words()


@pytest.mark.parametrize("hint", [hint for hint in CodeHint if hint is not CodeHint.NONE])
@pytest.mark.parametrize("page", [Page.WELCOME, Page.SHOW_CODE])
def test_what_helps_a_code_to_be_read_is_shown_in_both_languages(
    window: KioskWindow, page: Page, hint: CodeHint
) -> None:
    window.show_view(ViewState(page, code_hint=hint))
    assert f"{texts.CODE_HINTS[hint].zh_CN} {texts.CODE_HINTS[hint].en}" in window.words()


@pytest.mark.parametrize("outcome", list(Outcome))
def test_a_result_fills_the_page_with_its_colour(window: KioskWindow, outcome: Outcome) -> None:
    window.show_view(result(outcome, Reason.GRANTED))
    assert page_colour(window) == OUTCOMES[outcome].paper


@pytest.mark.parametrize("reason", list(Reason))
def test_a_result_says_its_reason_in_both_languages(window: KioskWindow, reason: Reason) -> None:
    window.show_view(result(Outcome.DENY, reason))
    fact = texts.REASONS[reason].fact
    assert f"{fact.zh_CN} {fact.en}" in window.words()


def test_a_temperature_is_labelled_as_face_skin(window: KioskWindow) -> None:
    window.show_view(granted())
    assert "面部皮肤 / Face skin  34.6 °C ± 0.9 °C" in window.words()


def test_the_oral_estimate_is_shown_where_the_site_wants_it_and_called_one(
    window: KioskWindow,
) -> None:
    reading = Result(
        Outcome.GRANT, Reason.GRANTED, "gate", None, 34.2, 0.9, 36.76, 1.01, shown=Shown.ORAL_ESTIMATE
    )
    window.show_view(ViewState(Page.RESULT, result=reading))
    assert "口腔温度估计 / Oral estimate  36.8 °C ± 1.1 °C" in window.words()
    assert "34.2" not in window.words()


def test_a_temperature_says_what_it_is_not(window: KioskWindow) -> None:
    window.show_view(granted())
    assert texts.SCREENS_SKIN.zh_CN in window.words()


def test_a_kiosk_that_begins_with_a_face_invites_a_face(window: KioskWindow) -> None:
    window.show_view(ViewState(Page.WELCOME, guidance=Guidance.LOOK_AT_SENSOR))
    assert "Look at the sensor" in window.words()
    assert "code" not in window.words()


def test_the_warm_up_counts_down_and_ends_when_the_gatekeeper_says_so(window: KioskWindow) -> None:
    window.show_view(ViewState(Page.WELCOME, warm_up_s=221))
    assert window.words().count("Sensor warms up 3:41") == 2, "on the page and in the bar"
    window.count_a_second()
    assert "Sensor warms up 3:40" in window.words()
    window.show_view(ViewState(Page.LOOK_AT_SENSOR, warm_up_s=2))
    for _ in range(3):
        window.count_a_second()
    assert "Sensor warms up 0:01" in window.words(), "only the gatekeeper knows when it is over"
    assert "Look at the sensor" in window.words()
    window.show_view(ViewState(Page.WELCOME))
    window.count_a_second()
    assert "warms up" not in window.words()


def test_a_result_without_temperature_shows_none(window: KioskWindow) -> None:
    window.show_view(granted())
    window.show_view(ViewState(Page.RESULT, result=Result(Outcome.DENY, Reason.EXPIRED, "main-gate")))
    assert "°C" not in window.words()


def test_nothing_of_one_person_remains_for_the_next(window: KioskWindow) -> None:
    window.show_view(granted())
    window.show_view(ViewState(Page.WELCOME))
    assert "张*明" not in window.words()
    assert "请通行" not in window.words()


def test_markup_in_a_name_is_shown_literally(window: KioskWindow) -> None:
    window.show_view(granted("<b>王</b>&amp;<img src=x>"))
    assert "<b>王</b>&amp;<img src=x>" in window.words()
    assert all(label.textFormat() is Qt.TextFormat.PlainText for label in window.findChildren(QLabel))


def test_the_bar_names_connection_waiting_entries_and_faults(qtbot: QtBot) -> None:
    window = KioskWindow(zone=ZoneInfo("Asia/Shanghai"))
    qtbot.addWidget(window)
    link = LinkView(False, "2026-11-22T06:05:00Z", 12)
    window.show_view(replace(granted(), link=link, faults=("thermal",)))
    for words in ("Offline since 14:05", "12 entries waiting", "Thermal sensor"):
        assert words in window.words()


def test_english_can_stand_first(qtbot: QtBot) -> None:
    window = KioskWindow(language="en")
    qtbot.addWidget(window)
    window.show_view(granted())
    assert "Please go through 请通行" in window.words()


def test_a_result_without_content_never_looks_like_an_answer(window: KioskWindow) -> None:
    window.show_view(ViewState(Page.RESULT))
    assert "请稍候 One moment, please" in window.words()


def test_without_connection_neither_result_nor_picture_remains(window: KioskWindow) -> None:
    window.show_picture(picture())
    window.show_view(granted())
    window.show_no_connection()
    assert "请通行" not in window.words()
    assert not window.thermal.has_picture
    assert page_colour(window) != OUTCOMES[Outcome.GRANT].paper


def test_without_a_picture_the_words_take_its_room(window: KioskWindow) -> None:
    window.show_view(ViewState(Page.WELCOME))
    assert not window.thermal.isVisible()
    window.show_picture(picture())
    assert window.thermal.isVisible()
    window.clear_picture()
    assert not window.thermal.isVisible()


def test_an_alarm_shows_no_picture(window: KioskWindow) -> None:
    window.show_picture(picture())
    window.show_view(ViewState(Page.ALARM, alarm=Reason.DOOR_HELD_OPEN))
    assert not window.thermal.isVisible()


def test_the_button_of_an_alarm_leads_to_the_staff_page_and_silences_nothing_by_itself(
    window: KioskWindow, qtbot: QtBot
) -> None:
    window.show_view(ViewState(Page.ALARM, alarm=Reason.DOOR_HELD_OPEN))
    with qtbot.assertNotEmitted(window.asks):
        window.findChildren(AlarmPanel)[0].button.click()
    assert window.staff.step is Step.SIGN_IN
    assert window.staff.isVisible()


@pytest.mark.parametrize(
    ("inside", "said"), [(42, "场内 42 人 42 people inside"), (1, "1 person inside"), (None, "")]
)
def test_an_evacuation_looks_like_an_alarm_and_says_how_many_are_inside(
    window: KioskWindow, inside: int | None, said: str
) -> None:
    window.show_picture(picture())
    window.show_view(ViewState(Page.EVACUATE, staff=StaffView(mode=Mode.EVACUATING, occupancy=inside)))
    assert "请立即离开 Leave the building now" in window.words()
    assert said in window.words()
    assert ("inside" in window.words()) is (inside is not None)
    assert not window.thermal.isVisible()
    assert {ALARM.paper, ALARM_STRIPE} <= colours(window)


def test_an_alarm_after_an_evacuation_says_nothing_of_people(window: KioskWindow) -> None:
    window.show_view(ViewState(Page.EVACUATE, staff=StaffView(mode=Mode.EVACUATING, occupancy=42)))
    window.show_view(ViewState(Page.ALARM, alarm=Reason.TAMPER))
    assert "inside" not in window.words()


def colours(window: KioskWindow) -> set[str]:
    """Those of every eighth pixel."""
    image = window.grab().toImage()
    return {
        image.pixelColor(x, y).name() for x in range(0, image.width(), 8) for y in range(0, image.height(), 8)
    }


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES)
def test_no_text_is_cut_off_at_any_size(window: KioskWindow, size: tuple[int, int]) -> None:
    window.resize(*size)
    window.show_picture(picture())
    for view in EVERY_VIEW:
        window.show_view(view)
        for label in window.findChildren(FittedLabel):
            if label.isVisible():
                assert label.text() == label.full_text
                assert label.geometry().right() <= window.width()


def test_a_headline_is_large_enough_for_three_metres(window: KioskWindow) -> None:
    """A 200th of the distance (15 mm) on a 7 inch display (90 mm high) is a sixth of the height."""
    window.show_view(granted())
    headline = next(label for label in window.findChildren(FittedLabel) if label.full_text == "请通行")
    assert headline.font().pixelSize() >= window.height() / 6
