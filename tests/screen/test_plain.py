from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from kiosk.screen.plain import degrees, local_time, plain

SHANGHAI = ZoneInfo("Asia/Shanghai")


def test_line_breaks_and_invisible_characters_are_taken_out() -> None:
    assert plain("张\n*\u202e明\x00\u200b") == "张 *明"


def test_a_tower_of_combining_marks_is_taken_down() -> None:
    assert plain("e" + "\u0301\u0302" * 40) == "é"


def test_a_name_is_cut_off_at_its_limit() -> None:
    assert plain("W" * 10_000, 10) == "WWWWWWWWW…"


def test_a_temperature_carries_its_uncertainty() -> None:
    assert degrees(34.56, 0.9) == "34.6 °C ± 0.9 °C"


def test_an_uncertainty_is_rounded_upwards_only() -> None:
    assert degrees(34.6, 0.7) == "34.6 °C ± 0.7 °C"
    assert degrees(34.6, 0.61) == "34.6 °C ± 0.7 °C"


@pytest.mark.parametrize("celsius", [None, float("nan"), float("inf")])
def test_what_was_not_measured_is_not_shown(celsius: float | None) -> None:
    assert degrees(celsius, 0.9) is None


def test_a_temperature_without_uncertainty_claims_none() -> None:
    assert degrees(34.6, None) == "34.6 °C"


def test_a_time_is_shown_in_the_zone_of_the_site() -> None:
    assert local_time("2026-11-22T06:05:00Z", "2026-11-22T08:00:00+00:00", SHANGHAI) == "14:05"


def test_a_time_of_another_day_carries_its_date() -> None:
    assert local_time("2026-11-21T06:05:00Z", "2026-11-22T08:00:00Z", SHANGHAI) == "11-21 14:05"


@pytest.mark.parametrize("moment", [None, "", "yesterday", "2026-11-22T06:05:00", "0001-01-01T00:00:00Z"])
def test_what_is_no_moment_gives_no_time_or_a_time_and_never_an_error(moment: str | None) -> None:
    assert isinstance(local_time(moment, "", SHANGHAI), str | None)
