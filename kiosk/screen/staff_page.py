"""The staff page: renders `ViewState.staff`, asks what an action still lacks, and sends it. Decides nothing.

It is opened by touch and lies over the page of the person, whose answer stays
in a strip at its top. It closes by "back", with the end of the session, and
after `ALONE_MS` without a touch while nobody is signed in. After "measure
again" it steps aside as soon as the person is asked to look at the sensor.
What was begun and makes no sense any more is dropped with the next state.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import tzinfo

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from kiosk.core.events import StaffAction, StaffReason
from kiosk.core.view import CaseView, Page, ViewState
from kiosk.screen import staff_texts
from kiosk.screen.case_list import CasePanel
from kiosk.screen.fitted import FittedLabel
from kiosk.screen.keypad import NumberPanel
from kiosk.screen.palette import BUTTON, GRAVE_BUTTON, STAFF
from kiosk.screen.panel import Panel
from kiosk.screen.question_panel import QuestionPanel
from kiosk.screen.sign_in_panel import SignInPanel
from kiosk.screen.staff_actions import REASONS_FOR, Draft, Step
from kiosk.screen.staff_header import NOT_REFUSED, StaffHeader
from kiosk.screen.staff_texts import trip_text
from kiosk.screen.texts import Language
from kiosk.screen.touch import Choice, TouchButton
from kiosk.screen.work_panel import WorkPanel
from kiosk.wire import IntentMessage, SignInMessage

ALONE_MS = 30_000


class StaffPage(Panel):
    """`open_page()` it over the window; it is hidden until then, and hides itself."""

    asks = Signal(object)
    """An IntentMessage or SignInMessage for the gatekeeper."""
    closed = Signal()
    turned = Signal()
    """It is open, or asks for something else now."""

    def __init__(self, parent: QWidget, language: Language, zone: tzinfo) -> None:
        super().__init__(parent)
        self.set_paper(STAFF)
        self._view = ViewState(Page.STARTING)
        self._draft: Draft | None = None
        self._case: int | None = None
        self._asked_at: int | None = None
        self._steps_aside = False
        self.header = StaffHeader(self, language)
        self.sign_in = SignInPanel(self, language)
        self.work = WorkPanel(self, language, zone)
        self.case = CasePanel(self, language, zone)
        self.number = NumberPanel(self, language)
        self.reason = QuestionPanel(self, language, columns=2, rows=4)
        self.trip = QuestionPanel(self, language, columns=2, rows=4)
        self.sure = QuestionPanel(self, language, columns=1, rows=2)
        self._panels: dict[Step, QWidget] = {
            Step.SIGN_IN: self.sign_in,
            Step.WORK: self.work,
            Step.CASE: self.case,
            Step.NUMBER: self.number,
            Step.REASON: self.reason,
            Step.TRIP: self.trip,
            Step.CONFIRM: self.sure,
        }
        self._step = Step.SIGN_IN
        self._alone = QTimer(self, interval=ALONE_MS, singleShot=True)
        self._connect()
        self.hide()

    def _connect(self) -> None:
        self._alone.timeout.connect(self.close_page)
        self.header.back.connect(self._go_back)
        self.header.signs_out.connect(lambda: self._send(IntentMessage(StaffAction.SIGN_OUT)))
        self.sign_in.asks.connect(self._sign_in)
        self.work.cases.chosen.connect(self._choose_case)
        self.work.choices.chosen.connect(lambda action: self._begin(Draft(action)))
        self.case.chosen.connect(lambda action: self._begin(Draft(action, self._case)))
        self.number.entered.connect(self._number_entered)
        self.reason.chosen.connect(self._reason_chosen)
        self.trip.chosen.connect(self._trip_chosen)
        self.sure.chosen.connect(self._sure_chosen)
        for button in self.findChildren(TouchButton):
            button.pressed.connect(self._touched)

    @property
    def is_open(self) -> bool:
        return not self.isHidden()

    @property
    def step(self) -> Step:
        """What it asks for now."""
        return self._step

    def open_page(self) -> None:
        """Come up: the sign-in, or the work of whoever is signed in."""
        self._asked_at = None
        self._forget()
        self.show()
        self.raise_()
        self._touched()
        self._turn()
        self.turned.emit()

    def close_page(self) -> None:
        """Go, with all that was typed and begun."""
        self._alone.stop()
        self._forget()
        if self.is_open:
            self.hide()
            self.closed.emit()

    def show_state(self, view: ViewState) -> None:
        """Show another state; a page that is not open only remembers it."""
        before, self._view = self._view.staff.signed_in, view
        if not self.is_open:
            return
        if view.staff.notice not in NOT_REFUSED:
            self._steps_aside = False
        now = view.staff.signed_in
        if (before is not None and now is None) or (self._steps_aside and view.page is Page.LOOK_AT_SENSOR):
            self.close_page()
            return
        if now != before:
            self._forget()
            self._touched()
        if self._draft is not None and not self._draft.still_makes_sense(view):
            self._draft = None
        if self._chosen_case() is None:
            self._case = None
        self._turn()

    def words(self) -> str:
        """All that stands on it; of a PIN only its dots."""
        labels = [label for label in self.findChildren(FittedLabel) if label.isVisibleTo(self)]
        return " ".join(label.full_text for label in labels if label.full_text)

    # -- steps

    def _turn(self) -> None:
        """Show what is to be asked now."""
        before, self._step = self._step, self._due()
        is_answered = self._asked_at is not None and self._view.staff.answers != self._asked_at
        self.header.show_state(self._view, with_notice=is_answered)
        self._fill(is_new=self._step is not before)
        for step, panel in self._panels.items():
            panel.setVisible(step is self._step)
        if self._step is not before:
            self.turned.emit()

    def _due(self) -> Step:
        if self._view.staff.signed_in is None:
            return Step.SIGN_IN
        if self._draft is not None and self._draft.step is not None:
            return self._draft.step
        return Step.WORK if self._case is None else Step.CASE

    def _fill(self, *, is_new: bool) -> None:
        case = self._chosen_case()
        match self._step:
            case Step.SIGN_IN:
                staff = self._view.staff
                self.sign_in.show_waiting(staff.awaits_pass and staff.pass_lane == self._view.lane)
            case Step.WORK:
                self.work.show_state(self._view)
            case Step.CASE:
                assert case is not None
                self.case.show_case(case, self._view.shown_at)
            case _ if is_new:  # what is being typed or read is left alone
                assert self._draft is not None
                self._ask(self._draft)

    def _ask(self, draft: Draft) -> None:
        title = staff_texts.ACTIONS[draft.action]
        if self._step is Step.REASON:
            choices = [Choice(reason, staff_texts.REASONS[reason]) for reason in REASONS_FOR[draft.action]]
            self.reason.ask(staff_texts.why_text(draft.action, boards=self._view.boards), choices)
        elif self._step is Step.TRIP:
            staff = self._view.staff
            trips = [Choice(trip.id, trip_text(trip, is_on=trip.id == staff.trip)) for trip in staff.trips]
            self.trip.ask(title, trips)
        elif self._step is Step.CONFIRM:
            yes = Choice(True, staff_texts.EVACUATE_NOW, GRAVE_BUTTON)
            sure = staff_texts.RIDE_SURE if self._view.boards else staff_texts.SURE
            self.sure.ask(sure, [yes, Choice(False, staff_texts.NOT_NOW, BUTTON)])
        elif draft.action is StaffAction.CLINICAL:
            self.number.ask_celsius(title)
        else:
            self.number.ask_people(title)

    # -- touches

    def _touched(self) -> None:
        self._steps_aside = False
        if self._view.staff.signed_in is None and self.is_open:
            self._alone.start()
        else:
            self._alone.stop()

    def _sign_in(self, message: IntentMessage | SignInMessage) -> None:
        """A pass is awaited at the readers of this lane alone."""
        if isinstance(message, IntentMessage):
            message = replace(message, lane=self._view.lane)
        self._send(message)

    def _go_back(self) -> None:
        """A step back, and from the first one out."""
        if self._draft is not None:
            self._draft = None
        elif self._case is not None:
            self._case = None
        else:
            self.close_page()
            return
        self._turn()

    def _choose_case(self, number: int) -> None:
        self._case = number
        self._turn()

    def _begin(self, draft: Draft) -> None:
        self._draft = draft
        self._turn()

    def _number_entered(self, number: float) -> None:
        if self._draft is not None:
            self._go_on(self._draft.with_number(number))

    def _reason_chosen(self, reason: StaffReason) -> None:
        if self._draft is not None:
            self._go_on(self._draft.with_reason(reason))

    def _trip_chosen(self, trip: str) -> None:
        if self._draft is not None:
            self._go_on(self._draft.with_trip(trip))

    def _sure_chosen(self, is_sure: bool) -> None:
        if is_sure and self._draft is not None:
            self._go_on(self._draft.confirmed())
        else:
            self._go_back()

    def _go_on(self, draft: Draft) -> None:
        self._draft = draft
        if draft.step is None:
            self._draft = self._case = None
            self._steps_aside = draft.action is StaffAction.RECHECK
            self._send(draft.message(self._view.lane))
        self._turn()

    def _send(self, message: IntentMessage | SignInMessage) -> None:
        self._asked_at = self._view.staff.answers
        self.header.show_state(self._view, with_notice=False)  # what was said before answers something else
        self.asks.emit(message)

    def _chosen_case(self) -> CaseView | None:
        return next((case for case in self._view.staff.cases if case.id == self._case), None)

    def _forget(self) -> None:
        self._draft = self._case = None
        self._steps_aside = False
        self.sign_in.forget()
        self.work.cases.turn_back()

    # -- place

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._touched()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        self.header.setGeometry(self.part(0.012, 0.012, 0.988, 0.225))
        for panel in self._panels.values():
            panel.setGeometry(self.part(0.012, 0.235, 0.988, 0.985))
