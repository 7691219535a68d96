"""Subjects become pseudonyms: HMAC-SHA-256 under a key of the day, so that no record names anybody.

The day is the site's own. Every key that is kept is one under which somebody
may still be inside: a night shift enters before midnight and leaves after it,
who lives in a dormitory may not leave for days. After `KEPT_DAYS` a key is
destroyed, also where nobody comes on that day (`keep_house`): from then on no
one can tell whose entries those were.

A key that is not on disk names nobody: after a restart the same person would
have another name. While the file cannot be read or written nobody is named,
and the fault `pseudonyms` says why.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from kiosk.gatekeeper.device_state import DeviceState
from kiosk.terms import Instant
from kiosk.trust.files import write_atomically

KEPT_DAYS = 14
KEY_BYTES = 32


class Pseudonyms:
    """The daily keys in one file of mode 0600."""

    def __init__(
        self,
        path: Path,
        zone: ZoneInfo,
        state: DeviceState,
        random_bytes: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        self._path = path
        self._zone = zone
        self._state = state
        self._random_bytes = random_bytes
        self._keys: dict[date, bytes] = {}
        self._is_read = False
        self._house_kept_on: date | None = None

    def open(self) -> None:
        """Read the keys that there are."""
        try:
            self._keys = _read(self._path)
            self._is_read = True
        except OSError as error:
            self._state.lost(f"{self._path}: cannot be read: {error.strerror}; check its permissions.")
        except ValueError:
            self._state.lost(
                f"{self._path}: is damaged; restore it from a copy, or remove it when nobody is inside."
            )

    def __call__(self, subject: bytes, at: Instant) -> tuple[str, ...]:
        """The subject's names under every live key, today's first. Empty while nobody can be named."""
        if not self._is_read:
            self.open()
        today = at.utc.astimezone(self._zone).date()
        if not self._is_read or not (today in self._keys or self._make_key(today, prune=at.utc_trusted)):
            return ()
        self._state.works()
        live = [today, *sorted((day for day in self._keys if day < today), reverse=True)]
        return tuple(_name(self._keys[day], subject) for day in live)

    def keep_house(self, at: Instant) -> None:
        """Destroy what has been kept long enough. Cheap: looks once a day, at a time that is trusted."""
        if not at.utc_trusted or not self._is_read:
            return
        today = at.utc.astimezone(self._zone).date()
        if today != self._house_kept_on and (self._is_current(today) or self._write(self._unexpired(today))):
            self._house_kept_on = today

    def _make_key(self, today: date, *, prune: bool) -> bool:
        """Whether today's key is on disk now. Only a trusted clock may destroy old ones (`prune`)."""
        keys = self._unexpired(today) if prune else dict(self._keys)
        keys[today] = self._random_bytes(KEY_BYTES)
        return self._write(keys)

    def _unexpired(self, today: date) -> dict[date, bytes]:
        oldest = today - timedelta(days=KEPT_DAYS)
        return {day: key for day, key in self._keys.items() if day >= oldest}

    def _is_current(self, today: date) -> bool:
        return len(self._unexpired(today)) == len(self._keys)

    def _write(self, keys: dict[date, bytes]) -> bool:
        """Whether these keys, and no others, are on disk now."""
        text = json.dumps({str(day): base64.b64encode(key).decode() for day, key in keys.items()})
        try:
            write_atomically(self._path, text.encode(), mode=0o600)
        except OSError as error:
            self._state.lost(
                f"{self._path}: cannot be written: {error.strerror}; free space on its disk, "
                "or check its folder's permissions."
            )
            return False
        self._keys = keys
        return True


def _read(path: Path) -> dict[date, bytes]:
    """Raises OSError, or ValueError where the file is damaged."""
    if not path.exists():
        return {}
    stored = json.loads(path.read_text(encoding="ascii"))
    if not isinstance(stored, dict) or not all(isinstance(key, str) for key in stored.values()):
        raise ValueError("not a table of keys")
    keys = {date.fromisoformat(day): base64.b64decode(key, validate=True) for day, key in stored.items()}
    if not all(len(key) == KEY_BYTES for key in keys.values()):
        raise ValueError("a key of another length")
    return keys


def _name(key: bytes, subject: bytes) -> str:
    return hmac.new(key, subject, hashlib.sha256).hexdigest()[:32]
