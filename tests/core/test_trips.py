from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from kiosk.core.rules import AccessPoint, Purpose
from kiosk.core.trips import Departure, RideRules, Trip, Trips
from kiosk.terms import Instant, Weekday
from tests.core.playbook import GATE_IN

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
WORKDAYS = tuple(Weekday)[:5]
BY_SCHEDULE = RideRules(
    "bus-17",
    schedule=(
        Departure("07:30", "K7", "K7-0730", WORKDAYS),
        Departure("06:30", "K7", "K7-0630", WORKDAYS),
        Departure("22:00", "N1", "N1-2200"),
    ),
)
DOOR = AccessPoint("door", Purpose.BOARDING, reader="camera")
BY_DRIVER = RideRules("taxi-3", trips=(Trip("early", "K7"), Trip("late", "N1")))


def at(wall: str, zone: ZoneInfo = SHANGHAI) -> Instant:
    """A moment on the wall; the 23rd of November 2026 is a Monday."""
    return Instant(0.0, datetime.fromisoformat(wall).replace(tzinfo=zone), True)


def trip(wall: str) -> object:
    return Trips(BY_SCHEDULE, SHANGHAI, None).of(at(wall), DOOR)["trip"]


@pytest.mark.parametrize(
    ("wall", "expected"),
    [
        ("2026-11-23 06:29", "N1-2200"),
        ("2026-11-23 06:30", "K7-0630"),
        ("2026-11-23 07:29:59", "K7-0630"),
        ("2026-11-23 07:30", "K7-0730"),
        ("2026-11-23 21:59", "K7-0730"),
        ("2026-11-24 01:00", "N1-2200"),
        ("2026-11-28 06:45", "N1-2200"),
        ("2026-11-28 22:00", "N1-2200"),
    ],
)
def test_a_trip_lasts_until_the_next_departs_over_midnight_too(wall: str, expected: str) -> None:
    assert trip(wall) == expected


def test_a_trip_lasts_a_day_at_the_most() -> None:
    weekly = RideRules("bus-17", schedule=(Departure("08:00", "K7", "monday", (Weekday.MON,)),))
    trips = Trips(weekly, SHANGHAI, None)
    found = [
        trips.of(at(f"2026-11-{day} {time}"), DOOR)["trip"] for day, time in ((23, "07:59"), (23, "08:00"))
    ]
    assert found == [None, "monday"]
    found = [trips.of(at(f"2026-11-24 {time}"), DOOR)["trip"] for time in ("07:59", "08:00")]
    assert found == ["monday", None]


def test_of_two_that_depart_at_once_the_first_in_the_schedule_counts() -> None:
    rides = RideRules("bus", schedule=(Departure("08:00", "K7", "first"), Departure("08:00", "N1", "second")))
    assert Trips(rides, SHANGHAI, None).of(at("2026-11-23 09:00"), DOOR)["trip"] == "first"


def test_every_boarding_is_kept_with_vehicle_line_and_trip() -> None:
    data = Trips(BY_SCHEDULE, SHANGHAI, None).of(at("2026-11-23 08:00"), DOOR)
    assert data == {"vehicle": "bus-17", "line": "K7", "trip": "K7-0730"}
    assert Trips(None, SHANGHAI, None).of(at("2026-11-23 08:00"), DOOR) == {}
    assert Trips(BY_SCHEDULE, SHANGHAI, None).of(at("2026-11-23 08:00"), GATE_IN) == {}


def test_at_a_time_that_is_not_trusted_a_schedule_says_nothing() -> None:
    untrusted = replace(at("2026-11-23 08:00"), utc_trusted=False)
    data = Trips(BY_SCHEDULE, SHANGHAI, None).of(untrusted, DOOR)
    assert data == {"vehicle": "bus-17", "line": None, "trip": None}


def test_a_schedule_is_that_of_the_wall_where_clocks_are_changed() -> None:
    rides = RideRules("bus", schedule=(Departure("01:00", "N", "one"), Departure("03:00", "N", "three")))
    trips = Trips(rides, BERLIN, None)
    before_the_gap = at("2026-03-29 01:59", BERLIN)
    assert trips.of(before_the_gap, DOOR)["trip"] == "one"
    an_hour = before_the_gap.utc.astimezone(ZoneInfo("UTC")) + timedelta(minutes=1)
    assert trips.of(replace(before_the_gap, utc=an_hour), DOOR)["trip"] == "three"


def test_the_driver_s_choice_lasts_until_the_next_also_over_a_restart() -> None:
    trips = Trips(BY_DRIVER, SHANGHAI, None)
    now = at("2026-11-23 08:00")
    assert trips.of(now, DOOR) == {"vehicle": "taxi-3", "line": None, "trip": None}
    assert trips.choose("early")
    assert trips.of(replace(now, utc_trusted=False), DOOR) == {
        "vehicle": "taxi-3",
        "line": "K7",
        "trip": "early",
    }
    assert not trips.choose("nowhere")
    assert trips.chosen == "early"
    again = Trips(BY_DRIVER, SHANGHAI, trips.chosen)
    assert again.of(now, DOOR)["line"] == "K7"
    assert again.choose("late")
    assert again.of(now, DOOR) == {"vehicle": "taxi-3", "line": "N1", "trip": "late"}


def test_a_trip_that_the_site_has_no_more_was_not_chosen() -> None:
    assert Trips(BY_DRIVER, SHANGHAI, "cancelled").chosen is None
    assert Trips(None, SHANGHAI, "early").chosen is None


def test_what_can_be_chosen_is_what_the_site_offers() -> None:
    assert [each.id for each in Trips(BY_DRIVER, SHANGHAI, None).views] == ["early", "late"]
    scheduled = Trips(BY_SCHEDULE, SHANGHAI, None)
    assert scheduled.views == ()
    assert not scheduled.choose("K7-0730")


@pytest.mark.parametrize(
    ("text", "minute"),
    [("00:00", 0), ("06:05", 365), ("23:59", 1439), ("24:00", None), ("6:30", None), ("06:60", None)],
)
def test_a_time_of_day_is_hours_and_minutes(text: str, minute: int | None) -> None:
    departure = Departure(text, "K7", "x")
    assert departure.minute == minute
    data = Trips(RideRules("bus", schedule=(departure,)), SHANGHAI, None).of(at("2026-11-23 23:59:59"), DOOR)
    assert data["trip"] == (None if minute is None else "x")
