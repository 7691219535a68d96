"""What is wrong in the [ride] of a site.toml, or at a boarding without one, a sentence each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import combinations

from kiosk.config.sections import Site
from kiosk.config.sentences import shown
from kiosk.core.rules import Purpose
from kiosk.core.trips import RideRules
from kiosk.terms import WEEK


def contradicting_ride(site: Site) -> Iterator[str]:
    """A boarding belongs to a vehicle, and a vehicle is on a trip that somebody says."""
    ride, points = site.ride, site.rules.access_points
    boards = any(point.purpose is Purpose.BOARDING for point in points)
    if boards and ride is None:
        yield "ride: is missing at a site where people board; add it, with the vehicle."
    if ride is None:
        return
    if not boards:
        yield "ride: is there, and nobody boards; write purpose = 'boarding', or remove the table."
    for point in points:
        if boards and point.purpose is not Purpose.BOARDING:
            yield (
                f"rules.access_points {shown(point.id)}: purpose = {point.purpose.value!r} in a vehicle, "
                "where people only board; remove it, or the [ride]."
            )
    if bool(ride.schedule) is bool(ride.trips):
        yield "ride: takes either a schedule or trips for the driver to choose from; write one of them."
    yield from _unfit_labels(ride)
    for number, departure in enumerate(ride.schedule, start=1):
        if departure.minute is None:
            at = shown(departure.at)
            yield f"ride.schedule {number}: at = {at} is no time of day; write one such as '06:30'."
    yield from _at_once(ride)
    twice = Counter(trip.id for trip in ride.trips)
    yield from (
        f"ride.trips: the id {shown(one)} is used twice; rename one." for one, n in twice.items() if n > 1
    )


def _at_once(ride: RideRules) -> Iterator[str]:
    """A vehicle departs on one trip at a time."""
    for (first, one), (second, other) in combinations(enumerate(ride.schedule, start=1), 2):
        days = [day.value for day in WEEK if one.goes_on(day) and other.goes_on(day)]
        if days and one.minute == other.minute is not None:
            often = "every day" if len(days) == len(WEEK) else " ".join(days)
            yield f"ride.schedule {first} and {second}: depart at once, {one.at} {often}; correct one."


def _unfit_labels(ride: RideRules) -> Iterator[str]:
    """They stand on the screen and in the record."""
    labels = {"ride.vehicle": ride.vehicle}
    for number, departure in enumerate(ride.schedule, start=1):
        labels |= {
            f"ride.schedule {number}: line": departure.line,
            f"ride.schedule {number}: trip": departure.trip,
        }
    for number, trip in enumerate(ride.trips, start=1):
        labels |= {f"ride.trips {number}: id": trip.id, f"ride.trips {number}: line": trip.line}
    for where, label in labels.items():
        if not label.isprintable():
            yield f"{where}: {shown(label)} has characters that cannot be shown; leave them out."
