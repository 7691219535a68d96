"""A trust repository over real HTTP, whose answers can be replaced."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from hub.trust.repository import Repository

METADATA, TARGETS = "/trust/metadata/", "/trust/targets/"
NOT_FOUND = (404, b'{"error": "there is no such file"}')


class TrustServer:
    """Serves `repository`; `instead` holds answers by path, `asked` what was asked for."""

    def __init__(self, repository: Repository, now: Callable[[], datetime] | None = None) -> None:
        self.repository = repository
        self.instead: dict[str, tuple[int, bytes]] = {}
        self.asked: list[str] = []
        self.url = ""
        self._now = now

    def answer(self, path: str) -> tuple[int, bytes]:
        self.asked.append(path)
        if path in self.instead:
            return self.instead[path]
        if path == f"{METADATA}timestamp.json" and self._now is not None:
            self.repository.renew(self._now())
        data = None
        if path.startswith(METADATA):
            data = self.repository.metadata_file(path.removeprefix(METADATA))
        elif path.startswith(TARGETS):
            data = self.repository.target_file(path.removeprefix(TARGETS))
        return NOT_FOUND if data is None else (200, data)


@contextmanager
def serving(trust: TrustServer) -> Iterator[TrustServer]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            status, body = trust.answer(self.path)
            self.send_response_only(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        do_HEAD = do_GET

        def log_message(self, *_: object) -> None:
            """Tests are quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        trust.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield trust
        finally:
            server.shutdown()
            thread.join()
