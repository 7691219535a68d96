"""A day in real time, three processes and a hub: `python -m tests.bench.live`. Memory after its passages."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from tests.bench.figures import Figure, show
from tests.processes import Tree

PEOPLE, LIMIT_S, TIMEOUT_S = 14, 180.0, 400.0
MEMORY_LIMIT_MB = 160.0
POLL_S = 0.5
KB_A_MB = 1000 / 1.024  # kibibytes, as the kernel counts them, in a megabyte


def measure(people: int = PEOPLE) -> list[Figure]:
    """Wall seconds from the command to its end, and the most memory that each process had.

    RSS counts shared pages in full, PSS its share of them (proc(5), smaps_rollup).
    Raises TimeoutError and RuntimeError when the day did not end well.
    """
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        state = str(Path(folder) / "state")
        began_s = time.monotonic()
        tree = Tree(
            ["-m", "kiosk", "sim", "--headless", "--people", str(people), "--state", state],
            Path(folder) / "said",
        )
        try:
            most = _watch(tree, began_s + TIMEOUT_S)
        finally:
            tree.end()
        took_s = time.monotonic() - began_s
        if tree.process.returncode != 0:
            raise RuntimeError(tree.printed() + tree.said())
    limit_s = LIMIT_S if people <= PEOPLE else None
    figures = [Figure(f"live day, {people} people", took_s, "s", limit_s)]
    for name in ("gatekeeper", "screen", "uplink", "hub"):
        limit_mb = MEMORY_LIMIT_MB if name == "gatekeeper" else None
        figures.append(Figure(f"{name}, most RSS", most[name, "Rss"], "MB", limit_mb))
        figures.append(Figure(f"{name}, most PSS", most[name, "Pss"], "MB"))
    return figures


def _watch(tree: Tree, deadline_s: float) -> dict[tuple[str, str], float]:
    most: dict[tuple[str, str], float] = {}
    while tree.process.poll() is None:
        if time.monotonic() > deadline_s:
            raise TimeoutError("the live day does not end")
        for name in ("gatekeeper", "screen", "uplink", "hub"):
            pid = tree.child(name)
            for field, megabytes in (_memory_mb(pid) if pid is not None else {}).items():
                most[name, field] = max(most.get((name, field), 0.0), megabytes)
        time.sleep(POLL_S)
    return most


def _memory_mb(pid: int) -> dict[str, float]:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return {}
    rows = (line.split() for line in lines)
    return {row[0].rstrip(":"): int(row[1]) / KB_A_MB for row in rows if row[0] in ("Rss:", "Pss:")}


if __name__ == "__main__":
    sys.exit(not show("A day in real time", measure()))
