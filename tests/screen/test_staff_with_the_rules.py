"""The staff page before the rules themselves: whatever it offers is done, and what is done is shown."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kiosk.core import passage as entries
from kiosk.core.events import (
    DoorClosed,
    DoorOpened,
    StaffAction,
    StaffIntent,
    StaffReason,
    StaffSignedIn,
)
from kiosk.core.view import Mode, Notice, Page
from kiosk.screen.staff_actions import REASONS_FOR, Step, offered, offered_for
from kiosk.screen.window import KioskWindow
from kiosk.terms import Outcome, Reason
from kiosk.wire import IntentMessage, SignInMessage
from tests.core.counters import counter
from tests.core.playbook import WARM, WELL, Playbook, code
from tests.screen.staff_states import choose, touch, type_keys


class Counter:
    """A window whose wishes go to a checkpoint, and whose states come from it."""

    def __init__(self, window: KioskWindow, playbook: Playbook) -> None:
        self.window, self.page, self.play = window, window.staff, playbook
        window.asks.connect(self._hand_in)
        self.refresh()

    def _hand_in(self, message: IntentMessage | SignInMessage) -> None:
        if isinstance(message, SignInMessage):
            self.play.happens(StaffSignedIn(self.play.now, message.staff))
        else:
            self.play.happens(
                StaffIntent(
                    self.play.now,
                    message.action,
                    message.reason,
                    message.case,
                    message.lane,
                    message.celsius,
                    message.count,
                )
            )
        self.refresh()

    def refresh(self) -> None:
        self.window.show_view(self.play.view)

    def sign_in(self) -> None:
        self.page.open_page()
        type_keys(self.page, "17")
        touch(self.page, "Next")
        type_keys(self.page, "246813")
        touch(self.page, "Sign in")
        assert self.page.step is Step.WORK

    def do(self, action: StaffAction, reason: StaffReason | None = None) -> None:
        """Touch an action and answer all that it asks."""
        in_case = self.page.step is Step.CASE
        choose(self.page.case.choices if in_case else self.page.work.choices, action)
        while self.page.step is not Step.WORK and self.page.is_open:
            match self.page.step:
                case Step.NUMBER:
                    type_keys(self.page, "369" if action is StaffAction.CLINICAL else "12")
                    touch(self.page, "Confirm")
                case Step.REASON:
                    choose(self.page.reason.answers, reason or REASONS_FOR[action][0])
                case _:
                    touch(self.page, "Evacuate now")


def idle() -> Playbook:
    return Playbook().scan(code()).sample(WELL).wait(30.0)


def granted() -> Playbook:
    return Playbook().scan(code()).sample(WELL)


def forced_open() -> Playbook:
    play = idle()
    return play.happens(DoorOpened(play.now)).wait(1.0)


def awaits_order() -> Playbook:
    play = counter().staffed().courier()
    assert play.page() is Page.SHOW_ORDER
    return play


def in_mode(action: StaffAction) -> Callable[[], Playbook]:
    def play() -> Playbook:
        started = idle()
        started.happens(StaffSignedIn(started.now, "8"))
        started.happens(StaffIntent(started.now, action, StaffReason.DRILL))
        return started.happens(StaffIntent(started.now, StaffAction.SIGN_OUT)).wait(1.0)

    return play


@pytest.mark.parametrize(
    "begin",
    [
        idle,
        granted,
        forced_open,
        awaits_order,
        *map(in_mode, (StaffAction.HOLD_OPEN, StaffAction.LOCK_DOWN, StaffAction.EVACUATE)),
    ],
    ids=["idle", "granted", "forced open", "order awaited", "held open", "locked down", "evacuating"],
)
def test_whatever_is_offered_is_done(window: KioskWindow, begin: Callable[[], Playbook]) -> None:
    desk = Counter(window, begin())
    desk.sign_in()
    for action in offered(desk.play.view):
        again = Counter(KioskWindow(), begin())
        again.sign_in()
        acted = len(again.play.recorded(entries.STAFF_ACTED))
        again.do(action)
        notice = again.play.view.staff.notice
        if begin is granted and action is StaffAction.OPEN_ONCE:
            assert notice is Notice.BUSY, "who is granted goes first"
        else:
            assert notice is Notice.DONE, action
            assert len(again.play.recorded(entries.STAFF_ACTED)) == acted + 1


@pytest.mark.parametrize(
    ("action", "outcome"),
    [
        (StaffAction.ADMIT, (Outcome.GRANT, Reason.STAFF_ADMITTED)),
        (StaffAction.CLINICAL, (Outcome.GRANT, Reason.CLINICAL_NORMAL)),
    ],
)
def test_who_was_referred_is_let_in(
    window: KioskWindow, action: StaffAction, outcome: tuple[Outcome, Reason]
) -> None:
    desk = Counter(window, Playbook().scan(code()).sample(WARM).wait(10.0))
    assert "Staff: 1 waiting" in window.words()
    desk.sign_in()
    desk.page.work.cases.rows[0].click()
    assert action in offered_for(desk.play.view.staff.cases[0])
    desk.do(action)
    assert (desk.play.result.outcome, desk.play.result.reason) == outcome
    assert "请通行" in desk.page.words(), "in the strip"
    assert "Nobody is waiting" in desk.page.words()
    assert "Overrides in the last hour: 1" in desk.page.words()


def test_who_is_measured_again_is_asked_to_look_at_the_sensor_by_the_whole_screen(
    window: KioskWindow,
) -> None:
    desk = Counter(window, Playbook().scan(code()).sample(WARM).wait(10.0))
    desk.sign_in()
    desk.page.work.cases.rows[0].click()
    desk.do(StaffAction.RECHECK)
    assert desk.play.page() is Page.LOOK_AT_SENSOR
    assert not desk.page.isVisible()
    desk.play.sample(WELL)
    desk.refresh()
    assert "请通行" in window.words()


def test_who_is_turned_away_is_no_case_any_more(window: KioskWindow) -> None:
    desk = Counter(window, Playbook().scan(code()).sample(WARM).wait(10.0))
    desk.sign_in()
    desk.page.work.cases.rows[0].click()
    desk.do(StaffAction.TURN_AWAY)
    assert "Nobody is waiting" in desk.page.words()


def test_an_evacuation_and_its_end(window: KioskWindow) -> None:
    desk = Counter(window, granted())
    desk.play.happens(DoorOpened(desk.play.now)).wait(1.0).happens(DoorClosed(desk.play.now)).wait(30.0)
    desk.refresh()
    desk.sign_in()
    desk.do(StaffAction.EVACUATE)
    desk.page.close_page()
    assert "Leave the building now" in window.words()
    assert "1 person inside" in window.words()
    desk.page.open_page()
    desk.do(StaffAction.RELEASE)
    desk.page.close_page()
    assert desk.play.view.staff.mode is Mode.NORMAL
    assert "请出示健康码" in window.words()


def test_a_session_that_nobody_uses_ends_and_the_page_with_it(window: KioskWindow) -> None:
    desk = Counter(window, idle())
    desk.sign_in()
    desk.play.wait(61.0)
    desk.refresh()
    assert not desk.page.isVisible()
    assert "Staff 17" not in window.words()
