"""What the checkpoint has asked the journal to keep: numbers, open answers, and what is owed for grants."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping

from kiosk.core.commands import JsonValue, Record
from kiosk.core.follow_ups import FollowUps
from kiosk.core.passage import Passage, followed_data
from kiosk.terms import Instant

KEPT_FAILURES = 256
"""More than are asked for while one passage lasts."""


class Ledger:
    """Gives out records and remembers those of grants until the journal has answered.

    `open_grants` are the grants in the journal that nothing followed, `last_passage_id` is the highest there.
    """

    def __init__(self, open_grants: Iterable[Mapping[str, JsonValue]] = (), last_passage_id: int = 0) -> None:
        self._next_record_id = 1
        self._last_passage_id = last_passage_id
        self._granted: dict[int, Passage] = {}
        self._failed: deque[int] = deque(maxlen=KEPT_FAILURES)
        self._follow_ups = FollowUps(open_grants)

    @property
    def count(self) -> int:
        """How many records have been asked for."""
        return self._next_record_id - 1

    @property
    def owes(self) -> bool:
        """Whether a grant, or what became of one, is not on disk yet."""
        return bool(self._granted) or self._follow_ups.are_owed

    def asked_since(self, count: int) -> int:
        """How many records have been asked for since then, without those that have failed."""
        return self.count - count - sum(each > count for each in self._failed)

    def new_passage_id(self) -> int:
        """No passage of this kiosk had it before, in whichever lane."""
        self._last_passage_id += 1
        return self._last_passage_id

    def record(
        self, at: Instant, kind: str, data: Mapping[str, JsonValue], *, grants: Passage | None = None
    ) -> Record:
        """One entry to commit; `grants` is the passage that it lets through."""
        record_id = self._next_record_id
        self._next_record_id += 1
        if grants is not None:
            self._granted[record_id] = grants
        return Record(record_id, at, kind, data)

    def recorded(self, record_id: int) -> Passage | None:
        """An entry is on disk; the passage that it grants, if any."""
        self._follow_ups.recorded(record_id)
        return self._granted.pop(record_id, None)

    def failed(self, record_id: int) -> None:
        self._granted.pop(record_id, None)
        self._failed.append(record_id)
        self._follow_ups.failed(record_id)

    def follow(
        self, kind: str, passage: Passage, inside_as: str | None, course: Mapping[str, JsonValue]
    ) -> None:
        """What became of a grant: it is owed until it is on disk, however often the journal fails."""
        self._follow_ups.add(kind, {**followed_data(passage, inside_as), **course})

    def owed(self, at: Instant) -> list[Record]:
        """What is to be submitted now."""
        records = []
        for follow_up in self._follow_ups.due():
            record = self.record(at, follow_up.kind, follow_up.data)
            follow_up.submitted_as(record.record_id)
            records.append(record)
        return records
