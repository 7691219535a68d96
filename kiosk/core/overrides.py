"""How often staff have overruled the kiosk in the last hour: more than the site's number are an alarm."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from kiosk.core import passage as entries
from kiosk.core.commands import Announce, Command, JsonValue, Sound
from kiosk.core.ledger import Ledger
from kiosk.terms import Instant, Reason

HOUR_S = 3600.0


class Overrides:
    """`before` are those that the journal tells of, `most` an hour are no alarm; `lanes` hear one."""

    def __init__(self, before: Iterable[datetime], most: int, ledger: Ledger, lanes: Iterable[str]) -> None:
        self._before = tuple(before)
        self._most = most
        self._ledger = ledger
        self._lanes = tuple(lanes)
        self._at_s: list[float] = []
        self._too_many = False

    def __len__(self) -> int:
        return len(self._at_s)

    @property
    def too_many(self) -> bool:
        return self._too_many

    @property
    def wake_at(self) -> float | None:
        """The monotonic second at which the hour of the first is over."""
        return self._at_s[0] + HOUR_S if self._at_s else None

    def add(self, at: Instant) -> list[Command]:
        self._at_s.append(at.mono)
        return self.count(at)

    def count(self, at: Instant) -> list[Command]:
        """Those of the last hour; a start takes up what the journal tells of them."""
        for before in self._before:
            # By a clock that may be behind they would be of the future, and forgotten.
            ago_s = (at.utc - before).total_seconds() if at.utc_trusted else 0.0
            if ago_s >= 0.0:
                self._at_s.append(at.mono - ago_s)
        self._before = ()
        self._at_s = [each for each in self._at_s if at.mono < each + HOUR_S]
        too_many = len(self._at_s) > self._most
        if too_many is self._too_many:
            return []
        self._too_many = too_many
        kind = entries.ALARM_RAISED if too_many else entries.ALARM_CLEARED
        data: dict[str, JsonValue] = {"reason": Reason.OVERRIDES.value, "in_an_hour": len(self._at_s)}
        sounds = [Announce(Sound.ALARM, lane) for lane in self._lanes] if too_many else []
        return [self._ledger.record(at, kind, data), *sounds]
