"""A label whose letters are as large as its room allows, so that no text is ever cut off."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import (
    QColor,
    QFontDatabase,
    QFontMetrics,
    QPainter,
    QPaintEvent,
    QPalette,
    QResizeEvent,
)
from PySide6.QtWidgets import QLabel, QWidget
from typing_extensions import override

SMALLEST_PX = 9
_UNBOUNDED = 1 << 20
_STROKE_SHARE = 0.018
_LARGE_PX = 64


class FittedLabel(QLabel):
    """Plain text, wrapped, at the largest size up to `limit_px` that fits; elided only below 9 px."""

    def __init__(self, parent: QWidget, *, bold: bool = False, wrap: bool = True) -> None:
        super().__init__(parent)
        self._full_text = ""
        self._limit_px = SMALLEST_PX
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(wrap)
        font = self.font()
        font.setBold(bold)
        self.setFont(font)

    @property
    def full_text(self) -> str:
        """The text as it was asked for, before any elision."""
        return self._full_text

    def show_text(self, text: str) -> None:
        """Show `text`, refitted."""
        self._full_text = text
        self._fit()

    def set_ink(self, colour: str) -> None:
        """Draw the letters in `colour`."""
        self.setForegroundRole(QPalette.ColorRole.WindowText)  # on a button it would be the button's
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.WindowText, QColor(colour))
        self.setPalette(palette)

    def place(self, rect: QRect, limit_px: float) -> None:
        """Move to `rect`; letters up to `limit_px` high."""
        self._limit_px = max(SMALLEST_PX, round(limit_px))
        self.setGeometry(rect)
        self._fit()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        """Large bold letters of a family without a bold face are drawn several times, a little apart.

        Qt thickens letters below 64 px itself, but not larger ones; the headline needs it most.
        """
        super().paintEvent(event)
        if self._needs_thickening():
            painter = QPainter(self)
            painter.setFont(self.font())
            painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
            flags = int(self.alignment()) | (int(Qt.TextFlag.TextWordWrap) if self.wordWrap() else 0)
            apart = max(1, round(self.font().pixelSize() * _STROKE_SHARE))
            for shift in range(-apart, apart + 1):
                painter.drawText(self.rect().translated(shift, 0), flags, self.text())
            painter.end()

    def _needs_thickening(self) -> bool:
        font = self.font()
        if not font.bold() or font.pixelSize() < _LARGE_PX:
            return False
        return not any("bold" in style.lower() for style in QFontDatabase.styles(font.family()))

    def _fit(self) -> None:
        low, high = SMALLEST_PX, self._limit_px
        while low < high:
            middle = (low + high + 1) // 2
            if self._fits(middle):
                low = middle
            else:
                high = middle - 1
        font = self.font()
        font.setPixelSize(low)
        self.setFont(font)
        self.setText(self._full_text if self._fits(low) else self._elided(low))

    def _metrics(self, pixels: int) -> QFontMetrics:
        font = self.font()
        font.setPixelSize(pixels)
        return QFontMetrics(font)

    def _fits(self, pixels: int) -> bool:
        flags = int(Qt.TextFlag.TextWordWrap) if self.wordWrap() else 0
        room = QRect(0, 0, self.width() if self.wordWrap() else _UNBOUNDED, _UNBOUNDED)
        needed = self._metrics(pixels).boundingRect(room, flags, self._full_text)
        return needed.width() <= self.width() and needed.height() <= self.height()

    def _elided(self, pixels: int) -> str:
        return self._metrics(pixels).elidedText(
            self._full_text.replace("\n", " "), Qt.TextElideMode.ElideRight, max(self.width(), 1)
        )
