"""The staff of one kiosk and their PINs, kept on the kiosk alone.

A PIN is never stored: scrypt (RFC 7914, N = 2^14, r = 8, p = 1: 16 MiB) over
the PIN keyed with a secret of this device, so that the file without the
device is worth nothing. Every attempt is written down before it is judged,
so neither a restart nor a power cut gives a sixth: after `MOST_FAILURES` in a
row somebody is locked for `LOCK_S`, across restarts too.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from threading import Lock
from typing import ClassVar, TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import TypeAdapter, ValidationError

from kiosk.core.view import Notice
from kiosk.terms import Instant
from kiosk.trust.errors import TrustError
from kiosk.trust.files import read_bounded, write_atomically

MOST_FAILURES = 5
LOCK_S = 300.0
SALT_BYTES, HASH_BYTES = 16, 32
SCRYPT_N, SCRYPT_R, SCRYPT_P, SCRYPT_MAX_BYTES = 2**14, 8, 1, 64 * 2**20
MAX_FILE_BYTES = 1_000_000
STAFF_PATTERN, PIN_PATTERN = r"[0-9]{1,8}", r"[0-9]{6,12}"


class StaffError(ValueError):
    """The register cannot be used, or what it was asked for is refused; says what to do."""


@dataclass(frozen=True)
class _Entry:
    __pydantic_config__: ClassVar[dict[str, str]] = {"ser_json_bytes": "base64", "val_json_bytes": "base64"}

    salt: bytes
    hash: bytes
    added: datetime


@dataclass(frozen=True, slots=True)
class _Attempts:
    failures: int
    locked_until: datetime | None


_ENTRIES = TypeAdapter(dict[str, _Entry])
_ATTEMPTS = TypeAdapter(dict[str, _Attempts])
T = TypeVar("T")


def pepper_of(device_key: Ed25519PrivateKey) -> bytes:
    """The device's secret for PINs, from its log key (HKDF, RFC 5869)."""
    return HKDF(SHA256(), HASH_BYTES, salt=None, info=b"checkpoint-kiosk staff PIN").derive(
        device_key.private_bytes_raw()
    )


class StaffRegister:
    """The files `staff.json` and `staff-attempts.json` of a state folder."""

    def __init__(self, state_dir: Path, pepper: bytes) -> None:
        self._path = state_dir / "staff.json"
        self._attempts_path = state_dir / "staff-attempts.json"
        self._pepper = pepper
        self._lock = Lock()
        self._locked_until_s: dict[str, float] = {}

    # -- for whoever sets the kiosk up

    def add(self, staff: str, pin: str, at: datetime) -> None:
        """Somebody new, or another PIN of somebody known. Raises StaffError."""
        if re.fullmatch(STAFF_PATTERN, staff) is None:
            raise StaffError(f"{staff!r} is no staff number: take 1 to 8 digits")
        if weakness := weakness_of(pin):
            raise StaffError(weakness)
        entries = self._read()
        salt = secrets.token_bytes(SALT_BYTES)
        entries[staff] = _Entry(salt, self._hash(pin, salt), at)
        self._write(entries)
        self.unlock(staff)

    def remove(self, staff: str) -> None:
        """Raises StaffError where nobody has that number."""
        entries = self._read()
        if entries.pop(staff, None) is None:
            raise StaffError(f"nobody has the staff number {staff}; see: kiosk staff list")
        self._write(entries)

    def unlock(self, staff: str) -> None:
        """Take back the failures of somebody. Raises StaffError where nobody has that number."""
        if staff not in self._read():
            raise StaffError(f"nobody has the staff number {staff}; see: kiosk staff list")
        attempts = self._read_attempts()
        if attempts.pop(staff, None) is not None:
            self._write_attempts(attempts)

    def listed(self) -> dict[str, str]:
        """Staff numbers, and since when each has the PIN. Raises StaffError."""
        return {staff: f"{entry.added:%Y-%m-%d}" for staff, entry in sorted(self._read().items())}

    # -- for the gatekeeper

    def knows(self, staff: str) -> bool:
        """Whether somebody has that number; a PIN that was typed in its place is nobody's."""
        try:
            return staff in self._read()
        except StaffError:
            return False

    @property
    def revision(self) -> tuple[tuple[int, int, int] | None, ...]:
        """Another one whenever somebody was added, removed, locked or unlocked, by whichever process."""
        return tuple(_revision(path) for path in (self._path, self._attempts_path))

    def admits(self, staff: str, at: Instant) -> bool:
        """Whether somebody who has signed in may stay so: known, and not locked. Raises nothing."""
        with self._lock:
            try:
                attempts = self._read_attempts().get(staff, _Attempts(0, None))
                is_locked = attempts.failures >= MOST_FAILURES and self._is_locked(staff, attempts, at)
                return staff in self._read() and not is_locked
            except StaffError:
                return False

    def check(self, staff: str, pin: str, at: Instant) -> Notice:
        """DONE where the PIN is right; else what to say. Takes some 50 ms. Raises nothing."""
        with self._lock:
            try:
                return self._check(staff, pin, at)
            except StaffError:
                return Notice.NOT_POSSIBLE

    def _check(self, staff: str, pin: str, at: Instant) -> Notice:
        entry = self._read().get(staff)
        if entry is None:
            self._hash(pin, bytes(SALT_BYTES))  # as long as for somebody who is known
            return Notice.WRONG_PIN
        attempts = self._read_attempts()
        before = attempts.get(staff, _Attempts(0, None))
        if before.failures >= MOST_FAILURES:
            if self._is_locked(staff, before, at):
                return Notice.PIN_LOCKED
            before = _Attempts(0, None)
        failures = before.failures + 1
        until = at.utc + timedelta(seconds=LOCK_S) if failures >= MOST_FAILURES else None
        attempts[staff] = _Attempts(failures, until)
        self._write_attempts(attempts)
        if not hmac.compare_digest(self._hash(pin, entry.salt), entry.hash):
            if until is None:
                return Notice.WRONG_PIN
            self._locked_until_s[staff] = at.mono + LOCK_S
            return Notice.PIN_LOCKED
        del attempts[staff]
        self._write_attempts(attempts)
        self._locked_until_s.pop(staff, None)
        return Notice.DONE

    def _is_locked(self, staff: str, attempts: _Attempts, at: Instant) -> bool:
        """By the monotonic clock; what another run has locked begins anew where the time is not trusted."""
        if staff not in self._locked_until_s:
            left_s = LOCK_S
            if at.utc_trusted and attempts.locked_until is not None:
                left_s = min((attempts.locked_until - at.utc).total_seconds(), LOCK_S)
            self._locked_until_s[staff] = at.mono + left_s
        if at.mono < self._locked_until_s[staff]:
            return True
        del self._locked_until_s[staff]
        return False

    def _hash(self, pin: str, salt: bytes) -> bytes:
        keyed = hmac.digest(self._pepper, pin.encode("ascii", "replace"), hashlib.sha256)
        return hashlib.scrypt(
            keyed,
            salt=salt,
            n=SCRYPT_N,
            r=SCRYPT_R,
            p=SCRYPT_P,
            maxmem=SCRYPT_MAX_BYTES,
            dklen=HASH_BYTES,
        )

    def _read(self) -> dict[str, _Entry]:
        return _stored(self._path, _ENTRIES)

    def _write(self, entries: dict[str, _Entry]) -> None:
        _store(self._path, _ENTRIES.dump_json(entries, indent=1))

    def _read_attempts(self) -> dict[str, _Attempts]:
        return _stored(self._attempts_path, _ATTEMPTS)

    def _write_attempts(self, attempts: dict[str, _Attempts]) -> None:
        _store(self._attempts_path, _ATTEMPTS.dump_json(attempts, indent=1))


def weakness_of(pin: str) -> str | None:
    """What is wrong with a PIN, or None: its form, one digit only, or digits in a row."""
    if re.fullmatch(PIN_PATTERN, pin) is None:
        return "a PIN is 6 to 12 digits"
    steps = {int(after) - int(before) for before, after in pairwise(pin)}
    if len(steps) == 1 and steps <= {-1, 0, 1}:
        return "this PIN is the first that anybody would try; take another"
    return None


def _stored(path: Path, kind: TypeAdapter[dict[str, T]]) -> dict[str, T]:
    """The table in a file; empty where there is no file. Raises StaffError."""
    try:
        return kind.validate_json(read_bounded(path, MAX_FILE_BYTES))
    except FileNotFoundError:
        return {}
    except TrustError as error:
        raise StaffError(str(error)) from error
    except OSError as error:
        raise StaffError(f"{path} cannot be read: {error.strerror}; check its permissions") from error
    except ValidationError as error:
        raise StaffError(f"{path} is damaged; remove it, and add the staff anew if it is theirs") from error


def _revision(path: Path) -> tuple[int, int, int] | None:
    """What tells one state of a file from the next; it is written anew each time. None: there is none."""
    try:
        is_now = path.stat()
    except OSError:
        return None
    return is_now.st_ino, is_now.st_mtime_ns, is_now.st_size


def _store(path: Path, text: bytes) -> None:
    try:
        write_atomically(path, text, mode=0o600)
    except OSError as error:
        raise StaffError(f"{path} cannot be written: {error.strerror}; free space, or check it") from error
