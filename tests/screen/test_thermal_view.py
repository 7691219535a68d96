from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from kiosk.core.view import Page, ViewState
from kiosk.screen.colour_map import colour_table
from kiosk.screen.thermal_view import mirrored_image
from kiosk.screen.window import KioskWindow
from kiosk.wire import THERMAL_COLUMNS, THERMAL_ROWS
from tests.screen.conftest import picture


def warm_on_the_left() -> bytes:
    """The sensor's left half is warm."""
    row = bytes([255] * (THERMAL_COLUMNS // 2) + [0] * (THERMAL_COLUMNS // 2))
    return row * THERMAL_ROWS


def colours(image: QImage) -> set[int]:
    return {image.pixel(x, y) for x in range(image.width()) for y in range(image.height())}


def test_the_picture_is_mirrored_so_that_a_person_sees_himself(qtbot: QtBot) -> None:
    image = mirrored_image(warm_on_the_left())
    middle = image.height() // 2
    assert image.pixelColor(4, middle).lightness() < 20
    assert image.pixelColor(image.width() - 5, middle).lightness() > 200


def test_smoothing_makes_no_colour_that_is_not_on_the_scale(qtbot: QtBot) -> None:
    assert colours(mirrored_image(warm_on_the_left())) <= set(colour_table())


def test_the_scale_is_labelled_in_degrees_celsius(window: KioskWindow) -> None:
    window.show_picture(picture())
    assert window.thermal.scale_labels == ("20.0 °C", "36.5 °C")


def test_a_picture_that_is_taken_away_leaves_no_scale(window: KioskWindow) -> None:
    window.show_picture(picture())
    window.thermal.clear_picture()
    assert not window.thermal.has_picture
    assert window.thermal.scale_labels == ("", "")


def test_without_an_event_loop_each_picture_is_shown_at_once(window: KioskWindow) -> None:
    for values in (bytes(768), warm_on_the_left()):
        window.show_picture(picture(values))
    assert window.thermal.shown_values == warm_on_the_left()


def test_while_an_event_loop_runs_one_picture_fades_into_the_next(qtbot: QtBot, window: KioskWindow) -> None:
    window.show_view(ViewState(Page.LOOK_AT_SENSOR))
    seen: list[bytes] = []

    def next_picture() -> None:
        window.show_picture(picture(warm_on_the_left() if seen else bytes(768)))
        seen.append(window.thermal.shown_values)

    pictures = QTimer(window, interval=100)
    pictures.timeout.connect(next_picture)
    pictures.start()
    qtbot.waitUntil(lambda: len(seen) == 2)
    pictures.stop()
    assert bytes(768) < seen[1] < warm_on_the_left()
    qtbot.waitUntil(lambda: window.thermal.shown_values == warm_on_the_left())
