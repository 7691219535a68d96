"""How trust ages, and what a kiosk makes of a wrong clock, a damaged copy, weeks without its hub."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kiosk.core.trust_age import Tier
from sim.clock import SimClock
from tests.trust.repositories import CITY, NOON, STAFF, HubTrust, later
from tests.trust.served import TrustServer
from tests.uplink.trust_world import TIMESTAMP, Kiosk, frozen

pytestmark = pytest.mark.slow


def test_freezing_keeps_nobody_fresh(kiosk: Kiosk, hub: HubTrust, server: TrustServer) -> None:
    """The age is that of what was signed, however often it is served."""
    kiosk.live()
    server.instead = frozen(hub)
    seen = []
    for day in range(9):
        kiosk.clock.sleep(86_400)
        kiosk.restart()
        kiosk.live()
        seen.append(kiosk.tier)
        if day:
            assert "expired" in kiosk.uplink.troubles[0]
    assert seen == [Tier.STALE] * 6 + [Tier.EXPIRED] * 3
    assert kiosk.store.bundle.keys == {b"city": CITY}


@pytest.mark.parametrize("moment", [datetime(1970, 1, 1, tzinfo=UTC), NOON + timedelta(days=365)])
def test_with_a_wrong_clock_nothing_that_was_good_is_lost_and_nothing_old_is_fresh(
    kiosk: Kiosk, hub: HubTrust, server: TrustServer, tmp_path: Path, moment: datetime
) -> None:
    kiosk.live()
    before = kiosk.store.bundle
    hub.publish([CITY, STAFF])
    kiosk.clock = SimClock(moment)
    kiosk.trusted = False
    kiosk.restart()
    kiosk.live()
    is_early = moment < NOON
    assert kiosk.store.bundle.version == (2 if is_early else 1)
    assert set(before.keys) <= set(kiosk.store.bundle.keys)
    assert kiosk.tier is (Tier.FRESH if is_early else Tier.EXPIRED)
    kiosk.clock = SimClock(later(minutes=5))
    kiosk.trusted = True
    kiosk.restart()
    kiosk.live(300)
    assert (kiosk.store.bundle.version, kiosk.tier, kiosk.uplink.troubles) == (2, Tier.FRESH, ())


def test_thirty_days_offline_with_a_restart_then_all_is_well_again(
    kiosk: Kiosk, hub: HubTrust, server: TrustServer
) -> None:
    kiosk.live()
    before = kiosk.store.bundle
    server.instead = {TIMESTAMP: (503, b"")}
    tiers = []
    for _ in range(30):
        kiosk.clock.sleep(86_400)
        kiosk.restart()
        kiosk.live(30)
        assert kiosk.store.bundle == before
        tiers.append(kiosk.tier)
    assert [tiers.count(tier) for tier in Tier] == [0, 6, 24]
    server.instead = {}
    hub.publish([CITY, STAFF], now=kiosk.clock.utc())
    kiosk.live(600)
    assert (kiosk.store.bundle.version, kiosk.tier) == (2, Tier.FRESH)


def test_the_uplinks_own_copy_may_be_damaged_in_any_file(
    kiosk: Kiosk, hub: HubTrust, server: TrustServer
) -> None:
    kiosk.live()
    paths = [path for path in (kiosk.folder / "uplink").rglob("*") if path.is_file()]
    assert len(paths) >= 5
    for number, path in enumerate(paths):
        if not path.exists():
            continue
        path.write_bytes(b"\x00" * 99)
        hub.publish([CITY] if number % 2 else [CITY, STAFF])
        kiosk.restart()
        kiosk.live(120)
        assert set(kiosk.store.bundle.keys) == ({b"city"} if number % 2 else {b"city", b"stff"}), path
    assert kiosk.uplink.troubles == ()


def test_a_full_disk_under_the_uplinks_copy_is_said_and_gatekeeper_goes_on(
    kiosk: Kiosk, hub: HubTrust, server: TrustServer
) -> None:
    kiosk.live()
    before = kiosk.store.bundle
    folder = kiosk.folder / "uplink" / "targets"
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    folder.write_bytes(b"")
    hub.publish([CITY, STAFF])
    kiosk.live()
    assert "can't be kept" in kiosk.uplink.troubles[0]
    assert kiosk.store.bundle == before
