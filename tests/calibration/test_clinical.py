from __future__ import annotations

from itertools import pairwise

import pytest

from kiosk.core.rules import ScreeningRules
from tests import clinical_table
from tests.bench.clinical import Crowd, Share, crowd
from tests.clinical_table import StandIn

needs_the_table = pytest.mark.skipif(not clinical_table.is_there(), reason=clinical_table.ABSENT)
FEVER_CELSIUS = 38.0


def people(*, with_blackbody: bool = True, stand_in: StandIn = StandIn.AREAS) -> Crowd:
    return crowd("ICI", stand_in, with_blackbody=with_blackbody, units=30)


@pytest.mark.slow
@needs_the_table
def test_a_wider_guard_band_finds_more_of_the_feverish_and_refers_more_of_the_well() -> None:
    results = [
        people().judged(ScreeningRules(guard_factor=factor), FEVER_CELSIUS) for factor in (0.0, 0.8, 1.6)
    ]
    assert results[0].well_rechecked.count < 1.0
    for narrow, wide in pairwise(results):
        assert narrow.found.count < wide.found.count
        assert narrow.well_referred.count < wide.well_referred.count
    assert all(result.found.people == 19 for result in results)


@pytest.mark.slow
@needs_the_table
def test_at_equal_cost_to_the_well_a_blackbody_finds_more_of_the_feverish() -> None:
    with_one, without = (
        people(with_blackbody=one).where_well_are_referred(0.1, FEVER_CELSIUS) for one in (True, False)
    )
    assert with_one.well_referred.percent == pytest.approx(10.0, abs=0.3)
    assert without.well_referred.percent == pytest.approx(10.0, abs=0.3)
    assert with_one.found.percent > without.found.percent + 5.0


@needs_the_table
def test_where_the_widest_guard_refers_too_few_of_the_well_the_limit_is_lowered() -> None:
    half = people().where_well_are_referred(0.5, FEVER_CELSIUS)
    assert half.rules.guard_factor == pytest.approx(1.645)
    assert half.rules.limit_oral_celsius < FEVER_CELSIUS
    assert half.well_referred.percent == pytest.approx(50.0, abs=0.5)


def test_the_interval_of_a_share_is_wilson_s() -> None:
    # Newcombe, Statistics in Medicine 17 (1998) 857, table I, method 3
    for count, total, low, high in ((81, 263, 25.53, 36.62), (15, 148, 6.24, 16.05), (0, 20, 0.0, 16.11)):
        assert Share(count, total).interval_percent == pytest.approx((low, high), abs=0.01)
