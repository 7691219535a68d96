"""A slow disk behind a busy gate, and the window in front of it: `python -m tests.bench.slow_disk [PEOPLE]`.

A live day of three processes: people come, and every flush of gatekeeper's disk takes 100 ms. It is measured
in the screen process itself when its thermal view is painted and when a picture comes, while the view is
seen; once more with the disk as it is, to compare.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from kiosk.cli.run import kiosk_children
from kiosk.supervisor import Child
from sim.live import Live
from sim.people import plan as plan_visits
from sim.stage import Plan
from tests.bench.figures import Figure, show
from tests.bench.on_slow_disk import FLUSH_VARIABLE
from tests.bench.watched_screen import NOTES_VARIABLE

PEOPLE, FEW_PEOPLE = 12, 3
FLUSH_S = 0.1
PAINT_S = 0.05
LONGEST_PICTURE_GAP_S = 1.0
SEED = 5


@dataclass(frozen=True, slots=True)
class Watched:
    """Gaps between paintings and between pictures, in seconds, while the view stood on the screen."""

    paint_gaps_s: list[float]
    picture_gaps_s: list[float]
    relay_edges: int


def measure(people: int = PEOPLE) -> list[Figure]:
    slow, as_it_is = watch(people, FLUSH_S), watch(people, 0.0)
    ms = [1000 * gap for gap in slow.paint_gaps_s]
    return [
        Figure("a flush takes", 1000 * FLUSH_S, "ms"),
        Figure("movements of the relay meanwhile", slow.relay_edges, "", at_least=1),
        Figure("paintings of the thermal view", len(ms), ""),
        Figure("from one painting to the next, median", statistics.median(ms), "ms", 1000 * PAINT_S),
        Figure("from one painting to the next, 95th percentile", _at(ms, 95), "ms", 1000 * PAINT_S),
        Figure("from one painting to the next, 99th percentile", _at(ms, 99), "ms"),
        Figure(
            "the same with the disk as it is, 95th percentile", 1000 * _at(as_it_is.paint_gaps_s, 95), "ms"
        ),
        Figure(
            "the same with the disk as it is, 99th percentile", 1000 * _at(as_it_is.paint_gaps_s, 99), "ms"
        ),
        Figure("from one picture to the next, longest", max(slow.picture_gaps_s), "s", LONGEST_PICTURE_GAP_S),
        Figure("the same with the disk as it is, longest", max(as_it_is.picture_gaps_s), "s"),
    ]


def watch(people: int, flush_s: float) -> Watched:
    """A day of so many people, and what the screen process has noted."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        notes = Path(folder) / "notes"
        state = Path(folder) / "state"
        plan = Plan("gate", people, SEED, state, headless=True)
        with _told(**{FLUSH_VARIABLE: str(flush_s), NOTES_VARIABLE: str(notes)}):
            visits = list(plan_visits("gate", people, SEED))
            live = Live(plan, visits, interactive=False, children=_children)
            live.run(lambda _page: None)
        showings = [json.loads(line) for line in notes.read_text(encoding="ascii").splitlines()]
        edges = len(live.stage.pins.edges)
    return Watched(_gaps(showings, "painted_s"), _gaps(showings, "pictures_s"), edges)


def _children(site: Path, *, headless: bool, screenshots: Path | None = None) -> list[Child]:
    """The kiosk's own three, the first on the slow disk and the second with its watch."""
    del screenshots  # taking one paints too
    children = kiosk_children(site, headless=headless)
    for child in children:
        module = {"gatekeeper": "tests.bench.on_slow_disk", "screen": "tests.bench.watched_screen"}
        child.module = module.get(child.name, child.module)
    return children


@contextmanager
def _told(**variables: str) -> Iterator[None]:
    os.environ.update(variables)
    try:
        yield
    finally:
        for name in variables:
            del os.environ[name]


def _gaps(showings: list[dict[str, list[float]]], what: str) -> list[float]:
    return [later - earlier for each in showings for earlier, later in pairwise(each[what])]


def _at(values: list[float], percent: int) -> float:
    return statistics.quantiles(values, n=100)[percent - 1]


if __name__ == "__main__":
    sys.exit(not show("Slow disk", measure(*map(int, sys.argv[1:]))))
