from __future__ import annotations

import pytest

from kiosk.screen import palette
from kiosk.screen.palette import SHAPE_CONTRAST, TEXT_CONTRAST, Scheme, contrast
from kiosk.terms import Outcome

SCHEMES = [
    *palette.OUTCOMES.values(),
    palette.CALM,
    palette.ALARM,
    palette.BAR,
    palette.BAR_FAULT,
    palette.CARD,
    palette.STAFF,
    palette.BUTTON,
    palette.BAR_BUTTON,
    palette.ALARM_BUTTON,
    palette.GRAVE_BUTTON,
    palette.ROW,
]
BUTTONS = [
    (palette.BUTTON, palette.STAFF),
    (palette.GRAVE_BUTTON, palette.STAFF),
    (palette.ROW, palette.STAFF),
    (palette.BAR_BUTTON, palette.BAR),
    (palette.BAR_FAULT, palette.BAR),
    (palette.ALARM_BUTTON, palette.ALARM),
]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_text_stands_out_from_its_page(scheme: Scheme) -> None:
    assert contrast(scheme.ink, scheme.paper) >= TEXT_CONTRAST


@pytest.mark.parametrize(("button", "ground"), BUTTONS)
def test_every_button_stands_out_from_its_ground_by_itself_or_by_its_edge(
    button: Scheme, ground: Scheme
) -> None:
    assert max(contrast(colour, ground.paper) for colour in (button.paper, button.mark)) >= SHAPE_CONTRAST


@pytest.mark.parametrize("scheme", [scheme for scheme in SCHEMES if scheme.mark == scheme.paper])
def test_every_mark_stands_out_from_its_shape(scheme: Scheme) -> None:
    assert contrast(scheme.mark, scheme.ink) >= SHAPE_CONTRAST


def test_every_outcome_has_its_own_colour() -> None:
    assert len({palette.OUTCOMES[outcome].paper for outcome in Outcome}) == len(Outcome)


def test_the_measure_of_contrast_is_that_of_the_guidelines() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
