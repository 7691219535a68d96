"""What staff and the driver have chosen, until they choose again: the site's mode, and the vehicle's trip.

A choice can be older than all that a start reads of the journal, and than what is kept of its entries' data.
So it stands in the note that is left of those, and every decision tells of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kiosk.core.events import StaffAction
from kiosk.core.passage import DECIDED, STAFF_ACTED, TRIP_CHOSEN
from kiosk.core.view import Mode

SETS = {
    StaffAction.LOCK_DOWN: Mode.LOCKED_DOWN,
    StaffAction.EVACUATE: Mode.EVACUATING,
    StaffAction.RELEASE: Mode.NORMAL,
}


def choices_then(kept: dict[str, Any], kind: str, data: Mapping[str, Any]) -> None:
    """Keep in `kept["mode"]` and `kept["trip"]` what an entry says of them, in the order of the entries."""
    if kind == TRIP_CHOSEN:
        kept["trip"] = data.get("trip")
    elif kind == STAFF_ACTED and data.get("action") in SETS:
        kept["mode"] = SETS[StaffAction(data["action"])].value
    elif kind == DECIDED and isinstance(data.get("facts"), Mapping):
        kept["mode"] = data["facts"].get("mode", Mode.NORMAL.value)
        kept["trip"] = data.get("trip") or kept.get("trip")


def mode_of(kept: Mapping[str, Any]) -> Mode:
    """What the site is set to; NORMAL where nothing tells, or a later version does."""
    mode = kept.get("mode")
    return next((each for each in Mode if each.value == mode), Mode.NORMAL)


def trip_of(kept: Mapping[str, Any]) -> str | None:
    trip = kept.get("trip")
    return trip if isinstance(trip, str) else None
