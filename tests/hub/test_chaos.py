from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import URL

from tests.hub import chaos
from tests.hub.conftest import ON_BOTH


@pytest.mark.slow
@ON_BOTH
def test_through_kills_and_faults_every_entry_is_stored_once(database: URL | None, tmp_path: Path) -> None:
    """The full size is in tests/bench/chaos.py."""
    outcome = chaos.run(chaos.Plan(kiosks=3, entries=400, kills=3), tmp_path, database)
    assert (outcome.rows, outcome.duplicates) == (1200, 0)
    assert outcome.roots_equal
    assert outcome.all_acknowledged
    assert outcome.kills == 3
    assert sum(outcome.faults.values()) >= outcome.requests / 10, outcome
