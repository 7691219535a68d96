from __future__ import annotations

import json
import os
import socket
import stat
import threading
from pathlib import Path

import pytest

from kiosk.gatekeeper.unix_server import SocketUnavailable, UnixServer, json_requests


def echo(line: bytes) -> bytes:
    return line.upper() + b"\n"


def limited(path: Path) -> UnixServer:
    return UnixServer(path, echo, max_line_bytes=1000, max_waiting_bytes=100_000, max_clients=2)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.sock"


def connect(path: Path) -> socket.socket:
    client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    client.settimeout(5)
    client.connect(str(path))
    return client


def ended(client: socket.socket) -> bool:
    """Whether the server has hung up, once what it sent is read."""
    try:
        while client.recv(65_536):
            pass
    except ConnectionResetError:
        pass
    return True


def test_each_line_is_answered_in_order_also_when_it_comes_in_pieces(path: Path) -> None:
    with UnixServer(path, echo), connect(path) as client, client.makefile("rb") as lines:
        client.sendall(b"one\ntw")
        assert lines.readline() == b"ONE\n"
        client.sendall(b"o\nthree\n")
        assert [lines.readline(), lines.readline()] == [b"TWO\n", b"THREE\n"]


def test_the_socket_is_for_its_owner_and_group_and_goes_with_the_server(path: Path) -> None:
    with UnixServer(path, echo):
        assert stat.S_IMODE(path.stat().st_mode) == 0o660
    assert not path.exists()


def test_closing_joins_the_thread_and_hangs_up(path: Path) -> None:
    server = UnixServer(path, echo).open()
    client = connect(path)
    client.sendall(b"x\n")
    assert client.recv(10) == b"X\n"
    server.close()
    server.close()
    assert "socket a.sock" not in [thread.name for thread in threading.enumerate()]
    assert ended(client)
    client.close()


def test_all_clients_hear_a_broadcast_and_a_new_one_is_greeted(path: Path) -> None:
    greeted = UnixServer(path, echo, greeting=lambda: b"state 1\n")
    with greeted as server, connect(path) as first, connect(path) as second:
        heard = [client.makefile("rb") for client in (first, second)]
        assert [lines.readline() for lines in heard] == [b"state 1\n"] * 2
        server.broadcast(b"state 2\n")
        assert [lines.readline() for lines in heard] == [b"state 2\n"] * 2
        for lines in heard:
            lines.close()


def test_a_client_that_does_not_read_is_dropped_and_the_others_are_not_held_up(path: Path) -> None:
    with limited(path) as server, connect(path) as slow, connect(path) as quick:
        lines = quick.makefile("rb")
        slow.sendall(b"hello\n")
        assert slow.recv(10) == b"HELLO\n"
        line = b"x" * 9_999 + b"\n"
        for _ in range(100):
            server.broadcast(line)
            assert lines.readline() == line
        assert ended(slow)
        assert server.client_count == 1
        lines.close()


def test_a_line_that_does_not_end_is_not_collected(path: Path) -> None:
    with limited(path), connect(path) as client:
        client.sendall(b"x" * 1001)
        assert ended(client)


def test_more_clients_than_allowed_are_turned_away(path: Path) -> None:
    with limited(path), connect(path) as one, connect(path) as two, connect(path) as three:
        for client in (one, two):
            client.sendall(b"x\n")
            assert client.recv(10) == b"X\n"
        assert ended(three)


def test_a_process_of_another_user_is_turned_away_unless_it_is_named(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    me = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: me + 1)
    with UnixServer(path, echo), connect(path) as client:
        assert ended(client)
    with UnixServer(path, echo, uids=[me]), connect(path) as client:
        client.sendall(b"x\n")
        assert client.recv(10) == b"X\n"


def test_a_socket_that_a_dead_process_left_behind_is_replaced(path: Path) -> None:
    dead = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    dead.bind(str(path))
    dead.close()
    with UnixServer(path, echo), connect(path) as client:
        client.sendall(b"x\n")
        assert client.recv(10) == b"X\n"


def test_a_socket_that_is_served_already_is_left_alone(path: Path) -> None:
    with UnixServer(path, echo):
        with pytest.raises(SocketUnavailable, match="another process serves"):
            UnixServer(path, echo).open()
        with connect(path) as client:
            client.sendall(b"x\n")
            assert client.recv(10) == b"X\n"


def test_a_place_where_no_socket_can_be_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("precious")
    with pytest.raises(SocketUnavailable, match="is not a socket"):
        UnixServer(tmp_path / "file", echo).open()
    with pytest.raises(SocketUnavailable, match="cannot be made"):
        UnixServer(tmp_path / "no" / "a.sock", echo).open()
    with pytest.raises(SocketUnavailable, match="too long"):
        UnixServer(tmp_path / ("x" * 120), echo).open()


def test_requests_in_json_are_answered_in_json(path: Path) -> None:
    answer = json_requests(lambda request: {"got": request["a"]}, max_characters=100)
    with UnixServer(path, answer), connect(path) as client, client.makefile("rb") as lines:
        for sent in (
            b'{"a":1}',
            b"[]",
            b"{",
            b'{"a":NaN}',
            b'{"a":' + b"[" * 20 + b"]" * 20 + b"}",
            b" " * 101,
        ):
            client.sendall(sent + b"\n")
        replies = [json.loads(lines.readline()) for _ in range(6)]
    assert replies[0] == {"got": 1}
    assert all(list(reply) == ["error"] for reply in replies[1:])
