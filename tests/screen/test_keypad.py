from __future__ import annotations

import pytest

from kiosk.screen.keypad import Entry, Key


def typed(entry: Entry, keys: str) -> Entry:
    """`<` deletes."""
    for key in keys:
        entry = entry.press({".": Key.POINT, "<": Key.DELETE}.get(key, key))
    return entry


@pytest.mark.parametrize(
    ("keys", "stands"),
    [
        ("374", "37.4"),
        ("37.4", "37.4"),
        ("37.45", "37.4"),
        ("3745", "37.4"),
        ("3.7", "37"),
        ("..3", "3"),
        ("37..4", "37.4"),
        ("374<", "37."),
        ("374<<8", "37.8"),
        ("<<<", ""),
    ],
)
def test_a_temperature_has_two_digits_a_point_and_one_more(keys: str, stands: str) -> None:
    assert typed(Entry(is_decimal=True), keys).typed == stands


@pytest.mark.parametrize(
    ("keys", "celsius"),
    [("", None), ("37", None), ("37.", None), ("340", 34.0), ("430", 43.0), ("339", None), ("431", None)],
)
def test_a_temperature_counts_once_it_has_its_tenth_and_is_one_that_there_can_be(
    keys: str, celsius: float | None
) -> None:
    assert typed(Entry(is_decimal=True), keys).celsius == celsius


@pytest.mark.parametrize(
    ("keys", "people"), [("", None), ("0", 0), ("042", 42), ("100000", 100_000), ("100001", None)]
)
def test_people_are_counted_from_none_to_as_many_as_the_rules_take(keys: str, people: int | None) -> None:
    assert typed(Entry(longest=6), keys).people == people


def test_no_more_digits_are_taken_than_the_longest_has() -> None:
    assert typed(Entry(longest=4), "123456").typed == "1234"
    assert typed(Entry(longest=4), "12.3").typed == "123"
