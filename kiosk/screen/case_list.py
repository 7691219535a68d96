"""Those who wait for staff to decide: a list to choose from, and one of them in large letters."""

from __future__ import annotations

from datetime import tzinfo

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from kiosk.core.rules import Shown
from kiosk.core.view import CaseView, Result
from kiosk.screen import staff_texts, texts
from kiosk.screen.fitted import FittedLabel
from kiosk.screen.palette import ROW, STAFF
from kiosk.screen.panel import TextPair
from kiosk.screen.plain import degrees, local_time, plain
from kiosk.screen.staff_actions import offered_for
from kiosk.screen.texts import Language, Text, filled
from kiosk.screen.touch import Choice, ChoiceGrid, TouchButton

ROWS = 4
_NAME_LIMIT = 16


def who_text(case: CaseView, shown_at: str, zone: tzinfo) -> str:
    """When, who and where; a name is masked, or not known."""
    at = local_time(case.at, shown_at, zone) or ""
    name, point = (
        plain(each or "", _NAME_LIMIT) for each in (case.result.masked_name, case.result.access_point)
    )
    return "  ".join(part for part in (at, name, point) if part)


def skin_text(result: Result) -> Text | None:
    """The skin's temperature with its U, named for what it is; None where none was measured."""
    return _labelled(texts.FACE_SKIN, degrees(result.face_skin_celsius, result.expanded_u_celsius))


def oral_text(result: Result) -> Text | None:
    """The estimate, where the site shows it."""
    if result.shown is not Shown.ORAL_ESTIMATE:
        return None
    return _labelled(
        texts.ORAL_ESTIMATE, degrees(result.oral_estimate_celsius, result.oral_expanded_u_celsius)
    )


def _labelled(label: Text, value: str | None) -> Text | None:
    return None if value is None else Text(f"{label.zh_CN} {value}", f"{label.en} {value}")


class CaseRow(TouchButton):
    """One of those who wait: who, why in both languages, and what was measured."""

    def __init__(self, parent: QWidget, language: Language) -> None:
        super().__init__(parent, language, ROW)
        self._lines = [FittedLabel(self, bold=row == 0, wrap=row == 1) for row in range(3)]
        for label in self._lines:
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            label.set_ink(ROW.ink)
            label.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)

    def show_case(self, case: CaseView, shown_at: str, zone: tzinfo) -> None:
        reason = texts.reason_text(case.result).fact
        measured = [text for text in (skin_text(case.result), oral_text(case.result)) if text is not None]
        lines = (
            who_text(case, shown_at, zone),
            "  ·  ".join(reason.in_order(self._language)),
            "  ·  ".join(text.in_order(self._language)[0] for text in measured),
        )
        for label, line in zip(self._lines, lines, strict=True):
            label.show_text(line)
        self._place_lines()
        self.setAccessibleName(" ".join(line for line in lines if line))

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_lines()

    def _place_lines(self) -> None:
        """Where nothing was measured the reason has that room too."""
        width, height = self.width(), self.height()
        side, top = round(width * 0.025), round(height * 0.08)
        tall = (height - 2 * top) // 3
        who, why, measured = self._lines
        why_tall = tall if measured.full_text else 2 * tall
        who.place(QRect(side, top, width - 2 * side, tall), height * 0.27)
        why.place(QRect(side, top + tall, width - 2 * side, why_tall), height * 0.23)
        measured.place(QRect(side, top + 2 * tall, width - 2 * side, tall), height * 0.23)


class CaseList(QWidget):
    """All of them, a page of `ROWS` at a time, the newest first.

    From the newest one step leads to the oldest, which lapse first, and from there one back. Whoever looks
    at older ones keeps them under the finger when somebody else comes.
    """

    chosen = Signal(object)
    """The id of a case."""

    def __init__(self, parent: QWidget, language: Language, zone: tzinfo) -> None:
        super().__init__(parent)
        self._zone = zone
        self._cases: tuple[CaseView, ...] = ()
        self._shown_at = ""
        self._waiting = self._first = 0  # of `_first`: the place in `_cases` at which the page begins
        self.rows = [CaseRow(self, language) for _ in range(ROWS)]
        for index, row in enumerate(self.rows):
            row.clicked.connect(lambda _checked=False, index=index: self._choose(index))
        self._count = TextPair(self, language)
        self._count.align(Qt.AlignmentFlag.AlignHCenter)
        self.later, self.earlier = TouchButton(self, language), TouchButton(self, language)
        self.later.clicked.connect(lambda: self._go_to(self._later_first))
        self.earlier.clicked.connect(lambda: self._go_to(self._earlier_first))

    def show_cases(self, cases: tuple[CaseView, ...], waiting: int, shown_at: str) -> None:
        """Show these of `waiting`; the page stays where it is as far as there still is one."""
        top = self._cases[self._first].id if self._first else None
        self._cases, self._waiting, self._shown_at = cases, waiting, shown_at
        places = [place for place, case in enumerate(cases) if case.id == top]
        self._go_to(places[0] if places else self._first)

    def turn_back(self) -> None:
        """To the newest."""
        self._first = 0

    @property
    def _last_first(self) -> int:
        """Where the last page begins."""
        return max(len(self._cases) - 1, 0) // ROWS * ROWS

    @property
    def _has_more(self) -> bool:
        """Whether there are older ones than on this page."""
        return self._first + ROWS < len(self._cases)

    @property
    def _later_first(self) -> int:
        return max(self._first - ROWS, 0) if self._first else self._last_first

    @property
    def _earlier_first(self) -> int:
        return self._first + ROWS if self._has_more else 0

    def _go_to(self, first: int) -> None:
        """Show the page that begins with this one; the last one where there are not so many."""
        self._first = first if first < len(self._cases) else self._last_first
        page = self._cases[self._first : self._first + ROWS]
        for index, row in enumerate(self.rows):
            row.setVisible(index < len(page))
            if index < len(page):
                row.show_case(page[index], self._shown_at, self._zone)
        self._count.show_text(self._count_text(len(page)), STAFF.ink)
        self._show_ways()

    def _show_ways(self) -> None:
        has_many = self._last_first > ROWS
        self.later.setVisible(self._first > 0 or has_many)
        self.later.show_text(staff_texts.LATER if self._first else staff_texts.OLDEST)
        self.earlier.setVisible(self._has_more or has_many)
        self.earlier.show_text(staff_texts.EARLIER if self._has_more else staff_texts.NEWEST)

    def _count_text(self, on_this_page: int) -> Text:
        if not on_this_page:
            return staff_texts.NO_CASES
        first, last = self._first + 1, self._first + on_this_page
        return filled(staff_texts.CASES, a=first, b=last, n=self._waiting)

    def _choose(self, index: int) -> None:
        if self._first + index < len(self._cases):
            self.chosen.emit(self._cases[self._first + index].id)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        width, height = self.width(), self.height()
        pager, gap = round(height * 0.165), max(3, round(height * 0.012))
        tall = (height - pager - ROWS * gap) // ROWS
        for index, row in enumerate(self.rows):
            row.setGeometry(0, index * (tall + gap), width, tall)
        third, top = round(width * 0.28), height - pager
        self.later.setGeometry(0, top, third, pager)
        self.earlier.setGeometry(width - third, top, third, pager)
        self._count.place(QRect(third, top, width - 2 * third, pager), pager * 0.34)


class CasePanel(QWidget):
    """One case: all that is known of it, and what can be done."""

    chosen = Signal(object)
    """A StaffAction."""

    def __init__(self, parent: QWidget, language: Language, zone: tzinfo) -> None:
        super().__init__(parent)
        self._zone = zone
        self._who = FittedLabel(self, bold=True)
        self._who.set_ink(STAFF.ink)
        self._told, self._fact = (TextPair(self, language, bold=bold) for bold in (False, True))
        self._skin, self._oral = (TextPair(self, language) for _ in range(2))
        self.choices = ChoiceGrid(self, language, columns=1, rows=4)
        self.choices.chosen.connect(self.chosen)

    def show_case(self, case: CaseView, shown_at: str) -> None:
        """Show another one, or the same as it is now."""
        result = case.result
        self._who.show_text(who_text(case, shown_at, self._zone))
        self._told.show_text(staff_texts.told_text(result), STAFF.ink)
        self._fact.show_text(texts.reason_text(result).fact, STAFF.ink)
        self._skin.show_text(skin_text(result), STAFF.ink)
        self._oral.show_text(oral_text(result), STAFF.ink)
        self.choices.show_choices(
            [Choice(action, staff_texts.ACTIONS[action]) for action in offered_for(case)]
        )

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        width, height = self.width(), self.height()
        left = round(width * 0.58)

        def place(top: float, bottom: float) -> QRect:
            return QRect(0, round(height * top), left, round(height * (bottom - top)))

        self._who.place(place(0.0, 0.15), height * 0.1)
        self._fact.place(place(0.17, 0.42), height * 0.11)
        self._skin.place(place(0.44, 0.63), height * 0.09)
        self._oral.place(place(0.63, 0.82), height * 0.09)
        self._told.place(place(0.84, 1.0), height * 0.07)
        self.choices.setGeometry(round(width * 0.61), 0, width - round(width * 0.61), height)
