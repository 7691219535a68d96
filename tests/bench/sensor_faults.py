"""Sensor faults to order against a whole gatekeeper: `python -m tests.bench.sensor_faults`."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from sim.mlx90640_chip import Fault
from tests.bench.figures import Figure, show
from tests.gatekeeper.sensor_faults import RECOVERY_LIMIT_S, Trial, slowest_recovery_s, trials

SEEDS = 200


def measure(seeds: int = SEEDS) -> list[Figure]:
    """Per kind of fault: what went wrong (nothing may), and the slowest recovery."""
    began_s = time.monotonic()
    figures = [figure for fault in Fault for figure in _kind(fault, seeds)]
    return [*figures, Figure(f"{len(Fault) * seeds} trials, wall time", time.monotonic() - began_s, "s")]


def _kind(fault: Fault, seeds: int) -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        done = list(trials(Path(folder), fault, seeds))
    for trial in done:
        for complaint in trial.complaints:
            sys.stderr.write(complaint + "\n")
    return [
        Figure(f"{fault.value}: complaints in {seeds} trials", _complaints(done), "", 0),
        Figure(f"{fault.value}: slowest recovery", slowest_recovery_s(done), "s", RECOVERY_LIMIT_S),
    ]


def _complaints(done: list[Trial]) -> int:
    return sum(len(trial.complaints) for trial in done)


if __name__ == "__main__":
    sys.exit(not show("Sensor faults", measure()))
