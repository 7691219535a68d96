"""A value of another type than its key asks for is refused by its name, with all that is wrong besides."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.config import ConfigError, load
from tests.cli.sites import site_text


def refusal(text: str, folder: Path) -> str:
    path = folder / "site.toml"
    path.write_text(text)
    with pytest.raises(ConfigError) as refused:
        load(path)
    return str(refused.value)


def with_rules(lines: str) -> str:
    return site_text() + "\n" + lines


@pytest.mark.parametrize(
    "value", ["true", "false", '"4"', "[4]", "nan", "2026-11-28", "07:00:00", "9" * 4000]
)
@pytest.mark.parametrize("key", ["rules.door.pulse_s", "rules.staff.overrides_per_hour"])
def test_what_is_no_number_is_refused_where_one_is_asked_for(key: str, value: str, tmp_path: Path) -> None:
    table, name = key.rsplit(".", 1)
    said = refusal(with_rules(f"[{table}]\n{name} = {value}\n"), tmp_path)
    assert f"{key}: " in said
    assert said.count("\n") == 0


def test_a_number_of_people_or_minutes_is_a_whole_one(tmp_path: Path) -> None:
    said = refusal(with_rules("[rules.passback]\nwindow_minutes = 5.0\n"), tmp_path)
    assert "rules.passback.window_minutes: " in said


@pytest.mark.parametrize("value", ["1", "0", '"true"'])
def test_only_true_and_false_are_yes_and_no(value: str, tmp_path: Path) -> None:
    assert "rules.door.contact: " in refusal(with_rules(f"[rules.door]\ncontact = {value}\n"), tmp_path)


@pytest.mark.parametrize("value", ["7", "true", "2026-11-28", "[]"])
def test_what_is_no_text_is_refused_where_one_is_asked_for(value: str, tmp_path: Path) -> None:
    assert "rules.credential.area: " in refusal(with_rules(f"[rules.credential]\narea = {value}\n"), tmp_path)


def test_all_of_them_are_named_at_once_with_what_else_is_wrong(tmp_path: Path) -> None:
    said = refusal(
        with_rules(
            '[rules.door]\npulse_s = true\nheld_open_s = "15"\nno_such_key = 1\n'
            '[rules.screening]\nlimit_oral_celsius = "38"\nelevated = "sometimes"\n'
        ),
        tmp_path,
    )
    for key in ("door.pulse_s", "door.held_open_s", "door.no_such_key"):
        assert f"rules.{key}: " in said
    for key in ("screening.limit_oral_celsius", "screening.elevated"):
        assert f"rules.{key}: " in said
    assert len(said.splitlines()) == 5


def test_a_whole_number_is_taken_where_a_length_of_time_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text(with_rules("[rules.door]\npulse_s = 5\n"))
    assert load(path).rules.door.pulse_s == 5.0


@pytest.mark.parametrize("depth", [150, 190, 210, 260])
def test_a_value_that_nests_deeply_is_refused_in_a_sentence(depth: int, tmp_path: Path) -> None:
    said = refusal(with_rules(f"[rules.door]\npulse_s = {'[' * depth}{']' * depth}\n"), tmp_path)
    assert said.startswith(f"{tmp_path / 'site.toml'}: ")
    assert said.count("\n") == 0
