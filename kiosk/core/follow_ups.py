"""What became of grants, until it is on disk: passed or annulled, one of them for each grant.

A record that fails is due again as soon as something else has been recorded,
which shows that the journal works once more. Grants that an earlier gatekeeper
left open, because it died between the decision and the door, are annulled
with the cause `restart`: nobody knows whether that person went through.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kiosk.core.commands import JsonValue
from kiosk.core.passage import ANNULLED, RESTART

LIMIT = 256


@dataclass(slots=True)
class FollowUp:
    """One entry that is owed to the journal. `record_id` is that of the attempt under way."""

    kind: str
    data: Mapping[str, JsonValue]
    record_id: int | None = None

    def submitted_as(self, record_id: int) -> None:
        self.record_id = record_id


class FollowUps:
    """At most `LIMIT` at once: while one is missing, at most one further passage can add another."""

    def __init__(self, open_grants: Iterable[Mapping[str, JsonValue]] = ()) -> None:
        self._owed = [FollowUp(ANNULLED, {**grant, "cause": RESTART}) for grant in open_grants][-LIMIT:]
        self._may_try = True

    @property
    def are_owed(self) -> bool:
        return bool(self._owed)

    def add(self, kind: str, data: Mapping[str, JsonValue]) -> None:
        self._owed = [*self._owed, FollowUp(kind, data)][-LIMIT:]

    def due(self) -> list[FollowUp]:
        """Those to submit now."""
        return [each for each in self._owed if each.record_id is None] if self._may_try else []

    def recorded(self, record_id: int) -> None:
        """Something is on disk; if it was owed it is owed no more."""
        self._may_try = True
        self._owed = [each for each in self._owed if each.record_id != record_id]

    def failed(self, record_id: int) -> None:
        self._may_try = False
        for each in self._owed:
            if each.record_id == record_id:
                each.record_id = None
