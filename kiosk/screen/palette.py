"""The colours, and the measure that they are held to.

The three outcomes fill the whole page, so that the colour is seen before a
word is read; no other page is filled with green, amber or red. Every text
has a contrast of at least 7:1 with what it stands on (WCAG 2.2, success
criterion 1.4.6), every shape at least 3:1 (criterion 1.4.11).
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QColor

from kiosk.terms import Outcome

TEXT_CONTRAST, SHAPE_CONTRAST = 7.0, 3.0


@dataclass(frozen=True, slots=True)
class Scheme:
    """`paper` is the page, `ink` its text and shapes, `mark` the sign inside a shape or a button's edge."""

    paper: str
    ink: str
    mark: str


OUTCOMES = {
    Outcome.GRANT: Scheme(paper="#005f2f", ink="#ffffff", mark="#005f2f"),
    Outcome.REFER: Scheme(paper="#ffb000", ink="#1c1400", mark="#ffb000"),
    Outcome.DENY: Scheme(paper="#a8001c", ink="#ffffff", mark="#a8001c"),
}
CALM = Scheme(paper="#12203a", ink="#ffffff", mark="#12203a")
ALARM = Scheme(paper="#14100a", ink="#ffffff", mark="#14100a")
ALARM_STRIPE = "#ffd400"
BAR = Scheme(paper="#0a1222", ink="#e8eef8", mark="#0a1222")
BAR_FAULT = Scheme(paper="#ffe9b8", ink="#2b1d00", mark="#ffe9b8")
STAFF = Scheme(paper="#e9eef5", ink="#0d1626", mark="#e9eef5")
BUTTON = Scheme(paper="#1c3a69", ink="#ffffff", mark="#1c3a69")
BAR_BUTTON = Scheme(paper="#1c3a69", ink="#ffffff", mark="#e8eef8")
ALARM_BUTTON = Scheme(paper="#ffffff", ink="#14100a", mark="#ffffff")
GRAVE_BUTTON = Scheme(paper="#14100a", ink="#ffffff", mark="#ffd400")
ROW = Scheme(paper="#ffffff", ink="#0d1626", mark="#1c3a69")
CARD = Scheme(paper="#0a1222", ink="#ffffff", mark="#0a1222")


def relative_luminance(colour: str) -> float:
    """Relative luminance, 0 to 1, of an sRGB colour such as `#005f2f` (WCAG 2.2, definitions)."""

    def linear(channel: float) -> float:
        return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4

    rgb = QColor(colour)
    return 0.2126 * linear(rgb.redF()) + 0.7152 * linear(rgb.greenF()) + 0.0722 * linear(rgb.blueF())


def contrast(one: str, other: str) -> float:
    """Contrast ratio, 1 to 21, of two sRGB colours (WCAG 2.2, definitions)."""
    darker, lighter = sorted((relative_luminance(one), relative_luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)
