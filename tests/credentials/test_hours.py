from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from kiosk.credentials.errors import CredentialError
from kiosk.credentials.hours import parse_hours, strictness_at
from kiosk.credentials.policy import Policy, parse
from kiosk.terms import Strictness

NIGHT: dict[str, Any] = {"role": 3, "purpose": "entry", "from": "23:00", "until": "05:30", "then": "soft"}
OFF, SOFT, HARD = Strictness.OFF, Strictness.SOFT, Strictness.HARD


def at(wall: str, *roles: int, rows: list[dict[str, Any]]) -> Strictness:
    return strictness_at(parse_hours(rows), roles, time.fromisoformat(wall))


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


def wall_clock(utc: datetime, zone: str) -> time:
    return utc.astimezone(ZoneInfo(zone)).time()


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
    assert parse_hours([row])[0].hold(time.fromisoformat(begins))


def test_a_policy_with_windows_says_them_and_one_without_has_none() -> None:
    policy = parse({"windows": [NIGHT]})
    assert policy.at_hours({3}, time(0, 0)) is SOFT
    assert [row.as_json() for row in policy.windows] == [NIGHT]
    everybody = {name: value for name, value in NIGHT.items() if name != "role"}
    assert parse({"windows": [everybody]}).windows[0].as_json() == everybody
    assert Policy().at_hours({3}, time(0, 0)) is OFF


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
        (NIGHT | {"days": [1]}, "unknown member 'days'"),
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
