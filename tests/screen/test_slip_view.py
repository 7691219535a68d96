"""A slip on the screen is read back from its picture, by the kiosk's own reader, and holds."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from drivers.qr import QrDecoder
from kiosk.core.view import Page, Result, ViewState
from kiosk.credentials.slip import Slip, Written, open_slip, text_of
from kiosk.screen import texts
from kiosk.screen.slip_view import QUIET_MODULES, SlipView, modules_of
from kiosk.screen.window import KioskWindow
from kiosk.terms import Outcome, Reason
from tests.credentials.slips import LARGEST, SLIP, key_of, written
from tests.screen.conftest import granted, picture
from tests.screen.test_window import SIZES

LONGEST_PAGE = "https://" + "h" * 50 + "/s"
SMALLEST = (640, 384)


def handed_over(slip: Slip = SLIP, page: str = "") -> ViewState:
    shown = Written(slip, written(slip), page).shown
    result = Result(Outcome.GRANT, Reason.GRANTED, "counter", "张*明", 34.6, 0.9, slip=shown)
    return ViewState(Page.RESULT, passage_id=7, result=result)


def pixels_of(window: QWidget) -> npt.NDArray[np.uint8]:
    """What the window shows, in grey, row by row."""
    image = window.grab().toImage().convertToFormat(QImage.Format.Format_Grayscale8)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : image.width()].copy()


def read_back(grey: npt.NDArray[np.uint8]) -> bytes:
    (found,) = QrDecoder().decode(grey)
    return found.payload


@pytest.mark.parametrize("size", [SMALLEST, *SIZES], ids=str)
@pytest.mark.parametrize("slip", [SLIP, LARGEST], ids=["usual", "largest"])
def test_a_slip_on_the_screen_is_read_back_and_verifies(
    window: KioskWindow, size: tuple[int, int], slip: Slip
) -> None:
    window.resize(*size)
    window.show_view(handed_over(slip))
    payload = read_back(pixels_of(window))
    assert payload == written(slip).encode()
    assert open_slip(payload, key_of) == slip


@pytest.mark.parametrize("size", [SMALLEST, *SIZES], ids=str)
def test_the_largest_slip_as_a_link_is_read_back_too(window: KioskWindow, size: tuple[int, int]) -> None:
    window.resize(*size)
    window.show_view(handed_over(LARGEST, LONGEST_PAGE))
    assert text_of(read_back(pixels_of(window)).decode()) == written(LARGEST)
    (view,) = window.findChildren(SlipView)
    assert view.module_px >= 3


def test_a_slip_is_read_from_a_photograph_of_the_screen(window: KioskWindow) -> None:
    """Turned a little, seen from the side, blurred and noisy."""
    window.resize(800, 480)
    window.show_view(handed_over())
    grey = pixels_of(window)
    height, width = grey.shape
    seen = np.array([[60, 40], [width - 20, 90], [width - 60, height + 40], [20, height - 30]], np.float32)
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    tilt = cv2.getPerspectiveTransform(corners, seen)
    photograph = cv2.warpPerspective(grey, tilt, (width + 60, height + 80), borderValue=(90,))
    blurred = np.asarray(cv2.GaussianBlur(photograph, (0, 0), 0.8), np.float64)
    noisy = blurred + np.random.default_rng(7).normal(0, 6, blurred.shape)
    payload = read_back(np.clip(noisy, 0, 255).astype(np.uint8))
    assert open_slip(payload, key_of) == SLIP


@pytest.mark.parametrize("size", [SMALLEST, *SIZES], ids=str)
def test_a_module_of_the_largest_slip_is_three_pixels_at_least(
    window: KioskWindow, size: tuple[int, int]
) -> None:
    window.resize(*size)
    window.show_view(handed_over(LARGEST))
    (view,) = window.findChildren(SlipView)
    assert view.module_px >= 3


def test_the_code_has_its_quiet_zone_in_white_on_every_page_colour(window: KioskWindow) -> None:
    window.resize(800, 480)
    window.show_view(handed_over())
    (view,) = window.findChildren(SlipView)
    image = view.grab().toImage()
    across = modules_of(written()).shape[0]
    side = (across + 2 * QUIET_MODULES) * view.module_px
    edge = (view.width() - side) // 2
    middle = edge + side // 2
    for depth in range(QUIET_MODULES * view.module_px):
        for x, y in ((edge + depth, middle), (edge + side - 1 - depth, middle), (middle, edge + depth)):
            assert image.pixelColor(x, y).name() == "#ffffff"


def test_beside_a_slip_stand_the_meal_and_the_couriers_temperature(window: KioskWindow) -> None:
    window.show_picture(picture())
    window.show_view(handed_over())
    assert texts.TAKE_MEAL.zh_CN in window.words()
    assert texts.MEAL_SAFETY_SLIP.en in window.words()
    assert "34.6 °C ± 0.9 °C" in window.words()
    assert not window.thermal.isVisible()


def test_no_slip_remains_on_the_next_page(window: KioskWindow) -> None:
    window.show_view(handed_over())
    (view,) = window.findChildren(SlipView)
    assert view.isVisible()
    window.show_view(granted())
    assert not view.isVisible()
    assert view.module_px == 0
    assert texts.OUTCOMES[Outcome.GRANT].en in window.words()
    window.show_view(handed_over())
    window.show_view(ViewState(Page.WELCOME))
    assert not view.isVisible()


def test_a_text_that_no_symbol_holds_is_no_code(qtbot: QtBot) -> None:
    assert modules_of("x" * 5000).size == 0
    parent = QWidget()
    qtbot.addWidget(parent)
    view = SlipView(parent)
    view.show_slip("x" * 5000)
    assert view.module_px == 0


def test_who_has_checked_in_is_not_sent_through_a_gate(window: KioskWindow) -> None:
    window.show_view(ViewState(Page.RESULT, result=Result(Outcome.GRANT, Reason.CHECKED_IN, "kitchen")))
    assert "签到成功 You are checked in" in window.words()
    assert texts.OUTCOMES[Outcome.GRANT].en not in window.words()
