"""Small files that must be whole: one exact form, an id over what they say, written atomically.

The file of a record holds `{ID: id, "record": record}`; the id is the first
16 hex digits of the SHA-256 of the record's canonical JSON (sorted keys, no
white space, UTF-8). A file of any other bytes than those that its own content
gives is refused by whoever loads it, so a changed byte is found.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

MAX_FILE_BYTES = 64 * 1024
FILE_MODE = 0o644

Plain = Mapping[str, object]


def identity(record: Plain) -> str:
    """16 hex digits that name a record by its content."""
    text = json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def file_bytes(record: Plain, id_name: str) -> bytes:
    """The one form of a record's file."""
    whole = {id_name: identity(record), "record": record}
    return json.dumps(whole, sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False).encode() + b"\n"


def read_bounded(path: Path) -> bytes:
    """At most one byte more than a record may have. Raises OSError."""
    with path.open("rb") as file:
        return file.read(MAX_FILE_BYTES + 1)


def record_in(raw: bytes) -> dict[str, object]:
    """The record in a file's bytes. Raises ValueError, TypeError or KeyError on anything else."""
    if len(raw) > MAX_FILE_BYTES:
        raise ValueError("too long")
    plain = json.loads(raw)["record"]
    if not isinstance(plain, dict):
        raise TypeError("no record")
    return plain


def write(path: Path, raw: bytes) -> None:
    """Write atomically: after a crash there is the old file or the new one, whole. Raises OSError.

    Everybody may read it, whoever made it: it holds no secret, and the gatekeeper is another user.
    """
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(raw)
            file.flush()
            os.fchmod(descriptor, FILE_MODE)
            os.fsync(file.fileno())
        os.replace(name, path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
