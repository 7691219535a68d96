"""Who are you: a number and a PIN on a keypad, or a staff pass.

The PIN stands there as dots, and is forgotten as soon as it is sent or the page is left.
"""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from kiosk.core.events import StaffAction
from kiosk.screen import staff_texts
from kiosk.screen.fitted import FittedLabel
from kiosk.screen.keypad import DOT, Entry, Keypad
from kiosk.screen.palette import ROW, STAFF
from kiosk.screen.panel import TextPair
from kiosk.screen.texts import Language
from kiosk.screen.touch import TouchButton
from kiosk.wire import IntentMessage, SignInMessage

CURSOR = "▏"
LONGEST_NUMBER, SHORTEST_PIN, LONGEST_PIN = 8, 6, 12


class Field(TouchButton):
    """What it asks for on the left, what is typed on the right."""

    def __init__(self, parent: QWidget, language: Language) -> None:
        super().__init__(parent, language, ROW)
        self._typed = FittedLabel(self, bold=True, wrap=False)
        self._typed.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._typed.setAlignment(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
        self._typed.set_ink(ROW.ink)

    def show_typed(self, typed: str) -> None:
        self._typed.show_text(typed)

    @override
    def room(self) -> QRect:
        """Of the words: the left third."""
        return QRect(0, 0, round(self.width() * 0.32), self.height())

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        left = self.room().width()
        self._typed.place(
            QRect(left, 0, round(self.width() * 0.96) - left, self.height()), self.height() * 0.5
        )


class SignInPanel(QWidget):
    """Two fields, the button that sends them, the one for a pass, and the keys."""

    asks = Signal(object)
    """A SignInMessage, or the IntentMessage that waits for a pass."""

    def __init__(self, parent: QWidget, language: Language) -> None:
        super().__init__(parent)
        self.number_field, self.pin_field = (Field(self, language) for _ in range(2))
        self.number_field.show_text(staff_texts.NUMBER)
        self.pin_field.show_text(staff_texts.PIN)
        self.send = TouchButton(self, language)
        self.await_pass = TouchButton(self, language)
        self.await_pass.show_text(staff_texts.ACTIONS[StaffAction.AWAIT_PASS])
        self._hint = TextPair(self, language)
        self.keypad = Keypad(self, language)
        self.number_field.clicked.connect(lambda: self._turn_to(is_pin=False))
        self.pin_field.clicked.connect(lambda: self._turn_to(is_pin=True))
        self.send.clicked.connect(self._go_on)
        self.await_pass.clicked.connect(self._await_pass)
        self.keypad.pressed.connect(self._press)
        self.forget()

    def forget(self) -> None:
        """Both fields are empty again."""
        self._number, self._pin = Entry(longest=LONGEST_NUMBER), Entry(longest=LONGEST_PIN)
        self._turn_to(is_pin=False)

    def show_waiting(self, awaits_pass: bool) -> None:
        """Whether a reader waits for a staff pass now."""
        self._hint.show_text(staff_texts.PASS_HINT if awaits_pass else staff_texts.SIGN_IN_HINT, STAFF.ink)

    def _turn_to(self, *, is_pin: bool) -> None:
        self._at_pin = is_pin
        self._show()

    def _press(self, key: object) -> None:
        if self._at_pin:
            self._pin = self._pin.press(key)
        else:
            self._number = self._number.press(key)
        self._show()

    def _show(self) -> None:
        """The field that the keys go to has a cursor."""
        number, pin = self._number.typed, DOT * len(self._pin.typed)
        self.number_field.show_typed(number if self._at_pin else number + CURSOR)
        self.pin_field.show_typed(pin + CURSOR if self._at_pin else pin)
        self.send.show_text(staff_texts.SIGN_IN if self._at_pin else staff_texts.NEXT)
        self.send.allow(self._is_complete if self._at_pin else bool(number))

    @property
    def _is_complete(self) -> bool:
        return bool(self._number.typed) and len(self._pin.typed) >= SHORTEST_PIN

    def _go_on(self) -> None:
        if not self._at_pin:
            self._turn_to(is_pin=True)
        elif self._is_complete:
            message = SignInMessage(self._number.typed, self._pin.typed)
            self._pin = Entry(longest=LONGEST_PIN)
            self._show()
            self.asks.emit(message)

    def _await_pass(self) -> None:
        self.forget()
        self.asks.emit(IntentMessage(StaffAction.AWAIT_PASS))

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        width, height = self.width(), self.height()
        left, gap = round(width * 0.46), max(4, round(height * 0.02))
        tall = round(height * 0.19)
        for row, button in enumerate((self.number_field, self.pin_field, self.send)):
            button.setGeometry(0, row * (tall + gap), left, tall)
        self.await_pass.setGeometry(0, height - tall, left, tall)
        top = 3 * (tall + gap)
        self._hint.place(QRect(0, top, left, height - tall - gap - top), height * 0.075)
        self.keypad.setGeometry(round(width * 0.49), 0, width - round(width * 0.49), height)
