"""Subjects become pseudonyms: HMAC-SHA-256 under a key of the day, so that no record names anybody.

The day is the site's own. A key lives for `LIVE_DAYS` as a name under which
somebody may still be inside (a night shift enters before midnight and leaves
after it), and is destroyed after `KEPT_DAYS`: from then on no one can tell
whose entries those were.

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
from kiosk.trust.cache import write_atomically

LIVE_DAYS = 2
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
        live = [today, *(today - timedelta(days=n) for n in range(1, LIVE_DAYS))]
        return tuple(_name(self._keys[day], subject) for day in live if day in self._keys)

    def _make_key(self, today: date, *, prune: bool) -> bool:
        """Whether today's key is on disk now. Only a trusted clock may destroy old ones (`prune`)."""
        oldest = today - timedelta(days=KEPT_DAYS)
        keys = {day: key for day, key in self._keys.items() if day >= oldest or not prune}
        keys[today] = self._random_bytes(KEY_BYTES)
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
