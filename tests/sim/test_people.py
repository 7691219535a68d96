from __future__ import annotations

from collections import Counter

import pytest

from kiosk.core.rules import ScreeningRules
from sim.people import FEVERISH_CELSIUS, KINDS, WELL_CELSIUS, Place, Who, plan, scenario_kinds
from sim.stage import NOMINAL_U_CELSIUS


def test_every_kind_comes_once_before_any_comes_again() -> None:
    kinds = [visit.kind for visit in plan("gate", len(KINDS), 1)]
    assert kinds == list(KINDS)


def test_a_plan_is_the_same_for_the_same_seed_and_another_for_another() -> None:
    assert list(plan("gate", 60, 7)) == list(plan("gate", 60, 7))
    assert list(plan("gate", 60, 7)) != list(plan("gate", 60, 8))


def test_people_are_numbered_in_the_order_in_which_they_come() -> None:
    assert [visit.number for visit in plan("gate", 50, 1)] == list(range(1, 51))


def test_who_comes_a_second_time_has_been_let_in_before_and_has_not_left() -> None:
    inside: set[int] = set()
    second_entries = 0
    for visit in plan("gate", 300, 3):
        if visit.kind.id == "second_entry":
            second_entries += visit.person in inside
        elif visit.kind.id in ("green_well", "offline", "return"):
            assert visit.person not in inside
            inside.add(visit.person)
        elif visit.kind.place is Place.EXIT:
            inside.discard(visit.person)
    assert second_entries > 0


def test_the_default_people_stand_outside_the_zone_of_doubt() -> None:
    rules = ScreeningRules()
    doubt = (rules.guard_factor + 3.0) * NOMINAL_U_CELSIUS
    assert WELL_CELSIUS[1] < rules.limit_face_skin_celsius - doubt
    assert FEVERISH_CELSIUS[0] > rules.limit_face_skin_celsius + doubt
    assert {kind.skin_celsius for kind in KINDS} == {WELL_CELSIUS, FEVERISH_CELSIUS}


def test_a_long_day_is_mostly_of_people_who_are_well() -> None:
    kinds = Counter(visit.kind.id for visit in plan("gate", 500, 1))
    assert kinds.most_common(1)[0][0] == "green_well"


def test_at_the_counter_everybody_comes_to_the_counter() -> None:
    kinds = scenario_kinds("counter")
    assert {kind.place for kind in kinds} == {Place.COUNTER}
    assert {kind.who for kind in kinds} == {Who.NEW}


def test_a_scenario_that_does_not_exist_is_refused() -> None:
    with pytest.raises(KeyError):
        scenario_kinds("airport")
