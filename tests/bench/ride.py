"""Boarding a bus: `python -m tests.bench.ride [PEOPLE]`.

A boarding lasts from the code in view of the camera to the lamp that tells its answer, granted or refused:
reading, verifying, measuring, deciding, and the entry on disk. Where people are measured, only those count.

- Unmeasured, as the city lets people board: `kiosk sim --place ride`, three processes and a hub in real time.
- Measured (`--scenario measured-ride`, the sensor at 8 Hz; `measured-ride-16hz`): on the simulated clock, on
  which the sensor and its bus take their time and computing takes none; and at 8 Hz in
  real time too. Who shows a code a second after he has come is measured before and after it.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
from pathlib import Path

import numpy as np

from tests.bench.figures import Figure, run_kiosk, show

PEOPLE, FEW_PEOPLE, TIMEOUT_S = 100, 14, 900.0
BOARDING_MS = 1500.0
UNMEASURED = "unmeasured"
SIMULATED, LIVE = "measured at {hz} Hz, simulated", "measured at {hz} Hz, in real time"


def measure(people: int = PEOPLE) -> list[Figure]:
    """Raises CalledProcessError when a day was not all right."""
    return [
        *_boarding(UNMEASURED, people, "--scenario", "ride"),
        *_boarding(SIMULATED.format(hz=8), people, "--scenario", "measured-ride", "--speed", "max"),
        *_boarding(SIMULATED.format(hz=16), people, "--scenario", "measured-ride-16hz", "--speed", "max"),
        *_boarding(LIVE.format(hz=8), people, "--scenario", "measured-ride"),
    ]


def _boarding(how: str, people: int, *options: str) -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        document = Path(folder) / "report.json"
        arguments = ("--place", "ride", *options, "--headless", "--people", str(people))
        where = ("--json", str(document), "--state", str(Path(folder) / "state"))
        run_kiosk("sim", *arguments, *where, timeout_s=TIMEOUT_S)
        told = json.loads(document.read_text(encoding="utf-8"))
    passages = told["passages"]
    if how != UNMEASURED:
        passages = [each for each in passages if each["face_skin_celsius"] is not None]
    took_ms = [passage["code_to_relay_ms"] for passage in passages]
    return [
        Figure(f"{how}: code in view to lamp, median of {len(took_ms)}", statistics.median(took_ms), "ms"),
        Figure(
            f"{how}: code in view to lamp, 95th percentile",
            float(np.percentile(took_ms, 95)),
            "ms",
            BOARDING_MS,
        ),
        Figure(f"{how}: code in view to lamp, slowest", max(took_ms), "ms"),
        Figure(f"{how}: decisions that are wrong", len(told["wrong"]), "", 0),
    ]


if __name__ == "__main__":
    sys.exit(not show("Boarding", measure(*map(int, sys.argv[1:]))))
