from __future__ import annotations

from collections import Counter

import pytest

from kiosk.core.rules import Rules
from sim.people import FEVERISH_CELSIUS, KINDS, WELL_CELSIUS, Place, Who, plan, scenario_kinds
from sim.stage import NOMINAL_U_CELSIUS
from sim.thermal_scene import Wears
from sim.truth import truth_of
from tests.sim.visits import MODEL, visit


def test_every_kind_comes_once_before_any_comes_again() -> None:
    kinds = [one.kind for one in plan("gate", len(KINDS), 1)]
    assert kinds == list(KINDS)


def test_a_plan_is_the_same_for_the_same_seed_and_another_for_another() -> None:
    assert list(plan("gate", 60, 7)) == list(plan("gate", 60, 7))
    assert list(plan("gate", 60, 7)) != list(plan("gate", 60, 8))


def test_people_are_numbered_in_the_order_in_which_they_come() -> None:
    assert [one.number for one in plan("gate", 50, 1)] == list(range(1, 51))


def test_who_comes_a_second_time_has_been_let_in_before_and_has_not_left() -> None:
    inside: set[int] = set()
    second_entries = 0
    for one in plan("gate", 300, 3):
        if one.kind.id == "second_entry":
            second_entries += one.person in inside
        elif one.kind.id in ("green_well", "offline", "return"):
            assert one.person not in inside
            inside.add(one.person)
        elif one.kind.place is Place.EXIT:
            inside.discard(one.person)
    assert second_entries > 0


def test_the_default_people_stand_outside_the_zone_of_doubt() -> None:
    rules = Rules(())
    for skin_celsius in (*WELL_CELSIUS, *FEVERISH_CELSIUS):
        truth = truth_of(visit(skin_celsius=skin_celsius), set(), rules, NOMINAL_U_CELSIUS, model=MODEL)
        assert not truth.in_doubt, skin_celsius
    assert {kind.skin_celsius for kind in KINDS} == {WELL_CELSIUS, FEVERISH_CELSIUS}


def test_people_wear_all_sorts_of_things_and_never_so_much_that_no_skin_is_left() -> None:
    worn = [one.wears for one in plan("gate", 300, 1)]
    assert {what for one in worn for what in one} == set(Wears)
    assert frozenset() in worn
    assert not any({Wears.HAIR, Wears.MASK} <= one for one in worn)


def test_a_long_day_is_mostly_of_people_who_are_well() -> None:
    kinds = Counter(one.kind.id for one in plan("gate", 500, 1))
    assert kinds.most_common(1)[0][0] == "green_well"


def test_at_the_counter_everybody_comes_to_the_counter() -> None:
    kinds = scenario_kinds("counter")
    assert {kind.place for kind in kinds} == {Place.COUNTER}
    assert {kind.who for kind in kinds} == {Who.NEW}


def test_in_a_rush_hour_people_who_are_well_and_some_who_are_not_stand_in_a_queue() -> None:
    visits = list(plan("rush-hour", 200, 1))
    kinds = Counter(one.kind.id for one in visits)
    assert kinds["green_well"] > 170
    assert set(kinds) == {"green_well", "green_fever", "red", "screenshot"}
    assert all(one.pace.follows_closely and one.gap_s == 0.0 for one in visits)
    assert not any(one.pace.follows_closely for one in plan("gate", 30, 1))


def test_a_scenario_that_does_not_exist_is_refused() -> None:
    with pytest.raises(KeyError):
        scenario_kinds("airport")
