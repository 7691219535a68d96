from __future__ import annotations

from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from kiosk.config import Site, load
from tests.cli.bench import Bench
from tests.cli.sites import write_site


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return load(write_site(tmp_path))


@pytest.fixture
def state_dir(site: Site) -> Path:
    site.site.state_dir.mkdir()
    return site.site.state_dir


@pytest.fixture
def hub() -> Iterator[Callable[[int, bytes], str]]:
    """Starts a hub that gives one answer to everything; gives its address."""
    servers = []

    def serve(status: int, body: bytes) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Tests are quiet."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}"

    yield serve
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()
