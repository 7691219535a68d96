"""Forgeries of each kind, refused and located to 256 entries: `python -m tests.bench.tampering [OF_EACH]`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.bench.figures import Figure, show
from tests.journal.tampering import KINDS, judge, write

OF_EACH, FEW_OF_EACH = 50, 3
ENTRIES, ACKNOWLEDGED = 2_000, 1_500


def measure(of_each: int = OF_EACH) -> list[Figure]:
    figures = []
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        honest = write(Path(folder) / "journal.db", ENTRIES, ACKNOWLEDGED)
        for kind in KINDS:
            judged = [judge(honest, Path(folder) / "forged", kind, seed) for seed in range(of_each)]
            name = kind.__name__.replace("_", " ")
            refused = 100 * sum(refused for refused, _ in judged) / of_each
            located = 100 * sum(located for _, located in judged) / of_each
            figures.append(Figure(f"{name}, {of_each} forgeries: refused", refused, "%", at_least=100))
            figures.append(Figure(f"{name}: located to 256 entries", located, "%", at_least=100))
    return figures


if __name__ == "__main__":
    sys.exit(not show("Tampering", measure(*map(int, sys.argv[1:]))))
