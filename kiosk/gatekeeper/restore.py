"""What a gatekeeper must know of its past when it starts.

Who is inside, how far the clock has come, the last passage's number, which
rotation slots were spent lately, and which grants were left open because the
gatekeeper died between the decision and the door.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from kiosk.core.commands import JsonValue
from kiosk.core.passage import ANNULLED, DECIDED, PASSED, RESTART
from kiosk.core.past import Past
from kiosk.core.rules import Purpose
from kiosk.core.spent import Spending
from kiosk.journal.reader import Entry
from kiosk.journal.store import Journal
from kiosk.terms import Outcome

LOOK_BACK_ENTRIES = 20_000
KEPT_SPENDINGS = 1_000
"""More than one kiosk can grant in the few minutes for which a slot counts."""
_CHUNK = 1_000
_KEPT_OF_A_GRANT = ("passage", "access_point", "purpose", "subject")


def past_of(journal: Journal) -> Past:
    """Read the last `LOOK_BACK_ENTRIES`. Raises JournalError."""
    reading = _Reading()
    for entry in _recent(journal):
        reading.take(entry)
    return Past(
        frozenset(reading.inside),
        reading.trusted_until,
        reading.last_passage_id,
        tuple(reading.open_grants.values()),
        tuple(reading.spent.values()),
    )


class _Reading:
    def __init__(self) -> None:
        self.inside: set[str] = set()
        self.trusted_until: datetime | None = None
        self.last_passage_id = 0
        self.open_grants: dict[int, Mapping[str, JsonValue]] = {}
        self.spent: dict[int, Spending] = {}

    def take(self, entry: Entry) -> None:
        if entry.time_trusted:
            self.trusted_until = datetime.fromisoformat(entry.time)
        if not isinstance(entry.data, dict) or type(entry.data.get("passage")) is not int:
            return
        passage_id: int = entry.data["passage"]
        self.last_passage_id = max(self.last_passage_id, passage_id)
        if entry.type == DECIDED and entry.data.get("outcome") == Outcome.GRANT.value:
            self.open_grants[passage_id] = {key: entry.data.get(key) for key in _KEPT_OF_A_GRANT}
            self._spend(passage_id, entry.data)
        elif entry.type in (PASSED, ANNULLED):
            self.open_grants.pop(passage_id, None)
            if entry.type == ANNULLED and entry.data.get("cause") != RESTART:
                self.spent.pop(passage_id, None)
            if entry.type == PASSED:
                self._count(entry.data)

    def _spend(self, passage_id: int, data: Mapping[str, JsonValue]) -> None:
        subject, slot = data.get("subject"), data.get("slot")
        if isinstance(subject, str) and type(slot) is int:
            self.spent[passage_id] = (subject, slot)
            if len(self.spent) > KEPT_SPENDINGS:
                del self.spent[next(iter(self.spent))]

    def _count(self, data: Mapping[str, JsonValue]) -> None:
        subject = data.get("subject")
        if not isinstance(subject, str):
            return
        if data.get("purpose") == Purpose.ENTRY.value:
            self.inside.add(subject)
        elif data.get("purpose") == Purpose.EXIT.value:
            self.inside.discard(subject)


def _recent(journal: Journal) -> Iterator[Entry]:
    size = journal.size
    for start in range(max(0, size - LOOK_BACK_ENTRIES), size, _CHUNK):
        yield from journal.entries(start, _CHUNK)
