"""The power goes at any write or flush, a thousand times and more: `python -m tests.bench.power [CUTS]`."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from tests.bench.figures import Figure, show
from tests.journal.power import Outcome, a_cut

CUTS, FEW_CUTS = 1_000, 20
LIES = (3, 30, 1_000_000)
"""One flush in so many is what it says it is."""


def measure(cuts: int = CUTS) -> list[Figure]:
    honest = _cuts(cuts, honest_one_in=1)
    damaged = sum(not each.is_sound for each in honest)
    stated = sum(each.stated is not None for each in honest)
    figures = [
        Figure(f"honest disk, {cuts} cuts: answered entries", sum(each.answered for each in honest), ""),
        Figure("honest disk: answered entries lost", sum(each.lost for each in honest), "", 0),
        Figure("honest disk: logs damaged or with gaps", damaged, "", 0),
        Figure("honest disk: losses stated that are none", stated, "", 0),
    ]
    for one_in in LIES:
        outcomes = _cuts(cuts, honest_one_in=one_in)
        losses = [each for each in outcomes if each.lost]
        damaged = sum(not each.is_sound for each in outcomes)
        name = f"disk that lies but once in {one_in}"
        figures += [
            Figure(f"{name}: cuts of {cuts} with a loss", len(losses), ""),
            Figure(f"{name}: losses not stated", sum(not each.is_stated for each in losses), "", 0),
            Figure(f"{name}: logs gone on with that do not verify", damaged, "", 0),
        ]
    return figures


def _cuts(cuts: int, *, honest_one_in: int) -> list[Outcome]:
    outcomes = []
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        for seed in range(cuts):
            place = Path(folder) / str(seed)
            outcomes.append(a_cut(place, seed, honest_one_in=honest_one_in))
            shutil.rmtree(place)
    return outcomes


if __name__ == "__main__":
    sys.exit(not show("Power cuts", measure(*map(int, sys.argv[1:]))))
