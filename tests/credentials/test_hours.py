from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from kiosk.credentials.errors import CredentialError
from kiosk.credentials.hours import parse_hours, strictness_at
from kiosk.credentials.policy import Policy, parse
from kiosk.terms import Strictness

NIGHT: dict[str, Any] = {"role": 3, "purpose": "entry", "from": "23:00", "until": "05:30", "then": "soft"}
OFF, SOFT, HARD = Strictness.OFF, Strictness.SOFT, Strictness.HARD


MONDAY = date(2026, 11, 23)
WEEKEND = NIGHT | {"days": ["fri", "sat"], "from": "22:00", "until": "06:00"}


def at(wall: str, *roles: int, rows: list[dict[str, Any]], day: date = MONDAY) -> Strictness:
    return strictness_at(parse_hours(rows), roles, datetime.combine(day, time.fromisoformat(wall)))


def closed(row: dict[str, Any]) -> str:
    """From Monday's midnight on, to the hour: when a row begins and ends, as `fri 22 - sat 06`."""
    (hours,) = parse_hours([row])
    start = datetime.combine(MONDAY, time(0, 0))
    holds = [hours.hold(start + timedelta(hours=n)) for n in range(7 * 24)]
    edges = [f"{start + timedelta(hours=n):%a %H}".lower() for n in range(7 * 24) if holds[n] != holds[n - 1]]
    return " - ".join(edges)


@pytest.mark.parametrize(
    ("wall", "then"),
    [
        ("22:59:59", OFF),
        ("23:00", SOFT),
        ("23:59:59", SOFT),
        ("00:00", SOFT),
        ("05:29:59", SOFT),
        ("05:30", OFF),
        ("12:00", OFF),
    ],
)
def test_a_dormitory_s_night_lasts_over_midnight_up_to_the_minute(wall: str, then: Strictness) -> None:
    assert at(wall, 3, rows=[NIGHT]) is then


def test_hours_within_a_day_and_a_whole_day() -> None:
    noon = NIGHT | {"from": "12:00", "until": "13:00"}
    assert [at(wall, 3, rows=[noon]) for wall in ("11:59", "12:00", "12:59", "13:00")] == [
        OFF,
        SOFT,
        SOFT,
        OFF,
    ]
    always = NIGHT | {"from": "00:00", "until": "24:00"}
    assert [at(wall, 3, rows=[always]) for wall in ("00:00", "23:59:59")] == [SOFT, SOFT]
    until_midnight = NIGHT | {"until": "00:00"}
    assert [at(wall, 3, rows=[until_midnight]) for wall in ("23:30", "00:00")] == [SOFT, OFF]


def test_hours_of_a_role_are_nobody_else_s() -> None:
    assert at("00:00", 1, rows=[NIGHT]) is OFF
    assert at("00:00", rows=[NIGHT]) is OFF


def test_hours_without_a_role_are_everybody_s_who_has_none_of_his_own() -> None:
    general = {"from": "22:00", "until": "06:00", "then": "hard"}
    assert at("00:00", rows=[general, NIGHT]) is HARD
    assert at("00:00", 1, rows=[general, NIGHT]) is HARD
    assert at("00:00", 3, rows=[general, NIGHT]) is SOFT
    assert at("22:30", 3, rows=[general, NIGHT]) is OFF
    assert at("00:00", 5, rows=[general, {**general, "role": 5, "then": "off"}]) is OFF


def test_somebody_with_several_roles_has_the_mildest_of_their_hours_and_of_one_role_the_strictest() -> None:
    late = NIGHT | {"from": "01:00", "until": "04:00", "then": "hard"}
    assert at("02:00", 3, rows=[NIGHT, late]) is HARD
    assert at("02:00", 3, 4, rows=[NIGHT, late, {**NIGHT, "role": 4}]) is SOFT
    assert at("02:00", 3, 1, rows=[NIGHT]) is SOFT, "a role without hours says nothing"


def test_hours_over_midnight_belong_to_the_day_that_they_begin_on() -> None:
    assert closed(NIGHT | {"days": ["fri"], "from": "22:00", "until": "06:00"}) == "fri 22 - sat 06"
    assert closed(WEEKEND) == "fri 22 - sat 06 - sat 22 - sun 06"
    early_on_friday = at("03:00", 3, rows=[WEEKEND], day=MONDAY + timedelta(days=4))
    assert early_on_friday is OFF, "it is Thursday's night"


def test_a_sunday_s_night_lasts_until_monday_morning() -> None:
    assert closed(NIGHT | {"days": ["sun"], "from": "22:00", "until": "06:00"}) == "mon 06 - sun 22"


def test_hours_within_a_day_hold_on_the_days_that_are_named() -> None:
    assert closed(NIGHT | {"days": ["wed"], "from": "08:00", "until": "17:00"}) == "wed 08 - wed 17"
    assert closed(NIGHT | {"days": ["wed"], "from": "22:00", "until": "24:00"}) == "wed 22 - thu 00"
    assert closed(NIGHT | {"days": ["wed"], "from": "22:00", "until": "00:00"}) == "wed 22 - thu 00"
    assert closed(NIGHT | {"days": ["wed"], "from": "00:00", "until": "24:00"}) == "wed 00 - thu 00"


def test_a_window_without_days_is_for_every_day() -> None:
    every = NIGHT | {"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]}
    for n in range(7):
        day = MONDAY + timedelta(days=n)
        for wall in ("23:00", "05:00", "12:00"):
            assert at(wall, 3, rows=[NIGHT], day=day) is at(wall, 3, rows=[every], day=day)


def test_a_role_closed_on_some_days_has_no_other_hours_on_the_rest() -> None:
    general = {"from": "22:00", "until": "06:00", "then": "hard"}
    assert at("23:00", 3, rows=[general, WEEKEND]) is OFF, "on a Monday"
    assert at("23:00", 3, rows=[general, WEEKEND], day=MONDAY + timedelta(days=4)) is SOFT


def wall_clock(utc: datetime, zone: str) -> datetime:
    return utc.astimezone(ZoneInfo(zone))


def passed_minutes(row: dict[str, Any], noon_before: datetime, zone: str) -> int:
    """For how many minutes of the 24 h from a noon on the row holds."""
    (hours,) = parse_hours([row])
    return sum(hours.hold(wall_clock(noon_before + timedelta(minutes=n), zone)) for n in range(24 * 60))


@pytest.mark.parametrize(
    ("begins", "until", "spring", "autumn"),
    [
        ("02:00", "03:00", 0, 120),  # all of it lies in the gap, or comes twice
        ("02:30", "04:00", 60, 120),  # begins in the gap: after it
        ("01:00", "02:30", 60, 120),  # ends in the gap: with it
        ("23:00", "05:30", 330, 450),
    ],
)
def test_where_clocks_are_put_forward_or_back_the_times_on_the_wall_count(
    begins: str, until: str, spring: int, autumn: int
) -> None:
    row = NIGHT | {"from": begins, "until": until}
    assert passed_minutes(row, datetime(2026, 3, 28, 12, tzinfo=UTC), "Europe/Berlin") == spring
    assert passed_minutes(row, datetime(2026, 10, 24, 12, tzinfo=UTC), "Europe/Berlin") == autumn
    assert parse_hours([row])[0].hold(datetime.combine(MONDAY, time.fromisoformat(begins)))


@pytest.mark.parametrize(
    ("zone", "noon_before", "days", "minutes"),
    [
        ("Europe/Berlin", datetime(2026, 3, 28, 12, tzinfo=UTC), ["sat"], 420),  # 02:00 becomes 03:00
        ("Europe/Berlin", datetime(2026, 10, 24, 12, tzinfo=UTC), ["sat"], 540),  # 03:00 becomes 02:00
        ("Europe/Berlin", datetime(2026, 3, 28, 12, tzinfo=UTC), ["sun"], 0),
        ("Africa/Cairo", datetime(2026, 4, 23, 12, tzinfo=UTC), ["thu"], 420),  # midnight becomes 01:00
        ("Africa/Cairo", datetime(2026, 10, 29, 12, tzinfo=UTC), ["thu"], 540),  # midnight becomes 23:00
        ("Africa/Cairo", datetime(2026, 10, 29, 12, tzinfo=UTC), ["fri"], 0),
        ("America/Havana", datetime(2026, 10, 31, 16, tzinfo=UTC), ["sat"], 540),  # 01:00 becomes midnight
        ("Asia/Shanghai", datetime(2026, 3, 28, 4, tzinfo=UTC), ["sat"], 480),
    ],
)
def test_a_night_of_a_named_day_is_that_of_the_wall_where_clocks_change(
    zone: str, noon_before: datetime, days: list[str], minutes: int
) -> None:
    row = NIGHT | {"days": days, "from": "22:00", "until": "06:00"}
    assert passed_minutes(row, noon_before, zone) == minutes


def test_days_are_said_in_the_order_of_the_week() -> None:
    row = NIGHT | {"days": ["sat", "mon"]}
    assert parse_hours([row])[0].as_json() == NIGHT | {"days": ["mon", "sat"]}
    assert "days" not in parse_hours([NIGHT])[0].as_json()


def test_a_policy_with_windows_says_them_and_one_without_has_none() -> None:
    policy = parse({"windows": [NIGHT]})
    midnight = datetime.combine(MONDAY, time(0, 0))
    assert policy.at_hours({3}, midnight) is SOFT
    assert [row.as_json() for row in policy.windows] == [NIGHT]
    everybody = {name: value for name, value in NIGHT.items() if name != "role"}
    assert parse({"windows": [everybody]}).windows[0].as_json() == everybody
    assert Policy().at_hours({3}, midnight) is OFF


@pytest.mark.parametrize(
    ("row", "clue"),
    [
        (NIGHT | {"purpose": "exit"}, "exit is never denied"),
        (NIGHT | {"purpose": "handover"}, "purpose is 'entry', and not 'handover'"),
        (NIGHT | {"from": "24:00"}, "has no length"),
        (NIGHT | {"until": "23:00"}, "from 23:00 until 23:00 has no length; a whole day is 00:00 to 24:00"),
        (NIGHT | {"from": "7:00"}, "from is a time of day such as 23:00, and not '7:00'"),
        (NIGHT | {"until": "24:01"}, "until is a time of day"),
        (NIGHT | {"until": "05:60"}, "until is a time of day"),
        (NIGHT | {"until": "05:30\n"}, "until is a time of day"),
        (NIGHT | {"until": 530}, "until is a time of day"),
        (NIGHT | {"then": "maybe"}, "then is off, soft or hard, and not 'maybe'"),
        (NIGHT | {"then": ["soft"]}, "then is off, soft or hard"),
        ({"from": "23:00", "until": "05:30"}, "then is off, soft or hard, and not None"),
        (NIGHT | {"role": True}, "role is a number, and not True"),
        (NIGHT | {"weekday": "mon"}, "unknown member 'weekday'"),
        (NIGHT | {"days": [1]}, "day is one of mon, tue, wed, thu, fri, sat, sun, and not 1"),
        (NIGHT | {"days": ["Fri"]}, "and not 'Fri'"),
        (NIGHT | {"days": ["friday"]}, "and not 'friday'"),
        (NIGHT | {"days": [["fri"]]}, "day is one of mon"),
        (NIGHT | {"days": ["fri", "sat", "fri"]}, "each named once"),
        (NIGHT | {"days": []}, "days are some of mon, tue, wed, thu, fri, sat, sun, and not .*every day"),
        (NIGHT | {"days": "fri"}, "days are some of"),
        (NIGHT | {"days": None}, "days are some of"),
        ("23:00-05:30", "not a JSON object"),
    ],
)
def test_hours_that_say_anything_else_are_refused_with_the_reason(row: object, clue: str) -> None:
    with pytest.raises(CredentialError, match=clue):
        parse({"windows": [row]})


@pytest.mark.parametrize("windows", [{}, [NIGHT] * 257])
def test_windows_are_a_list_that_is_not_too_long(windows: object) -> None:
    with pytest.raises(CredentialError, match="a list of at most 256"):
        parse({"windows": windows})
