"""The further places of a simulated day: a dormitory's gate and a bus."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kiosk.__main__ import main as kiosk
from kiosk.core.passage import DECIDED
from kiosk.core.rules import PassbackRules, ScreeningRules
from kiosk.credentials.policy import parse
from kiosk.journal.reader import JournalReader
from kiosk.terms import Outcome, Reason, Strictness
from sim import report
from sim.cli import main
from sim.conduct import lamp_faults
from sim.day import Day
from sim.people import BY_ID, CONTRACTOR, PLACES, SCENARIOS, Place, scenario_kinds
from sim.pins import Edge
from sim.policies import closed_to, policy_of
from sim.presence_book import People
from sim.stage import Plan
from sim.truth import truth_of
from tests.core.playbook import RULES, rules_with
from tests.sim.test_conduct import pages
from tests.sim.visits import MODEL, visit

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def held(tmp_path: Path, place: str, people: int) -> Day:
    """A whole day, in which every decision was right, and comes out again."""
    day = Day(Plan(place, people, 1, tmp_path, headless=True, place=place), None)
    books = day.run(threading.Event(), lambda _page: None)
    assert books is not None
    assert books.faults == ()
    assert report.is_right(day.stage.logbook, books)
    assert kiosk(["journal", "replay", str(tmp_path)]) == 0
    return day


@pytest.mark.slow
def test_a_day_in_a_bus_is_answered_by_lamps_and_every_boarding_has_its_trip(tmp_path: Path) -> None:
    day = held(tmp_path, "ride", len(scenario_kinds("ride")))
    released = [page.experience.released for page in day.stage.logbook.pages]
    assert {"granted_lamp"} in released
    assert {"refused_lamp"} in released
    with JournalReader(tmp_path / "journal.db") as journal:
        decided = [each.data for each in journal.entries(0, journal.size) if each.type == DECIDED]
    assert {(each["vehicle"], each["line"], each["trip"]) for each in decided} == {
        ("bus-17", "K7", "K7-0630")
    }
    assert {each["temperature"] for each in decided if each["outcome"] == "grant"} == {None}


@pytest.mark.slow
@pytest.mark.parametrize(("scenario", "most_ms"), [("measured-ride", 1000), ("measured-ride-16hz", 500)])
def test_a_bus_that_is_stricter_than_the_city_measures_whoever_boards_while_he_shows_his_code(
    tmp_path: Path, scenario: str, most_ms: int
) -> None:
    day = Day(Plan(scenario, 14, 1, tmp_path, headless=True, place="ride"), None)
    books = day.run(threading.Event(), lambda _page: None)
    assert books is not None
    assert report.is_right(day.stage.logbook, books)
    granted = [page.experience for page in day.stage.logbook.pages if page.experience.passed]
    took_ms = [each.code_to_relay_ms for each in granted if each.code_to_relay_ms is not None]
    assert len(took_ms) == len(granted) > 1
    assert max(took_ms) < most_ms


@pytest.mark.slow
def test_a_day_at_a_dormitory_knows_hours_windows_and_breaks(tmp_path: Path) -> None:
    day = held(tmp_path, "dormitory", len(scenario_kinds("dormitory")))
    reasons = {}
    for page in day.stage.logbook.pages:
        assert page.experience.result is not None
        reasons[page.experience.visit.kind.id] = page.experience.result.reason
    assert reasons["out_of_hours"] is Reason.OUTSIDE_HOURS
    assert reasons["second_entry"] is Reason.ALREADY_INSIDE
    assert reasons["second_later"] is Reason.GRANTED
    with JournalReader(tmp_path / "journal.db") as journal:
        decided = [each.data for each in journal.entries(0, journal.size) if each.type == DECIDED]
    reused = [each for each in decided if "reused_from_passage" in (each["temperature"] or {})]
    assert len(reused) == 1


def test_every_scenario_is_held_at_one_place() -> None:
    assert sorted(scenario for scenarios in PLACES.values() for scenario in scenarios) == sorted(SCENARIOS)


def test_a_scenario_of_another_place_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--place", "ride", "--scenario", "counter"]) == 2
    assert "counter is not one of the place ride" in capsys.readouterr().err


def test_what_the_city_signs_for_a_place_is_a_policy() -> None:
    wall = datetime(2026, 11, 23, 15, 30, tzinfo=UTC)
    for place in PLACES:
        policy = policy_of(place, wall)
        if policy is not None:
            parse(policy)
    hours = parse(policy_of("dormitory", wall))
    assert hours.at_hours({CONTRACTOR}, wall) is Strictness.SOFT
    assert closed_to("dormitory") == (CONTRACTOR,)
    assert not closed_to("gate")


def test_who_is_inside_is_kept_out_for_the_window_and_without_one_until_he_leaves() -> None:
    for minutes, kept in ((0, {1}), (30, set())):
        people = People(rules_with(passback=PassbackRules(window_minutes=minutes)))
        people.passed(visit(person=1), NOON, measured=True)
        assert people.kept_out(NOON + 29 * MINUTE) == {1}
        assert people.kept_out(NOON + 30 * MINUTE) == kept
        people.passed(visit("exit", person=1), NOON + 31 * MINUTE, measured=False)
        assert people.kept_out(NOON + 31 * MINUTE) == set()


def test_a_break_begins_with_the_exit_of_somebody_measured_and_counts_once() -> None:
    people = People(rules_with(screening=ScreeningRules(reentry_minutes=45)))
    people.passed(visit(person=1), NOON, measured=True)
    assert not people.back_from_break(1, NOON + MINUTE)
    people.passed(visit("exit", person=1), NOON + MINUTE, measured=False)
    assert people.back_from_break(1, NOON + 45 * MINUTE)
    assert not people.back_from_break(1, NOON + 46 * MINUTE)
    people.passed(visit(person=1), NOON + 45 * MINUTE, measured=False)
    people.passed(visit("exit", person=1), NOON + 46 * MINUTE, measured=False)
    assert not people.back_from_break(1, NOON + 47 * MINUTE)


def test_what_is_right_for_a_contractor_after_hours_and_for_somebody_from_a_break() -> None:
    after_hours = next(kind for kind in scenario_kinds("dormitory") if kind.role == CONTRACTOR)
    assert after_hours.place is BY_ID["green_well"].place is Place.GATE
    truth = truth_of(visit(after_hours), set(), RULES, 0.4, model=MODEL, closed_to={CONTRACTOR})
    assert truth.right == {(Outcome.REFER, Reason.OUTSIDE_HOURS)}
    truth = truth_of(visit("green_fever"), set(), RULES, 0.4, model=MODEL, measured_before=True)
    assert truth.right == {(Outcome.GRANT, Reason.GRANTED)}


GREEN, RED = 17, 27
LAMPS = {GREEN: "granted_lamp", RED: "refused_lamp"}


def said(*edges: Edge) -> list[str]:
    """Of one visitor who was granted."""
    return list(lamp_faults(edges, LAMPS, pages({"granted_lamp"}, outcome=Outcome.GRANT), result_s=2.0))


def test_a_lamp_burns_once_for_each_answer_and_is_dark_in_the_end() -> None:
    on, off = Edge(1.0, GREEN, True), Edge(3.0, GREEN, False)
    assert said(on, off) == []
    assert said() == ["granted_lamp has burned 0 times, and 1 answers were its own"]
    assert said(on, Edge(4.0, GREEN, False)) == ["granted_lamp has burned for 3.0 s"]
    assert said(on) == ["granted_lamp was still burning at the end"]
    (wrong,) = said(on, off, Edge(1.0, RED, True), Edge(3.0, RED, False))
    assert wrong == "refused_lamp has burned 1 times, and 0 answers were its own"
