from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from kiosk.core.events import Started, Tick, TrustChanged
from kiosk.terms import Reason
from tests.core.playbook import BUNDLE, MORNING, WELL, Playbook, code

HOUR_S, DAY_S = 3600.0, 86_400.0
UNTIL_NOON = replace(BUNDLE, fresh_until=MORNING + timedelta(hours=12))


def tiers(playbook: Playbook) -> list[object]:
    return [record.data["tier"] for record in playbook.recorded("kiosk.trust.aged")]


def started(*, utc_trusted: bool = True) -> Playbook:
    return Playbook(bundle=UNTIL_NOON, utc_trusted=utc_trusted).scan(b"nothing").wait(10.0)


def test_fresh_trust_counts_nothing_down() -> None:
    playbook = started().wait(11 * HOUR_S)
    assert playbook.view.trust_left_s is None
    assert tiers(playbook) == []


def test_stale_trust_is_recorded_once_and_counts_down_hour_by_hour_by_itself() -> None:
    playbook = started().wait(12 * HOUR_S)
    assert playbook.view.trust_left_s == pytest.approx(6 * DAY_S, abs=20)
    playbook.wait(5 * HOUR_S)
    assert playbook.view.trust_left_s == pytest.approx(6 * DAY_S - 5 * HOUR_S, abs=HOUR_S)
    assert tiers(playbook) == ["stale"]


def test_stale_trust_still_decides() -> None:
    playbook = started().wait(14 * HOUR_S)
    playbook.scan(code(shown_at=playbook.now.utc, lifetime_s=int(DAY_S))).sample(WELL)
    assert playbook.result.reason is Reason.GRANTED


def test_after_six_days_staff_decide_and_the_screen_says_so() -> None:
    playbook = started().wait(13 * HOUR_S + 6 * DAY_S)
    assert playbook.view.trust_left_s == 0
    assert tiers(playbook) == ["stale", "expired"]
    held = code(rotating=False, lifetime_s=int(20 * DAY_S))
    reasons = [playbook.scan(held).result.reason]
    reasons.append(playbook.wait(12.0).scan(held, "exit-scanner").result.reason)
    assert reasons == [Reason.TRUST_EXPIRED, Reason.EXIT_RECORDED]


def test_new_trust_ends_the_countdown() -> None:
    playbook = started().wait(20 * HOUR_S)
    renewed = replace(UNTIL_NOON, version=2, fresh_until=MORNING + timedelta(days=2))
    playbook.happens(TrustChanged(playbook.now, renewed))
    assert playbook.view.trust_left_s is None
    assert tiers(playbook) == ["stale", "fresh"]


def test_a_clock_that_is_not_trusted_says_nothing_of_age() -> None:
    playbook = started(utc_trusted=False).wait(30 * HOUR_S)
    assert tiers(playbook) == []
    assert playbook.view.trust_left_s is None


@pytest.mark.parametrize("hours_trusted", [0, 1, 11, 13, 40])
def test_a_clock_that_is_trusted_no_more_leaves_nothing_due_in_the_past(hours_trusted: int) -> None:
    playbook = started()
    playbook.happens(Started(playbook.now, {}, {})).wait(hours_trusted * HOUR_S).loses_the_time()
    for _ in range(48):
        playbook.happens(Tick(playbook.now))
        wakes_s = playbook.checkpoint.wake_at
        assert wakes_s is not None, "a heartbeat is due at any time"
        assert wakes_s > playbook.now.mono
        playbook.passes(HOUR_S)
