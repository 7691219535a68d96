"""The key document on disk: verified whenever it is read, replaced whole or not at all.

A new document is written to a temporary file beside the old one, flushed to
the disk and renamed over it, and the folder is flushed too: after a power cut
there is the old one or the new one, never a part of either.
"""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kiosk.credentials.bundle import TrustBundle
from kiosk.trust.document import MAX_DOCUMENT_BYTES, open_document
from kiosk.trust.errors import TrustError


class KeyCache:
    """The last good key document. One writer."""

    def __init__(self, path: Path, hub_key: Ed25519PublicKey) -> None:
        self._path = path
        self._hub_key = hub_key
        self._floor = 0

    def load(self) -> TrustBundle:
        """The keys on disk, verified; an empty bundle of version 0 when there is no file.

        Raises TrustError when the file can't be read or is damaged: start with
        an empty bundle then, and let the next good document replace it.
        """
        try:
            with self._path.open("rb") as file:
                raw = file.read(MAX_DOCUMENT_BYTES + 1)
        except FileNotFoundError:
            return TrustBundle()
        except OSError as error:
            raise TrustError(f"{self._path}: can't be read: {error.strerror}") from error
        try:
            bundle = open_document(raw, self._hub_key)
        except TrustError as error:
            raise TrustError(f"{self._path}: {error}; fetch the keys from the hub again") from error
        self._floor = max(self._floor, bundle.version)
        return bundle

    def offer(self, raw: bytes) -> TrustBundle:
        """Take a document that came from the hub: verify it, and keep it for offline use.

        Raises TrustError when it does not verify, is of an older version than
        the one in force, or can't be written.
        """
        bundle = open_document(raw, self._hub_key)
        floor = max(self._floor, self._version_on_disk())
        if bundle.version < floor:
            raise TrustError(
                f"key document version {bundle.version} is older than {floor}, which is in force"
            )
        try:
            write_atomically(self._path, raw)
        except OSError as error:
            raise TrustError(f"{self._path}: can't be written: {error.strerror}") from error
        self._floor = bundle.version
        return bundle

    def _version_on_disk(self) -> int:
        """0 when there is no file, or a damaged one, which vouches for nothing."""
        try:
            return self.load().version
        except TrustError:
            return 0


def write_atomically(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Replace the file at `path` by `data`, all or nothing, across a power cut too. Raises OSError."""
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
