"""Unit files, as a test reads them: section and key -> every value, in order."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "systemd"
PROCESSES = ("gatekeeper", "screen", "uplink")

Unit = dict[tuple[str, str], list[str]]


def read_unit(name: str) -> Unit:
    """`configparser` would drop a key that is given twice, and units do that."""
    unit: Unit = defaultdict(list)
    section = ""
    for line in (FOLDER / name).read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif "=" in line and not line.startswith("#"):
            key, _, value = line.partition("=")
            unit[section, key].append(value)
    return unit


def service(process: str) -> Unit:
    return read_unit(f"checkpoint-{process}.service")


def one(unit: Unit, key: str, section: str = "Service") -> str:
    (value,) = unit[section, key]
    return value
