"""What kiosks say in their entries that people at the hub must see, each an alarm of the hub.

`staff.overrides`: staff have let more people past the kiosk's own answers within an hour than their site
allows (`kiosk.core.staff`). Raised with the entries that say so, in the same transaction, so never twice for
one entry.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from hub.store import NewEntry
from kiosk.core.passage import ALARM_RAISED
from kiosk.terms import Reason

OVERRIDES = Reason.OVERRIDES.value
_TYPE = f'"{ALARM_RAISED}"'


def told_by(entries: Sequence[NewEntry]) -> Iterator[tuple[str, str]]:
    """Kind and sentence of each alarm. Entries are a device's own words: others than these say nothing."""
    for entry in entries:
        if _TYPE not in entry.text:  # most are not, and reading all of them takes time
            continue
        read = json.loads(entry.text)
        envelope, data = read["envelope"], read["data"]
        if envelope["type"] != ALARM_RAISED or not isinstance(data, dict) or data.get("reason") != OVERRIDES:
            continue
        count = data.get("in_an_hour")
        times = f"{count} times" if type(count) is int else "too often"
        yield OVERRIDES, f"staff have overruled the kiosk {times} within an hour; ask them why"
