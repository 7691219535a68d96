"""A figure that the project promises, and the table that it stands in."""

from __future__ import annotations

import math
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
    """What was measured. It must not exceed `limit` nor fall below `at_least`; None: nothing is promised.

    A value that is not a number stands for what could not be measured here.
    """

    name: str
    value: float
    unit: str
    limit: float | None = None
    at_least: float | None = None

    @property
    def is_kept(self) -> bool:
        below = self.limit is None or self.value <= self.limit
        return below and (self.at_least is None or self.value >= self.at_least)

    @property
    def promise(self) -> str:
        """The limit in words; empty where nothing is promised."""
        parts = [] if self.at_least is None else [f"at least {self.at_least:g} {self.unit}"]
        return " and ".join(parts if self.limit is None else [*parts, f"{self.limit:g} {self.unit}"])

    @property
    def measured(self) -> str:
        """The value with two decimals, or as a power of ten where they would show nothing."""
        if math.isnan(self.value):
            return "-"
        small = self.value != 0 and abs(self.value) < 0.1
        return f"{self.value:.2g} {self.unit}" if small else f"{self.value:.2f} {self.unit}"


def show(title: str, figures: Iterable[Figure]) -> bool:
    """Print a table; whether every limit is kept."""
    table = Table("", "measured", "limit", "", title=title, title_justify="left")
    kept = True
    for figure in figures:
        verdict = "" if not figure.promise else "kept" if figure.is_kept else "MISSED"
        table.add_row(
            figure.name,
            figure.measured,
            figure.promise,
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
