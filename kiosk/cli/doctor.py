"""`kiosk doctor`: says, part by part, what works, what does not, and what to do.

It changes nothing, moves nothing, and takes no device from a running
gatekeeper. Each check is a small function of `kiosk.cli.checks` or
`kiosk.gatekeeper.checkup` that returns a Finding.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from kiosk.cli.checks import software
from kiosk.cli.missing_library import explain
from kiosk.cli.site_argument import add_site_argument
from kiosk.clock import Clock, SystemClock
from kiosk.config import ConfigError, Site, load
from kiosk.core.devices import device_in
from kiosk.gatekeeper.finding import Finding, State, fail, ok

if TYPE_CHECKING:
    from kiosk.gatekeeper.backends import Backends

SITE_PART = "site file"
MARKS = {State.OK: ("ok  ", "green"), State.WARN: ("warn", "yellow"), State.FAIL: ("FAIL", "bold red")}
PART_WIDTH = 15


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("doctor", help="say what works, what does not and what to do")
    add_site_argument(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """0: nothing failed; 1: something did; 2: the site file is wrong."""
    seen = []
    for finding in examine(arguments.site, SystemClock()):
        seen.append(finding)
        if not arguments.json:
            write_line(finding)
    failed = sum(finding.state is State.FAIL for finding in seen)
    if arguments.json:
        document = {"ok": not failed, "findings": [asdict(finding) for finding in seen]}
        sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=1) + "\n")
    else:
        sys.stdout.write(f"{failed} of {len(seen)} failed.\n" if failed else "Nothing failed.\n")
    if any(finding.part == SITE_PART and finding.state is State.FAIL for finding in seen):
        return 2
    return 1 if failed else 0


def examine(path: Path, clock: Clock, backends: Backends | None = None) -> Iterator[Finding]:
    """Everything that can be looked at; without a site file only what needs none."""
    site: Site | None = None
    try:
        site = load(path)
        yield ok(SITE_PART, f"{path}: {site.site.device_id}")
    except ConfigError as error:
        for line in str(error).splitlines():
            yield fail(SITE_PART, line, "see systemd/site.example.toml")
    yield software.check_python()
    yield software.check_packages()
    yield software.check_libraries()
    if site is None:
        yield from _guarded("screen", _screen)
        return
    kiosk: Site = site
    yield software.check_lgpio(kiosk.gate.pin_factory)
    yield from _guarded("storage", lambda: _storage(kiosk, clock))
    yield from _guarded("clock", lambda: _clock(kiosk, clock))
    yield from _guarded("devices", lambda: _devices(kiosk, clock, backends))
    yield from _guarded("screen", _screen)
    yield from _guarded("staff", lambda: _staff(kiosk))
    yield from _guarded("hub", lambda: _hub(kiosk))


def write_line(finding: Finding, console: Console | None = None) -> None:
    """Mark, part, what is, and what to do, as sentences; the mark in colour on a terminal only."""
    console = console or Console(highlight=False, soft_wrap=True)
    mark, style = MARKS[finding.state]
    line = f" {finding.part:<{PART_WIDTH}} {finding.text.removesuffix('.')}."
    if finding.remedy:
        line += f" {finding.remedy[0].upper()}{finding.remedy[1:]}"
    plain = "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in line)
    console.print(Text.assemble((mark, style), plain))


def _guarded(part: str, checks: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
    """A library that is missing below some checks ends these, and no others."""
    try:
        yield from checks()
    except ImportError as error:
        yield fail(part, *explain(error))


def _storage(site: Site, clock: Clock) -> Iterator[Finding]:
    from kiosk.cli.checks import storage

    yield storage.check_state_dir(site.site.state_dir)
    yield storage.check_device_key(site.site.state_dir)
    yield storage.check_journal(site.journal_path, site.hub_key)
    yield storage.check_trust(site, clock.utc())


def _clock(site: Site, clock: Clock) -> Iterator[Finding]:
    from kiosk.cli.checks import clocks
    from kiosk.gatekeeper.time_sources import TimeSources

    yield clocks.check_clock(site, clock.utc(), TimeSources(site.site.time_source))
    yield clocks.check_synchronised()
    yield clocks.check_rtc()


def _devices(site: Site, clock: Clock, backends: Backends | None) -> Iterator[Finding]:
    from kiosk.cli.checks.running import ask_gatekeeper, judge_configuration, judge_in_use
    from kiosk.gatekeeper.backends import SYSTEM
    from kiosk.gatekeeper.checkup import check_calibration, check_pins, check_reader, check_thermal

    backends = backends or SYSTEM
    running = ask_gatekeeper(site)
    yield running.finding
    if running.is_running:
        yield from judge_configuration(running.views.get(""))
        seen_by = {reader.id: each.lane for each in site.lane_parts for reader in site.readers_of(each.lane)}
        for reader in site.readers:
            view = running.views.get(seen_by.get(reader.id, ""))
            yield judge_in_use(f"reader {reader.id}", reader.id, view)
        for lane in site.lane_parts:
            if lane.thermal is not None:
                view = running.views.get(lane.lane)
                yield judge_in_use(device_in(lane.lane, "thermal sensor"), "thermal", view)
                yield check_calibration(lane.thermal, None, clock, lane.lane)
        yield judge_in_use("pins", "gate", running.views.get(""))
        return
    for reader in site.readers:
        yield check_reader(reader, backends, clock)
    for lane in site.lane_parts:
        if lane.thermal is not None:
            thermal = check_thermal(lane.thermal, backends, clock, lane.lane)
            yield thermal.finding
            yield check_calibration(lane.thermal, thermal.sensor, clock, lane.lane)
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("LG_WD", folder)  # lgpio leaves a pipe in its working folder
        yield check_pins(site.gate, backends, site.lanes)


def _screen() -> Iterator[Finding]:
    from kiosk.cli.checks.window import check_screen

    yield from check_screen()


def _staff(site: Site) -> Iterator[Finding]:
    from kiosk.cli.checks.staff import check_staff

    yield check_staff(site)


def _hub(site: Site) -> Iterator[Finding]:
    from kiosk.cli.checks.hub import check_hub

    yield check_hub(site)
