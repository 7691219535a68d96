from __future__ import annotations

import math
from datetime import UTC, datetime

import pytest

from kiosk.core.view import Result
from kiosk.terms import Outcome, Reason
from sim.logbook import Page
from sim.throughput import percentile, throughput
from sim.truth import Truth
from sim.visitor import Experience
from tests.sim.visits import visit

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def page(code_s: float, ended_s: float, *, relay_s: float | None = None, shut_s: float | None = None) -> Page:
    """Somebody who was let in at `relay_s`, or refused half a second after the code."""
    outcome = Outcome.DENY if relay_s is None else Outcome.GRANT
    experience = Experience(
        visit(),
        code_in_view_s=code_s,
        result=Result(outcome, Reason.GRANTED, "gate-in"),
        result_s=code_s + 0.5,
        relay_on_s=relay_s,
        through_door_s=shut_s,
        ended_s=ended_s,
    )
    return Page(NOON, experience, Truth(frozenset()), moved_rightly=True)


def test_people_a_minute_are_counted_from_one_end_to_the_last() -> None:
    assert throughput([page(0, 3), page(4, 6), page(7, 9)]).people_per_minute == pytest.approx(20.0)


def test_the_kiosks_own_share_begins_with_the_code() -> None:
    assert throughput([page(1.0, 5.0, relay_s=2.25)]).own_share_s == (1.25,)


def test_the_kiosks_own_share_does_not_begin_before_the_one_in_front_is_through() -> None:
    pages = [page(0.0, 4.0, relay_s=1.0, shut_s=4.0), page(3.5, 7.0, relay_s=5.0)]
    assert throughput(pages).own_share_s == (1.0, 1.0)


def test_who_is_refused_is_served_with_the_answer() -> None:
    assert throughput([page(1.0, 5.0)]).own_share_s == (0.5,)


def test_a_day_without_people_has_no_figures() -> None:
    nobody = throughput([])
    assert math.isnan(nobody.people_per_minute)
    assert math.isnan(nobody.p95_s)
    assert math.isnan(throughput([page(0, 3)]).people_per_minute)


def test_a_percentile_is_a_value_that_so_many_do_not_exceed() -> None:
    values = [float(value) for value in range(100, 0, -1)]
    assert (percentile(values, 50), percentile(values, 95), percentile([7.0], 95)) == (50.0, 95.0, 7.0)
