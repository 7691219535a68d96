"""Can the screen process draw: Qt, a display, a font with Chinese characters."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import Any

from kiosk.cli.missing_library import REINSTALL, explain
from kiosk.gatekeeper.finding import Finding, fail, ok, warn

TIMEOUT_S = 20.0
DISPLAY_REMEDY = (
    "correct DISPLAY, or run: apt-get install libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 "
    "libxcb-render-util0 libxcb-shape0 libxcb-xkb1 libxkbcommon-x11-0"
)

Answer = tuple[int, str, str]


def run_selfcheck(options: Sequence[str]) -> Answer:
    """Exit status, standard output and error of the screen's check of itself."""
    command = [sys.executable, "-m", "kiosk.screen.selfcheck", *options]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=TIMEOUT_S)
    except subprocess.TimeoutExpired:
        return -1, "", "Qt does not answer"
    return done.returncode, done.stdout, done.stderr


def check_screen(selfcheck: Callable[[Sequence[str]], Answer] = run_selfcheck) -> list[Finding]:
    """The display, then the font; the font also where the display cannot be opened."""
    status, out, err = selfcheck([])
    display = None
    if status != 0:
        if (import_error := _import_error(err)) is not None:
            return [fail("screen", *explain(import_error))]
        display = fail("screen", "Qt cannot open the display", DISPLAY_REMEDY)
        status, out, err = selfcheck(["--headless"])
    if status != 0:
        return [fail("screen", "Qt does not start, not even offscreen", REINSTALL)]
    found = json.loads(out)
    return [display or _judge_display(found), _judge_font(found)]


def _judge_display(found: dict[str, Any]) -> Finding:
    if not found["display"]:
        text = "Qt works offscreen; this session has no display"
        return warn(
            "screen", text, "nothing, when the screen runs as a unit; else start in a desktop session"
        )
    size = "x".join(map(str, found["size"] or ()))
    return ok("screen", f"Qt draws through {found['platform']}, {size} pixels")


def _judge_font(found: dict[str, Any]) -> Finding:
    if found["font"] is None:
        return fail("font", "none has Chinese characters", "run: apt-get install fonts-wqy-microhei")
    return ok("font", f"{found['font']} for Chinese")


def _import_error(stderr: str) -> ImportError | None:
    """The ImportError at the end of a traceback, where that is what has ended the process."""
    last = stderr.strip().rpartition("\n")[2]
    if found := re.match(r"(ImportError|ModuleNotFoundError): (.*)", last):
        module = re.match(r"No module named '([\w.]+)'", found.group(2))
        kind = ModuleNotFoundError if module else ImportError
        return kind(found.group(2), name=module.group(1) if module else None)
    return None
