from __future__ import annotations

import itertools

import pytest
from PySide6.QtGui import QImage, QPainter
from pytestqt.qtbot import QtBot

from kiosk.screen.icons import OUTCOME_ICONS, Icon, draw_icon
from kiosk.terms import Outcome

SIDE = 96


def drawn(icon: Icon, ink: str = "#ffffff", mark: str = "#ff0000") -> QImage:
    image = QImage(SIDE, SIDE, QImage.Format.Format_RGB32)
    image.fill(0)
    painter = QPainter(image)
    draw_icon(painter, icon, SIDE, ink, mark)
    painter.end()
    return image


def outline(icon: Icon) -> frozenset[tuple[int, int]]:
    image = drawn(icon, mark="#ffffff")
    return frozenset(
        (x, y) for x in range(SIDE) for y in range(SIDE) if image.pixelColor(x, y).lightness() > 127
    )


@pytest.mark.parametrize("icon", list(Icon))
def test_every_icon_draws_something(qtbot: QtBot, icon: Icon) -> None:
    assert len(outline(icon)) > SIDE * SIDE * 0.05


def test_every_outcome_has_an_icon_of_its_own() -> None:
    assert len({OUTCOME_ICONS[outcome] for outcome in Outcome}) == len(Outcome)


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(OUTCOME_ICONS.values(), 2)))
def test_the_shapes_of_the_outcomes_differ_without_colour(qtbot: QtBot, one: Icon, other: Icon) -> None:
    different = outline(one) ^ outline(other)
    assert len(different) > SIDE * SIDE * 0.02


@pytest.mark.parametrize("icon", list(OUTCOME_ICONS.values()))
def test_every_outcome_shows_a_mark_inside_its_shape(qtbot: QtBot, icon: Icon) -> None:
    image = drawn(icon)
    marked = [
        (x, y)
        for x in range(SIDE)
        for y in range(SIDE)
        if image.pixelColor(x, y).red() > 200 and image.pixelColor(x, y).blue() < 60
    ]
    assert len(marked) > SIDE * SIDE * 0.02
