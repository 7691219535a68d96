"""What the pages have in common: one colour over all, one icon, and texts in two languages."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QWidget

from kiosk.screen.fitted import FittedLabel
from kiosk.screen.palette import Scheme
from kiosk.screen.texts import Language, Text

SECOND_LANGUAGE = 0.56
"""How large the second language is, as a part of the first."""


class TextPair:
    """A sentence in the site's first language, large, and under it in the other."""

    def __init__(self, parent: QWidget, language: Language, *, bold: bool = False) -> None:
        self._language: Language = language
        self.first = FittedLabel(parent, bold=bold)
        self.second = FittedLabel(parent, bold=bold)
        self.align(Qt.AlignmentFlag.AlignLeft)

    def align(self, side: Qt.AlignmentFlag) -> None:
        self.first.setAlignment(side | Qt.AlignmentFlag.AlignBottom)
        self.second.setAlignment(side | Qt.AlignmentFlag.AlignTop)

    def show_text(self, text: Text | None, ink: str) -> None:
        """Show `text`, or nothing."""
        lines = text.in_order(self._language) if text else ("", "")
        for label, line in zip((self.first, self.second), lines, strict=True):
            label.set_ink(ink)
            label.show_text(line)

    def place(self, rect: QRect, limit_px: float) -> None:
        """Share `rect` between the two lines; letters up to `limit_px` high in the first."""
        upper = round(rect.height() * 0.60)
        self.first.place(QRect(rect.left(), rect.top(), rect.width(), upper), limit_px)
        self.second.place(
            QRect(rect.left(), rect.top() + upper, rect.width(), rect.height() - upper),
            limit_px * SECOND_LANGUAGE,
        )

    def words(self) -> str:
        """Both lines, in full."""
        return " ".join(label.full_text for label in (self.first, self.second) if label.full_text)


class Panel(QWidget):
    """A page's ground, filled with the paper of a scheme."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAutoFillBackground(True)

    def set_paper(self, scheme: Scheme) -> None:
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Window, QColor(scheme.paper))
        self.setPalette(palette)

    def part(self, left: float, top: float, right: float, bottom: float) -> QRect:
        """The rectangle between parts (0 to 1) of this panel's width and height."""
        x, y = round(self.width() * left), round(self.height() * top)
        return QRect(x, y, round(self.width() * right) - x, round(self.height() * bottom) - y)
