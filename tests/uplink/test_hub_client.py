from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import MappingProxyType
from typing import ClassVar

import pytest

from kiosk.uplink import packing
from kiosk.uplink.errors import HubUnreachable
from kiosk.uplink.hub_client import MAX_REPLY_BYTES, HubClient, Reply, new_session

Answer = Callable[[BaseHTTPRequestHandler], None]


class Handler(BaseHTTPRequestHandler):
    answer: ClassVar[Answer]
    heard: ClassVar[list[tuple[str, dict[str, str], bytes]]]

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.heard.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
        type(self).answer(self)

    do_POST = do_HEAD = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""


@pytest.fixture
def server() -> Iterator[str]:
    Handler.heard = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def hub(server: str) -> Iterator[HubClient]:
    with new_session() as session:
        yield HubClient(server + "/", session)


def replying(status: int, body: bytes = b"", headers: Mapping[str, str] = MappingProxyType({})) -> Answer:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response_only(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(body)

    return answer


def test_an_upload_names_the_device_and_carries_the_batch(hub: HubClient) -> None:
    Handler.answer = replying(200, b'{"size": 1}')
    batch = {"start": 0, "entries": [], "tree_head": "head"}
    reply = hub.upload("kiosk 7/../x", batch)
    assert (reply.status, reply.document()) == (200, {"size": 1})
    path, headers, body = Handler.heard[0]
    assert path == "/v1/logs/kiosk%207%2F..%2Fx/entries"
    assert (headers["content-type"], headers["content-encoding"]) == (packing.MEDIA_TYPE, "zstd")
    assert packing.unpack("kiosk 7/../x", body) == batch


def test_the_environment_is_not_followed(hub: HubClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    Handler.answer = replying(200, b"{}")
    assert hub.get("/file").status == 200


def test_a_redirect_is_an_answer_and_not_followed(hub: HubClient) -> None:
    Handler.answer = replying(302, headers={"Location": "http://127.0.0.1:1/"})
    assert hub.get("/file").status == 302


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "40"}, 40),
        ({"Retry-After": "9" * 500}, 999_999_999),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-3"}, None),
        ({"Retry-After": "Sun, 22 Nov 2026 08:02:00 GMT", "Date": "Sun, 22 Nov 2026 08:00:00 GMT"}, 120),
        ({"Retry-After": "Sun, 22 Nov 2026 07:00:00 GMT", "Date": "Sun, 22 Nov 2026 08:00:00 GMT"}, 0),
        ({"Retry-After": "Sun, 22 Nov 2026 08:02:00 GMT", "Date": "yesterday"}, None),
        ({"Retry-After": "Sun, 22 Nov 2026 08:02:00 -0000", "Date": "Sun, 22 Nov 2026 08:00:00 GMT"}, None),
    ],
)
def test_the_wait_asked_for_is_read_as_seconds_or_as_a_date_on_the_servers_own_clock(
    hub: HubClient, headers: dict[str, str], seconds: float | None
) -> None:
    Handler.answer = replying(503, headers=headers)
    assert hub.get("/file").retry_after_s == seconds


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b"[" * 100_000])
def test_a_body_that_is_no_object_is_an_empty_one(hub: HubClient, body: bytes) -> None:
    Handler.answer = replying(200, body)
    assert hub.get("/file").document() == {}


def test_a_reply_without_end_is_cut(hub: HubClient) -> None:
    Handler.answer = replying(200, b"x" * 2_000_000)
    with pytest.raises(HubUnreachable):
        hub.upload("kiosk-7", {"start": 0, "entries": [], "tree_head": ""})


def test_of_a_file_no_more_is_read_than_shows_that_it_is_too_long(hub: HubClient) -> None:
    Handler.answer = replying(200, b"x" * 2_000_000)
    assert hub.get("/file") == Reply(200, b"x" * MAX_REPLY_BYTES)


def test_a_probe_asks_for_no_body(hub: HubClient) -> None:
    Handler.answer = replying(200, headers={"Content-Length": "500"})
    assert hub.probe() == Reply(200, b"")
    assert Handler.heard[0][0] == "/trust/metadata/timestamp.json"


def test_a_reply_that_drips_is_not_waited_for(server: str) -> None:
    Handler.answer = replying(200, b"x" * 300_000)
    seconds = iter(range(0, 10_000, 40))
    with new_session() as session, pytest.raises(HubUnreachable):
        HubClient(server, session, now=lambda: next(seconds)).get("/file")


def test_a_reply_cut_short_is_no_reply(hub: HubClient) -> None:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")

    Handler.answer = answer
    with pytest.raises(HubUnreachable):
        hub.get("/file")


def test_rubbish_is_no_reply(hub: HubClient) -> None:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(b"SSH-2.0-OpenSSH\r\n")

    Handler.answer = answer
    with pytest.raises(HubUnreachable):
        hub.get("/file")


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://kiosk.invalid", "http://[", "nonsense"])
def test_no_hub_is_one_exception_whatever_the_cause(url: str) -> None:
    with new_session() as session, pytest.raises(HubUnreachable):
        HubClient(url, session).get("/file")
