"""Boarding a bus, in real time: `python -m tests.bench.ride [PEOPLE]`.

`kiosk sim --place ride`: the three processes and a hub; once as the city lets people board unmeasured, and
once with a temperature after the code (`--scenario measured-ride`, the sensor at 16 Hz). A boarding lasts
from the code in view of the camera to the lamp that tells its answer, granted or refused: reading, verifying,
measuring, deciding, and the entry on disk. Left out is who never comes before the thermal sensor.
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


def measure(people: int = PEOPLE) -> list[Figure]:
    """Raises CalledProcessError when a day was not all right."""
    return [*_boarding("ride", "unmeasured", people), *_boarding("measured-ride", "measured", people // 2)]


def _boarding(scenario: str, how: str, people: int) -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        document = Path(folder) / "report.json"
        arguments = ("--place", "ride", "--scenario", scenario, "--headless", "--people", str(people))
        where = ("--json", str(document), "--state", str(Path(folder) / "state"))
        run_kiosk("sim", *arguments, *where, timeout_s=TIMEOUT_S)
        told = json.loads(document.read_text(encoding="utf-8"))
    answered = [each for each in told["passages"] if each["reason"] != "temperature.no_reading"]
    took_ms = [passage["code_to_relay_ms"] for passage in answered]
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
    sys.exit(not show("Boarding, in real time", measure(*map(int, sys.argv[1:]))))
