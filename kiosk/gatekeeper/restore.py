"""What a gatekeeper must know of its past when it starts.

Who is inside and since when, how far the clock has come, the last passage's
number, which rotation slots were spent lately, who was measured before a
break, which grants were left open because the gatekeeper died between the
decision and the door, what temperatures were taken with, what staff had done
(`restore_staff`), and who had checked in (`restore_check_ins`). Entries whose
data was deleted at the end of retention say no more than their time; what
must outlast them stands in the note that was left. Of who came in before
the entries that are read a start knows how many they are, from the last
heartbeat among them, and not their names.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from kiosk.core.commands import JsonValue
from kiosk.core.events import StaffAction
from kiosk.core.kept import Kept
from kiosk.core.occupancy import Unnamed
from kiosk.core.passage import (
    ANNULLED,
    CALIBRATION_CHANGED,
    DECIDED,
    HEARTBEAT,
    PASSED,
    RESTART,
    STAFF_ACTED,
)
from kiosk.core.past import Past
from kiosk.core.reentry import Measured
from kiosk.core.rules import Purpose
from kiosk.core.spent import Spending
from kiosk.gatekeeper.restore_check_ins import CheckInReading
from kiosk.gatekeeper.restore_choices import choices_then, mode_of, trip_of
from kiosk.gatekeeper.restore_staff import StaffReading
from kiosk.journal.errors import JournalError
from kiosk.journal.reader import Entry, JournalReader
from kiosk.terms import Outcome, Reason

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
        inside=reading.inside,
        trusted_until=reading.trusted_until,
        last_passage_id=reading.last_passage_id,
        open_grants=tuple(reading.open_grants.values()),
        spent=tuple(reading.spent.values()),
        measured=reading.breaks.measured,
        calibration=reading.calibration,
        trip=trip_of(reading.choices),
        unnamed=reading.unnamed,
        open_cases=reading.staff.open_cases,
        overrides=reading.staff.overrides,
        mode=mode_of(reading.choices),
        held=frozenset(reading.staff.held),
        check_ins=reading.check_ins.check_ins,
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
        self.staff = StaffReading()
        self._unnamed = Unnamed()
        self.inside: dict[str, datetime | None] = {}
        self.trusted_until: datetime | None = None
        self.last_passage_id = 0
        self.open_grants: dict[int, Mapping[str, JsonValue]] = {}
        self.spent: dict[int, Spending] = {}
        self.breaks = _Breaks()
        self.choices: dict[str, JsonValue] = {}
        self.check_ins = CheckInReading()
        self.calibration: Mapping[str, JsonValue] | None = None

    @property
    def unnamed(self) -> int:
        return self._unnamed.count

    def take_note(self, note: str) -> None:
        """What `journal_house.note_of` has left of entries that are deleted."""
        try:
            kept = json.loads(note) if note else {}
            self.last_passage_id = int(kept.get("last_passage_id", 0))
            self.calibration = kept.get("calibration")
            self.choices = {name: kept.get(name) for name in ("mode", "trip")}
        except (ValueError, TypeError, AttributeError) as error:
            raise JournalError("the journal's note of deleted entries cannot be read.") from error

    def take(self, entry: Kept) -> None:
        if entry.time_trusted:
            self.trusted_until = datetime.fromisoformat(entry.time)
        if entry.type == CALIBRATION_CHANGED and isinstance(entry.data, dict):
            self.calibration = entry.data.get("now")
        if isinstance(entry.data, dict):
            choices_then(self.choices, entry.type, entry.data)
        self.staff.take(entry)
        self.check_ins.take(entry)
        if entry.type == STAFF_ACTED and isinstance(entry.data, dict):
            self._correct(entry.data)
        if entry.type == HEARTBEAT and isinstance(entry.data, dict):
            self._reckon(entry.data.get("inside"))
        if not isinstance(entry.data, dict) or type(entry.data.get("passage")) is not int:
            return
        passage_id: int = entry.data["passage"]
        self.last_passage_id = max(self.last_passage_id, passage_id)
        if entry.type == DECIDED and entry.data.get("outcome") == Outcome.GRANT.value:
            self.open_grants[passage_id] = {key: entry.data.get(key) for key in _KEPT_OF_A_GRANT}
            self._spend(passage_id, entry.data)
            self.breaks.granted(passage_id, entry.data)
        elif entry.type in (PASSED, ANNULLED):
            self.open_grants.pop(passage_id, None)
            if entry.type == ANNULLED and entry.data.get("cause") != RESTART:
                self.spent.pop(passage_id, None)
            if entry.type == PASSED:
                self._count(entry, entry.data)
                self.breaks.passed(passage_id, entry, entry.data)
            self.breaks.ended(passage_id)

    def _spend(self, passage_id: int, data: Mapping[str, JsonValue]) -> None:
        subject, slot = data.get("subject"), data.get("slot")
        if isinstance(subject, str) and type(slot) is int:
            self.spent[passage_id] = (subject, slot)
            if len(self.spent) > KEPT_SPENDINGS:
                del self.spent[next(iter(self.spent))]

    def _count(self, entry: Kept, data: Mapping[str, JsonValue]) -> None:
        """As `kiosk.core.passback` and `kiosk.core.occupancy` have counted it then."""
        subject, before = data.get("subject"), data.get("inside_as")
        name = subject if isinstance(subject, str) else None
        is_inside = name in self.inside or before in self.inside
        purpose = next((each for each in Purpose if each.value == data.get("purpose")), None)
        if purpose is Purpose.ENTRY and name is not None:
            if isinstance(before, str):
                self.inside.pop(before, None)
            self.inside[name] = datetime.fromisoformat(entry.time) if entry.time_trusted else None
        elif purpose is Purpose.EXIT and name is not None:
            self.inside.pop(name, None)
        if purpose is not None:
            named, has_name = len(self.inside), name is not None
            self._unnamed.passed(purpose, named=named, is_inside=is_inside, has_name=has_name)

    def _reckon(self, inside: object) -> None:
        """How many were inside then: whom none of these entries tells of came in before them."""
        if type(inside) is int:
            self._unnamed = Unnamed(inside - len(self.inside))

    def _correct(self, data: Mapping[str, JsonValue]) -> None:
        """Staff have counted who is inside."""
        unnamed = data.get("unnamed")
        if data.get("action") == StaffAction.OCCUPANCY.value and type(unnamed) is int:
            self._unnamed = Unnamed(unnamed)
            if data.get("count") == 0:
                self.inside.clear()


class _Breaks:
    """Whose temperature a re-entry may reuse, as `kiosk.core.reentry` has noted it then."""

    def __init__(self) -> None:
        self.measured: dict[str, Measured] = {}
        self._temperatures: dict[int, Mapping[str, JsonValue]] = {}

    def granted(self, passage_id: int, data: Mapping[str, JsonValue]) -> None:
        temperature = data.get("temperature")
        if data.get("reason") == Reason.GRANTED.value and isinstance(temperature, dict):
            self._temperatures[passage_id] = temperature

    def ended(self, passage_id: int) -> None:
        self._temperatures.pop(passage_id, None)

    def passed(self, passage_id: int, entry: Kept, data: Mapping[str, JsonValue]) -> None:
        subject, at = data.get("subject"), datetime.fromisoformat(entry.time)
        if not isinstance(subject, str):
            return
        if data.get("purpose") == Purpose.ENTRY.value:
            temperature = self._temperatures.get(passage_id, {})
            self._used_up(temperature.get("reused_from_passage"), subject, data.get("inside_as"))
            if entry.time_trusted and "face_skin_celsius" in temperature:
                self.measured[subject] = Measured(passage_id, at)
        elif data.get("purpose") == Purpose.EXIT.value and subject in self.measured:
            known = self.measured[subject]
            if not entry.time_trusted:
                del self.measured[subject]
            elif known.left_at is None:
                self.measured[subject] = replace(known, left_at=at)

    def _used_up(self, reused: JsonValue, *names: JsonValue) -> None:
        """Who has gone in again has nothing left of before, under whatever name that stands."""
        over = [name for name, each in self.measured.items() if name in names or each.passage_id == reused]
        for name in over:
            del self.measured[name]


def _recent(journal: JournalReader) -> Iterator[Entry]:
    size = journal.size
    for start in range(max(0, size - LOOK_BACK_ENTRIES), size, _CHUNK):
        yield from journal.entries(start, _CHUNK)
