from __future__ import annotations

import pytest

from kiosk.core.view import Page, Result, ViewState
from kiosk.terms import Outcome, Reason
from sim.clock import SimClock
from sim.pace import AT_LEISURE
from sim.people import Visit
from sim.visitor import PATIENCE_S, Visitor
from tests.sim.visits import visit

AT_THE_KIOSK_S = 1.0 + AT_LEISURE.to_code_s


def result(outcome: Outcome, reason: Reason = Reason.GRANTED) -> ViewState:
    return ViewState(Page.RESULT, passage_id=1, result=Result(outcome, reason, "gate-in"))


class Stroll:
    def __init__(self, who: Visit) -> None:
        self.clock = SimClock()
        self.released = False
        self.scans = 0
        self.visitor = Visitor(who, self.clock.mono, lambda: self.released, self._scan)

    def _scan(self) -> None:
        self.scans += 1

    def until(self, at_s: float) -> None:
        while self.visitor.wake_at_s is not None and self.visitor.wake_at_s <= at_s:
            self.clock.advance_to(self.visitor.wake_at_s)
            self.visitor.step()
        self.clock.advance_to(at_s)

    def sees(self, view: ViewState) -> None:
        self.visitor.sees(view)
        self.visitor.step()

    def has_gone(self) -> bool:
        return self.visitor.is_gone

    def shows_code(self) -> bool:
        return self.visitor.presence.code_since_s is not None

    def holds_door(self) -> bool:
        return self.visitor.presence.door_open


def test_somebody_is_seen_before_his_code_is() -> None:
    stroll = Stroll(visit())
    stroll.until(1.0)
    assert stroll.visitor.presence.face_since_s == 1.0
    assert not stroll.shows_code()
    stroll.until(AT_THE_KIOSK_S)
    assert stroll.visitor.presence.code_since_s == AT_THE_KIOSK_S


def test_who_is_granted_goes_through_the_released_door_and_shuts_it() -> None:
    stroll = Stroll(visit())
    stroll.until(AT_THE_KIOSK_S + 1.0)
    stroll.sees(result(Outcome.GRANT))
    stroll.released = True
    stroll.until(AT_THE_KIOSK_S + 2.5)
    assert stroll.holds_door()
    stroll.until(60.0)
    assert not stroll.holds_door()
    assert stroll.visitor.experience.passed
    assert stroll.has_gone()


def test_who_is_granted_and_finds_the_strike_shut_has_not_passed() -> None:
    stroll = Stroll(visit())
    stroll.until(AT_THE_KIOSK_S + 1.0)
    stroll.sees(result(Outcome.GRANT))
    stroll.until(60.0)
    assert not stroll.visitor.experience.passed
    assert stroll.has_gone()


def test_who_is_denied_never_touches_the_door() -> None:
    stroll = Stroll(visit("red"))
    stroll.released = True
    stroll.until(AT_THE_KIOSK_S + 0.1)
    stroll.sees(result(Outcome.DENY, Reason.COLOUR_RED))
    while not stroll.has_gone():
        assert not stroll.holds_door()
        stroll.until(stroll.clock.mono() + 0.1)
    assert not stroll.visitor.experience.passed


def test_who_gets_no_answer_gives_up() -> None:
    stroll = Stroll(visit())
    stroll.until(AT_THE_KIOSK_S + PATIENCE_S + 5.0)
    assert stroll.has_gone()
    assert stroll.visitor.experience.result is None


def test_an_answer_counts_only_once_the_code_has_been_shown() -> None:
    stroll = Stroll(visit())
    stroll.visitor.sees(result(Outcome.GRANT))
    assert stroll.visitor.experience.result is None


def test_a_grant_that_is_taken_back_is_the_answer_that_counts() -> None:
    stroll = Stroll(visit())
    stroll.until(AT_THE_KIOSK_S + 0.1)
    stroll.sees(result(Outcome.GRANT))
    stroll.visitor.sees(result(Outcome.REFER, Reason.GATE_UNAVAILABLE))
    answer = stroll.visitor.experience.result
    assert answer is not None
    assert answer.reason is Reason.GATE_UNAVAILABLE


def test_who_leaves_shows_no_face_and_uses_the_scanner() -> None:
    stroll = Stroll(visit("exit"))
    stroll.until(AT_THE_KIOSK_S)
    assert stroll.visitor.presence.face_since_s is None
    assert stroll.scans == 1


def test_the_time_from_code_to_relay_is_told_where_there_was_one() -> None:
    stroll = Stroll(visit())
    stroll.until(AT_THE_KIOSK_S + 1.25)
    stroll.visitor.feels_relay("gate")
    assert stroll.visitor.experience.code_to_relay_ms == pytest.approx(1250.0)
    assert Stroll(visit()).visitor.experience.code_to_relay_ms is None
