from __future__ import annotations

import socket
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from kiosk.screen.connection import LineBuffer, LineConnection
from tests.screen.conftest import Gatekeeper


def test_lines_are_put_together_from_pieces() -> None:
    buffer = LineBuffer()
    assert buffer.feed(b"on") == []
    assert buffer.feed(b"e\ntwo\nth") == [b"one", b"two"]
    assert buffer.feed(b"ree\n") == [b"three"]


def test_a_line_that_is_too_long_is_thrown_away_and_the_next_is_read() -> None:
    buffer = LineBuffer(limit=8)
    assert buffer.feed(b"x" * 6) == []
    assert buffer.feed(b"x" * 6) == []
    assert buffer.feed(b"xx\nnext\n") == [b"next"]
    assert buffer.refused == 1


def test_a_line_without_end_costs_no_more_memory_than_the_limit() -> None:
    buffer = LineBuffer(limit=1000)
    for _ in range(1000):
        buffer.feed(b"x" * 1000)
    assert len(buffer._rest) <= 1000


def test_a_line_arrives(qtbot: QtBot, gatekeeper: Gatekeeper) -> None:
    connection = LineConnection(gatekeeper.path)
    connection.start()
    gatekeeper.accept()
    with qtbot.waitSignal(connection.line) as heard:
        gatekeeper.say_bytes(b"hello\n")
    assert heard.args == [b"hello"]
    connection.stop()


def test_a_lost_connection_is_reported_and_made_again(qtbot: QtBot, gatekeeper: Gatekeeper) -> None:
    connection = LineConnection(gatekeeper.path)
    connection.start()
    gatekeeper.accept()
    with qtbot.waitSignal(connection.lost):
        gatekeeper.die()
    with qtbot.waitSignal(connection.opened, timeout=3000):
        gatekeeper.restart()
    connection.stop()


def test_a_socket_that_is_not_there_is_tried_again(qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "s.sock"
    connection = LineConnection(path)
    connection.start()
    assert not connection.connected
    with qtbot.waitSignal(connection.opened, timeout=3000):
        late = Gatekeeper(path)
    connection.stop()
    late.die()


def test_a_peer_that_does_not_read_counts_as_lost(qtbot: QtBot, gatekeeper: Gatekeeper) -> None:
    connection = LineConnection(gatekeeper.path)
    connection.start()
    gatekeeper.accept()
    with qtbot.waitSignal(connection.lost):
        for _ in range(1000):
            if not connection.send(b"x" * 4095 + b"\n"):
                break
    connection.stop()


def test_what_came_with_a_line_that_ended_the_connection_counts_no_more(
    qtbot: QtBot, gatekeeper: Gatekeeper
) -> None:
    connection = LineConnection(gatekeeper.path)
    heard: list[bytes] = []
    connection.line.connect(heard.append)
    connection.line.connect(connection.stop)
    connection.start()
    gatekeeper.accept()
    with qtbot.waitSignal(connection.line):
        gatekeeper.say_bytes(b"bye\nnever\n")
    assert heard == [b"bye"]


def test_nothing_is_sent_without_a_connection(qtbot: QtBot, tmp_path: Path) -> None:
    assert not LineConnection(tmp_path / "s.sock").send(b"hello\n")


@pytest.mark.parametrize("path", ["x" * 200, "folder/that/is/not/there"])
def test_a_path_that_cannot_be_a_socket_raises_nothing(qtbot: QtBot, tmp_path: Path, path: str) -> None:
    connection = LineConnection(tmp_path / path)
    connection.start()
    assert not connection.connected
    connection.stop()


def test_stopping_closes_the_socket(qtbot: QtBot, gatekeeper: Gatekeeper) -> None:
    connection = LineConnection(gatekeeper.path)
    connection.start()
    gatekeeper.accept()
    connection.stop()
    assert gatekeeper.hear() == b""
    assert isinstance(gatekeeper._peer, socket.socket)
