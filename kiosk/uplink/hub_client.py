"""HTTP to the hub, as little of it as possible: every answer is a `Reply`, everything else HubUnreachable.

Nothing is retried here: the journal knows what is still to be sent. Proxy and
netrc settings of the environment are not looked at, redirects not followed,
replies neither waited for nor read without end.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

import requests
from urllib3.exceptions import HTTPError

from kiosk.uplink import packing
from kiosk.uplink.errors import HubUnreachable
from kiosk.uplink.tls import PinnedAdapter, Tls, new_context

TIMEOUTS_S = (5.0, 15.0)
"""For the connection, and for a reply to go on."""
PROBE_TIMEOUTS_S = (3.0, 4.0)
"""A cut cable says nothing: whoever waits longer learns of it later."""
WHOLE_REPLY_S = 60.0
MAX_REPLY_BYTES = 1_048_576
_ACCEPTED = {"Accept": "application/json", "Accept-Encoding": "identity"}
_PKCS10 = {"Content-Type": "application/pkcs10", "Content-Transfer-Encoding": "base64"}
_PACKED = {"Content-Type": packing.MEDIA_TYPE, "Content-Encoding": packing.ENCODING}


@dataclass(frozen=True, slots=True)
class Reply:
    """What the hub has answered. `retry_after_s` is None where it did not ask for a wait."""

    status: int
    body: bytes
    retry_after_s: float | None = None

    def document(self) -> dict[str, Any]:
        """The body as a JSON object; empty when it is none."""
        try:
            document = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return document if isinstance(document, dict) else {}


def new_session(tls: Tls | None = None) -> requests.Session:
    """A session that follows the environment in nothing and retries nothing.

    Without `tls` it speaks http alone, as with a simulated hub or in a network that is trusted.
    """
    session = requests.Session()
    session.trust_env = False
    session.mount("http://", PinnedAdapter())
    if tls is None:
        del session.adapters["https://"]
    else:
        session.mount("https://", PinnedAdapter(new_context()))
        session.verify = str(tls.hub_ca)
        session.cert = tls.certificate
    return session


class HubClient:
    """The hub's interface, as far as a kiosk needs it."""

    def __init__(
        self, base_url: str, session: requests.Session, *, now: Callable[[], float] = time.monotonic
    ) -> None:
        """`now` gives monotonic seconds, to bound how long a reply may take."""
        self._base_url = base_url.rstrip("/")
        self._session = session
        self._now = now

    def get(self, path: str) -> Reply:
        """A file, cut after `MAX_REPLY_BYTES`, which is more than any may have. Raises HubUnreachable."""
        return self._send("GET", path, cut_at=MAX_REPLY_BYTES)

    def probe(self) -> Reply:
        """The least that can be asked: is there an answer? Raises HubUnreachable."""
        return self._send("HEAD", "/trust/metadata/timestamp.json", timeouts_s=PROBE_TIMEOUTS_S)

    def upload(self, device: str, batch: Mapping[str, object]) -> Reply:
        """Send `{"start", "entries", "tree_head"}`, packed (see `packing`). Raises HubUnreachable."""
        path = f"/v1/logs/{quote(device, safe='')}/entries"
        return self._send("POST", path, packing.pack(device, batch), headers=_PACKED)

    def enroll(self, request: bytes, token: str) -> Reply:
        """Send a certificate request (PKCS #10, base64) with an invitation's token. Raises HubUnreachable."""
        headers = _PKCS10 | {"Authorization": "Bearer " + token}
        return self._send("POST", "/.well-known/est/simpleenroll", request, headers=headers)

    def reenroll(self, request: bytes) -> Reply:
        """The same to renew the certificate that the session shows. Raises HubUnreachable."""
        return self._send("POST", "/.well-known/est/simplereenroll", request, headers=_PKCS10)

    def _send(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        *,
        headers: Mapping[str, str] = MappingProxyType({}),
        cut_at: int | None = None,
        timeouts_s: tuple[float, float] = TIMEOUTS_S,
    ) -> Reply:
        try:
            with self._session.request(
                method,
                self._base_url + path,
                data=body,
                headers={**headers, **_ACCEPTED},
                timeout=timeouts_s,
                allow_redirects=False,
                stream=True,
            ) as response:
                body = self._read(response, cut_at)
                return Reply(response.status_code, body, _retry_after_s(response))
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            raise HubUnreachable(f"{method} {path}: {type(error).__name__}") from error

    def _read(self, response: requests.Response, cut_at: int | None) -> bytes:
        deadline = self._now() + WHOLE_REPLY_S
        body = bytearray()
        for chunk in response.iter_content(65_536):
            body += chunk
            if cut_at is not None and len(body) >= cut_at:
                return bytes(body[:cut_at])
            if len(body) > MAX_REPLY_BYTES or self._now() > deadline:
                raise ValueError("a reply without end")
        return bytes(body)


def _retry_after_s(response: requests.Response) -> float | None:
    """RFC 9110, 10.2.3: seconds, or a date, which is held against the server's own `Date`."""
    text = response.headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        wait = parsedate_to_datetime(text) - parsedate_to_datetime(response.headers.get("Date", ""))
    except (ValueError, TypeError):
        return None
    return max(wait.total_seconds(), 0.0) if math.isfinite(wait.total_seconds()) else None
