"""Python, the packages, and the system libraries below them."""

from __future__ import annotations

import platform
import re
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.util import find_spec
from pathlib import Path

from kiosk.cli.missing_library import REINSTALL, explain
from kiosk.gatekeeper.finding import Finding, fail, ok, warn

OLDEST_PYTHON = (3, 11)
OLDEST_QT, QT_TOO_NEW = (6, 8), (6, 12)
PROJECT = "checkpoint-kiosk"
NATIVE_MODULES = ("cv2", "numpy", "zxingcpp", "pyzbar.pyzbar", "apsw", "cryptography", "gpiozero")
PI_MODEL = Path("/proc/device-tree/model")


def check_python(found: tuple[int, ...] = sys.version_info[:3]) -> Finding:
    text = f"{'.'.join(map(str, found))} on {platform.machine()}"
    if found[:2] < OLDEST_PYTHON:
        return fail("Python", text, "install Python 3.11 or newer, then the kiosk again")
    return ok("Python", text)


def check_packages(version_of: Callable[[str], str] = version) -> Finding:
    """Every package that the project asks for is there, and Qt is one that works."""
    part = "packages"
    try:
        names = list(_required())
    except PackageNotFoundError:
        return fail(part, f"{PROJECT} is not installed", REINSTALL)
    missing = [name for name in names if not _is_installed(name, version_of)]
    if missing:
        return fail(part, f"missing: {', '.join(missing)}", REINSTALL)
    qt = version_of("PySide6-Essentials")
    if not OLDEST_QT <= _numbers(qt) < QT_TOO_NEW:
        remedy = 'run: pip install "PySide6-Essentials>=6.8,<6.12"'
        return fail(part, f"PySide6 {qt} is not one that the kiosk can run with", remedy)
    return ok(part, f"{PROJECT} {version_of(PROJECT)}, all {len(names)} packages, PySide6 {qt}")


def check_libraries(load: Callable[[str], object] = import_module) -> Finding:
    """What is not Python below the packages: it is missed only when a module is loaded."""
    for name in NATIVE_MODULES:
        try:
            load(name)
        except ImportError as error:
            return fail("libraries", *explain(error))
    return ok("libraries", f"zbar and those below {', '.join(name.split('.')[0] for name in NATIVE_MODULES)}")


def check_lgpio(pin_factory: str, model_file: Path = PI_MODEL) -> Finding:
    part = "lgpio"
    model = _pi_model(model_file)
    if find_spec("lgpio") is not None:
        return ok(part, f"{version('lgpio')}{', ' + model if model else ''}")
    remedy = "install the kiosk with its extra [pi]: pip install '.[pi]'"
    if pin_factory == "lgpio":
        return fail(part, "is not installed, and gate.pin_factory asks for it", remedy)
    if model:
        return warn(part, f"is not installed on this {model}", remedy)
    return ok(part, f"not installed and not needed: this is no Raspberry Pi, pins are {pin_factory!r}")


def _required() -> Iterator[str]:
    for requirement in requires(PROJECT) or ():
        if "extra ==" not in requirement:
            yield re.split(r"[^\w.-]", requirement, maxsplit=1)[0]


def _is_installed(name: str, version_of: Callable[[str], str]) -> bool:
    try:
        version_of(name)
    except PackageNotFoundError:
        return False
    return True


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", text)[:2])


def _pi_model(path: Path) -> str:
    try:
        model = path.read_bytes()[:100].decode(errors="replace").strip("\0\n ")
    except OSError:
        return ""
    return model if "Raspberry Pi" in model else ""
