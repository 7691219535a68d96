"""A thousand people on the simulated clock: `python -m tests.bench.day [PEOPLE]`.

As a user has it: `kiosk sim --speed max`, from the command to its end. Right is what the site's rules give
for the true values (`sim.truth`); the report's confusion table is printed as it is.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.bench.figures import Figure, run_kiosk, show

PEOPLE, FEW_PEOPLE, LIMIT_S, TIMEOUT_S = 1_000, 40, 300.0, 1_200.0


def measure(people: int = PEOPLE) -> list[Figure]:
    """Raises CalledProcessError when the day was not all right."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        document = Path(folder) / "report.json"
        arguments = ("--speed", "max", "--headless", "--people", str(people), "--json", str(document))
        took_s = run_kiosk("sim", *arguments, "--state", str(Path(folder) / "state"), timeout_s=TIMEOUT_S)
        told = json.loads(document.read_text(encoding="utf-8"))
    return [
        Figure(f"a day of {people} people", took_s, "s", LIMIT_S),
        Figure("people served", len(told["passages"]), "", at_least=people),
        Figure("decisions that are wrong", len(told["wrong"]), "", 0),
        Figure("too near the limit to be judged", len(told["in_doubt"]), ""),
        *_confusion(told["temperature"]),
    ]


def _confusion(counts: dict[str, dict[str, Any]]) -> list[Figure]:
    """A row for each pair; of those that nobody may be in the limit is none."""
    wrong = {("normal", "elevated"), ("feverish", "normal")}
    return [
        Figure(f"truly {true}, found {judged}", times, "", 0 if (true, judged) in wrong else None)
        for true, row in counts.items()
        for judged, times in row.items()
    ]


if __name__ == "__main__":
    sys.exit(not show("A long simulated day", measure(*map(int, sys.argv[1:]))))
