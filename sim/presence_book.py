"""Who is truly inside and since when, and who is out for a break: by the wording of the site's rules."""

from __future__ import annotations

from datetime import datetime, timedelta

from kiosk.core.rules import Rules
from sim.people import COOK, PACKER, Place, Visit


class People:
    """Times are the site's own."""

    def __init__(self, rules: Rules) -> None:
        self._window = timedelta(minutes=rules.passback.window_minutes)
        self._break = timedelta(minutes=rules.screening.reentry_minutes)
        self._entered: dict[int, datetime] = {}
        self._measured: set[int] = set()
        self._left: dict[int, datetime] = {}
        self._duties: set[int] = set()
        self._unseen = 0

    @property
    def are_staffed(self) -> bool:
        """Whether a cook and a packer have checked in."""
        return self._duties >= {COOK, PACKER}

    @property
    def occupancy(self) -> int:
        """How many are inside, by those who were seen to come in and to leave."""
        return max(len(self._entered) - self._unseen, 0)

    def kept_out(self, now: datetime) -> set[int]:
        """Those who are inside; with a window, those who came in less than that ago."""
        return {
            person
            for person, since in self._entered.items()
            if not self._window or now - since < self._window
        }

    def back_from_break(self, person: int, now: datetime) -> bool:
        """Measured when he came in, gone out by the exit, and here again in time."""
        left = self._left.get(person)
        return left is not None and person in self._measured and now - left < self._break

    def passed(self, visit: Visit, now: datetime, *, measured: bool) -> None:
        """Somebody has gone through."""
        person = visit.person
        if visit.kind.place is Place.RESTAURANT:
            self._duties.add(visit.kind.role)
        if visit.kind.place is Place.GATE:
            self._entered[person] = now
            self._left.pop(person, None)
            (self._measured.add if measured else self._measured.discard)(person)
        elif visit.kind.place.is_exit:
            self._unseen += person not in self._entered
            self._entered.pop(person, None)
            self._left.setdefault(person, now)
        self._unseen = min(self._unseen, len(self._entered))  # who leaves an empty house is nobody's debt
