"""Requests to an ASGI application in this process, without thread, socket or event loop.

    session.mount("http://hub", AsgiAdapter(app, faults, clock))

The application's coroutine is driven by hand, so it may wait for nothing but
the request's body (ASGI 3.0, HTTP). Delays and timeouts pass on the given
clock, and failures are those that requests raises on a real network.
"""

from __future__ import annotations

import io
from collections.abc import Awaitable, Callable, Coroutine, Mapping, MutableMapping
from typing import Any
from urllib.parse import unquote, urlsplit

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from urllib3 import HTTPResponse

from kiosk.clock import Clock
from sim.network.faults import Fault, Faults, Verdict

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
AsgiApp = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]


class AsgiAdapter(BaseAdapter):
    """Delivers to `app` what the faults let through."""

    def __init__(self, app: AsgiApp, faults: Faults, clock: Clock) -> None:
        super().__init__()
        self._app = app
        self._faults = faults
        self._clock = clock

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: ARG002  # the whole reply is here at once
        timeout: float | tuple[float, float] | tuple[float, None] | None = None,
        verify: bool | str = True,  # noqa: ARG002  # there is no wire to secure
        cert: bytes | str | tuple[bytes | str, bytes | str] | None = None,  # noqa: ARG002
        proxies: Mapping[str, str] | None = None,  # noqa: ARG002
    ) -> requests.Response:
        """Raises requests.ConnectionError and requests.ReadTimeout, as the faults will have it."""
        verdict = self._faults.next()
        read_timeout_s = timeout[1] if isinstance(timeout, tuple) else timeout
        if verdict.fault in (Fault.OUTAGE, Fault.CUT):
            raise requests.ConnectionError(f"simulated: {verdict.fault}", request=request)
        if verdict.fault is Fault.SERVER_ERROR:
            self._clock.sleep(verdict.delay_s)
            return _response(request, verdict.status, [], b"simulated")
        status, headers, body = _call(self._app, request)
        self._let_time_pass(verdict, read_timeout_s, request)
        return _response(request, status, headers, body)

    def close(self) -> None:
        """Nothing is held open."""

    def _let_time_pass(
        self, verdict: Verdict, read_timeout_s: float | None, request: requests.PreparedRequest
    ) -> None:
        lost = verdict.fault is Fault.LOST_REPLY
        if read_timeout_s is not None and (lost or verdict.delay_s > read_timeout_s):
            self._clock.sleep(read_timeout_s)
            raise requests.ReadTimeout("simulated: no reply in time", request=request)
        if lost:
            raise requests.ConnectionError("simulated: the reply is lost", request=request)
        self._clock.sleep(verdict.delay_s)


def _call(app: AsgiApp, request: requests.PreparedRequest) -> tuple[int, list[tuple[str, str]], bytes]:
    body = request.body or b""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body.encode() if isinstance(body, str) else body}

    async def send(message: Message) -> None:
        sent.append(message)

    _drive(app(_scope(request), receive, send))
    start = next(message for message in sent if message["type"] == "http.response.start")
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in start.get("headers", ())]
    chunks = [message.get("body", b"") for message in sent if message["type"] == "http.response.body"]
    return int(start["status"]), headers, b"".join(chunks)


def _drive(awaitable: Awaitable[None]) -> None:
    """Run an awaitable that suspends nowhere."""

    async def whole() -> None:
        await awaitable

    coroutine: Coroutine[Any, Any, None] = whole()
    try:
        coroutine.send(None)
    except StopIteration:
        return
    finally:
        coroutine.close()
    raise RuntimeError("the application waits for something outside itself; it cannot be driven by hand")


def _scope(request: requests.PreparedRequest) -> dict[str, Any]:
    url = urlsplit(request.url or "")
    headers = {"host": url.netloc, **{name.lower(): value for name, value in request.headers.items()}}
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": request.method or "GET",
        "scheme": url.scheme,
        "path": unquote(url.path) or "/",
        "raw_path": url.path.encode(),
        "query_string": url.query.encode(),
        "root_path": "",
        "headers": [(_latin(name), _latin(value)) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": (url.hostname or "", url.port or 80),
    }


def _latin(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode("latin-1")


def _response(
    request: requests.PreparedRequest, status: int, headers: list[tuple[str, str]], body: bytes
) -> requests.Response:
    response = requests.Response()
    response.status_code = status
    response.headers = CaseInsensitiveDict(headers)
    response.raw = HTTPResponse(io.BytesIO(body), headers=dict(headers), status=status, preload_content=False)
    response.request = request
    response.url = request.url or ""
    response.encoding = requests.utils.get_encoding_from_headers(response.headers)
    return response
