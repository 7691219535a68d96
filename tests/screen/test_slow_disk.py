"""Three real processes: a gatekeeper whose every flush takes 100 ms, and the window in front of it."""

from __future__ import annotations

import statistics

import pytest

from tests.bench.slow_disk import FEW_PEOPLE, FLUSH_S, LONGEST_PICTURE_GAP_S, PAINT_S, watch

BUSY = 3.0
"""Others may use the machine: so much longer may the longest things take."""


@pytest.mark.slow
@pytest.mark.alone
def test_the_thermal_picture_goes_on_being_painted_every_50_ms_whatever_the_disk_does() -> None:
    watched = watch(FEW_PEOPLE, FLUSH_S)
    assert watched.relay_edges > 0, "nobody was recorded, so nothing was flushed"
    assert len(watched.paint_gaps_s) > 200
    assert statistics.median(watched.paint_gaps_s) <= PAINT_S
    assert max(watched.picture_gaps_s) < BUSY * LONGEST_PICTURE_GAP_S
