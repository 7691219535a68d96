from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from kiosk.core.events import TrustChanged
from tests.uplink.world import World


@pytest.mark.slow
def test_a_connected_kiosk_has_fresh_trust_for_days(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.enrol()
    for _ in range(3 * 48):
        world.clock.sleep(1800)
        world.run(2)
        fresh_until = world.trust.bundle.fresh_until
        assert fresh_until is not None
        assert fresh_until > world.clock.utc() + timedelta(hours=22)
    assert {e.bundle.version for e in world.posted if isinstance(e, TrustChanged)} == {1}
    world.close()
