"""What a gatekeeper must know of its past when it starts.

Who is inside, how far the clock has come, the last passage's number, which
rotation slots were spent lately, which grants were left open because the
gatekeeper died between the decision and the door, and what temperatures were
taken with. Entries whose data was deleted at the end of retention say no more
than their time; what must outlast them stands in the note that was left.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path

from kiosk.core.commands import JsonValue
from kiosk.core.kept import Kept
from kiosk.core.passage import ANNULLED, CALIBRATION_CHANGED, DECIDED, PASSED, RESTART
from kiosk.core.past import Past
from kiosk.core.rules import Purpose
from kiosk.core.spent import Spending
from kiosk.journal.errors import JournalError
from kiosk.journal.reader import Entry, JournalReader
from kiosk.terms import Outcome

LOOK_BACK_ENTRIES = 20_000
KEPT_SPENDINGS = 1_000
"""More than one kiosk can grant in the few minutes for which a slot counts."""
PASSAGES_OF_AN_EPOCH = 100_000_000
_CHUNK = 1_000
_KEPT_OF_A_GRANT = ("passage", "access_point", "purpose", "subject")


def past_of(journal: JournalReader) -> Past:
    """Read the last `LOOK_BACK_ENTRIES`. Raises JournalError."""
    return past_told_by(journal.forgotten[1], _recent(journal))


def past_told_by(note: str, entries: Iterable[Kept]) -> Past:
    """What entries say, and the note that was left of those deleted before them. Raises JournalError."""
    reading = _Reading()
    reading.take_note(note)
    for entry in entries:
        reading.take(entry)
    return Past(
        frozenset(reading.inside),
        reading.trusted_until,
        reading.last_passage_id,
        tuple(reading.open_grants.values()),
        tuple(reading.spent.values()),
        reading.calibration,
    )


def salvaged_past(aside: Path, epoch: int) -> Past:
    """What a damaged journal that was set aside before log `epoch` still says of it.

    Where it says nothing passages are counted on from a number that it can't have reached.
    """
    try:
        with JournalReader(aside) as journal:
            return past_of(journal)
    except JournalError:
        return Past(last_passage_id=(epoch - 1) * PASSAGES_OF_AN_EPOCH)


class _Reading:
    def __init__(self) -> None:
        self.inside: set[str] = set()
        self.trusted_until: datetime | None = None
        self.last_passage_id = 0
        self.open_grants: dict[int, Mapping[str, JsonValue]] = {}
        self.spent: dict[int, Spending] = {}
        self.calibration: Mapping[str, JsonValue] | None = None

    def take_note(self, note: str) -> None:
        """What `journal_house.note_of` has left of entries that are deleted."""
        try:
            kept = json.loads(note) if note else {}
            self.last_passage_id = int(kept.get("last_passage_id", 0))
            self.calibration = kept.get("calibration")
        except (ValueError, TypeError, AttributeError) as error:
            raise JournalError("the journal's note of deleted entries cannot be read.") from error

    def take(self, entry: Kept) -> None:
        if entry.time_trusted:
            self.trusted_until = datetime.fromisoformat(entry.time)
        if entry.type == CALIBRATION_CHANGED and isinstance(entry.data, dict):
            self.calibration = entry.data.get("now")
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


def _recent(journal: JournalReader) -> Iterator[Entry]:
    size = journal.size
    for start in range(max(0, size - LOOK_BACK_ENTRIES), size, _CHUNK):
        yield from journal.entries(start, _CHUNK)
