"""Kiosks that send through trouble to a dying hub (tests/hub/chaos.py): `python -m tests.bench.chaos`."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from sqlalchemy import URL

from tests.bench.figures import Figure, show
from tests.hub import chaos, postgres

PLAN = chaos.Plan(kiosks=6, entries=3_000, kills=20)


def measure(plan: chaos.Plan = PLAN) -> list[Figure]:
    """Rows, duplicates, roots and the trouble that there was, on SQLite and, where it is, on PostgreSQL."""
    figures = _one("SQLite", plan, None)
    programs = postgres.programs()
    if programs is None:
        return [*figures, Figure("PostgreSQL is absent", float("nan"), "")]
    with postgres.running(programs, durable=True) as cluster:
        return figures + _one("PostgreSQL", plan, cluster.empty())


def _one(name: str, plan: chaos.Plan, database: URL | None) -> list[Figure]:
    wanted = plan.kiosks * plan.entries
    began_s = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        found = chaos.run(plan, Path(folder), database)
    faulty = 100 * sum(found.faults.values()) / found.requests
    complete = found.roots_equal and found.all_acknowledged
    return [
        Figure(f"{name}: rows for {wanted} entries", found.rows, "rows", wanted, wanted),
        Figure(f"{name}: duplicates", found.duplicates, "rows", 0),
        Figure(f"{name}: all roots equal, all acknowledged", complete, "(1: yes)", at_least=1),
        Figure(f"{name}: hub kills", found.kills, "kills", at_least=20),
        Figure(f"{name}: faulty of {found.requests} requests", faulty, "%", at_least=25),
        Figure(f"{name}: all of it", time.monotonic() - began_s, "s"),
    ]


if __name__ == "__main__":
    sys.exit(not show("Chaos", measure()))
