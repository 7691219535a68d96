"""The tracing key: made in two shares, so that one person alone opens nothing.

The X25519 private key is the exclusive or of two random shares of 32 bytes
(a one-time pad: a share by itself says nothing at all of the key). Each
tracer keeps one, in a file that the hub does not hold; the hub's folder has
the public key, which kiosks seal subjects to (`kiosk.gatekeeper.sealing`).
Only while both shares are in one process is there a key.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from hub.errors import HubError
from hub.trust.publisher import TRACING_KEY_FILE
from kiosk.gatekeeper.sealing import SUITE, info_of
from kiosk.trust.files import write_atomically

SHARE_BYTES = 32
_OWNER_ONLY = 0o600


def make_key(
    folder: Path, share_files: tuple[Path, Path], random_bytes: Callable[[int], bytes] = secrets.token_bytes
) -> None:
    """A new key: its public half into the hub's folder, its shares into two files. Raises HubError."""
    for path in (*share_files, folder / TRACING_KEY_FILE):
        if path.exists():
            raise HubError(f"{path}: is there already; what is sealed to an earlier key needs its shares")
    if len({path.resolve() for path in share_files}) != len(share_files):
        raise HubError("the two shares need two files, for two people")
    first, second = random_bytes(SHARE_BYTES), random_bytes(SHARE_BYTES)
    public = _joined(first, second).public_key().public_bytes_raw()
    try:
        for path, share in zip(share_files, (first, second), strict=True):
            write_atomically(path, base64.b64encode(share) + b"\n", mode=_OWNER_ONLY)
        write_atomically(folder / TRACING_KEY_FILE, public)
    except OSError as error:
        raise HubError(f"{error.filename}: can't be written: {error.strerror}") from error


def open_subject(sealed: str, device_id: str, passage_id: int, share_files: tuple[Path, Path]) -> bytes:
    """The subject of one passage of one kiosk, with both shares. Raises HubError."""
    key = _joined(*(_share(path) for path in share_files))
    try:
        return SUITE.decrypt(base64.b64decode(sealed, validate=True), key, info_of(device_id, passage_id))
    except (ValueError, InvalidTag) as error:
        raise HubError(
            f"what {device_id} has sealed for passage {passage_id} does not open with these shares"
        ) from error


def _joined(first: bytes, second: bytes) -> X25519PrivateKey:
    return X25519PrivateKey.from_private_bytes(bytes(a ^ b for a, b in zip(first, second, strict=True)))


def _share(path: Path) -> bytes:
    try:
        share = base64.b64decode(path.read_bytes().strip(), validate=True)
    except OSError as error:
        raise HubError(f"{path}: can't be read: {error.strerror}; name a share's file") from error
    except ValueError as error:
        raise HubError(f"{path}: is no share of a tracing key") from error
    if len(share) != SHARE_BYTES:
        raise HubError(f"{path}: is no share of a tracing key")
    return share
