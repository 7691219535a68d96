"""Subjects become pseudonyms: HMAC-SHA-256 under a key of the day, so that no record names anybody.

The day is the site's own. A key lives for `LIVE_DAYS` as a name under which
somebody may still be inside (a night shift enters before midnight and leaves
after it), and is destroyed after `KEPT_DAYS`: from then on no one can tell
whose entries those were.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from kiosk.terms import Instant

LIVE_DAYS = 2
KEPT_DAYS = 14
KEY_BYTES = 32


class Pseudonyms:
    """The daily keys in one file of mode 0600."""

    def __init__(
        self, path: Path, zone: ZoneInfo, random_bytes: Callable[[int], bytes] = secrets.token_bytes
    ) -> None:
        self._path = path
        self._zone = zone
        self._random_bytes = random_bytes
        self._keys: dict[date, bytes] = {}

    def open(self) -> None:
        """Read the keys that there are. Raises OSError, or ValueError where the file is damaged."""
        if self._path.exists():
            stored = json.loads(self._path.read_text(encoding="ascii"))
            self._keys = {date.fromisoformat(day): base64.b64decode(key) for day, key in stored.items()}

    def __call__(self, subject: bytes, at: Instant) -> tuple[str, ...]:
        """The subject's names under every live key, today's first."""
        today = at.utc.astimezone(self._zone).date()
        if today not in self._keys:
            self._make_key(today)
        live = [today, *(today - timedelta(days=n) for n in range(1, LIVE_DAYS))]
        return tuple(_name(self._keys[day], subject) for day in live if day in self._keys)

    def _make_key(self, today: date) -> None:
        oldest = today - timedelta(days=KEPT_DAYS)
        self._keys = {day: key for day, key in self._keys.items() if day >= oldest}
        self._keys[today] = self._random_bytes(KEY_BYTES)
        self._write()

    def _write(self) -> None:
        text = json.dumps({str(day): base64.b64encode(key).decode() for day, key in self._keys.items()})
        temporary = self._path.with_suffix(".tmp")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self._path)


def _name(key: bytes, subject: bytes) -> str:
    return hmac.new(key, subject, hashlib.sha256).hexdigest()[:32]
