"""`kill -9` of a gatekeeper that people pass, two hundred times: `python -m tests.bench.kills [DEATHS]`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.bench.figures import Figure, show
from tests.journal.kills import many_deaths

DEATHS, FEW_DEATHS = 200, 6


def measure(deaths: int = DEATHS) -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        toll = many_deaths(Path(folder), deaths, seed=1)
    return [
        Figure(f"{deaths} kills, at random and between commit and relay: entries lost", toll.lost, "", 0),
        Figure("journals that do not verify", toll.unsound, "", 0),
        Figure("relays moved without a grant on disk", toll.released_unrecorded, "", 0),
        Figure("grants that nothing followed, or twice", toll.left_open, "", 0),
    ]


if __name__ == "__main__":
    sys.exit(not show("kill -9", measure(*map(int, sys.argv[1:]))))
