"""What staff have set the site to, until it is on disk: its record is asked for again and again.

A lock-down, an evacuation and their release outlast a restart, which knows
them from the journal. An evacuation holds no door open before it is recorded.

The journal may be back at any moment (space is freed, a card answers again);
`AGAIN_S` lies between a failure and the next attempt.
"""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.core.commands import Record
from kiosk.core.ledger import Ledger
from kiosk.terms import Instant

AGAIN_S = 2.0


@dataclass(frozen=True, slots=True)
class _Owed:
    record: Record
    again_s: float | None = None
    has_failed: bool = False


class ModeOrder:
    """The last one: what was ordered before counts no more."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._owed: _Owed | None = None

    @property
    def is_owed(self) -> bool:
        """Whether it is not on disk yet."""
        return self._owed is not None

    @property
    def has_failed(self) -> bool:
        """Whether its record could not be committed so far."""
        return self._owed is not None and self._owed.has_failed

    @property
    def wake_at(self) -> float | None:
        """The monotonic second of the next attempt."""
        return None if self._owed is None else self._owed.again_s

    def begin(self, record: Record) -> None:
        """Staff have ordered it; `record` is the first attempt."""
        self._owed = _Owed(record)

    def recorded(self, record_id: int) -> bool:
        """Whether it is on disk with this, after it had failed."""
        if self._owed is None or self._owed.record.record_id != record_id:
            return False
        had_failed = self._owed.has_failed
        self._owed = None
        return had_failed

    def failed(self, at: Instant, record_id: int) -> bool:
        """Whether an attempt has failed that was not the first: that is known already."""
        if self._owed is None or self._owed.record.record_id != record_id:
            return False
        is_known = self._owed.has_failed
        self._owed = _Owed(self._owed.record, at.mono + AGAIN_S, has_failed=True)
        return is_known

    def due(self, at: Instant) -> Record | None:
        """The next attempt, when it is due. It tells since when; an evacuation who was inside then."""
        owed = self._owed
        if owed is None or owed.again_s is None or at.mono < owed.again_s:
            return None
        data = {"since": owed.record.at.utc.isoformat(), **owed.record.data}
        record = self._ledger.record(at, owed.record.type, data)
        self._owed = _Owed(record, has_failed=owed.has_failed)
        return record
