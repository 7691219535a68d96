"""A whole day on the simulated clock: `python -m tests.bench.speed`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.bench.figures import Figure, median_and_worst, run_kiosk, show

PEOPLE, ROUNDS, LIMIT_S, TIMEOUT_S = 14, 3, 10.0, 120.0


def measure(rounds: int = ROUNDS) -> list[Figure]:
    """Wall seconds from the command to its end, interpreter and imports included."""
    return median_and_worst(f"{PEOPLE} people at --speed max", [_once() for _ in range(rounds)], "s", LIMIT_S)


def _once() -> float:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        state = str(Path(folder) / "state")
        arguments = ("--speed", "max", "--headless", "--people", str(PEOPLE), "--state", state)
        return run_kiosk("sim", *arguments, timeout_s=TIMEOUT_S)


if __name__ == "__main__":
    sys.exit(not show("A simulated day", measure()))
