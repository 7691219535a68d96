from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from kiosk.core.passback import Passback
from kiosk.core.rules import Purpose
from kiosk.terms import Instant
from tests.core.playbook import MORNING

NOW = Instant(0.0, MORNING, True)
BOTH = ("today", "yesterday")


def test_who_has_entered_is_inside_until_he_leaves() -> None:
    passback = Passback()
    passback.enter(NOW, BOTH)
    assert passback.keeps_out(NOW, ("today",), 0)
    assert passback.inside == {"today": MORNING}
    assert passback.leave(BOTH) == "today"
    assert not passback.keeps_out(NOW, ("today",), 0)
    assert passback.occupancy == 0


def test_somebody_is_known_by_the_name_under_which_he_entered_yesterday() -> None:
    passback = Passback({"yesterday": MORNING})
    assert passback.keeps_out(NOW, BOTH, 0)
    assert passback.leave(BOTH) == "yesterday"


def test_whoever_leaves_without_having_entered_leaves_under_no_name() -> None:
    passback = Passback({"another": MORNING})
    assert passback.leave(("today",)) is None
    assert passback.occupancy == 1


def test_somebody_who_stands_in_the_book_under_two_names_leaves_under_both() -> None:
    passback = Passback(dict.fromkeys(BOTH, MORNING))
    passback.leave(BOTH)
    assert passback.occupancy == 0


def test_nobody_without_a_name_is_inside() -> None:
    assert not Passback({"somebody": MORNING}).keeps_out(NOW, (), 0)


def test_whoever_enters_again_is_counted_once_and_from_then_on_under_todays_name() -> None:
    passback = Passback({"yesterday": MORNING - timedelta(hours=9)})
    assert passback.passed(NOW, Purpose.ENTRY, BOTH) == "yesterday"
    assert passback.inside == {"today": MORNING}
    assert passback.passed(NOW, Purpose.ENTRY, BOTH) is None
    assert passback.occupancy == 1


def test_an_entry_at_a_time_that_was_not_trusted_is_never_long_ago() -> None:
    passback = Passback()
    passback.enter(replace(NOW, utc_trusted=False), BOTH)
    tomorrow = Instant(0.0, MORNING + timedelta(days=1), True)
    assert passback.keeps_out(tomorrow, BOTH, 30)


def test_a_clock_that_is_not_trusted_lets_no_window_pass() -> None:
    passback = Passback({"today": MORNING})
    late = Instant(0.0, MORNING + timedelta(hours=5), True)
    assert not passback.keeps_out(late, BOTH, 30)
    assert passback.keeps_out(replace(late, utc_trusted=False), BOTH, 30)


def test_a_handover_leaves_everybody_where_he_is() -> None:
    passback = Passback({"today": MORNING})
    assert passback.passed(NOW, Purpose.HANDOVER, BOTH) is None
    assert passback.inside == {"today": MORNING}


def test_who_is_inside_is_found_under_any_name_and_nobody_else_is() -> None:
    passback = Passback({"yesterday": MORNING})
    assert passback.is_inside(BOTH)
    assert not passback.is_inside(["somebody else"])
    assert not passback.is_inside([])
