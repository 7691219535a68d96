"""What comes first decides, also where a millisecond or another lane lies between two things."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from kiosk.core import passage as entries
from kiosk.core.events import (
    DeviceFaulted,
    DeviceRecovered,
    FaceAppeared,
    Tick,
    TrustChanged,
)
from kiosk.core.rules import CounterRules, TemperatureCheck
from kiosk.credentials.policy import parse
from tests.core.counters import HANDOVER, ORDER, WITH_ORDERS
from tests.core.playbook import BUNDLE, COURIER, GATE_OUT, MORNING, WELL, code, rules_with
from tests.core.replay.replaying import Recorded, replayed
from tests.core.replay.test_replay import ANOTHER, NEAR, granted, in_twice, late_answer, same
from tests.core.test_lanes import MEASURED_TOO, TWO

MS = 0.001


def reasons(play: Recorded) -> list[object]:
    return [record.data["reason"] for record in play.recorded(entries.DECIDED)]


def courier(play: Recorded, cti: bytes = b"courier1") -> Recorded:
    play.scan(code(cti=cti, role=COURIER, shown_at=play.now.utc), "counter-scanner")
    return play


def test_trust_that_is_lost_just_after_a_code_was_judged_by_it_comes_after_it_again() -> None:
    play = Recorded()
    play.wait(0.5).scan(code()).happens(TrustChanged(play.now, replace(BUNDLE, version=2, keys={})))
    play.wait(0.6).sample(WELL).wait(9.0)
    assert reasons(play) == ["granted"]
    same(play)


def trust_changes(play: Recorded) -> None:
    play.happens(TrustChanged(play.now, replace(BUNDLE, version=2)))


def disk_is_full(play: Recorded) -> None:
    play.happens(DeviceFaulted(play.now, "disk", "full"))


def trust_ages(play: Recorded) -> None:
    play.happens(Tick(play.now))


@pytest.mark.parametrize(
    ("happens", "kind"),
    [
        (trust_changes, entries.TRUST_CHANGED),
        (trust_ages, entries.TRUST_AGED),
        (disk_is_full, entries.DEVICE_FAULTED),
    ],
)
def test_what_happens_between_a_grant_and_its_record_in_one_millisecond_does_so_again(
    happens: Callable[[Recorded], None], kind: str
) -> None:
    play = Recorded(bundle=replace(BUNDLE, fresh_until=MORNING + timedelta(seconds=1)))
    play.journal_works = False
    play.scan(code()).passes(1.0 if happens is trust_ages else 0.5).sample(WELL)
    happens(play)
    late_answer(play)
    play.goes_through()
    assert [each.type for each in play.entries()[2:4]] == [entries.DECIDED, kind]
    (passed,) = play.recorded(entries.PASSED)
    assert passed.data["recorded_between"] == 1
    same(play)


def test_who_is_measured_a_millisecond_after_the_code_has_the_order_that_was_there_before() -> None:
    play = Recorded(WITH_ORDERS)
    play.scan(ORDER, "order-scanner").wait(1.0)
    courier(play).passes(MS).sample(WELL).wait(60.0)
    assert play.recorded(entries.DECIDED)[0].data["decision_ms"] == 1
    assert reasons(play) == ["granted"]
    same(play)


def test_who_is_measured_a_millisecond_after_the_code_finds_the_gate_lost_whose_entry_was_lost() -> None:
    play = Recorded()
    play.happens(DeviceFaulted(play.now, "gate", "gone"))
    play.scan(code()).passes(MS).sample(WELL).wait(9.0)
    assert reasons(play) == ["gate.unavailable"]
    lost = [each for each in play.entries() if each.type != entries.DEVICE_FAULTED]
    assert replayed(lost).difference is None


def test_a_gate_that_is_back_keeps_nobody_from_waiting_for_his_order() -> None:
    play = Recorded(WITH_ORDERS)
    play.happens(DeviceFaulted(play.now, "gate", "gone"))
    courier(play).sample(WELL).wait(9.0)
    play.happens(DeviceRecovered(play.now, "gate"))
    courier(play, b"courier2").sample(WELL).wait(5.0)
    play.scan(ORDER, "order-scanner").wait(60.0)
    assert reasons(play) == ["gate.unavailable", "granted"]
    same(play)


def test_who_shows_a_code_after_he_was_measured_waits_for_his_order_from_then_on() -> None:
    measured_first = replace(HANDOVER, temperature=TemperatureCheck.BEFORE)
    play = Recorded(rules_with(access_points=(measured_first, GATE_OUT)))
    play.happens(FaceAppeared(play.now))
    play.wait(0.5).sample(WELL).wait(0.5)
    courier(play).wait(2.0).scan(ORDER, "order-scanner").wait(60.0)
    assert reasons(play) == ["granted"]
    same(play)


def test_a_clock_that_is_set_back_between_two_passages_leaves_them_in_their_order() -> None:
    play = Recorded()
    granted(play).goes_through().wait(9.0)
    play.wall -= timedelta(hours=1)
    in_twice(play)
    assert reasons(play) == ["granted", "passback.already_inside", "passback.already_inside"]
    same(play)


def test_a_clock_that_is_set_just_before_a_decision_was_so_for_that_decision_too() -> None:
    play = Recorded()
    granted(play).goes_through().wait(9.0)
    play.scan(code(cti=ANOTHER)).passes(0.5)
    play.wall -= timedelta(hours=1)
    play.sample(WELL)
    play.goes_through()
    kinds = [each.type for each in play.entries()]
    assert kinds.index(entries.CLOCK_CHANGED) > kinds.index(entries.DECIDED, kinds.index(entries.PASSED))
    same(play)


def test_a_first_reading_that_is_there_as_the_code_is_asks_for_a_second_one_again() -> None:
    play = Recorded()
    play.scan(code()).sample(NEAR).wait(0.7).sample(WELL)
    play.goes_through()
    assert reasons(play) == ["granted"]
    same(play)


def test_whom_nobody_has_measured_in_time_hurries_nobody_in_another_lane() -> None:
    play = Recorded(MEASURED_TOO)
    play.scan(code(cti=ANOTHER), "staff-scanner").wait(0.02).scan(code()).wait(4.99)
    play.sample(WELL, 2).wait(9.0)
    assert reasons(play) == ["temperature.no_reading", "granted"]
    same(play)


def test_a_grant_that_nobody_takes_hurries_nobody_in_another_lane() -> None:
    play = Recorded(TWO)
    play.scan(code()).wait(0.68)
    play.scan(code(cti=ANOTHER), "exit-scanner").wait(4.31)
    play.sample(WELL, 1).wait(9.0)
    assert [each.data["passage"] for each in play.recorded(entries.ANNULLED)] == [2, 1]
    assert reasons(play) == ["exit.recorded", "granted"]
    same(play)


def test_a_wait_for_an_order_is_over_in_its_time_be_it_later_by_what_a_difference_rounds() -> None:
    play = Recorded(rules_with(access_points=(HANDOVER,)))
    courier(play).passes(2.001).sample(WELL).wait(60.0)
    (decided,) = play.recorded(entries.DECIDED)
    assert decided.data["decision_ms"] == 32_001
    before_s = 32_001 / 1000 - 2001 / 1000
    assert (32.001 - before_s) + CounterRules().order_within_s > 32.001
    same(play)


def test_whoever_comes_after_the_clock_was_set_is_judged_by_the_hours_that_it_shows_then() -> None:
    policy = parse({"windows": [{"from": "13:00", "until": "15:00", "then": "hard", "purpose": "entry"}]})
    play = Recorded(bundle=replace(BUNDLE, policy=policy))
    play.wall += timedelta(hours=10)
    play.wait(9.0).scan(code(shown_at=play.now.utc, lifetime_s=80_000)).wait(0.5)
    play.sample(WELL).wait(9.0)
    assert reasons(play) == ["granted"]
    same(play)
