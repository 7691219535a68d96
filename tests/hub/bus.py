"""A city's event bus on loopback: it answers as it is told to, and keeps what it has answered 200."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote


@dataclass(slots=True)
class Bus:
    """`answers` are the statuses of the next requests; after them 204. At most `most` events a request."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    retry_after: str | None = None
    most: int = 1000
    drops_reply: bool = False
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    taken: list[dict[str, Any]] = field(default_factory=list)

    def answer(self, headers: dict[str, str], body: bytes) -> int:
        self.requests.append((headers, body))
        events = _events(headers, body)
        status = self.answers.pop(0) if self.answers else 204
        if status < 300 and len(events) > self.most:
            status = 413
        if status < 300:
            self.taken += events
        return status

    @property
    def numbers(self) -> list[tuple[str, int]]:
        return [(event["device"], int(event["sequence"])) for event in self.taken]


def _events(headers: dict[str, str], body: bytes) -> list[dict[str, Any]]:
    """As a receiver reads them (HTTP binding, 3.1 and 3.3)."""
    if headers["content-type"].startswith("application/cloudevents-batch+json"):
        listed: list[dict[str, Any]] = json.loads(body)
        return listed
    attributes = {name[3:]: unquote(value) for name, value in headers.items() if name.startswith("ce-")}
    return [{**attributes, "datacontenttype": headers["content-type"], "data": json.loads(body)}]


@contextmanager
def open_bus() -> Iterator[Bus]:
    bus = Bus()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = bus.answer({name.lower(): value for name, value in self.headers.items()}, body)
            if bus.drops_reply:
                self.close_connection = True
                return
            self.send_response(status)
            if bus.retry_after is not None:
                self.send_header("Retry-After", bus.retry_after)
            if status == 302:
                self.send_header("Location", bus.url)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        bus.url = f"http://127.0.0.1:{server.server_address[1]}/events"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield bus
        finally:
            server.shutdown()
            thread.join()
