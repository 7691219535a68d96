"""Who has been granted and is on his way: in no other lane on the same code."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.core.passage import Passage
from kiosk.core.under_way import UnderWay
from kiosk.credentials.credential import Colour, Credential
from tests.core.playbook import COUNTER, GATE_IN, GATE_OUT, MORNING, Playbook

SHOWN = Credential(
    "HP1", b"kid", bytes(8), Colour.GREEN, frozenset(), "330100", None, True, MORNING, MORNING, slot=40
)
PASSAGE = Passage(7, GATE_IN, Playbook().now, credential=SHOWN, names=("today", "yesterday"))


def on_the_way(passage: Passage = PASSAGE) -> UnderWay:
    under_way = UnderWay()
    under_way.begin(passage)
    return under_way


@pytest.mark.parametrize(("slot", "is_used"), [(39, True), (40, True), (41, False), (None, False)])
def test_his_slot_and_all_earlier_ones_are_used(slot: int | None, is_used: bool) -> None:
    under_way = on_the_way()
    assert under_way.is_used(("today",), slot) is is_used
    assert not under_way.is_used(("somebody else",), slot)


def test_a_pass_that_does_not_change_uses_none() -> None:
    assert not on_the_way(replace(PASSAGE, credential=replace(SHOWN, slot=None))).is_used(("today",), 40)


def test_he_is_known_by_any_name_and_on_his_way_by_that_of_today() -> None:
    under_way = on_the_way()
    assert under_way.enters(("tomorrow", "today"))
    assert not under_way.enters(("yesterday",))


def test_who_takes_something_over_uses_his_slot_and_enters_nowhere() -> None:
    under_way = on_the_way(replace(PASSAGE, access_point=COUNTER))
    assert under_way.is_used(("today",), 40)
    assert not under_way.enters(("today",))


@pytest.mark.parametrize("passage", [replace(PASSAGE, access_point=GATE_OUT), replace(PASSAGE, names=())])
def test_who_leaves_and_who_has_no_name_takes_nothing_from_anybody(passage: Passage) -> None:
    under_way = on_the_way(passage)
    assert not under_way.is_used(("today",), 40)
    assert not under_way.enters(("today",))


def test_who_has_passed_or_was_annulled_is_on_his_way_no_more() -> None:
    under_way = on_the_way()
    under_way.end(replace(PASSAGE, id=8))
    assert under_way.enters(("today",))
    under_way.end(PASSAGE)
    assert not under_way.enters(("today",))
    under_way.end(PASSAGE)
