"""Who comes back from a break needs no second temperature check for a set time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from kiosk.core import passage as entries
from kiosk.core.commands import StartSampling
from kiosk.core.events import DoorClosed, DoorOpened
from kiosk.core.past import Past
from kiosk.core.reentry import SHIFT, Measured, Reentry
from kiosk.core.rules import ScreeningRules, TemperatureCheck
from kiosk.core.view import Page
from kiosk.credentials.credential import Colour
from kiosk.terms import Instant, Reason
from tests.core.playbook import (
    GATE_IN,
    GATE_OUT,
    MORNING,
    WARM,
    WELL,
    Playbook,
    code,
    pseudonyms,
    rules_with,
)

RULES = rules_with(screening=ScreeningRules(reentry_minutes=60))
NOW = Instant(0.0, MORNING, True)
BOTH = ("today", "yesterday")
IN_A_BREAK = Measured(7, MORNING - timedelta(hours=4), MORNING - timedelta(minutes=59))


def later(**time: float) -> Instant:
    return Instant(0.0, MORNING + timedelta(**time), True)


def now_shown(play: Playbook) -> bytes:
    return code(shown_at=play.now.utc)


def goes_through(play: Playbook) -> Playbook:
    return play.happens(DoorOpened(play.now)).wait(1.5).happens(DoorClosed(play.now)).wait(10.0)


def enters(play: Playbook) -> Playbook:
    return goes_through(play.scan(now_shown(play)).sample(WELL))


def leaves(play: Playbook) -> Playbook:
    return goes_through(play.scan(now_shown(play), "exit-scanner"))


def test_who_comes_back_in_time_needs_the_code_only_and_the_journal_says_whose_temperature_counts() -> None:
    play = leaves(enters(Playbook(RULES))).wait(59 * 60)
    play.scan(now_shown(play))
    assert play.result.reason is Reason.GRANTED
    assert play.result.face_skin_celsius is None
    assert len(play.asked(StartSampling)) == 1, "of the first entry"
    assert play.recorded(entries.DECIDED)[-1].data["temperature"] == {"reused_from_passage": 1}


def test_who_comes_back_too_late_is_measured() -> None:
    play = leaves(enters(Playbook(RULES))).wait(61 * 60)
    assert play.scan(now_shown(play)).page() is Page.LOOK_AT_SENSOR


def test_without_the_rule_everybody_is_measured() -> None:
    play = leaves(enters(Playbook())).wait(60)
    assert play.scan(now_shown(play)).page() is Page.LOOK_AT_SENSOR


def test_one_measurement_is_good_for_one_return() -> None:
    play = leaves(enters(Playbook(RULES))).wait(60)
    play = leaves(goes_through(play.scan(now_shown(play)))).wait(60)
    assert play.scan(now_shown(play)).page() is Page.LOOK_AT_SENSOR
    play = leaves(goes_through(play.sample(WELL))).wait(60)
    play.scan(now_shown(play))
    reused = play.recorded(entries.DECIDED)[-1].data["temperature"]
    assert reused == {"reused_from_passage": 5}, "the new measurement is good for one again"


def test_a_return_that_was_annulled_has_used_nothing_up() -> None:
    play = leaves(enters(Playbook(RULES))).wait(60)
    play.scan(now_shown(play)).wait(12.0)
    assert play.recorded(entries.ANNULLED)
    play.wait(60).scan(now_shown(play))
    assert play.result.reason is Reason.GRANTED


def test_who_was_referred_and_who_has_not_gone_through_is_measured_the_next_time() -> None:
    referred = Playbook(RULES).scan(code()).sample(WARM).wait(12.0)
    unused = Playbook(RULES).scan(code()).sample(WELL).wait(12.0)
    for play in (referred, unused):
        left = leaves(play).wait(60)
        assert left.scan(now_shown(left)).page() is Page.LOOK_AT_SENSOR


def test_who_has_not_left_by_the_exit_is_measured() -> None:
    free = rules_with(screening=RULES.screening, passback=replace(RULES.passback, window_minutes=1))
    play = enters(Playbook(free)).wait(60)
    assert play.scan(now_shown(play)).page() is Page.LOOK_AT_SENSOR


def test_where_no_temperature_was_taken_none_is_reused() -> None:
    unmeasured = replace(GATE_IN, temperature=TemperatureCheck.OFF)
    play = Playbook(replace(RULES, access_points=(unmeasured, GATE_OUT)))
    play = leaves(goes_through(play.scan(code())))
    play.scan(now_shown(play))
    assert play.recorded(entries.DECIDED)[-1].data["temperature"] is None


def test_every_other_rule_holds_for_who_comes_back() -> None:
    play = leaves(enters(Playbook(RULES))).wait(60)
    assert play.scan(code(shown_at=play.now.utc, colour=Colour.RED)).result.reason is Reason.COLOUR_RED


def test_a_courier_at_the_counter_is_measured_though_he_comes_from_a_break() -> None:
    past = Past(measured={pseudonyms(b"courier!", NOW)[0]: IN_A_BREAK})
    play = Playbook(RULES, past=past)
    play.scan(code(cti=b"courier!", role=2), "counter-scanner")
    assert play.page() is Page.LOOK_AT_SENSOR


def test_who_went_in_before_midnight_is_known_by_yesterdays_name() -> None:
    past = Past(measured={pseudonyms(b"somebody", NOW)[1]: IN_A_BREAK}, last_passage_id=7)
    play = Playbook(RULES, past=past).scan(code())
    assert play.recorded(entries.DECIDED)[-1].data["temperature"] == {"reused_from_passage": 7}
    assert not leaves(goes_through(play)).wait(60).asked(StartSampling)
    assert play.scan(now_shown(play)).page() is Page.LOOK_AT_SENSOR


@pytest.mark.parametrize(
    ("known", "counts"),
    [
        (IN_A_BREAK, True),
        (replace(IN_A_BREAK, left_at=MORNING), True),
        (replace(IN_A_BREAK, left_at=MORNING - timedelta(minutes=60)), False),
        (replace(IN_A_BREAK, left_at=MORNING + timedelta(seconds=1)), False),
        (replace(IN_A_BREAK, left_at=None), False),
        (replace(IN_A_BREAK, at=MORNING - SHIFT), False),
        (replace(IN_A_BREAK, at=MORNING - SHIFT + timedelta(seconds=1)), True),
    ],
)
def test_what_counts_was_left_with_a_while_ago_and_measured_in_this_shift(
    known: Measured, counts: bool
) -> None:
    assert Reentry(60, {"yesterday": known}).reusable(NOW, BOTH) == (7 if counts else None)
    assert Reentry(0, {"yesterday": known}).reusable(NOW, BOTH) is None


def test_at_a_time_that_is_not_trusted_nothing_is_noted_and_nothing_reused() -> None:
    untrusted = replace(NOW, utc_trusted=False)
    reentry = Reentry(60, {"yesterday": IN_A_BREAK})
    reentry.forget(replace(untrusted, utc=MORNING + timedelta(days=9)))
    assert reentry.reusable(untrusted, BOTH) is None
    assert reentry.reusable(NOW, BOTH) == 7
    reentry.entered(untrusted, BOTH, 8)
    reentry.left(NOW, BOTH)
    assert reentry.reusable(NOW, BOTH) is None
    reentry.entered(NOW, BOTH, 9)
    reentry.left(untrusted, BOTH)
    assert reentry.reusable(NOW, BOTH) is None


def test_a_break_that_begins_after_midnight_is_noted_under_yesterdays_name() -> None:
    reentry = Reentry(60, {"yesterday": replace(IN_A_BREAK, left_at=None)})
    reentry.left(NOW, BOTH)
    assert reentry.reusable(later(minutes=59), BOTH) == 7


def test_a_second_exit_makes_a_break_no_longer() -> None:
    reentry = Reentry(60, {})
    reentry.entered(NOW, BOTH, 1)
    reentry.left(later(minutes=1), BOTH)
    reentry.left(later(minutes=50), BOTH)
    assert reentry.reusable(later(minutes=60), BOTH) == 1
    assert reentry.reusable(later(minutes=61), BOTH) is None


def test_what_can_count_no_more_is_forgotten() -> None:
    reentry = Reentry(60, {"yesterday": IN_A_BREAK})
    reentry.forget(later(minutes=1))
    assert reentry.reusable(NOW, BOTH) is None
