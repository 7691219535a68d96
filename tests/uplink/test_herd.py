from __future__ import annotations

import pytest

from kiosk.uplink.uplink import spread_s
from tests.bench.herd import FEW, measure


@pytest.mark.parametrize(("outage_s", "within_s"), [(0, 5), (60, 5), (600, 20), (7200, 120), (10**6, 120)])
def test_the_longer_the_hub_was_away_the_wider_kiosks_spread_up_to_two_minutes(
    outage_s: float, within_s: float
) -> None:
    assert spread_s(outage_s) == within_s


@pytest.mark.slow
@pytest.mark.alone
def test_a_herd_that_comes_back_after_two_hours_is_drained_without_pressing_the_hub() -> None:
    assert [figure for figure in measure(FEW) if not figure.is_kept] == []
