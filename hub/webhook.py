"""Delivers events to one HTTP address, and says how far it came.

A status of 200 to 299 means taken; nothing else does, and no status means that
an event may be left out. Redirects are not followed, proxy and netrc settings
of the environment not looked at, replies not read beyond what they say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from urllib.parse import urlsplit

import requests

from hub.cloudevents import Event, Message, batched, binary
from hub.errors import HubError

TIMEOUTS_S = (5.0, 30.0)
"""For the connection, and for a reply to go on."""
MAX_TARGET_CHARACTERS = 2048
_TOO_LARGE = 413


class Mode(Enum):
    """How events travel."""

    BATCHED = "batched"
    BINARY = "binary"


@dataclass(frozen=True, slots=True)
class Delivered:
    """So many of the events, from the first on, were taken; `trouble` says why not the next."""

    count: int
    trouble: str | None = None
    retry_after_s: float | None = None


class Webhook:
    """One address. `close` it at the end. Raises HubError where it can't be one."""

    def __init__(self, url: str, mode: Mode, *, token: str | None = None, ca_file: str | None = None) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or len(url) > MAX_TARGET_CHARACTERS:
            raise HubError(f"the target is an address like https://HOST/PATH, and not {url!r}")
        self.url = url
        self._mode = mode
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.verify = ca_file or True
        if token is not None:
            self._session.headers["Authorization"] = f"Bearer {token}"

    def close(self) -> None:
        self._session.close()

    def deliver(self, events: Sequence[Event]) -> Delivered:
        """Send the events in their order, until one is not taken."""
        if self._mode is Mode.BATCHED:
            return self._deliver_batch(events)
        for count, event in enumerate(events):
            refused = self._post(binary(event))
            if refused is not None:
                return Delivered(count, refused.trouble, refused.retry_after_s)
        return Delivered(len(events))

    def _deliver_batch(self, events: Sequence[Event]) -> Delivered:
        """In one request, or, where that is too large, the first half of it, and so on."""
        refused = self._post(batched(events))
        if refused is None:
            return Delivered(len(events))
        if refused.is_too_large and len(events) > 1:
            return self._deliver_batch(events[: len(events) // 2])
        return Delivered(0, refused.trouble, refused.retry_after_s)

    def _post(self, message: Message) -> _Refused | None:
        headers, body = message
        try:
            with self._session.post(
                self.url, data=body, headers=headers, timeout=TIMEOUTS_S, allow_redirects=False, stream=True
            ) as answer:
                status, retry_after = answer.status_code, answer.headers.get("Retry-After", "")
        except (requests.RequestException, OSError) as error:
            return _Refused(f"{self.url} can't be reached: {type(error).__name__}")
        if 200 <= status < 300:
            return None
        wait_s = float(retry_after) if retry_after.isascii() and retry_after.isdigit() else None
        return _Refused(f"{self.url} answers {status}", wait_s, status == _TOO_LARGE)


@dataclass(frozen=True, slots=True)
class _Refused:
    trouble: str
    retry_after_s: float | None = None
    is_too_large: bool = False
