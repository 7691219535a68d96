"""The top of the staff page: what the person at the gate is told, who is signed in, and what became of their
last wish.
"""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from kiosk.core.events import StaffAction
from kiosk.core.view import Notice, Page, ViewState
from kiosk.screen import page_texts, staff_texts, texts
from kiosk.screen.fitted import FittedLabel
from kiosk.screen.guide_panel import guide_for
from kiosk.screen.link_bar import warming_text
from kiosk.screen.palette import ALARM, BAR_FAULT, CALM, OUTCOMES, STAFF, Scheme
from kiosk.screen.texts import Language, Text, joined
from kiosk.screen.touch import TouchButton

_TOP_SHARE = 0.6
NOT_REFUSED = frozenset({Notice.NONE, Notice.DONE})


def page_text(view: ViewState) -> tuple[Text, Scheme]:
    """What the page behind this one says to the person, in few words, and its colours."""
    if view.page is Page.RESULT and view.result is not None:
        said = joined(texts.headline_text(view.result), texts.reason_text(view.result).fact)
        return said, OUTCOMES[view.result.outcome]
    if view.page is Page.ALARM and view.alarm is not None:
        return page_texts.alarm_text(view.alarm, boards=view.boards).fact, ALARM
    if view.page in (Page.ALARM, Page.EVACUATE):
        return page_texts.page_text(view.page, boards=view.boards), ALARM
    page = Page.ONE_MOMENT if view.page is Page.RESULT else view.page
    warming = warming_text(view.warm_up_s)
    return guide_for(page, view.guidance, warming, view.code_hint, boards=view.boards).title, CALM


class OneLine(FittedLabel):
    """Both languages beside each other on one coloured line."""

    def __init__(self, parent: QWidget, language: Language) -> None:
        super().__init__(parent, bold=True, wrap=False)
        self._language: Language = language
        self.setAutoFillBackground(True)
        self.setAlignment(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)

    def show_line(self, text: Text, scheme: Scheme) -> None:
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Window, QColor(scheme.paper))
        self.setPalette(palette)
        self.set_ink(scheme.ink)
        self.show_text("  ".join(text.in_order(self._language)))


class TwoLines(QWidget):
    """A coloured card with both languages one above the other."""

    def __init__(self, parent: QWidget, language: Language) -> None:
        super().__init__(parent)
        self._language: Language = language
        self._scheme = STAFF
        self._lines = [FittedLabel(self, bold=bold, wrap=False) for bold in (True, False)]

    def show_text(self, text: Text, scheme: Scheme) -> None:
        self._scheme = scheme
        for label, line in zip(self._lines, text.in_order(self._language), strict=True):
            label.set_ink(scheme.ink)
            label.show_text(line)
        self.update()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        width, height = self.width(), self.height()
        side, top = round(height * 0.2), round(height * 0.08)
        upper = round((height - 2 * top) * 0.56)
        self._lines[0].place(QRect(side, top, width - 2 * side, upper), height * 0.38)
        self._lines[1].place(
            QRect(side, top + upper, width - 2 * side, height - 2 * top - upper), height * 0.28
        )

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._scheme.paper))
        corner = self.height() * 0.12
        painter.drawRoundedRect(QRectF(self.rect()), corner, corner)
        painter.end()


class StaffHeader(QWidget):
    """Above the strip and the two ways out, below the name and the notice."""

    back = Signal()
    signs_out = Signal()

    def __init__(self, parent: QWidget, language: Language) -> None:
        super().__init__(parent)
        self._strip = TwoLines(self, language)
        self._who, self._notice = (OneLine(self, language) for _ in range(2))
        self.sign_out, self.go_back = (TouchButton(self, language) for _ in range(2))
        self.sign_out.show_text(staff_texts.ACTIONS[StaffAction.SIGN_OUT])
        self.go_back.show_text(staff_texts.BACK)
        self.sign_out.clicked.connect(self.signs_out)
        self.go_back.clicked.connect(self.back)

    def show_state(self, view: ViewState, *, with_notice: bool) -> None:
        """Show another state; `with_notice`: whether its notice answers somebody who is here."""
        text, scheme = page_text(view)
        self._strip.show_text(text, scheme)
        staff = view.staff
        who = staff_texts.STAFF if staff.signed_in is None else staff_texts.signed_in_text(staff.signed_in)
        self._who.show_line(who, STAFF)
        self.sign_out.setVisible(staff.signed_in is not None)
        notice = staff.notice if with_notice else Notice.NONE
        self._notice.setVisible(notice is not Notice.NONE)
        self._notice.show_line(staff_texts.NOTICES[notice], STAFF if notice in NOT_REFUSED else BAR_FAULT)
        self._place()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        self._place()

    def _place(self) -> None:
        width, height = self.width(), self.height()
        gap, top = round(width * 0.012), round(height * _TOP_SHARE)
        button = round(width * 0.165)
        self.go_back.setGeometry(width - button, 0, button, top)
        right = width - button - gap
        if not self.sign_out.isHidden():
            self.sign_out.setGeometry(right - button, 0, button, top)
            right -= button + gap
        self._strip.setGeometry(0, 0, right, top)
        low, who = height - top - gap, round(width * 0.3)
        self._who.place(QRect(0, top + gap, who, low), low * 0.7)
        self._notice.place(QRect(who + gap, top + gap, width - who - gap, low), low * 0.7)
