"""A counter in site.toml: the example loads, and what contradicts in it is said in one sentence each."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from kiosk.config import parse
from kiosk.core.rules import Duty, Purpose
from kiosk.terms import Strictness
from tests.test_config import SITE, problems

EXAMPLE = Path(__file__).resolve().parents[1] / "systemd/site.counter.example.toml"
POINT = "rules.access_points"


def counter() -> dict[str, Any]:
    """The example, with the key of a hub."""
    tree = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))
    tree["uplink"]["hub_public_key"] = "aCFoIWghaCFoIWghaCFoIWghaCFoIWghaCFoIWghaCE="
    return tree


def with_point(name: str, **changes: object) -> dict[str, Any]:
    tree = counter()
    point = next(each for each in tree["rules"]["access_points"] if each["id"] == name)
    for key, value in changes.items():
        if value is None:
            point.pop(key)
        else:
            point[key] = value
    return tree


def test_the_example_is_a_counter() -> None:
    site = parse(counter(), SITE)
    points = {point.id: point for point in site.rules.access_points}
    assert points["counter"].order_reader == "order-scanner"
    assert {point.duty for point in points.values() if point.purpose is Purpose.CHECKIN} == set(Duty)
    assert site.rules.counter.without_order is Strictness.SOFT


def test_the_example_leaves_only_the_hubs_key_to_fill_in() -> None:
    (only,) = problems(tomllib.loads(EXAMPLE.read_text(encoding="utf-8")))
    assert only.startswith("uplink.hub_public_key: ")


def test_a_key_of_a_counter_that_is_out_of_its_range_is_refused() -> None:
    tree = counter()
    tree["rules"]["counter"] = {"slip_s": 31.0}
    (only,) = problems(tree)
    assert only.startswith("rules.counter.slip_s: ")


@pytest.mark.parametrize(
    ("name", "changes", "sentence"),
    [
        ("kitchen", {"duty": None}, f"{POINT} 'kitchen': a check-in needs its duty"),
        ("counter", {"duty": "cook"}, f"{POINT} 'counter': duty is for a check-in"),
        ("kitchen", {"temperature": "off"}, f"{POINT} 'kitchen': temperature = 'off' is none of a check-in"),
        ("kitchen", {"order_reader": "order-scanner"}, f"{POINT} 'kitchen': order_reader is for a handover"),
        (
            "counter",
            {"order_reader": "till"},
            f"{POINT} 'counter': order_reader 'till' is not in [[readers]]",
        ),
        ("counter", {"temperature": "off"}, f"{POINT} 'counter': temperature = 'off' and an order_reader"),
        (
            "counter",
            {"order_reader": "counter-camera"},
            "readers 'counter-camera': reads orders, and no barcodes",
        ),
        ("packing", {"roles": [3]}, f"{POINT}: reader 'counter-camera' serves two whose roles are not apart"),
        ("packing", {"roles": []}, f"{POINT}: reader 'counter-camera' serves two whose roles are not apart"),
        ("packing", {"temperature": "before"}, f"{POINT}: reader 'counter-camera' serves two, and not both"),
        (
            "packing",
            {"reader": "order-scanner"},
            f"{POINT} 'counter': order_reader 'order-scanner' serves another",
        ),
    ],
    ids=str,
)
def test_what_contradicts_at_a_counter_is_said(name: str, changes: dict[str, object], sentence: str) -> None:
    tree = with_point(name, **changes)
    if "order-scanner" not in {point.get("order_reader") for point in tree["rules"]["access_points"]}:
        tree["readers"] = [reader for reader in tree["readers"] if reader["id"] != "order-scanner"]
    (only,) = problems(tree)
    assert only.startswith(sentence)


@pytest.mark.parametrize(
    "page", ["hub.example/s", "https://hub.example/s#", "javascript:alert(1)", "https://a b"]
)
def test_a_page_of_slips_is_an_address(page: str) -> None:
    tree = counter()
    tree["rules"]["counter"]["slip_page"] = page
    (only,) = problems(tree)
    assert only.startswith(f"rules.counter.slip_page: {page!r} is not the address of a hub's page")


@pytest.mark.parametrize(("name", "kind"), [("counter", "handover"), ("kitchen", "check-in")])
def test_neither_meal_nor_staff_open_a_door(name: str, kind: str) -> None:
    tree = with_point(name, output="gate")
    tree["gate"]["outputs"].append({"id": "gate", "pin": 27})
    tree["readers"].append({"id": "door-scanner", "kind": "serial", "device": "/dev/ttyACM0"})
    door = {"id": "door", "purpose": "entry", "reader": "door-scanner", "output": "gate"}
    tree["rules"]["access_points"].append(door)
    (only,) = problems(tree)
    assert only == (
        f"{POINT} {name!r}: a {kind} cannot share the output 'gate' with a door; give it one of its own."
    )


def test_a_counter_with_anti_passback_is_refused() -> None:
    tree = counter()
    tree["rules"]["passback"] = {"strictness": "soft"}
    (only,) = problems(tree)
    assert only.startswith("rules.passback.strictness: 'soft' at a site that only hands over")


def test_a_gates_reader_serves_one_access_point_still() -> None:
    tree = counter()
    tree["gate"]["outputs"].append({"id": "gate", "pin": 27})
    door = {"id": "door", "purpose": "entry", "reader": "counter-camera", "output": "gate", "roles": [9]}
    tree["rules"]["access_points"].append(door)
    (only,) = problems(tree)
    assert only == f"{POINT}: reader 'counter-camera' serves two; give each point its own."
