"""`kiosk sim`: a day at a simulated gate, and whether every decision was right."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from hub.errors import HubError
from kiosk.journal.errors import JournalError
from kiosk.supervisor import on_stop_signals
from sim import report
from sim.live import Live, LiveError
from sim.logbook import Logbook, Page
from sim.mlx90640_chip import Fault
from sim.people import PLACES, SCENARIOS, scenario_kinds
from sim.people import plan as plan_visits
from sim.provision import STAFF, STAFF_PIN, HubRefusal
from sim.stage import Plan

REAL_TIME = 1.0
_PLAIN_WIDTH = 150
_FAULTS = ", ".join(fault.value for fault in Fault)


def main(argv: Sequence[str]) -> int:
    """0 when every decision was right and the hub holds what the journal holds, 1 when not.

    2 when the day could not be held, 130 when it was interrupted.
    """
    arguments = _parser().parse_args(argv)
    headless = arguments.headless or not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    interactive = not headless and arguments.people is None and arguments.speed == REAL_TIME
    people, scenario = arguments.people, arguments.scenario or PLACES[arguments.place][0]
    if scenario not in PLACES[arguments.place]:
        sys.stderr.write(f"kiosk sim: the scenario {scenario} is not one of the place {arguments.place}.\n")
        return 2
    if people is None:
        people = 0 if interactive else len(scenario_kinds(scenario))
    state = arguments.state or Path(tempfile.mkdtemp(prefix="kiosk-sim-"))
    plan = Plan(
        scenario,
        people,
        arguments.seed,
        state.resolve(),
        headless,
        cold=arguments.cold,
        sensor_faults=dict(arguments.fault),
        place=arguments.place,
    )
    late = [person for person in plan.sensor_faults if people and person > people]
    if late:
        sys.stderr.write(
            f"kiosk sim: a fault for visitor {late[0]}, and only {people} come; name one of them.\n"
        )
        return 2
    if any(plan.state.glob("journal.db*")):
        sys.stderr.write(f"kiosk sim: {plan.state} holds a day already; name an empty folder with --state.\n")
        return 2
    try:
        return _Session(plan, arguments.speed, arguments.json).hold(interactive=interactive)
    except (LiveError, HubError, HubRefusal, JournalError, OSError) as error:
        sys.stderr.write(f"kiosk sim: {error}\n")
        return 2


class _Session:
    """One call of the command. `speed` None is as fast as it goes."""

    def __init__(self, plan: Plan, speed: float | None, json_file: Path | None) -> None:
        self._plan = plan
        self._speed = speed
        self._json_file = json_file
        self._began_s = time.monotonic()
        self._console = Console(highlight=False, width=None if sys.stdout.isatty() else _PLAIN_WIDTH)

    def hold(self, *, interactive: bool) -> int:
        plan = self._plan
        self._say(f"scenario {plan.scenario}, seed {plan.seed}, {plan.people} visits; state in {plan.state}")
        self._say(report.heading())
        if self._speed == REAL_TIME:
            return self._hold_live(interactive=interactive)
        from sim.day import Day  # draws in this process; a live day leaves Qt to its children

        day = Day(plan, self._speed)
        stopping = threading.Event()
        on_stop_signals(stopping.set, bounded=False)
        books = day.run(stopping, self._say_page)
        if books is None:
            return self._interrupted()
        return self._tell(day.stage.logbook, books, {"speed": self._speed or "max"})

    def _hold_live(self, *, interactive: bool) -> int:
        plan = self._plan
        if interactive:
            self._say(f"staff sign in at the screen as {STAFF} with the PIN {STAFF_PIN}")
        visits = list(plan_visits(plan.scenario, plan.people, plan.seed))
        live = Live(plan, visits, interactive=interactive)
        on_stop_signals(live.interrupt, bounded=False)

        def on_page(page: Page) -> None:
            self._say_page(page)
            live.show_page(page)

        books = live.run(on_page)
        if books is None:
            return self._interrupted()
        return self._tell(live.stage.logbook, books, {"speed": REAL_TIME, "ready_s": live.ready_s})

    def _interrupted(self) -> int:
        self._say("interrupted")
        return 130

    def _tell(self, logbook: Logbook, books: report.Books, about: dict[str, object]) -> int:
        report.print_tables(self._console, logbook, books, self._plan.screenshots)
        about |= {
            "scenario": self._plan.scenario,
            "seed": self._plan.seed,
            "state": str(self._plan.state),
            "seconds": round(time.monotonic() - self._began_s, 2),
        }
        if self._json_file is not None:
            self._json_file.write_text(report.as_json(logbook, books, about), encoding="utf-8")
        right = report.is_right(logbook, books)
        self._say(f"{'all right' if right else 'NOT RIGHT'} after {about['seconds']} s")
        return 0 if right else 1

    def _say(self, text: str) -> None:
        self._console.print(text, soft_wrap=True, markup=False)

    def _say_page(self, page: Page) -> None:
        self._say(report.line(page))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="kiosk sim",
        description="A day at a simulated gate: is every decision right, is every record kept?",
    )
    parser.add_argument("--place", choices=sorted(PLACES), default="gate", help="default: %(default)s")
    parser.add_argument(
        "--scenario",
        choices=sorted(SCENARIOS),
        help="who comes (default: the place's own); two-lanes: a gate with a lane in and a lane out, each "
        "with reader, thermal sensor, door and window of its own",
    )
    parser.add_argument("--people", type=_count, metavar="N", help="visits (default: one of every kind)")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="default: %(default)s")
    parser.add_argument(
        "--speed",
        type=_speed,
        default=REAL_TIME,
        metavar="X",
        help="1: three processes in real time (default); max: one thread on the simulated clock, as fast as "
        "it goes; another number: the same, at X simulated seconds a second",
    )
    parser.add_argument("--state", type=Path, metavar="DIR", help="keep journal, caches and screenshots here")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the report as JSON")
    parser.add_argument("--cold", action="store_true", help="begin with a thermal sensor just powered")
    parser.add_argument(
        "--fault",
        type=_fault,
        action="append",
        default=[],
        metavar="KIND[@PERSON]",
        help=f"a fault of the thermal sensor while visitor PERSON (default: 1) is there: {_FAULTS}",
    )
    parser.add_argument("--headless", action="store_true", help="draw offscreen, even with a display")
    return parser


def _count(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text[:7]) <= 100_000):
        raise argparse.ArgumentTypeError(f"0 to 100000 people, and not {text}")
    return int(text)


def _fault(text: str) -> tuple[int, Fault]:
    kind, _, number = text.partition("@")
    person = _count(number or "1")
    try:
        return person, Fault(kind)
    except ValueError:
        raise argparse.ArgumentTypeError(f"a fault is one of {_FAULTS}, and not {kind}") from None


def _speed(text: str) -> float | None:
    if text == "max":
        return None
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0 < speed <= 10_000:
        raise argparse.ArgumentTypeError(f"a speed is max or a number up to 10000, and not {text}")
    return speed
