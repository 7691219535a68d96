from __future__ import annotations

import pytest

from kiosk.core.events import StaffAction
from kiosk.core.view import Notice
from kiosk.screen import staff_texts
from kiosk.screen.staff_actions import Step
from kiosk.screen.staff_page import StaffPage
from kiosk.screen.window import KioskWindow
from kiosk.wire import IntentMessage, SignInMessage
from tests.screen import staff_states
from tests.screen.staff_states import (
    go_to,
    signed_out,
    staff_view,
    type_keys,
    work,
)


def test_a_number_and_a_pin_are_sent_and_the_pin_is_forgotten(
    window: KioskWindow, page: StaffPage, asked: list[object]
) -> None:
    go_to(window, "sign-in")
    assert "●●●●●●" in page.words()
    assert "246813" not in page.words()
    page.sign_in.send.click()
    assert asked == [SignInMessage("17", "246813")]
    assert "●" not in page.words()
    assert "17" in page.words(), "so that only the PIN has to be typed again"


@pytest.mark.parametrize("leave", ["back", "alone", "no connection"])
def test_a_pin_that_was_begun_is_forgotten_with_the_page(
    window: KioskWindow, page: StaffPage, leave: str
) -> None:
    go_to(window, "sign-in")
    match leave:
        case "back":
            page.header.go_back.click()
        case "alone":
            page._alone.timeout.emit()
        case _:
            window.show_no_connection()
    assert "246813" not in repr(vars(page.sign_in)), "also before the page is opened again"
    page.open_page()
    assert "●" not in page.words()
    assert "17" not in page.words()


def test_a_pin_that_is_too_short_is_not_sent(
    page: StaffPage, window: KioskWindow, asked: list[object]
) -> None:
    work(window, signed_out())
    page.sign_in.send.click()
    type_keys(page, "17")
    page.sign_in.send.click()
    type_keys(page, "12345")
    assert not page.sign_in.send.isEnabled()
    page.sign_in._go_on()
    assert asked == []


def test_the_fields_can_be_touched_and_corrected(
    page: StaffPage, window: KioskWindow, asked: list[object]
) -> None:
    go_to(window, "sign-in")
    page.sign_in.number_field.click()
    type_keys(page, "8")
    page.sign_in.keypad.pressed.emit("9")
    staff_states.touch(page, "Delete")
    page.sign_in.pin_field.click()
    page.sign_in.send.click()
    assert asked == [SignInMessage("178", "246813")]


def test_a_pass_can_be_shown_instead(page: StaffPage, window: KioskWindow, asked: list[object]) -> None:
    work(window, signed_out())
    page.sign_in.await_pass.click()
    assert asked == [IntentMessage(StaffAction.AWAIT_PASS)]
    window.show_view(signed_out(awaits_pass=True))
    assert staff_texts.PASS_HINT.en in page.words()


@pytest.mark.parametrize(
    "notice",
    [Notice.WRONG_PIN, Notice.PIN_LOCKED, Notice.NOT_STAFF, Notice.NOT_POSSIBLE, Notice.NOT_SIGNED_IN],
)
def test_what_came_of_signing_in_is_said_in_both_languages(
    page: StaffPage, window: KioskWindow, notice: Notice
) -> None:
    go_to(window, "sign-in")
    page.sign_in.send.click()
    window.show_view(signed_out(notice=notice))
    said = staff_texts.NOTICES[notice]
    assert f"{said.zh_CN}  {said.en}" in page.words()


def test_a_notice_of_before_is_not_said_to_who_comes_next(page: StaffPage, window: KioskWindow) -> None:
    work(window, signed_out(notice=Notice.WRONG_PIN))
    assert staff_texts.NOTICES[Notice.WRONG_PIN].en not in page.words()


def test_signing_in_leads_to_the_work_and_signing_out_is_asked_for(
    page: StaffPage, window: KioskWindow, asked: list[object]
) -> None:
    go_to(window, "sign-in")
    window.show_view(staff_view())
    assert page.step is Step.WORK
    assert "工号 17  Staff 17" in page.words()
    page.header.sign_out.click()
    assert asked == [IntentMessage(StaffAction.SIGN_OUT)]


def test_the_name_of_a_pass_is_shortened_to_fit(page: StaffPage, window: KioskWindow) -> None:
    work(window, staff_view(signed_in="3f" * 32))
    assert "Staff 3f3f3f3f3…" in page.words()


def test_a_second_wrong_pin_is_said_anew(page: StaffPage, window: KioskWindow) -> None:
    said = staff_texts.NOTICES[Notice.WRONG_PIN].zh_CN
    go_to(window, "sign-in")
    for answers in (1, 2):
        page.sign_in.send.click()
        assert said not in page.words()
        window.show_view(signed_out(notice=Notice.WRONG_PIN, answers=answers))
        assert said in page.words()
        type_keys(page, "246813")
