"""Where a command's result is to go: looked at before the work, written after it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol

from calibration.errors import CalibrationError


class Savable(Protocol):
    def save(self, path: Path) -> None:
        """Raises OSError."""


def check_place(out: Path) -> None:
    """Before the bench is worked through and not after it. Raises CalibrationError."""
    try:
        has_folder, is_folder = out.parent.is_dir(), out.is_dir()
    except OSError as error:
        raise CalibrationError(
            f"{out} cannot be written ({error.strerror}); choose another --out."
        ) from error
    if not has_folder:
        raise CalibrationError(f"There is no folder {out.parent}; make it or choose another --out.")
    if is_folder:
        raise CalibrationError(f"{out} is a folder; name a file in it with --out.")
    if not os.access(out.parent, os.W_OK | os.X_OK):
        raise CalibrationError(
            f"The folder {out.parent} cannot be written to; run this with sudo or choose another --out."
        )


def keep(result: Savable, out: Path) -> None:
    """Raises CalibrationError."""
    try:
        result.save(out)
    except OSError as error:
        raise CalibrationError(
            f"{out} cannot be written ({error.strerror}); choose another --out."
        ) from error
