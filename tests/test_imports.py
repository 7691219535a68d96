"""No import has an effect, and gatekeeper's imports bring neither Qt nor HTTP with them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGES = ("kiosk", "drivers", "calibration", "sim", "hub")

# Runs in a process of its own: imports every module of a package, one of them named __main__ included.
WALK = """
import importlib, json, os, pkgutil, sys, threading

package = importlib.import_module(sys.argv[1])
names = [m.name for m in pkgutil.walk_packages(package.__path__, package.__name__ + ".")]
assert names, "no module found"
for name in names:
    importlib.import_module(name)
found = {
    "modules": sorted(sys.modules),
    "threads": [t.name for t in threading.enumerate()],
    "files": os.listdir("."),
}
with open(sys.argv[2], "w") as report:
    json.dump(found, report)
"""


def import_all(package: str, tmp_path: Path) -> tuple[dict[str, list[str]], str]:
    """What a process holds after importing every module of a package, and what it printed."""
    folder = tmp_path / "empty"
    folder.mkdir()
    report = tmp_path / "report.json"
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", WALK, package, str(report)],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=120,
    )
    assert result.returncode == 0, result.stdout
    found: dict[str, list[str]] = json.loads(report.read_text(encoding="utf-8"))
    return found, result.stdout


def test_importing_every_gatekeeper_module_leaves_qt_and_requests_out(tmp_path: Path) -> None:
    found, _ = import_all("kiosk.gatekeeper", tmp_path)
    assert "kiosk.gatekeeper.compose" in found["modules"]
    assert not {name.split(".")[0] for name in found["modules"]} & {"PySide6", "shiboken6", "requests"}


def test_importing_every_uplink_module_leaves_qt_and_the_devices_out(tmp_path: Path) -> None:
    found, _ = import_all("kiosk.uplink", tmp_path)
    assert not {name.split(".")[0] for name in found["modules"]} & {"PySide6", "cv2", "gpiozero", "drivers"}


@pytest.mark.slow
@pytest.mark.parametrize("package", PACKAGES)
def test_importing_every_module_prints_nothing_and_starts_and_writes_nothing(
    package: str, tmp_path: Path
) -> None:
    found, printed = import_all(package, tmp_path)
    assert printed == ""
    assert found["threads"] == ["MainThread"]
    assert found["files"] == []
