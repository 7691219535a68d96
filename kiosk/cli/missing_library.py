"""An import that failed for want of a library, as one sentence with the package that brings it."""

from __future__ import annotations

import re

PACKAGE_OF = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libxkbcommon.so.0": "libxkbcommon0",
}
REINSTALL = "install the kiosk again: make setup, or systemd/install.sh on a Raspberry Pi"

_SHARED_OBJECT = re.compile(r"(lib[\w.+-]+\.so[\w.]*): cannot open shared object file")


def explain(error: ImportError) -> tuple[str, str]:
    """What is missing, and what to do."""
    text = str(error)
    if "zbar" in text:
        return "the system library zbar is missing", "run: apt-get install libzbar0"
    if found := _SHARED_OBJECT.search(text):
        library = found.group(1)
        package = PACKAGE_OF.get(library)
        what = f"the system library {library} is missing"
        return what, f"run: apt-get install {package}" if package else REINSTALL
    if isinstance(error, ModuleNotFoundError):
        return f"the Python package {(error.name or text).split('.')[0]} is missing", REINSTALL
    return f"{error.name or 'a Python package'} cannot be loaded ({text})", REINSTALL
