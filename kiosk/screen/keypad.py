"""The numeric keypad, and the numbers that it may make: a pure part, and the keys.

What is typed lies in an `Entry` of its owner; a PIN's is made anew as soon as it is sent.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from PySide6.QtCore import QRect, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from kiosk.core.staff import CLINICAL_HIGHEST_CELSIUS, CLINICAL_LOWEST_CELSIUS, MOST_PEOPLE
from kiosk.screen import staff_texts
from kiosk.screen.fitted import FittedLabel
from kiosk.screen.palette import STAFF
from kiosk.screen.panel import TextPair
from kiosk.screen.texts import Language, Text, filled
from kiosk.screen.touch import Choice, ChoiceGrid, TouchButton

DOT = "●"
_WHOLE_DIGITS = 2
"""Of a temperature before its point."""


class Key(Enum):
    """The keys that are no digits."""

    POINT = "."
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Entry:
    """Digits as they are typed: at most `longest` of them. `is_decimal`: two, a point and one more."""

    typed: str = ""
    longest: int = 8
    is_decimal: bool = False

    def press(self, key: object) -> Entry:
        """What stands there after another key; one that does not fit changes nothing."""
        if key is Key.DELETE:
            return replace(self, typed=self.typed[:-1])
        if key is Key.POINT:
            return replace(self, typed=self.typed + ".") if self._takes_a_point else self
        return self._with_digit(str(key))

    @property
    def _takes_a_point(self) -> bool:
        return self.is_decimal and len(self.typed) == _WHOLE_DIGITS

    def _with_digit(self, digit: str) -> Entry:
        if self._takes_a_point:
            digit = "." + digit  # a third digit is a tenth
        longest = _WHOLE_DIGITS + 2 if self.is_decimal else self.longest
        longer = self.typed + digit
        return replace(self, typed=longer) if len(longer) <= longest else self

    @property
    def celsius(self) -> float | None:
        """The clinical thermometer's value; None while it lacks its tenth or is none that there can be."""
        if "." not in self.typed[:-1]:
            return None
        value = float(self.typed)
        return value if CLINICAL_LOWEST_CELSIUS <= value <= CLINICAL_HIGHEST_CELSIUS else None

    @property
    def people(self) -> int | None:
        """How many people; None while nothing is typed or it is more than there can be."""
        count = int(self.typed) if self.typed else None
        return count if count is not None and count <= MOST_PEOPLE else None


class Keypad(QWidget):
    """Three columns as on a telephone; the point is offered where a number may have one."""

    pressed = Signal(object)
    """A digit as text, or a Key."""

    def __init__(self, parent: QWidget, language: Language) -> None:
        super().__init__(parent)
        self._grid = ChoiceGrid(self, language, columns=3, rows=4)
        self._grid.chosen.connect(self.pressed)
        self.offer_point(False)

    def offer_point(self, wanted: bool) -> None:
        """With or without a key for the decimal point."""
        digits = [Choice(digit, Text(digit, digit)) for digit in "123456789"]
        point, zero = Choice(Key.POINT, Text(".", ".")), Choice("0", Text("0", "0"))
        self._grid.show_choices([*digits, point, zero, Choice(Key.DELETE, staff_texts.DELETE)])
        self._grid.buttons[9].setVisible(wanted)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        self._grid.setGeometry(self.rect())


class NumberPanel(QWidget):
    """Asks for a thermometer's value or a number of people: what for, what is typed, and the keys."""

    entered = Signal(object)
    """The number, once it is confirmed."""

    def __init__(self, parent: QWidget, language: Language) -> None:
        super().__init__(parent)
        self._title = TextPair(self, language, bold=True)
        self._typed = FittedLabel(self, bold=True, wrap=False)
        self._typed.set_ink(STAFF.ink)
        self._hint = TextPair(self, language)
        self.confirm = TouchButton(self, language)
        self.confirm.show_text(staff_texts.CONFIRM)
        self.confirm.clicked.connect(self._confirm)
        self.keypad = Keypad(self, language)
        self.keypad.pressed.connect(self._press)
        self._entry = Entry()

    def ask_celsius(self, title: Text) -> None:
        """Begin a clinical thermometer's value."""
        low, high = f"{CLINICAL_LOWEST_CELSIUS:.1f}", f"{CLINICAL_HIGHEST_CELSIUS:.1f}"
        self._begin(title, filled(staff_texts.CELSIUS_HINT, low=low, high=high), Entry(is_decimal=True))

    def ask_people(self, title: Text) -> None:
        """Begin a number of people."""
        self._begin(title, staff_texts.COUNT_HINT, Entry(longest=len(str(MOST_PEOPLE))))

    def _begin(self, title: Text, hint: Text, entry: Entry) -> None:
        self._title.show_text(title, STAFF.ink)
        self._hint.show_text(hint, STAFF.ink)
        self.keypad.offer_point(entry.is_decimal)
        self._show(entry)

    def _press(self, key: object) -> None:
        self._show(self._entry.press(key))

    def _show(self, entry: Entry) -> None:
        self._entry = entry
        unit = " °C" if entry.is_decimal else ""
        self._typed.show_text((entry.typed or "–") + unit)
        self.confirm.allow(self._number is not None)

    @property
    def _number(self) -> float | int | None:
        return self._entry.celsius if self._entry.is_decimal else self._entry.people

    def _confirm(self) -> None:
        if self._number is not None:
            self.entered.emit(self._number)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        width, height = self.width(), self.height()
        left = round(width * 0.46)
        self._title.place(QRect(0, 0, left, round(height * 0.22)), height * 0.1)
        self._typed.place(QRect(0, round(height * 0.24), left, round(height * 0.26)), height * 0.22)
        self._hint.place(QRect(0, round(height * 0.52), left, round(height * 0.16)), height * 0.075)
        self.confirm.setGeometry(0, round(height * 0.76), left, height - round(height * 0.76))
        self.keypad.setGeometry(round(width * 0.49), 0, width - round(width * 0.49), height)
