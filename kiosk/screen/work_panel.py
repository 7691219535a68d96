"""What staff come for: those who wait, what can be done at this lane, and how the site stands."""

from __future__ import annotations

from datetime import tzinfo

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from kiosk.core.events import StaffAction
from kiosk.core.view import Mode, ViewState
from kiosk.screen import staff_texts
from kiosk.screen.case_list import CaseList
from kiosk.screen.palette import BAR_FAULT, BUTTON, GRAVE_BUTTON, STAFF
from kiosk.screen.staff_actions import offered
from kiosk.screen.staff_header import TwoLines
from kiosk.screen.texts import Language, Text
from kiosk.screen.touch import Choice, ChoiceGrid

NOTHING = Text("", "")
_GRAVE = frozenset({StaffAction.LOCK_DOWN, StaffAction.EVACUATE})


class WorkPanel(QWidget):
    """Left the cases, right the actions, and under them people inside, overrides and mode."""

    def __init__(self, parent: QWidget, language: Language, zone: tzinfo) -> None:
        super().__init__(parent)
        self.cases = CaseList(self, language, zone)
        self.choices = ChoiceGrid(self, language, columns=3, rows=3)
        self._people, self._overrides, self._mode = (TwoLines(self, language) for _ in range(3))

    def show_state(self, view: ViewState) -> None:
        """Show another state."""
        staff = view.staff
        self.cases.show_cases(staff.cases, staff.waiting, view.shown_at)
        self.choices.show_choices(
            [
                Choice(
                    action,
                    staff_texts.action_text(action, boards=view.boards),
                    GRAVE_BUTTON if action in _GRAVE else BUTTON,
                )
                for action in offered(view)
            ]
        )
        people = NOTHING if staff.occupancy is None else staff_texts.people_text(staff.occupancy)
        self._people.show_text(people, STAFF)
        self._overrides.show_text(
            staff_texts.overrides_text(staff.overrides or 0, too_many=staff.too_many_overrides),
            BAR_FAULT if staff.too_many_overrides else STAFF,
        )
        is_usual = staff.mode is Mode.NORMAL and not staff.held
        mode = staff_texts.mode_text(staff, boards=view.boards)
        self._mode.show_text(mode, STAFF if is_usual else BAR_FAULT)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        width, height = self.width(), self.height()
        left = round(width * 0.55)
        self.cases.setGeometry(0, 0, left, height)
        right, actions = round(width * 0.57), round(height * 0.56)
        self.choices.setGeometry(right, 0, width - right, actions)
        fact = (height - actions) // 3
        for row, label in enumerate((self._people, self._overrides, self._mode)):
            label.setGeometry(right, actions + row * fact + 4, width - right, fact - 4)
