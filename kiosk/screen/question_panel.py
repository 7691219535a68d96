"""A question and its answers, one of which is touched."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from kiosk.screen.palette import STAFF
from kiosk.screen.panel import TextPair
from kiosk.screen.texts import Language, Text
from kiosk.screen.touch import Choice, ChoiceGrid


class QuestionPanel(QWidget):
    """The question above, the answers in a grid below."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget, language: Language, *, columns: int, rows: int) -> None:
        super().__init__(parent)
        self._question = TextPair(self, language, bold=True)
        self._question.align(Qt.AlignmentFlag.AlignLeft)
        self.answers = ChoiceGrid(self, language, columns=columns, rows=rows)
        self.answers.chosen.connect(self.chosen)

    def ask(self, question: Text, answers: Sequence[Choice]) -> None:
        """Ask this from now on."""
        self._question.show_text(question, STAFF.ink)
        self.answers.show_choices(answers)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        width, height = self.width(), self.height()
        above, top = round(height * 0.24), round(height * 0.26)
        self._question.place(QRect(0, 0, width, above), height * 0.11)
        self.answers.setGeometry(0, top, width, height - top)
