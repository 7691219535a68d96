from __future__ import annotations

import socket
import threading
from collections.abc import Generator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest
import requests
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sim.clock import SimClock
from sim.network import AsgiAdapter, Fault, FaultProxy, Faults, Outage, Rates


class Hub:
    """An application, and a real server, that count what reaches them."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.app = Starlette(routes=[Route("/{rest:path}", self.answer, methods=["GET", "POST"])])

    async def answer(self, request: Request) -> Response:
        body = (await request.body()).decode()
        self.heard.append(body)
        query = dict(request.query_params)
        document = {
            "path": request.url.path,
            "query": query,
            "body": body,
            "agent": request.headers["x-agent"],
        }
        return JSONResponse(document, status_code=201, headers={"X-Hub": "yes"})


@pytest.fixture
def hub() -> Hub:
    return Hub()


@pytest.fixture
def clock() -> SimClock:
    return SimClock()


def session_of(hub: Hub, faults: Faults, clock: SimClock) -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    session.mount("http://hub", AsgiAdapter(hub.app, faults, clock))
    return session


def post(session: requests.Session, body: str, url: str = "http://hub/a%20b?c=d") -> requests.Response:
    return session.post(url, data=body, headers={"X-Agent": "kiosk"}, timeout=(5, 15))


def test_the_application_gets_the_whole_request_and_requests_the_whole_reply(
    hub: Hub, clock: SimClock
) -> None:
    reply = post(session_of(hub, Faults(clock.mono), clock), "食")
    assert reply.json() == {"path": "/a b", "query": {"c": "d"}, "body": "食", "agent": "kiosk"}
    assert (reply.status_code, reply.headers["x-hub"]) == (201, "yes")
    assert clock.mono() == 0


def test_a_scheduled_outage_begins_and_ends_on_the_given_clock(hub: Hub, clock: SimClock) -> None:
    faults = Faults(clock.mono, outages=[Outage(10, 20)])
    session = session_of(hub, faults, clock)
    edges = []
    for _ in range(2):
        edges.append(faults.next_change_at())
        post(session, "before or after") if not faults.is_out else None
        clock.advance_to(edges[-1] or 0)
        if faults.is_out:
            with pytest.raises(requests.ConnectionError):
                post(session, "during")
    post(session, "after")
    assert edges == [10, 20]
    assert faults.next_change_at() is None
    assert hub.heard == ["before or after", "after"]


def test_the_cable_can_be_pulled_by_hand(hub: Hub, clock: SimClock) -> None:
    faults = Faults(clock.mono)
    session = session_of(hub, faults, clock)
    faults.cut()
    with pytest.raises(requests.ConnectionError):
        post(session, "lost")
    faults.restore()
    post(session, "heard")
    assert hub.heard == ["heard"]


def test_a_lost_reply_has_reached_the_hub_and_takes_the_read_timeout(hub: Hub, clock: SimClock) -> None:
    session = session_of(hub, Faults(clock.mono, rates=Rates(lost_reply=1)), clock)
    with pytest.raises(requests.ReadTimeout):
        post(session, "heard")
    assert (hub.heard, clock.mono()) == (["heard"], 15)


def test_a_delay_passes_on_the_clock_and_beyond_the_timeout_it_is_one(hub: Hub, clock: SimClock) -> None:
    post(session_of(hub, Faults(clock.mono, rates=Rates(delay_s=(3, 3))), clock), "x")
    assert clock.mono() == 3
    with pytest.raises(requests.ReadTimeout):
        post(session_of(hub, Faults(clock.mono, rates=Rates(delay_s=(20, 20))), clock), "x")
    assert clock.mono() == 18


def test_cut_connections_and_server_errors_never_reach_the_hub(hub: Hub, clock: SimClock) -> None:
    with pytest.raises(requests.ConnectionError):
        post(session_of(hub, Faults(clock.mono, rates=Rates(cut=1)), clock), "x")
    reply = post(session_of(hub, Faults(clock.mono, rates=Rates(server_error=1)), clock), "x")
    assert reply.status_code in (500, 502, 503)
    assert hub.heard == []


def test_faults_come_in_their_shares_and_the_same_from_one_seed(clock: SimClock) -> None:
    rates = Rates(cut=0.1, server_error=0.1, lost_reply=0.1, delay_s=(0.1, 0.2))
    first, second, other = (Faults(clock.mono, seed=seed, rates=rates) for seed in (7, 7, 8))
    drawn = [first.next() for _ in range(2000)]
    assert drawn == [second.next() for _ in range(2000)]
    assert drawn != [other.next() for _ in range(2000)]
    assert all(150 < first.counts[fault] < 250 for fault in Fault if fault not in (Fault.NONE, Fault.OUTAGE))
    assert all(0.1 <= verdict.delay_s <= 0.2 for verdict in drawn)


def test_an_application_that_waits_for_something_else_is_a_clear_error(clock: SimClock) -> None:
    async def sleeper(_request: Request) -> Response:
        class Forever:
            def __await__(self) -> Generator[None, None, None]:
                yield None

        await Forever()
        return Response()

    session = requests.Session()
    app = Starlette(routes=[Route("/", sleeper)])
    session.mount("http://hub", AsgiAdapter(app, Faults(clock.mono), clock))
    with pytest.raises(RuntimeError, match="driven by hand"):
        session.get("http://hub/")


class _Echo(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    heard: ClassVar[list[bytes]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.heard.append(body)
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""


@pytest.fixture
def server() -> Iterator[tuple[str, list[bytes]]]:
    class Handler(_Echo):
        heard: ClassVar[list[bytes]] = []

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", Handler.heard
        server.shutdown()
        thread.join()


def through(proxy: FaultProxy, session: requests.Session, body: bytes) -> requests.Response:
    return session.post(proxy.url, data=body, timeout=5)


def test_the_proxy_lets_requests_through_whole(server: tuple[str, list[bytes]], clock: SimClock) -> None:
    url, heard = server
    with FaultProxy(url, Faults(clock.mono)) as proxy, requests.Session() as session:
        body = b"x" * 500_000
        assert through(proxy, session, body).content == body
        reply = through(proxy, session, b"again")
    assert reply.content == b"again"
    assert reply.headers["Connection"] == "close", "or the next request is sent into the connection's end"
    assert heard == [body, b"again"]


def test_the_proxy_cuts_loses_and_fails_as_it_is_told(
    server: tuple[str, list[bytes]], clock: SimClock
) -> None:
    url, heard = server
    with requests.Session() as session:
        for rates, error in ((Rates(cut=1), b"cut"), (Rates(lost_reply=1), b"lost")):
            cutting = FaultProxy(url, Faults(clock.mono, rates=rates))
            with cutting as proxy, pytest.raises(requests.ConnectionError):
                through(proxy, session, error)
        with FaultProxy(url, Faults(clock.mono, rates=Rates(server_error=1))) as proxy:
            assert through(proxy, session, b"failed").status_code >= 500
    assert heard == [b"lost"]


def test_the_proxy_is_out_while_the_cable_is_pulled_or_the_hub_is_gone(
    server: tuple[str, list[bytes]], clock: SimClock
) -> None:
    url, heard = server
    faults = Faults(clock.mono)
    with FaultProxy(url, faults) as proxy, requests.Session() as session:
        faults.cut()
        with pytest.raises(requests.ConnectionError):
            through(proxy, session, b"lost")
        faults.restore()
        assert through(proxy, session, b"heard").ok
    nowhere = FaultProxy("http://127.0.0.1:1", Faults(clock.mono))
    with nowhere as proxy, requests.Session() as session, pytest.raises(requests.ConnectionError):
        through(proxy, session, b"nobody there")
    assert heard == [b"heard"]


def test_closing_the_proxy_ends_its_thread_also_while_a_client_is_connected(clock: SimClock) -> None:
    with FaultProxy("http://127.0.0.1:1", Faults(clock.mono)) as proxy:
        client = socket.create_connection(("127.0.0.1", proxy.port), timeout=5)
        client.sendall(b"POST / HTTP/1.1\r\n")
    assert "fault proxy" not in [thread.name for thread in threading.enumerate()]
    client.close()
