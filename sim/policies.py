"""What the city has signed for a simulated site beside the site's own rules."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sim.people import CONTRACTOR

BEFORE, AFTER = timedelta(hours=1), timedelta(hours=12)


def policy_of(place: str, wall: datetime) -> dict[str, object] | None:
    """`wall` is when the day begins, by the site's own clock; None where nothing is signed."""
    if place == "ride":
        return {"temperature": {"boarding": "off"}}
    if place == "dormitory":
        hours = {"from": f"{wall - BEFORE:%H:%M}", "until": f"{wall + AFTER:%H:%M}"}
        return {"windows": [{"role": CONTRACTOR, "purpose": "entry", **hours, "then": "soft"}]}
    return None


def closed_to(place: str) -> Collection[int]:
    """The roles that are not let in by it all through the day."""
    return (CONTRACTOR,) if place == "dormitory" else ()
