"""`kiosk run`: the three processes of one kiosk, until it is told to stop.

SIGHUP is handed on to the gatekeeper, which takes up another site file where that is right; screen and uplink
follow it. From a terminal SIGHUP says that the terminal has gone, and ends the kiosk as before.
"""

from __future__ import annotations

import argparse
import atexit
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

from kiosk.cli.site_argument import add_site_argument, load_or_explain
from kiosk.gatekeeper.relays_note import VARIABLE as RELAYS_NOTE
from kiosk.supervisor import Child, Supervisor, on_reload_signal, on_stop_signals

POLL_S = 0.05
GATE_SAFE_S = 3.0
WATCHDOG_S = 10.0


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("run", help="run the kiosk")
    add_site_argument(parser)
    parser.add_argument("--headless", action="store_true", help="draw the screen offscreen")


def run(arguments: argparse.Namespace) -> int:
    if load_or_explain(arguments.site) is None:
        return 2
    stopped = threading.Event()
    on_stop_signals(stopped.set, bounded=False)
    supervisor = Supervisor()
    gatekeeper, *others = kiosk_children(arguments.site, headless=arguments.headless)
    if not os.isatty(0):
        on_reload_signal(lambda: tell(gatekeeper, signal.SIGHUP))
    try:
        for child in (gatekeeper, *others):
            supervisor.start(child)
        while not stopped.wait(POLL_S):
            for child in supervisor.poll_once():
                sys.stderr.write(f"kiosk: {child.name} ended ({child.exit_status}) and is started again.\n")
                if child is gatekeeper and child.exit_status == 0:
                    for other in others:
                        tell(other, signal.SIGTERM)
    finally:
        supervisor.stop()
    return 0


def tell(child: Child, number: signal.Signals) -> None:
    """Nothing to one that does not run: it reads the file when it starts."""
    if child.process is not None:
        child.process.send_signal(number)


def kiosk_children(site: Path, *, headless: bool, screenshots: Path | None = None) -> list[Child]:
    """The three processes; after a gatekeeper's death every relay is brought to rest first.

    Also one that the site file has elsewhere by now: the gatekeeper leaves a note of them in a folder that
    is there as long as this process.
    """
    notes = tempfile.mkdtemp(prefix="kiosk-")
    atexit.register(shutil.rmtree, notes, ignore_errors=True)
    relays = {RELAYS_NOTE: str(Path(notes) / "relays")}
    at = ["--site", str(site.resolve())]
    screen = ["screen", *at]
    if headless:
        screen.append("--headless")
    if screenshots is not None:
        screen += ["--screenshots", str(screenshots)]

    def gate_safe() -> None:
        try:
            subprocess.run(
                [sys.executable, "-m", "kiosk", "gate-safe", *at],
                env=os.environ | relays,
                check=False,
                timeout=GATE_SAFE_S,
            )
        except subprocess.TimeoutExpired:
            sys.stderr.write("kiosk: gate-safe did not end; see to the gate by hand.\n")

    return [
        Child(
            "gatekeeper",
            "kiosk",
            ["gatekeeper", *at],
            environment=relays,
            after_death=gate_safe,
            watchdog_s=WATCHDOG_S,
        ),
        Child("screen", "kiosk", screen),
        Child("uplink", "kiosk", ["uplink", *at]),
    ]
