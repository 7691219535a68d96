"""A figure that the project promises, and the table that it stands in."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured. `limit` is what it must stay under, None where nothing is promised."""

    name: str
    value: float
    unit: str
    limit: float | None = None

    @property
    def is_kept(self) -> bool:
        return self.limit is None or self.value <= self.limit


def show(title: str, figures: Iterable[Figure]) -> bool:
    """Print a table; whether every limit is kept."""
    table = Table("", "measured", "limit", "", title=title, title_justify="left")
    kept = True
    for figure in figures:
        limit = "" if figure.limit is None else f"{figure.limit:g} {figure.unit}"
        verdict = "" if figure.limit is None else "kept" if figure.is_kept else "MISSED"
        table.add_row(
            figure.name,
            f"{figure.value:.2f} {figure.unit}",
            limit,
            verdict,
            style=None if figure.is_kept else "red",
        )
        kept = kept and figure.is_kept
    Console().print(table)
    return kept


def median_and_worst(name: str, values: Sequence[float], unit: str, limit: float | None) -> list[Figure]:
    """Two rows: the promise is held against the median, the worst is told."""
    return [
        Figure(f"{name}, median of {len(values)}", statistics.median(values), unit, limit),
        Figure(f"{name}, worst", max(values), unit),
    ]


def run_kiosk(*arguments: str, timeout_s: float) -> float:
    """Run `kiosk …` as a user would, from the interpreter's start; its seconds.

    Raises CalledProcessError when it does not end with 0, TimeoutExpired when it does not end.
    """
    began_s = time.monotonic()
    command = [sys.executable, "-m", "kiosk", *arguments]
    environment = os.environ.copy()
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # nobody compiles the kiosk anew at every start
    subprocess.run(command, check=True, timeout=timeout_s, env=environment, stdout=subprocess.DEVNULL)
    return time.monotonic() - began_s
