"""A gate with a lane in and a lane out: who comes when, and a whole day of it."""

from __future__ import annotations

import threading
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from kiosk.__main__ import main as kiosk
from kiosk.core.passage import DECIDED
from kiosk.journal.reader import JournalReader
from sim import report
from sim.conduct import occupancy_faults
from sim.crowd import Crowd
from sim.day import Day
from sim.people import TWO_LANES, Place, Visit, plan
from sim.remote import split_lane
from sim.stage import Plan
from tests.sim.visits import visit

PEOPLE, SEED = 18, 1
PULSES = {17: "gate", 18: "gate-out"}


class Gate:
    """Two lanes that take whoever is sent, one at a time; the test says how long each takes."""

    def __init__(self) -> None:
        self.sent: list[int] = []
        self.crowd = Crowd(lambda visit: self.sent.append(visit.number))
        self._visits: dict[int, Visit] = {}

    def plan(self, *visits: Visit) -> Gate:
        self._visits |= {each.number: each for each in visits}
        self.crowd.add(visits)
        return self

    def begin(self, number: int) -> list[int]:
        self.crowd.begun(self._visits[number])
        return self.sent

    def end(self, number: int) -> list[int]:
        self.crowd.ended(self._visits[number])
        return self.sent


def goes_in(number: int, person: int) -> Visit:
    return visit(number=number, person=person)


def goes_out(number: int, person: int) -> Visit:
    (leaving,) = {each.kind for each in plan(TWO_LANES, 8, SEED) if each.kind.place is Place.OUT}
    return visit(leaving, number=number, person=person)


def test_people_of_one_lane_follow_each_other_as_planned() -> None:
    gate = Gate().plan(goes_in(1, 1), goes_in(2, 2), goes_in(3, 3))
    assert gate.sent == [1, 2, 3]
    assert gate.crowd.is_empty


def test_who_leaves_has_come_in_and_leaves_while_the_next_one_comes() -> None:
    gate = Gate().plan(goes_in(1, 1), goes_in(2, 2), goes_out(3, 1), goes_in(4, 4))
    assert gate.sent == [1, 2, 4]
    assert gate.begin(1) == [1, 2, 4]
    assert gate.end(1) == [1, 2, 4]
    assert not gate.crowd.is_empty
    assert gate.begin(2) == [1, 2, 4, 3]
    assert gate.crowd.is_empty


def test_nobody_is_in_two_places_at_once() -> None:
    gate = Gate().plan(goes_in(1, 1), goes_out(2, 1), goes_in(3, 1), goes_in(4, 4))
    assert gate.begin(1) == [1]
    assert gate.end(1) == [1, 2]
    assert gate.end(2) == [1, 2, 3, 4], "who comes behind him in the lane has waited too"


def test_a_plan_lets_nobody_out_who_has_not_been_sent_in() -> None:
    for seed in range(20):
        seen: set[int] = set()
        for each in plan(TWO_LANES, 80, seed):
            assert each.kind.place is not Place.OUT or each.person in seen
            seen.add(each.person)


def test_a_device_of_a_further_lane_carries_its_name() -> None:
    assert split_lane("/run/world.sock#out") == ("/run/world.sock", "out")
    assert split_lane("/run/world.sock") == ("/run/world.sock", "")


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> tuple[Day, report.Books]:
    folder = tmp_path_factory.mktemp("two-lanes")
    day = Day(Plan(TWO_LANES, PEOPLE, SEED, folder, headless=True), None)
    books = day.run(threading.Event(), lambda _page: None)
    assert books is not None
    return day, books


def decisions(folder: Path) -> list[dict[str, Any]]:
    with JournalReader(folder / "journal.db") as journal:
        return [each.data for each in journal.entries(0, journal.size) if each.type == DECIDED]


@pytest.mark.slow
def test_a_day_in_two_lanes_is_right_in_every_answer_and_in_who_is_inside(
    day: tuple[Day, report.Books],
) -> None:
    held, books = day
    assert books.faults == ()
    assert report.is_right(held.stage.logbook, books)
    assert len(held.stage.logbook.pages) == PEOPLE
    journal = held.stage.plan.state / "journal.db"
    inside = held.stage.logbook.occupancy
    assert inside == 2
    assert list(occupancy_faults(journal, inside)) == []
    assert list(occupancy_faults(journal, 3)) == ["the kiosk counts 2 people inside, and 3 are"]
    assert kiosk(["journal", "replay", str(held.stage.plan.state)]) == 0


@pytest.mark.slow
def test_people_enter_and_leave_at_the_same_time_each_through_their_own_door(
    day: tuple[Day, report.Books],
) -> None:
    held, _ = day
    energised: dict[str, list[tuple[float, float]]] = {name: [] for name in PULSES.values()}
    for pin, name in PULSES.items():
        edges = [edge for edge in held.stage.pins.edges if edge.pin == pin]
        energised[name] = [(rise.at_s, fall.at_s) for rise, fall in list(pairwise(edges))[::2]]
    experiences = [page.experience for page in held.stage.logbook.pages]
    assert len(energised["gate-out"]) == sum("gate-out" in each.released for each in experiences) == 4
    there = [
        (each.visit.kind.place.lane, each.code_in_view_s, each.ended_s)
        for each in experiences
        if each.code_in_view_s is not None and each.ended_s is not None
    ]
    ins = [(since_s, until_s) for lane, since_s, until_s in there if not lane]
    outs = [(since_s, until_s) for lane, since_s, until_s in there if lane]
    together = [out for out in outs if any(out[0] < one[1] and one[0] < out[1] for one in ins)]
    assert together == outs, "whoever leaves stands at the one lane while somebody stands at the other"
    points = [each["access_point"] for each in decisions(held.stage.plan.state)]
    assert points.count("gate-out") == 4


@pytest.mark.slow
def test_each_lane_has_a_screen_of_its_own(day: tuple[Day, report.Books]) -> None:
    screenshots = day[0].stage.plan.screenshots
    assert (screenshots / "result-grant-granted.png").is_file()
    assert not (screenshots / "result-grant-exit.recorded.png").exists()
    assert {each.name for each in (screenshots / "out").iterdir()} >= {
        "page-welcome.png",
        "result-grant-exit.recorded.png",
    }
    assert not (screenshots / "out" / "result-grant-granted.png").exists()
