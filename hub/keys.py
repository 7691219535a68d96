"""The hub's keys on disk, each made at the first start and readable by its owner alone."""

from __future__ import annotations

import re
import secrets
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from hub.errors import StateError
from hub.issuing import Issuer, PrivateKey
from kiosk.credentials.bundle import PublicKey
from kiosk.credentials.cose import KID_BYTES
from kiosk.trust.files import write_atomically

K = TypeVar("K", Ed25519PrivateKey, EllipticCurvePrivateKey)

_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,128}")
_OWNER_ONLY = 0o600
_MAX_FILE_BYTES = 10_000


def hub_key(path: Path) -> Ed25519PrivateKey:
    """The key that signs receipts. Raises StateError."""
    key = _load(path) or _save(path, Ed25519PrivateKey.generate())
    if not isinstance(key, Ed25519PrivateKey):
        raise StateError(f"{path}: is not an Ed25519 key; put the hub's own key there")
    return key


def new(path: Path) -> Ed25519PrivateKey:
    """A new signing key, in a new file. Raises StateError."""
    if path.exists():
        raise StateError(f"{path}: is there already; a new key needs a new file")
    return _save(path, Ed25519PrivateKey.generate())


def existing(path: Path) -> Ed25519PrivateKey:
    """A signing key that was made before. Raises StateError."""
    key = _load(path)
    if not isinstance(key, Ed25519PrivateKey):
        raise StateError(f"{path}: there is no Ed25519 key in PEM")
    return key


def issuer(path: Path) -> Issuer:
    """The issuer of passes, ES256 unless another key lies there. Raises StateError."""
    key = _load(path) or _save(path, generate_private_key(SECP256R1()))
    return Issuer(key, kid_of(key.public_key()))


def ec_key(path: Path) -> EllipticCurvePrivateKey:
    """The key of an authority, P-256. Raises StateError."""
    key = _load(path) or _save(path, generate_private_key(SECP256R1()))
    if not isinstance(key, EllipticCurvePrivateKey):
        raise StateError(f"{path}: is not a P-256 key; restore it from a backup")
    return key


def replace(path: Path, key: EllipticCurvePrivateKey) -> None:
    """Put another key in the place of the one that is there. Raises StateError."""
    _save(path, key)


def admin_token(path: Path) -> str:
    """What an administrator's requests carry. Raises StateError."""
    stored = _read(path)
    if stored is None:
        token = secrets.token_urlsafe(24)
        _write(path, f"{token}\n".encode())
        return token
    token = stored.decode("ascii", "replace").strip()
    if not _TOKEN.fullmatch(token):
        raise StateError(f"{path}: is not an admin token; delete it, and a new one is made at the next start")
    return token


def kid_of(key: PublicKey) -> bytes:
    """The first 4 bytes of SHA-256 over the key's SubjectPublicKeyInfo in DER."""
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return sha256(spki).digest()[:KID_BYTES]


def _load(path: Path) -> PrivateKey | None:
    pem = _read(path)
    if pem is None:
        return None
    try:
        key = load_pem_private_key(pem, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise StateError(f"{path}: is not a private key in PEM; restore it from a backup") from error
    if not isinstance(key, Ed25519PrivateKey | EllipticCurvePrivateKey):
        raise StateError(f"{path}: is neither an Ed25519 nor a P-256 key")
    return key


def _save(path: Path, key: K) -> K:
    _write(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return key


def _read(path: Path) -> bytes | None:
    try:
        with path.open("rb") as file:
            return file.read(_MAX_FILE_BYTES)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StateError(f"{path}: can't be read: {error.strerror}") from error


def _write(path: Path, data: bytes) -> None:
    try:
        write_atomically(path, data, mode=_OWNER_ONLY)
    except OSError as error:
        raise StateError(f"{path}: can't be written: {error.strerror}") from error
