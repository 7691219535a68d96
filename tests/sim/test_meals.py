"""A simulated counter: who comes with which order, what is right for them, and the check of their slips."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import urlencode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hub import slip_page
from hub.app import create_app
from hub.state import open_state
from kiosk.core.counter import HandOver
from kiosk.core.rules import CounterRules
from kiosk.core.view import Page as ScreenPage
from kiosk.core.view import Result, ViewState
from kiosk.credentials.slip import Crew, Label, Measured, Role, order_key
from kiosk.gatekeeper.slips import SlipWriter
from kiosk.terms import Outcome, Reason, Strictness
from sim import report
from sim.clock import SimClock
from sim.day import Day
from sim.logbook import Page
from sim.meals import slip_faults, slips
from sim.people import MEALS_KINDS, Brings, Kind, Visit, scenario_kinds
from sim.presence_book import People
from sim.stage import Plan
from sim.truth import truth_of
from sim.visitor import Visitor
from tests.core.playbook import RULES, rules_with
from tests.credentials.slips import DEVICE, HANDED_OVER, KEY
from tests.hub.asgi import Caller
from tests.sim.visits import MODEL, visit

KINDS = {kind.id: kind for kind in MEALS_KINDS}


@pytest.mark.slow
def test_a_day_at_a_counter_ends_in_slips_that_hold_here_and_at_the_hub(tmp_path: Path) -> None:
    day = Day(Plan("meals", len(scenario_kinds("meals")), 1, tmp_path, headless=True, place="counter"), None)
    books = day.run(threading.Event(), lambda _page: None)
    assert books is not None
    assert books.faults == ()
    assert report.is_right(day.stage.logbook, books)
    shown = slips(day.stage.logbook.pages)
    assert len(shown) == 3
    hub = open_state(tmp_path / "hub", day.clock.utc())
    anyone = Caller(create_app(hub, day.clock.utc))
    for text in shown:
        answer = anyone.send("POST", "/slips", urlencode({"slip": text}).encode())
        assert slip_page.GENUINE in answer.text
        assert "Simulated noodles" in answer.text
    hub.close()


# -- what is right


def right(kind: str, *, staffed: bool = True, **counter: object) -> set[tuple[Outcome, Reason]]:
    rules = rules_with(counter=CounterRules(**counter)) if counter else RULES  # type: ignore[arg-type]
    warm = 39.2 if "fever" in kind else 34.0
    who = visit(KINDS[kind], skin_celsius=warm)
    return set(truth_of(who, set(), rules, 0.4, model=MODEL, staffed=staffed).right)


@pytest.mark.parametrize(
    ("kind", "outcome", "reason"),
    [
        ("courier", Outcome.GRANT, Reason.GRANTED),
        ("asked", Outcome.GRANT, Reason.GRANTED),
        ("no_order", Outcome.REFER, Reason.NO_ORDER),
        ("courier_fever", Outcome.REFER, Reason.TEMPERATURE_ELEVATED),
        ("courier_red", Outcome.DENY, Reason.COLOUR_RED),
        ("cook", Outcome.GRANT, Reason.CHECKED_IN),
        ("cook_fever", Outcome.REFER, Reason.TEMPERATURE_ELEVATED),
        ("waiter", Outcome.DENY, Reason.ROLE_NOT_PERMITTED),
    ],
)
def test_what_is_right_for_whom_at_a_counter(kind: str, outcome: Outcome, reason: Reason) -> None:
    assert right(kind) == {(outcome, reason)}


def test_without_staff_or_order_the_site_says_what_is_right() -> None:
    assert right("courier", staffed=False) == {(Outcome.REFER, Reason.NO_CHECKIN)}
    assert right("cook", staffed=False) == {(Outcome.GRANT, Reason.CHECKED_IN)}
    off = Strictness.OFF
    assert right("courier", staffed=False, without_checkin=off) == {(Outcome.GRANT, Reason.GRANTED)}
    assert right("no_order", without_order=off) == {(Outcome.GRANT, Reason.GRANTED)}
    assert right("no_order", without_order=Strictness.HARD) == {(Outcome.DENY, Reason.NO_ORDER)}


def test_a_counter_is_staffed_once_cook_and_packer_have_been_let_through() -> None:
    people = People(RULES)
    for kind, staffed in (("courier", False), ("cook", False), ("packer", True)):
        people.passed(visit(KINDS[kind]), HANDED_OVER, measured=True)
        assert people.are_staffed is staffed


# -- who brings an order


def scans_of(kind: Kind) -> list[str]:
    """What is scanned of an order before the kiosk asks for it, and after."""
    clock, scanned = SimClock(), list[str]()
    visitor = Visitor(visit(kind), clock.mono, lambda: True, lambda: None, lambda: scanned.append("order"))
    for _ in range(2):
        clock.advance_to(visitor.wake_at_s or 0.0)
        visitor.step()
    before = [*scanned]
    visitor.sees(ViewState(ScreenPage.SHOW_ORDER, passage_id=1))
    for _ in range(2):
        visitor.step()
        clock.advance_to(visitor.wake_at_s or 0.0)
    visitor.step()
    return [*(f"{each} first" for each in before), *(f"{each} when asked" for each in scanned[len(before) :])]


@pytest.mark.parametrize("brings", list(Brings))
def test_an_order_is_scanned_when_its_courier_has_it_scanned(brings: Brings) -> None:
    scanned = scans_of(replace(KINDS["courier"], brings=brings))
    assert scanned == ([] if brings is Brings.NOTHING else [brings.value])


# -- the simulator's own check


def handed_over(
    number: int = 1, *, order: str | None = None, cooks: int = 0, key: Any = KEY, courier_tenths: int = 343
) -> Page:
    """A visit with a slip, as `SlipWriter` makes it."""
    who: Visit = visit(KINDS["courier"], number=number)
    measured = Measured(Label.FACE_SKIN, courier_tenths, 9, HANDED_OVER, True)
    people: tuple[Crew, ...] = (Crew(Role.COURIER, 1, (measured,)),)
    if cooks:
        people = (Crew(Role.COOK, cooks, (measured,) * cooks), *people)
    hand_over = HandOver(HANDED_OVER, 7, order_key((order or who.order_number).encode()), people)
    written = replace(SlipWriter(DEVICE, "Noodles", key)(hand_over), page="http://hub.simulated/s")
    result = Result(Outcome.GRANT, Reason.GRANTED, "counter", None, 34.32, 0.9, slip=written.shown)
    return page(who, result)


def page(who: Visit, result: Result | None) -> Page:
    began = HANDED_OVER - timedelta(seconds=3)
    return cast(Page, SimpleNamespace(began=began, experience=SimpleNamespace(visit=who, result=result)))


def faults(*pages: Page) -> list[str]:
    return list(slip_faults(pages, DEVICE, KEY.public_key()))


def checked_in(number: int = 1) -> Page:
    return page(visit(KINDS["cook"], number=number), Result(Outcome.GRANT, Reason.CHECKED_IN, "kitchen"))


def test_a_right_slip_has_no_fault() -> None:
    assert faults(handed_over()) == []
    assert faults(checked_in(1), handed_over(2, cooks=1)) == []


def test_a_hand_over_without_a_slip_and_a_slip_for_somebody_else_are_told() -> None:
    granted = Result(Outcome.GRANT, Reason.GRANTED, "counter", None, 34.3, 0.9)
    assert faults(page(visit(KINDS["courier"]), granted)) == ["visitor 1 has no meal safety slip"]
    slip = handed_over()
    assert slip.experience.result is not None
    stray = page(visit(KINDS["courier"]), replace(slip.experience.result, outcome=Outcome.REFER))
    assert faults(stray) == ["visitor 1 was shown a meal safety slip"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"order": "MT-0"}, "is not that of the order"),
        ({"cooks": 2}, "counts"),
        ({"courier_tenths": 344}, "has another temperature than the courier was shown"),
    ],
)
def test_a_slip_that_says_something_else_is_told(changed: dict[str, Any], said: str) -> None:
    (fault,) = faults(handed_over(**changed))
    assert fault.startswith(f"the slip of visitor 1 {said}")


def test_a_slip_of_another_key_is_told() -> None:
    said = faults(handed_over(key=Ed25519PrivateKey.from_private_bytes(b"\x07" * 32)))
    assert said[:1] == ["the slip of visitor 1 is not signed by the kiosk"]


def test_a_slip_that_is_shown_twice_is_told() -> None:
    assert faults(handed_over(), handed_over()) == []
    once = handed_over()
    assert faults(once, once) == ["the slip of visitor 1 has the id of another slip"]
