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
]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_text_stands_out_from_its_page(scheme: Scheme) -> None:
    assert contrast(scheme.ink, scheme.paper) >= TEXT_CONTRAST


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_mark_stands_out_from_its_shape(scheme: Scheme) -> None:
    assert contrast(scheme.mark, scheme.ink) >= SHAPE_CONTRAST


def test_every_outcome_has_its_own_colour() -> None:
    assert len({palette.OUTCOMES[outcome].paper for outcome in Outcome}) == len(Outcome)


def test_the_measure_of_contrast_is_that_of_the_guidelines() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
