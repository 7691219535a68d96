"""The device's log key: Ed25519, made on the device, readable by its owner alone, never sent anywhere."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from kiosk.journal.errors import JournalError

_MAX_PEM_BYTES = 4096


class DeviceKeyError(JournalError):
    """The key file cannot be used."""


def load_or_create(path: Path) -> Ed25519PrivateKey:
    """The key in a PEM file (PKCS #8), made with mode 0600 when there is none. Raises DeviceKeyError."""
    try:
        if not path.exists():
            _create(path)
        return _load(path)
    except OSError as error:
        raise DeviceKeyError(f"{path}: the device's key cannot be read or made: {error.strerror}.") from error


def load_existing(path: Path) -> Ed25519PrivateKey:
    """The key in a PEM file; nothing is made. Raises DeviceKeyError."""
    try:
        return _load(path)
    except OSError as error:
        raise DeviceKeyError(f"{path}: the device's key cannot be read: {error.strerror}.") from error


def _load(path: Path) -> Ed25519PrivateKey:
    with path.open("rb") as file:
        if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
            raise DeviceKeyError(f"{path}: others may read the device's key; run: chmod 600 {path}")
        pem = file.read(_MAX_PEM_BYTES)
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise DeviceKeyError(f"{path}: is not an Ed25519 key in PEM; restore it, or enrol the device anew.")
    return key


def _create(path: Path) -> None:
    """Write aside and link: a power cut leaves the whole key or none; an existing one is never replaced."""
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        os.link(aside, path)
    except FileExistsError:
        return
    finally:
        aside.unlink()
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
