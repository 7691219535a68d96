"""People as fast as they are served, in real time: `python -m tests.bench.rush_hour [PEOPLE]`.

`kiosk sim --scenario rush-hour`: the three processes and a hub, people in human time (`sim.pace`). The
kiosk's own share of a passage is what is left without its person's time and without waiting for the one in
the door (`sim.throughput`).
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from tests.bench.figures import Figure, run_kiosk, show

PEOPLE, FEW_PEOPLE, TIMEOUT_S = 100, 12, 900.0
PEOPLE_A_MINUTE, OWN_SHARE_S = 20.0, 1.2


def measure(people: int = PEOPLE) -> list[Figure]:
    """Raises CalledProcessError when the day was not all right."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        document = Path(folder) / "report.json"
        arguments = ("--scenario", "rush-hour", "--headless", "--people", str(people))
        where = ("--json", str(document), "--state", str(Path(folder) / "state"))
        run_kiosk("sim", *arguments, *where, timeout_s=TIMEOUT_S)
        told = json.loads(document.read_text(encoding="utf-8"))
    share = told["own_share_s"]
    return [
        Figure(
            f"{people} people in real time", told["people_per_minute"], "a minute", at_least=PEOPLE_A_MINUTE
        ),
        Figure("the kiosk's own share, median", share["median"], "s"),
        Figure("the kiosk's own share, 95th percentile", share["p95"], "s", OWN_SHARE_S),
        Figure("decisions that are wrong", len(told["wrong"]), "", 0),
    ]


if __name__ == "__main__":
    sys.exit(not show("Rush hour", measure(*map(int, sys.argv[1:]))))
