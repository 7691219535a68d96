"""A part that dies while people pass: the relay comes to rest, the others go on, the part comes back."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from sim.live import Live
from sim.logbook import Page
from sim.people import BY_ID, Planner
from sim.pins import Edge
from sim.stage import Plan
from tests.processes import MARK, marked

pytestmark = [pytest.mark.slow, pytest.mark.alone]

GATE_PIN = 17


class Crew:
    """The kiosk's processes of a live day, found by a mark in their environment."""

    def __init__(self, mark: str) -> None:
        self._mark = mark

    def pid(self, word: str) -> int | None:
        return next((pid for pid, line in marked(self._mark).items() if word in line.split()), None)

    def kill(self, word: str, number: signal.Signals = signal.SIGKILL) -> int:
        pid = self.pid(word)
        assert pid is not None, f"{word} does not run"
        os.kill(pid, number)
        return pid


@pytest.fixture
def crew(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Crew:
    monkeypatch.setenv(MARK, tmp_path.name + str(os.getpid()))
    return Crew(os.environ[MARK])


MakeDay = Callable[..., Live]


@pytest.fixture
def day(tmp_path: Path) -> MakeDay:
    def make(*kinds: str, last_gap_s: float = 1.0) -> Live:
        planner = Planner(1)
        visits = [planner.visit(BY_ID[kind]) for kind in kinds]
        visits[-1] = replace(visits[-1], gap_s=last_gap_s)
        return Live(Plan("gate", len(visits), 1, tmp_path, headless=True), visits, interactive=False)

    return make


def test_a_gatekeeper_killed_with_its_relay_energised_leaves_the_gate_locked_and_comes_back(
    day: MakeDay, crew: Crew
) -> None:
    # A gatekeeper that starts looks at the blackbody for ten seconds before it believes it.
    live = day("yellow", "green_well", "green_well", last_gap_s=15.0)
    pages: list[Page] = []
    killed: list[int] = []

    def kill_at_first_release(edge: Edge) -> None:
        if (edge.pin, edge.level) == (GATE_PIN, True) and not killed:
            killed.append(crew.kill("gatekeeper"))

    def on_page(page: Page) -> None:
        pages.append(page)
        if len(pages) == 1:
            live.stage.pins.listeners.append(kill_at_first_release)

    books = live.run(on_page)
    released, rested, *later = [edge for edge in live.stage.pins.edges if edge.pin == GATE_PIN]
    assert (released.level, rested.level) == (True, False)
    assert rested.at_s - released.at_s < 1.0
    assert [edge.level for edge in later][-2:] == [True, False]
    assert pages[-1].is_right
    assert pages[-1].experience.passed
    assert books is not None
    assert books.agree


def test_a_gatekeeper_that_hangs_with_its_relay_energised_is_ended_and_the_gate_locked(
    day: MakeDay, crew: Crew
) -> None:
    live = day("yellow", "green_well")
    stopped: list[int] = []

    def stop_at_first_release(edge: Edge) -> None:
        if (edge.pin, edge.level) == (GATE_PIN, True) and not stopped:
            stopped.append(crew.kill("gatekeeper", signal.SIGSTOP))

    def on_page(page: Page) -> None:
        if page.experience.visit.number == 1:
            live.stage.pins.listeners.append(stop_at_first_release)

    live.run(on_page)
    released, rested = [edge for edge in live.stage.pins.edges if edge.pin == GATE_PIN][:2]
    assert (released.level, rested.level) == (True, False)
    assert rested.at_s - released.at_s < 12.0


def test_the_gate_never_notices_that_screen_and_uplink_die_and_come_back(day: MakeDay, crew: Crew) -> None:
    live = day("green_well", "green_fever", "green_well")
    pages: list[Page] = []
    before: dict[str, int | None] = {}
    after: dict[str, int | None] = {}
    names = ("gatekeeper", "screen", "uplink")

    def on_page(page: Page) -> None:
        pages.append(page)
        if len(pages) == 1:
            before.update({name: crew.pid(name) for name in names})
            crew.kill("screen")
            crew.kill("uplink")
        elif len(pages) == 3:
            after.update({name: crew.pid(name) for name in names})

    books = live.run(on_page)
    assert [page.is_right for page in pages] == [True, True, True]
    assert after["gatekeeper"] == before["gatekeeper"]
    assert all(after[name] not in (None, before[name]) for name in ("screen", "uplink"))
    assert books is not None
    assert books.agree
