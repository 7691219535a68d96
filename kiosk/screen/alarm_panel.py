"""The alarm: dark ground between two striped bars, unlike any answer to a person. Nothing flashes.

An evacuation is shown the same way, between bars twice as thick, with how many people are still inside.
"""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPolygonF, QResizeEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from kiosk.core.view import Page
from kiosk.screen import page_texts, staff_texts
from kiosk.screen.icons import Icon, IconView
from kiosk.screen.palette import ALARM, ALARM_BUTTON, ALARM_STRIPE
from kiosk.screen.panel import Panel, TextPair
from kiosk.screen.texts import Language, Text
from kiosk.screen.touch import TouchButton
from kiosk.terms import Reason

_STRIPE_SHARE, _EVACUATION_SHARE = 0.07, 0.14


class AlarmPanel(Panel):
    """A bell, what is wrong, what to do, and a button that leads to the staff page, where it is silenced."""

    staff = Signal()

    def __init__(self, parent: QWidget, language: Language) -> None:
        super().__init__(parent)
        self.set_paper(ALARM)
        self.icon = IconView(self)
        self._fact = TextPair(self, language, bold=True)
        self._people = TextPair(self, language, bold=True)
        self._advice = TextPair(self, language)
        self._evacuates = False
        self.button = TouchButton(self, language, ALARM_BUTTON)
        self.button.show_text(staff_texts.STAFF)
        self.button.clicked.connect(self.staff)

    def show_alarm(self, alarm: Reason | None, *, boards: bool) -> None:
        """Show an alarm; None is an alarm whose reason the kiosk was not told. `boards`: on a vehicle."""
        reason = page_texts.alarm_text(alarm, boards=boards)
        self._show(reason.fact, reason.advice, None, evacuates=False)

    def show_evacuation(self, inside: int | None, *, boards: bool, is_open: bool) -> None:
        """Tell everybody to leave, and staff how many are inside still; None: nobody knows.

        `boards`: a vehicle is left. `is_open`: the doors are held open for it.
        """
        people = None if inside is None else staff_texts.people_text(inside)
        advice = page_texts.evacuation_text(boards=boards, is_open=is_open)
        self._show(page_texts.page_text(Page.EVACUATE, boards=boards), advice, people, evacuates=True)

    def _show(self, fact: Text, advice: Text | None, people: Text | None, *, evacuates: bool) -> None:
        self._evacuates = evacuates
        self.icon.show_icon(Icon.BELL, ALARM)
        for pair, text, ink in (
            (self._fact, fact, ALARM.ink),
            (self._people, people, ALARM_STRIPE),
            (self._advice, advice, ALARM.ink),
        ):
            pair.show_text(text, ink)
        self._place()
        self.update()

    def words(self) -> str:
        """All that the page says."""
        return " ".join(pair.words() for pair in (self._fact, self._people, self._advice))

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        self._place()

    def _place(self) -> None:
        height = self.height()
        self.icon.setGeometry(self.part(0.03, 0.18, 0.34, 0.82))
        if self._evacuates:
            self._fact.place(self.part(0.37, 0.16, 0.975, 0.41), height * 0.16)
            self._people.place(self.part(0.37, 0.41, 0.975, 0.58), height * 0.12)
            self._advice.place(self.part(0.37, 0.59, 0.975, 0.69), height * 0.06)
        else:
            self._fact.place(self.part(0.37, 0.12, 0.975, 0.47), height * 0.18)
            self._people.place(self.part(0.37, 0.48, 0.975, 0.48), height * 0.09)
            self._advice.place(self.part(0.37, 0.48, 0.975, 0.68), height * 0.09)
        self.button.setGeometry(self.part(0.37, 0.70, 0.70, 0.84))

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        thick = self.height() * (_EVACUATION_SHARE if self._evacuates else _STRIPE_SHARE)
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
