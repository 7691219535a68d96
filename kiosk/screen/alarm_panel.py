"""The alarm: dark ground between two striped bars, unlike any answer to a person. Nothing flashes."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette, QPolygonF, QResizeEvent
from PySide6.QtWidgets import QPushButton, QWidget
from typing_extensions import override

from kiosk.core.view import Page
from kiosk.screen import texts
from kiosk.screen.icons import Icon, IconView
from kiosk.screen.palette import ALARM, ALARM_STRIPE
from kiosk.screen.panel import Panel, TextPair
from kiosk.screen.texts import Language
from kiosk.terms import Reason

_STRIPE_SHARE = 0.09


class AlarmPanel(Panel):
    """A bell, what is wrong, what to do, and a button with which staff say that they know."""

    acknowledged = Signal()

    def __init__(self, parent: QWidget, language: Language) -> None:
        super().__init__(parent)
        self.set_paper(ALARM)
        self.icon = IconView(self)
        self._fact = TextPair(self, language, bold=True)
        self._advice = TextPair(self, language)
        self.button = QPushButton("  ".join(texts.ACKNOWLEDGE.in_order(language)), self)
        self.button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.button.setFlat(True)
        self.button.setAutoFillBackground(True)
        palette = self.button.palette()
        palette.setColor(QPalette.ColorRole.Button, QColor(ALARM.ink))
        palette.setColor(QPalette.ColorRole.ButtonText, QColor(ALARM.paper))
        self.button.setPalette(palette)
        self.button.clicked.connect(self.acknowledged)

    def show_alarm(self, alarm: Reason | None) -> None:
        """Show an alarm; None is an alarm whose reason the kiosk was not told."""
        reason = texts.REASONS[alarm] if alarm else texts.ReasonText(texts.PAGES[Page.ALARM])
        self.icon.show_icon(Icon.BELL, ALARM)
        self._fact.show_text(reason.fact, ALARM.ink)
        self._advice.show_text(reason.advice, ALARM.ink)

    def words(self) -> str:
        """All that the page says."""
        return f"{self._fact.words()} {self._advice.words()}"

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        height = self.height()
        self.icon.setGeometry(self.part(0.03, 0.16, 0.34, 0.84))
        self._fact.place(self.part(0.37, 0.14, 0.975, 0.47), height * 0.18)
        self._advice.place(self.part(0.37, 0.48, 0.975, 0.68), height * 0.09)
        self.button.setGeometry(self.part(0.37, 0.71, 0.80, 0.86))
        font = self.button.font()
        font.setPixelSize(max(9, round(height * 0.062)))
        self.button.setFont(font)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        thick = self.height() * _STRIPE_SHARE
        self._stripe(painter, QRectF(0, 0, self.width(), thick))
        self._stripe(painter, QRectF(0, self.height() - thick, self.width(), thick))
        painter.end()

    def _stripe(self, painter: QPainter, room: QRectF) -> None:
        painter.save()
        painter.setClipRect(room)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(ALARM_STRIPE))
        step, lean = room.height() * 1.6, room.height()
        left = room.left() - lean
        while left < room.right():
            corners = ((left, room.bottom()), (left + lean, room.top()))
            far = ((left + lean + step / 2, room.top()), (left + step / 2, room.bottom()))
            painter.drawPolygon(QPolygonF([QPointF(x, y) for x, y in (*corners, *far)]))
            left += step
        painter.restore()
