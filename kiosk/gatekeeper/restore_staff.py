"""What the journal says of staff's doings before a start: open cases, overrides, lanes held open."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from kiosk.core.cases import MOST_CASES, ends_case, opens_case
from kiosk.core.commands import JsonValue
from kiosk.core.events import StaffAction
from kiosk.core.kept import Kept
from kiosk.core.passage import ANNULLED, CASE_LAPSED, DECIDED, MODE_ENDED, STAFF_ACTED
from kiosk.core.past import OpenCase
from kiosk.gatekeeper.restore_choices import SETS
from kiosk.terms import Outcome, Reason

KEPT_OVERRIDES = 1_000
KEPT_GRANTS = 100
"""More than one kiosk has under way at once."""
_ENDS_A_CASE = (StaffAction.ADMIT, StaffAction.TURN_AWAY, StaffAction.CLINICAL)
_OVERRULES = (StaffAction.ADMIT, StaffAction.OPEN_ONCE, StaffAction.HOLD_OPEN)


class StaffReading:
    """Takes the entries one by one, in their order."""

    def __init__(self) -> None:
        self.held: set[str] = set()
        self._cases: dict[int, OpenCase] = {}
        self._overrides: list[datetime] = []
        self._last_grants: dict[int, Mapping[str, JsonValue]] = {}

    @property
    def open_cases(self) -> tuple[OpenCase, ...]:
        return tuple(self._cases.values())

    @property
    def overrides(self) -> tuple[datetime, ...]:
        return tuple(self._overrides)

    def take(self, entry: Kept) -> None:
        data = entry.data
        if not isinstance(data, dict):
            return
        at = datetime.fromisoformat(entry.time)
        if entry.type == DECIDED:
            self._decided(data, at)
        elif entry.type == STAFF_ACTED:
            self._acted(data, at)
        elif entry.type == ANNULLED:
            self._annulled(data, at)
        elif entry.type == CASE_LAPSED:
            self._close(data.get("case"))
        elif entry.type == MODE_ENDED:
            self.held.discard(str(data.get("lane")))

    def _decided(self, data: Mapping[str, JsonValue], at: datetime) -> None:
        passage_id, subject = data.get("passage"), data.get("subject")
        if data.get("reason") == Reason.CLINICAL_NORMAL.value:
            self._overruled(at)
        try:
            outcome, reason = Outcome(str(data.get("outcome"))), Reason(str(data.get("reason")))
        except ValueError:  # of another version
            return
        if outcome is Outcome.GRANT and type(passage_id) is int:
            self._last_grants[passage_id] = data
            if len(self._last_grants) > KEPT_GRANTS:
                del self._last_grants[next(iter(self._last_grants))]
        if ends_case(outcome, reason, by_staff="staff" in data):
            self._close(data.get("case"))
            self._close_of(subject)
        if opens_case(outcome, reason) and type(passage_id) is int:
            self._opened(passage_id, data, at)

    def _annulled(self, data: Mapping[str, JsonValue], at: datetime) -> None:
        """Whose grant was taken back waits for staff, where he was told so."""
        passage_id, told = data.get("passage"), data.get("told")
        granted = self._last_grants.get(passage_id) if type(passage_id) is int else None
        if granted is None or type(passage_id) is not int or not isinstance(told, Mapping):
            return
        try:
            outcome, reason = Outcome(str(told.get("outcome"))), Reason(str(told.get("reason")))
        except ValueError:  # of another version
            return
        if opens_case(outcome, reason):
            self._opened(passage_id, {**granted, "outcome": outcome.value, "reason": reason.value}, at)

    def _opened(self, passage_id: int, data: Mapping[str, JsonValue], at: datetime) -> None:
        self._cases[passage_id] = (data, at)
        if len(self._cases) > MOST_CASES:
            del self._cases[next(iter(self._cases))]

    def _acted(self, data: Mapping[str, JsonValue], at: datetime) -> None:
        try:
            action = StaffAction(str(data.get("action")))
        except ValueError:
            return
        if action in _ENDS_A_CASE:
            self._close(data.get("case"))
        if action in _OVERRULES:
            self._overruled(at)
        if action is StaffAction.HOLD_OPEN:
            self.held.add(str(data.get("lane")))
        if action in SETS:
            self.held.clear()

    def _overruled(self, at: datetime) -> None:
        self._overrides.append(at)
        del self._overrides[:-KEPT_OVERRIDES]

    def _close_of(self, subject: JsonValue) -> None:
        same = [
            number for number, case in self._cases.items() if subject and case[0].get("subject") == subject
        ]
        for number in same:
            del self._cases[number]

    def _close(self, case: JsonValue) -> None:
        if type(case) is int:
            self._cases.pop(case, None)
