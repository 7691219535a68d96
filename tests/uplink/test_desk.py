from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.gatekeeper import uplink_desk
from kiosk.gatekeeper.unix_server import UnixServer, json_requests
from kiosk.uplink.desk import MAX_REQUEST_BYTES, UnixDesk, request_line
from kiosk.uplink.errors import DeskRefused, DeskUnavailable


def server(path: Path) -> UnixServer:
    return UnixServer(path, json_requests(lambda request: {"got": request}, max_characters=1000))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "uplink.sock"


@pytest.fixture
def desk(path: Path) -> Iterator[UnixDesk]:
    desk = UnixDesk(path, timeout_s=0.2)
    yield desk
    desk.close()


def test_requests_are_answered_over_one_connection(path: Path, desk: UnixDesk) -> None:
    with server(path) as gatekeeper:
        assert desk.request({"op": "status"}) == {"got": {"op": "status"}}
        assert desk.request({"op": "食"}) == {"got": {"op": "食"}}
        assert gatekeeper.client_count == 1


def test_a_gatekeeper_started_anew_is_found_again(path: Path, desk: UnixDesk) -> None:
    for n in range(3):
        with server(path):
            assert desk.request({"n": n}) == {"got": {"n": n}}


def test_no_gatekeeper_is_said_and_passes(path: Path, desk: UnixDesk) -> None:
    with pytest.raises(DeskUnavailable, match=r"uplink\.sock"):
        desk.request({})
    with server(path):
        assert desk.request({}) == {"got": {}}


@pytest.mark.parametrize("reply", [b"", b"no json\n", b"[]\n", b'{"half":'])
def test_a_gatekeeper_that_talks_nonsense_or_stops_is_said(path: Path, desk: UnixDesk, reply: bytes) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()

        def serve() -> None:
            connection, _ = listener.accept()
            connection.recv(1000)
            connection.sendall(reply)
            connection.close()

        thread = threading.Thread(target=serve)
        thread.start()
        with pytest.raises(DeskUnavailable):
            desk.request({})
        thread.join()


def test_a_gatekeeper_that_never_answers_is_not_waited_for_long(path: Path, desk: UnixDesk) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        with pytest.raises(DeskUnavailable):
            desk.request({})


def test_what_gatekeeper_would_not_read_is_refused_and_not_sent(path: Path, desk: UnixDesk) -> None:
    assert MAX_REQUEST_BYTES == uplink_desk.MAX_REQUEST_BYTES
    with server(path):
        with pytest.raises(DeskRefused, match="1080016 bytes are to be handed in; gatekeeper reads 1048576"):
            desk.request({"document": "é" * 180_000})
        assert desk.request({}) == {"got": {}}


def test_a_line_of_just_the_length_is_sent() -> None:
    frame = len(request_line({"a": ""}))
    assert len(request_line({"a": "x" * (MAX_REQUEST_BYTES + 1 - frame)})) == MAX_REQUEST_BYTES + 1
    with pytest.raises(DeskRefused):
        request_line({"a": "x" * (MAX_REQUEST_BYTES + 2 - frame)})


def test_what_is_nested_too_deep_is_refused() -> None:
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(DeskRefused):
        request_line({"receipt": deep})
