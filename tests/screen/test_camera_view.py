"""The view-finder."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable

import pytest
from pytestqt.qtbot import QtBot

from kiosk.core.view import CodeHint, Guidance, Page, ViewState
from kiosk.screen.camera_view import mirrored_grey
from kiosk.screen.process import Link, Screen
from kiosk.screen.window import KioskWindow
from kiosk.wire import CAMERA_COLUMNS, CAMERA_ROWS, CameraPicture, ViewMessage, decode, encode
from tests.screen.conftest import Gatekeeper, granted, picture


@pytest.fixture
def screen(make_screen: Callable[[], Screen]) -> Screen:
    return make_screen()


def seen(left: int = 200, right: int = 20) -> CameraPicture:
    half = CAMERA_COLUMNS // 2
    row = bytes([left]) * half + bytes([right]) * half
    return CameraPicture(b64encode(row * CAMERA_ROWS).decode())


def test_the_picture_is_mirrored() -> None:
    image = mirrored_grey(seen(left=200, right=20))
    assert (image.width(), image.height()) == (160, 90)
    assert [image.pixelColor(x, 45).red() for x in (10, 150)] == [20, 200]


def test_it_travels_on_the_socket_and_another_size_does_not() -> None:
    assert decode(encode(seen()).rstrip(b"\n")) == seen()
    with pytest.raises(ValueError, match="not a message"):
        decode(encode(CameraPicture(seen().pixels[:-4])).rstrip(b"\n"))


@pytest.mark.parametrize(
    ("view", "is_shown"),
    [
        (ViewState(Page.WELCOME), True),
        (ViewState(Page.WELCOME, code_hint=CodeHint.CLOSER), True),
        (ViewState(Page.SHOW_CODE), True),
        (ViewState(Page.WELCOME, guidance=Guidance.LOOK_AT_SENSOR), False),
        (ViewState(Page.LOOK_AT_SENSOR), False),
        (granted(), False),
    ],
    ids=lambda value: f"{value.page}-{value.guidance}" if isinstance(value, ViewState) else "",
)
def test_it_stands_where_a_code_is_asked_for_and_the_thermal_picture_elsewhere(
    window: KioskWindow, view: ViewState, is_shown: bool
) -> None:
    window.show()
    window.show_picture(picture())
    window.show_camera(seen())
    window.show_view(view)
    assert (window.camera.isVisible(), window.thermal.isVisible()) == (is_shown, not is_shown)


def test_without_a_camera_s_picture_the_thermal_one_stands_there(window: KioskWindow) -> None:
    window.show()
    window.show_picture(picture())
    window.show_view(ViewState(Page.WELCOME))
    assert window.thermal.isVisible()
    window.show_camera(seen())
    assert window.camera.isVisible()
    window.clear_camera()
    assert window.thermal.isVisible()
    assert not window.camera.isVisible()


def test_a_code_held_to_the_left_of_the_camera_is_on_the_right_of_the_card(window: KioskWindow) -> None:
    window.show()
    window.show_view(ViewState(Page.WELCOME))
    window.show_camera(seen(left=250, right=5))
    card = window.camera.grab().toImage()
    middle = card.height() // 3
    assert card.pixelColor(card.width() // 8, middle).red() < 60
    assert card.pixelColor(card.width() - card.width() // 8, middle).red() > 200


def test_a_picture_that_stands_still_is_taken_away(
    qtbot: QtBot, screen: Screen, gatekeeper: Gatekeeper
) -> None:
    link = Link(screen, gatekeeper.path, picture_ms=300)
    link.start()
    gatekeeper.accept()
    gatekeeper.say(ViewMessage(ViewState(Page.WELCOME)), seen())
    qtbot.waitUntil(lambda: screen.window.camera.has_picture)
    qtbot.waitUntil(lambda: not screen.window.camera.has_picture)
    link.stop()


def test_pictures_of_the_camera_do_not_keep_an_old_answer_on_the_screen(
    qtbot: QtBot, screen: Screen, gatekeeper: Gatekeeper
) -> None:
    link = Link(screen, gatekeeper.path, silence_ms=80)
    link.start()
    gatekeeper.accept()
    gatekeeper.say(ViewMessage(granted()))

    def goes_on() -> bool:
        if "No connection" not in screen.window.words():
            gatekeeper.say(seen())
            return False
        return True

    qtbot.waitUntil(goes_on, timeout=3000)
    link.stop()
