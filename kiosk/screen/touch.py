"""What staff touch: buttons whose letters fit them, alone and in a grid.

A finger needs some 9 mm (Material Design: 48 dp), which is a good tenth of the
height of a 7 inch screen. No button takes the keyboard's focus: a
scanner that plays a keyboard presses none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QPushButton, QWidget
from typing_extensions import override

from kiosk.screen.fitted import FittedLabel
from kiosk.screen.palette import BUTTON, STAFF, Scheme
from kiosk.screen.texts import Language, Text

_ROUND_SHARE, _LINE_SHARE = 0.14, 0.035


class TouchButton(QPushButton):
    """Both languages one above the other; one line where they are the same."""

    def __init__(self, parent: QWidget, language: Language, scheme: Scheme = BUTTON) -> None:
        super().__init__(parent)
        self._language: Language = language
        self._scheme = scheme
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._first = self._line(bold=True)
        self._second = self._line(bold=False)

    def _line(self, *, bold: bool) -> FittedLabel:
        label = FittedLabel(self, bold=bold, wrap=False)
        label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        return label

    def show_text(self, text: Text, scheme: Scheme | None = None) -> None:
        """Show `text`, and from now on in the colours of `scheme`."""
        self._scheme = scheme or self._scheme
        first, second = text.in_order(self._language)
        self._first.show_text(first)
        self._second.show_text("" if first == second else second)
        self.setAccessibleName(" ".join(dict.fromkeys((first, second))))
        self._ink()
        self._place()

    def words(self) -> str:
        """What stands on it."""
        return self.accessibleName()

    def allow(self, possible: bool) -> None:
        """A button that does nothing now is an outline."""
        self.setEnabled(possible)
        self._ink()

    def _ink(self) -> None:
        for label in (self._first, self._second):
            label.set_ink(self._scheme.ink if self.isEnabled() else STAFF.ink)
        self.update()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        self._place()

    def room(self) -> QRect:
        """Where the words may stand."""
        return self.rect()

    def _place(self) -> None:
        width, height = self.room().width(), self.room().height()
        side = round(min(height * 0.12, width * 0.05))
        room = QRect(side, round(height * 0.1), width - 2 * side, round(height * 0.8))
        if not self._second.full_text:
            self._first.place(room, height * 0.5)
            self._second.place(QRect(room.left(), room.bottom(), room.width(), 0), 9)
            return
        upper = round(room.height() * 0.56)
        self._first.place(QRect(room.left(), room.top(), room.width(), upper), height * 0.36)
        self._second.place(
            QRect(room.left(), room.top() + upper, room.width(), room.height() - upper), height * 0.25
        )

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        thick = max(2.0, self.height() * _LINE_SHARE)
        edge = self._scheme.mark if self.isEnabled() else STAFF.ink
        painter.setPen(QPen(QColor(edge), thick * (2 if self.isDown() else 1)))
        painter.setBrush(QColor(self._scheme.paper) if self.isEnabled() else Qt.BrushStyle.NoBrush)
        room = QRectF(self.rect()).adjusted(thick, thick, -thick, -thick)
        painter.drawRoundedRect(room, self.height() * _ROUND_SHARE, self.height() * _ROUND_SHARE)
        painter.end()


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several: what it says, and what `chosen` gives for it."""

    value: object
    text: Text
    scheme: Scheme = BUTTON


class ChoiceGrid(QWidget):
    """Choices in columns, filled row by row, all of one size."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget, language: Language, *, columns: int, rows: int) -> None:
        super().__init__(parent)
        self._columns, self._rows = columns, rows
        self.choices: tuple[Choice, ...] = ()
        self.buttons = [TouchButton(self, language) for _ in range(columns * rows)]
        for index, button in enumerate(self.buttons):
            button.clicked.connect(lambda _checked=False, index=index: self._choose(index))

    def show_choices(self, choices: Sequence[Choice]) -> None:
        """Offer these and no others; at most as many as there is room for."""
        self.choices = tuple(choices)
        for index, button in enumerate(self.buttons):
            button.setVisible(index < len(choices))
            if index < len(choices):
                button.show_text(choices[index].text, choices[index].scheme)

    def _choose(self, index: int) -> None:
        if index < len(self.choices):
            self.chosen.emit(self.choices[index].value)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        gap = max(4, round(self.width() * 0.014))
        width = (self.width() - gap * (self._columns - 1)) / self._columns
        height = (self.height() - gap * (self._rows - 1)) / self._rows
        for index, button in enumerate(self.buttons):
            row, column = divmod(index, self._columns)
            left, top = round(column * (width + gap)), round(row * (height + gap))
            button.setGeometry(left, top, round(width), round(height))
