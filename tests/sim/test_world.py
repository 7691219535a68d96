from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from kiosk.core.events import Input
from kiosk.core.view import Page, Result, ViewState
from kiosk.terms import Outcome, Reason
from sim.pace import AT_LEISURE, IN_A_QUEUE
from sim.people import Place, Visit
from sim.thermal_scene import Wears
from sim.visitor import Experience
from tests.sim.visits import Scenery, visit

AT_THE_KIOSK_S = 1.9


def result(passage_id: int, outcome: Outcome = Outcome.GRANT) -> ViewState:
    return ViewState(Page.RESULT, passage_id=passage_id, result=Result(outcome, Reason.GRANTED, "gate-in"))


@pytest.fixture
def scenery() -> Scenery:
    return Scenery()


def test_an_empty_world_never_changes(scenery: Scenery) -> None:
    assert scenery.world.is_quiet
    assert scenery.world.next_change_s == math.inf
    assert scenery.world.picture_at(0.0) is None


def test_the_world_says_when_it_next_changes_and_stays_as_it_is_until_then(scenery: Scenery) -> None:
    scenery.send(visit())
    scenery.world.step()
    change_s = scenery.world.next_change_s
    scenery.until(change_s - 0.001)
    assert scenery.world.thermal_at(scenery.clock.mono()).to_celsius.max() < 30.0
    scenery.until(change_s)
    assert scenery.world.thermal_at(change_s).to_celsius.max() == pytest.approx(34.0)


def test_a_code_is_held_up_until_the_answer_has_been_seen(scenery: Scenery) -> None:
    scenery.send(visit())
    scenery.until(AT_THE_KIOSK_S)
    assert scenery.world.picture_at(AT_THE_KIOSK_S) is not None
    scenery.world.shows(result(1, Outcome.DENY))
    scenery.until(AT_THE_KIOSK_S + 0.6)
    assert scenery.world.picture_at(scenery.clock.mono()) is None


def test_the_door_opens_only_while_its_strike_is_released_and_its_contact_says_so(scenery: Scenery) -> None:
    scenery.send(visit())
    scenery.until(AT_THE_KIOSK_S)
    assert not scenery.pins.read(23)
    scenery.world.shows(result(1))
    scenery.pins.write(17, True)
    scenery.until(AT_THE_KIOSK_S + 1.5)
    assert scenery.pins.read(23)
    assert not scenery.pins.read(22)
    scenery.until(AT_THE_KIOSK_S + 4.0)
    assert not scenery.pins.read(23)


def test_the_last_visitor_s_answer_is_nobody_else_s(scenery: Scenery) -> None:
    ended: list[Experience] = []
    scenery.world.on_end = ended.append
    scenery.send(visit("red"), visit("red", number=2, person=2))
    scenery.until(AT_THE_KIOSK_S)
    scenery.world.shows(result(1, Outcome.DENY))
    while not ended:
        scenery.until(scenery.world.next_change_s)
    scenery.until(scenery.clock.mono() + AT_THE_KIOSK_S)
    scenery.world.shows(result(1, Outcome.DENY))
    while len(ended) < 2:
        scenery.until(scenery.world.next_change_s)
    assert [experience.result is None for experience in ended] == [False, True]


def test_who_has_no_camera_before_him_uses_the_scanner_of_his_place(scenery: Scenery) -> None:
    scenery.send(visit("courier"))
    scenery.until(AT_THE_KIOSK_S)
    ((place, payload),) = scenery.scanned
    assert place == Place.COUNTER.value
    assert payload.startswith(b"HP1:")
    assert scenery.world.picture_at(AT_THE_KIOSK_S) is None


def test_somebody_out_of_the_thermal_view_shows_a_code_and_no_face(scenery: Scenery) -> None:
    scenery.send(visit("nobody"))
    scenery.until(AT_THE_KIOSK_S)
    assert scenery.world.picture_at(AT_THE_KIOSK_S) is not None
    assert scenery.world.thermal_at(AT_THE_KIOSK_S).to_celsius.max() < 30.0


def test_what_was_seen_a_moment_ago_can_still_be_asked_for(scenery: Scenery) -> None:
    scenery.send(visit())
    scenery.until(AT_THE_KIOSK_S)
    before = scenery.world.thermal_at(0.5).to_celsius
    assert np.max(before) < 30.0, "nobody was there then"


def test_a_relay_that_no_output_names_is_nobody_s(scenery: Scenery) -> None:
    scenery.send(visit())
    scenery.until(AT_THE_KIOSK_S)
    scenery.pins.write(5, True)
    ended: list[Experience] = []
    scenery.world.on_end = ended.append
    scenery.until(60.0)
    assert ended[0].released == set()


def test_two_worlds_of_one_seed_are_the_same() -> None:
    pictures = []
    for _ in range(2):
        scenery = Scenery()
        scenery.send(visit("web_address"))
        scenery.until(AT_THE_KIOSK_S)
        pictures.append(scenery.world.picture_at(AT_THE_KIOSK_S))
    assert pictures[0] == pictures[1]


def test_a_visitor_arrives_when_his_face_is_there_and_not_when_he_sets_out(scenery: Scenery) -> None:
    arrived: list[tuple[float, int]] = []
    scenery.world.on_arrive = lambda visit: arrived.append((scenery.clock.mono(), visit.number))
    scenery.send(visit(), visit(number=2, person=2))
    scenery.until(0.9)
    assert arrived == []
    scenery.until(60.0)
    assert [number for _, number in arrived] == [1, 2]
    assert arrived[0][0] == pytest.approx(1.0)


def test_what_somebody_wears_is_seen_and_how_far_off_optics_are(scenery: Scenery) -> None:
    scenery.send(replace(visit(), wears=frozenset({Wears.DRINK}), optics_celsius=-0.3))
    scenery.until(AT_THE_KIOSK_S)
    seen = scenery.world.thermal_at(AT_THE_KIOSK_S).to_celsius
    assert seen.max() > 50.0
    assert seen[9, 15] == pytest.approx(33.7, abs=0.05)


def in_a_queue(number: int) -> Visit:
    return replace(visit(number=number, person=number), gap_s=0.0, pace=IN_A_QUEUE)


def let_through(scenery: Scenery, passage_id: int) -> None:
    scenery.world.shows(result(passage_id))
    scenery.pins.write(17, True)
    scenery.until(scenery.clock.mono() + IN_A_QUEUE.reaction_s + IN_A_QUEUE.reach_door_s)
    scenery.pins.write(17, False)


def test_in_a_queue_the_next_one_shows_the_code_while_the_one_in_front_is_in_the_door(
    scenery: Scenery,
) -> None:
    ended: list[int] = []
    scenery.world.on_end = lambda experience: ended.append(experience.visit.number)
    scenery.send(in_a_queue(1), in_a_queue(2))
    scenery.until(IN_A_QUEUE.to_code_s)
    let_through(scenery, 1)
    assert scenery.world.door_open
    assert scenery.world.picture_at(scenery.clock.mono()) is None
    scenery.until(scenery.clock.mono() + IN_A_QUEUE.to_code_s)
    assert scenery.world.door_open
    assert scenery.world.picture_at(scenery.clock.mono()) is not None
    scenery.until(scenery.clock.mono() + IN_A_QUEUE.walk_through_s - IN_A_QUEUE.to_code_s)
    assert (scenery.world.door_open, ended) == (False, [1])
    let_through(scenery, 2)
    scenery.until(scenery.clock.mono() + IN_A_QUEUE.walk_through_s)
    assert (ended, scenery.world.is_quiet) == ([1, 2], True)


def test_at_leisure_the_next_one_waits_until_the_door_is_shut(scenery: Scenery) -> None:
    scenery.send(visit(number=1), visit(number=2, person=2))
    scenery.until(AT_THE_KIOSK_S)
    scenery.world.shows(result(1))
    scenery.pins.write(17, True)
    scenery.until(AT_THE_KIOSK_S + 1.5)
    assert scenery.world.door_open
    begun: list[int] = []
    scenery.world.on_begin = lambda who: begun.append(who.number)
    scenery.until(AT_THE_KIOSK_S + 1.3 + AT_LEISURE.walk_through_s - 0.01)
    assert begun == []
    scenery.until(AT_THE_KIOSK_S + 1.3 + AT_LEISURE.walk_through_s)
    assert begun == [2]


PASSAGE_PIN = 16


def test_whoever_goes_through_is_seen_by_the_passage_sensor_for_a_while_of_it(scenery: Scenery) -> None:
    scenery.send(visit())
    scenery.until(AT_THE_KIOSK_S)
    scenery.world.shows(result(1))
    scenery.pins.write(17, True)
    opens_s = AT_THE_KIOSK_S + AT_LEISURE.reaction_s + AT_LEISURE.reach_door_s
    third_s = AT_LEISURE.walk_through_s / 3
    seen, moved = [], [scenery.world.contacts_moved]
    for at_s in (opens_s + 0.5 * third_s, opens_s + 1.5 * third_s, opens_s + 2.5 * third_s):
        scenery.until(at_s)
        seen.append(not scenery.pins.read(PASSAGE_PIN))
        moved.append(scenery.world.contacts_moved)
    assert seen == [False, True, False]
    assert moved == [0, 0, 1, 2]


def test_a_door_that_is_opened_by_hand_stands_open_until_it_is_shut_by_hand(scenery: Scenery) -> None:
    scenery.world.actuate(Input.DOOR, True)
    assert (scenery.world.door_open, scenery.pins.read(23)) == (True, True)
    scenery.world.actuate(Input.DOOR, False)
    assert not scenery.pins.read(23)
