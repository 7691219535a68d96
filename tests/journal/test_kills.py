"""`kill -9` while people pass, also between the commit and the relay; two hundred in `tests.bench.kills`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.journal.kills import Toll, many_deaths

DEATHS = 5


@pytest.mark.slow
def test_killed_at_any_moment_it_loses_nothing_moves_nothing_unrecorded_and_leaves_no_grant_open(
    tmp_path: Path,
) -> None:
    assert many_deaths(tmp_path, DEATHS, seed=3) == Toll(0, 0, 0, 0)
