from __future__ import annotations

from random import Random

import pytest

from kiosk.uplink.backoff import Backoff


class Highest(Random):
    """Draws the top of every range."""

    def uniform(self, a: float, b: float) -> float:
        return b


def test_the_ceiling_doubles_from_one_second_to_five_minutes() -> None:
    backoff = Backoff(Highest())
    assert [backoff.next_s() for _ in range(11)] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]
    for _ in range(5000):
        assert backoff.next_s() == 300


def test_success_begins_anew() -> None:
    backoff = Backoff(Highest())
    backoff.next_s()
    backoff.next_s()
    backoff.reset()
    assert backoff.next_s() == 1


def test_waits_spread_over_the_whole_range_below_the_ceiling() -> None:
    waits = []
    for seed in range(1000):
        backoff = Backoff(Random(seed))
        for _ in range(9):
            backoff.next_s()
        waits.append(backoff.next_s())
    deciles = [sum(30 * n <= wait < 30 * (n + 1) for wait in waits) for n in range(10)]
    assert all(60 < count < 140 for count in deciles)


@pytest.mark.parametrize(("asked", "low", "high"), [(40, 40, 41), (0, 0, 1), (-5, 0, 1), (1e9, 3600, 3601)])
def test_what_the_server_asks_for_is_waited_out_up_to_an_hour(asked: float, low: float, high: float) -> None:
    assert low <= Backoff(Random(1)).next_s(asked) <= high
