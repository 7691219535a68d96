"""Files that are replaced whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from kiosk.trust.errors import TrustError


def write_atomically(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Replace the file at `path` by `data`, all or nothing, across a power cut too. Raises OSError.

    It is written to a temporary file beside it, flushed to the disk and renamed, and the folder is flushed
    too: after a power cut there is the old one or the new one, never a part of either.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def read_bounded(path: Path, max_bytes: int) -> bytes:
    """A plain file of at most `max_bytes`. Raises OSError, and TrustError where it is none or longer."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise TrustError(f"{path}: is not a file")
        data = file.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise TrustError(f"{path}: is longer than {max_bytes} bytes")
    return data
