"""How old the trust in force is: fresh, stale, or too old to admit anybody by itself.

Fresh until the newest signed timestamp expires; stale, shown with a countdown
and still deciding, for `STALE_FOR` more; from then on staff decide. Counted
from what was signed, never from when it was fetched, so an uplink that hands
in old data makes nothing younger.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from kiosk.credentials.bundle import TrustBundle
from kiosk.terms import Instant

STALE_FOR = timedelta(days=6)
TOLD_EVERY_S = 3600.0


class Tier(StrEnum):
    FRESH = "fresh"
    STALE = "stale"
    EXPIRED = "expired"


def tier_of(bundle: TrustBundle, utc: datetime) -> Tier:
    """A bundle without a signed end never ages."""
    if bundle.fresh_until is None or utc < bundle.fresh_until:
        return Tier.FRESH
    return Tier.STALE if utc < bundle.fresh_until + STALE_FOR else Tier.EXPIRED


def left_s(bundle: TrustBundle, utc: datetime) -> float | None:
    """Seconds until staff must decide, 0 when they must; None while fresh."""
    if bundle.fresh_until is None or tier_of(bundle, utc) is Tier.FRESH:
        return None
    return max((bundle.fresh_until + STALE_FOR - utc).total_seconds(), 0.0)


def wake_at(bundle: TrustBundle, at: Instant) -> float | None:
    """The monotonic second at which the next change is due: of the tier, or of a countdown's hour."""
    tier = tier_of(bundle, at.utc)
    if bundle.fresh_until is None or tier is Tier.EXPIRED:
        return None
    if tier is Tier.FRESH:
        return at.mono + (bundle.fresh_until - at.utc).total_seconds()
    return at.mono + min((bundle.fresh_until + STALE_FOR - at.utc).total_seconds(), TOLD_EVERY_S)
