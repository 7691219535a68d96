"""A witness beside the database: how far the log had come, told by another file.

SQLite takes a file that lost its last transactions for a whole one. After each
commit the log's size and root go, unsynced, into the next slot of a small
ring, once into each of its sectors. They cost no flush, outlive a killed process, and mostly
outlive a power cut on a disk that has lied about flushing the log itself. A
log that is shorter than its witness, or of another root, has lost entries or
has been changed.

A mark is `CKW1`, the epoch (4 bytes), size (8), root (32) and an HMAC-SHA-256
over these under a key that is made from the device's: whoever does not hold it
can remove a witness, which is noticed, but can't make one.
"""

from __future__ import annotations

import hmac
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import apsw
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SECTOR_BYTES = 512
COPIES = 16
SLOT_BYTES = COPIES * SECTOR_BYTES
SLOTS = 16
SUFFIX = ".witness"
_MAGIC = b"CKW1"
_MARK = struct.Struct(">4sIQ32s")
_MAC_BYTES = 32
_FLAGS = apsw.SQLITE_OPEN_SUPER_JOURNAL


@dataclass(frozen=True, slots=True)
class Mark:
    """The log `epoch` once had `size` entries under `root` (32 bytes)."""

    epoch: int
    size: int
    root: bytes


def witness_path(journal: Path) -> Path:
    return journal.with_name(journal.name + SUFFIX)


def witness_key(device_key: Ed25519PrivateKey | None) -> bytes:
    """32 bytes that say nothing of the device's key. Without one a mark is checked for damage only."""
    secret = b"" if device_key is None else device_key.private_bytes_raw()
    return sha256(b"checkpoint-kiosk/witness\n" + secret).digest()


class Witness:
    """The ring for writing. Goes through the same VFS as the database."""

    def __init__(self, path: Path, key: bytes, vfs: str | None = None) -> None:
        """Raises apsw.Error where the file cannot be opened or made."""
        self._key = key
        self._next = 0
        is_new = not path.exists() or path.stat().st_size < SLOTS * SLOT_BYTES
        flags = _FLAGS | apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
        self._file = apsw.VFSFile(vfs or "", str(path), [flags, 0])
        if is_new:
            for slot in range(SLOTS):
                self._file.xWrite(bytes(SLOT_BYTES), slot * SLOT_BYTES)
            self._file.xSync(apsw.SQLITE_SYNC_NORMAL)

    def mark(self, mark: Mark) -> None:
        """Write it into the next slot; no flush. Raises apsw.Error."""
        body = _MARK.pack(_MAGIC, mark.epoch, mark.size, mark.root)
        sector = (body + hmac.digest(self._key, body, sha256)).ljust(SECTOR_BYTES, b"\0")
        self._file.xWrite(sector * COPIES, self._next * SLOT_BYTES)
        self._next = (self._next + 1) % SLOTS

    def sync(self) -> None:
        self._file.xSync(apsw.SQLITE_SYNC_NORMAL)

    def close(self) -> None:
        self._file.xClose()


def latest_mark(path: Path, key: bytes) -> Mark | None:
    """The mark of the longest log of the latest epoch that `key` vouches for. Raises OSError."""
    if not path.exists():
        return None
    with path.open("rb") as file:
        ring = file.read(SLOTS * SLOT_BYTES)
    return max(_marks(ring, key), key=lambda mark: (mark.epoch, mark.size), default=None)


def _marks(ring: bytes, key: bytes) -> Iterator[Mark]:
    for start in range(0, len(ring), SECTOR_BYTES):
        slot = ring[start : start + _MARK.size + _MAC_BYTES]
        body, mac = slot[: _MARK.size], slot[_MARK.size :]
        if body.startswith(_MAGIC) and hmac.compare_digest(hmac.digest(key, body, sha256), mac):
            _, epoch, size, root = _MARK.unpack(body)
            yield Mark(epoch, size, root)
