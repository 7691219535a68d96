"""Which pins a gatekeeper has relays on, left for whoever brings them to rest when it has died.

The site file may say something else by then: it is edited while the kiosk runs, so a relay may have moved in
it, or the file is half written. `VARIABLE` names a file that whoever starts the gatekeeper gives to
`kiosk gate-safe` too, and that lasts no longer than the machine runs. Without it there is no note.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from pathlib import Path

VARIABLE = "KIOSK_RELAYS"
MAX_BYTES = 4096


def leave(pin_factory: str, pins: Iterable[int]) -> None:
    """Before any of them is energised. What can't be noted is said, and keeps nobody from starting."""
    place = os.environ.get(VARIABLE)
    if place is None:
        return
    new = Path(f"{place}.new")
    try:
        new.write_text(json.dumps({"pin_factory": pin_factory, "pins": sorted(set(pins))}), encoding="utf-8")
        new.replace(place)
    except OSError as error:
        sys.stderr.write(f"gatekeeper: {place}: the relays' pins cannot be noted: {error.strerror}.\n")


def found() -> tuple[object, list[object]]:
    """Pin factory and pins, as they stand there: not judged, and none where there is no note."""
    try:
        with Path(os.environ.get(VARIABLE, "")).open("rb") as file:
            note = json.loads(file.read(MAX_BYTES))
    except (OSError, ValueError, RecursionError):
        return None, []
    if not isinstance(note, dict) or not isinstance(note.get("pins"), list):
        return None, []
    return note.get("pin_factory"), note["pins"]
