"""The answer to one person, readable from three metres: colour, shape, mark, and few words.

Beside a meal safety slip the words are smaller: the slip is for a telephone close by.
"""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from kiosk.core.rules import Shown
from kiosk.core.view import Result
from kiosk.screen import texts
from kiosk.screen.fitted import FittedLabel
from kiosk.screen.icons import OUTCOME_ICONS, IconView
from kiosk.screen.palette import OUTCOMES
from kiosk.screen.panel import Panel, TextPair
from kiosk.screen.plain import degrees, plain
from kiosk.screen.slip_view import SlipView
from kiosk.screen.texts import Language
from kiosk.terms import Outcome


def temperature_line(result: Result, language: Language) -> str:
    """The temperature, always named for what it is; empty where none was measured."""
    label = texts.FACE_SKIN
    value = degrees(result.face_skin_celsius, result.expanded_u_celsius)
    if result.shown is Shown.ORAL_ESTIMATE:
        label = texts.ORAL_ESTIMATE
        value = degrees(result.oral_estimate_celsius, result.oral_expanded_u_celsius)
    return f"{' / '.join(label.in_order(language))}  {value}" if value else ""


def who_line(result: Result, language: Language) -> str:
    """The masked name and the access point, as they came, made fit to show; and what a temperature is not."""
    notice = "" if result.face_skin_celsius is None else texts.SCREENS_SKIN.in_order(language)[0]
    parts = (plain(result.masked_name or ""), plain(result.access_point), notice)
    return "  ·  ".join(part for part in parts if part)


class ResultPanel(Panel):
    """Left the sign (and room for a small thermal picture), right the words."""

    def __init__(self, parent: QWidget, language: Language) -> None:
        super().__init__(parent)
        self._language: Language = language
        self.icon = IconView(self)
        self.slip = SlipView(self)
        self._headline = TextPair(self, language, bold=True)
        self._fact = TextPair(self, language, bold=True)
        self._advice = TextPair(self, language)
        self._temperature = FittedLabel(self, bold=True, wrap=False)
        self._who = FittedLabel(self, wrap=False)
        for label in (self._temperature, self._who):
            label.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)

    def show_result(self, result: Result) -> None:
        """Show another result."""
        scheme, reason = OUTCOMES[result.outcome], texts.reason_text(result)
        self.set_paper(scheme)
        self.icon.show_icon(OUTCOME_ICONS[result.outcome], scheme)
        self.slip.show_slip(result.slip)
        headline = texts.headline_text(result)
        self._headline.show_text(texts.TAKE_MEAL if result.slip else headline, scheme.ink)
        self._fact.show_text(texts.MEAL_SAFETY_SLIP if result.slip else reason.fact, scheme.ink)
        advice = None if result.outcome is Outcome.GRANT else reason.advice
        self._advice.show_text(advice, scheme.ink)
        for label, line in (
            (self._temperature, temperature_line(result, self._language)),
            (self._who, who_line(result, self._language)),
        ):
            label.set_ink(scheme.ink)
            label.show_text(line)
        self._place()

    def words(self) -> str:
        """All that the page says."""
        pairs = " ".join(pair.words() for pair in (self._headline, self._fact, self._advice))
        return f"{pairs} {self._temperature.full_text} {self._who.full_text}"

    def picture_room(self) -> QRect:
        """Where the small thermal picture goes."""
        return self.part(0.03, 0.61, 0.34, 0.97)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        self._place()

    def _place(self) -> None:
        """The words share the height; where no advice is needed the headline grows into its room."""
        height = self.height()
        if self.slip.isVisibleTo(self):
            self._place_beside_slip(height)
            return
        self.icon.setGeometry(self.part(0.025, 0.04, 0.345, 0.58))
        if self._advice.words():
            self._headline.place(self.part(0.37, 0.03, 0.985, 0.37), height * 0.20)
            self._fact.place(self.part(0.37, 0.40, 0.985, 0.60), height * 0.10)
        else:
            self._headline.place(self.part(0.37, 0.03, 0.985, 0.47), height * 0.26)
            self._fact.place(self.part(0.37, 0.51, 0.985, 0.75), height * 0.12)
        self._advice.place(self.part(0.37, 0.62, 0.985, 0.78), height * 0.075)
        self._temperature.place(self.part(0.37, 0.80, 0.985, 0.89), height * 0.068)
        self._who.place(self.part(0.37, 0.90, 0.985, 0.97), height * 0.05)

    def _place_beside_slip(self, height: int) -> None:
        """The slip is a square on the right, as high as the page."""
        margin = round(height * 0.02)
        side = height - 2 * margin
        self.slip.setGeometry(self.width() - side - margin, margin, side, side)
        right = (self.width() - side - 3 * margin) / self.width()
        self.icon.setGeometry(self.part(0.02, 0.03, right * 0.4, 0.30))
        self._headline.place(self.part(0.02, 0.32, right, 0.54), height * 0.12)
        self._fact.place(self.part(0.02, 0.57, right, 0.76), height * 0.075)
        self._advice.place(self.part(0.02, 0.76, right, 0.78), height * 0.02)
        self._temperature.place(self.part(0.02, 0.79, right, 0.88), height * 0.06)
        self._who.place(self.part(0.02, 0.89, right, 0.97), height * 0.045)
