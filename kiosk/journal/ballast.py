"""Space on the disk that is kept for the day when it is full.

A file of zeros beside the journal. When an entry finds no space the file is
removed and the entry written: what has happened at the gate until then is
recorded, and staff have time to free space. It is put back when twice its size
is free again.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path


def free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free


class Ballast:
    """One file. Nothing here raises: a ballast that can't be had is one that is not held."""

    def __init__(self, path: Path, size_bytes: int, free: Callable[[Path], int] = free_bytes) -> None:
        """`free` gives the bytes that are free in a folder."""
        self._path = path
        self._size_bytes = size_bytes
        self._free = free

    @property
    def is_held(self) -> bool:
        try:
            return self._path.stat().st_size == self._size_bytes
        except OSError:
            return False

    def hold(self) -> bool:
        """Whether it is held now; it is made where there is room for two of it."""
        if self.is_held:
            return True
        try:
            if self._free(self._path.parent) < 2 * self._size_bytes:
                return False
            with self._path.open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, self._size_bytes)
                os.fsync(file.fileno())
        except OSError:
            self.release()
            return False
        return True

    def release(self) -> bool:
        """Whether space has been freed."""
        was_held = self._path.exists()
        try:
            self._path.unlink(missing_ok=True)
        except OSError:
            return False
        return was_held
