"""Which trip a vehicle is on: by its schedule, or as its driver has chosen.

A schedule says what departs when, by the clock on the site's wall (times that
a change of clocks leaves out do not come). A trip lasts until the next one
departs, a day at the most; before the first and where the time is not trusted
the vehicle is on none that the kiosk knows. What the driver has chosen lasts
until he chooses again, over restarts too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta, tzinfo
from typing import Annotated

from annotated_types import MaxLen, MinLen

from kiosk.core.json_value import JsonValue
from kiosk.core.rules import AccessPoint, Purpose, SiteSection
from kiosk.core.view import TripView
from kiosk.terms import WEEK, Instant, Weekday

Label = Annotated[str, MinLen(1), MaxLen(40)]
NO_TRIP = "trip"
"""The fault of a vehicle whose driver has not chosen a trip yet."""
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])", re.ASCII)


@dataclass(frozen=True, slots=True)
class Departure(SiteSection):
    """One line of a schedule: `at` is a time of day such as 06:30; no `days` are every day."""

    at: str
    line: Label
    trip: Label
    days: tuple[Weekday, ...] = ()

    @property
    def minute(self) -> int | None:
        """Since midnight; None where `at` is no time of day."""
        found = _TIME.fullmatch(self.at)
        return None if found is None else 60 * int(found[1]) + int(found[2])

    def goes_on(self, day: Weekday) -> bool:
        return not self.days or day in self.days


@dataclass(frozen=True, slots=True)
class Trip(SiteSection):
    """What a driver can choose."""

    id: Label
    line: Label


@dataclass(frozen=True, slots=True)
class RideRules(SiteSection):
    """The vehicle that a kiosk rides in; either a schedule, or trips to choose from (one page of them)."""

    vehicle: Label
    schedule: tuple[Departure, ...] = ()
    trips: Annotated[tuple[Trip, ...], MaxLen(8)] = ()


class Trips:
    """`rules` None: no vehicle. `chosen` is what the journal last said of it."""

    def __init__(self, rules: RideRules | None, zone: tzinfo, chosen: str | None) -> None:
        self._rules = rules
        self._zone = zone
        self._offered = {} if rules is None else {trip.id: trip for trip in rules.trips}
        self._chosen = self._offered.get(chosen or "")

    @property
    def views(self) -> tuple[TripView, ...]:
        """What the driver can choose from; empty where a schedule says it."""
        return tuple(TripView(trip.id, trip.line) for trip in self._offered.values())

    @property
    def chosen(self) -> str | None:
        return None if self._chosen is None else self._chosen.id

    def choose(self, trip_id: str) -> bool:
        """Whether there is such a trip: the vehicle is on it from now on."""
        trip = self._offered.get(trip_id)
        self._chosen = trip or self._chosen
        return trip is not None

    def of(self, at: Instant, point: AccessPoint) -> dict[str, JsonValue]:
        """What the journal keeps of it with every boarding; nothing elsewhere."""
        if self._rules is None or point.purpose is not Purpose.BOARDING:
            return {}
        line, trip = self._now(at, self._rules)
        return {"vehicle": self._rules.vehicle, "line": line, "trip": trip}

    def _now(self, at: Instant, rules: RideRules) -> tuple[str | None, str | None]:
        if self._chosen is not None:
            return self._chosen.line, self._chosen.id
        departed = self._departed(at, rules)
        return (None, None) if departed is None else (departed.line, departed.trip)

    def _departed(self, at: Instant, rules: RideRules) -> Departure | None:
        """The last departure of the past day."""
        if not at.utc_trusted:
            return None
        wall = at.utc.astimezone(self._zone)
        now, today = 60 * wall.hour + wall.minute, wall.date()
        yesterday = today - timedelta(days=1)
        of_today = _last(rules, WEEK[today.weekday()], 0, now)
        return of_today or _last(rules, WEEK[yesterday.weekday()], now + 1, 24 * 60)


def _last(rules: RideRules, day: Weekday, from_min: int, until_min: int) -> Departure | None:
    """The last that departs on a day between two minutes, both included."""
    due = [(each.minute, each) for each in rules.schedule if each.goes_on(day)]
    timely = [
        (minute, each) for minute, each in due if minute is not None and from_min <= minute <= until_min
    ]
    return max(timely, key=lambda found: found[0], default=(0, None))[1]
