"""The screen's socket, with a real client on it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue

import pytest

from kiosk.core.commands import Sound
from kiosk.core.events import StaffAction
from kiosk.core.view import Page, ViewState
from kiosk.gatekeeper.screen_server import FromScreen, ScreenServer
from kiosk.wire import IntentMessage, Message, SoundMessage, ViewMessage, decode, encode

PATIENCE_S = 5.0


class Client:
    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._file = line.makefile("rb")

    def read(self) -> Message:
        return decode(self._file.readline())

    def send(self, raw: bytes) -> None:
        self._line.sendall(raw)


@pytest.fixture
def intents() -> SimpleQueue[FromScreen]:
    return SimpleQueue()


@pytest.fixture
def server(tmp_path: Path, intents: SimpleQueue[FromScreen]) -> Iterator[ScreenServer]:
    server = ScreenServer(tmp_path / "screen.sock", intents.put).open()
    yield server
    server.close()


@contextmanager
def client(path: Path) -> Iterator[Client]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(PATIENCE_S)
        line.connect(str(path / "screen.sock"))
        yield Client(line)


def view(page: Page, revision: int) -> ViewMessage:
    return ViewMessage(ViewState(page, revision))


def test_a_screen_that_connects_is_told_the_present_state_first(server: ScreenServer, tmp_path: Path) -> None:
    with client(tmp_path) as early:
        assert early.read() == ViewMessage(ViewState(Page.STARTING))
    server.publish(view(Page.WELCOME, 1))
    server.publish(view(Page.ALARM, 2))
    server.publish(SoundMessage(Sound.ALARM))
    with client(tmp_path) as late:
        assert late.read() == view(Page.ALARM, 2), "and neither an older state nor a sound that has passed"


def test_every_screen_is_told_everything_in_order(server: ScreenServer, tmp_path: Path) -> None:
    with client(tmp_path) as one, client(tmp_path) as other:
        for screen in (one, other):
            screen.read()
        server.publish(view(Page.WELCOME, 1))
        server.publish(SoundMessage(Sound.READ))
        for screen in (one, other):
            assert [screen.read(), screen.read()] == [view(Page.WELCOME, 1), SoundMessage(Sound.READ)]


def test_what_staff_ask_for_is_handed_on(
    server: ScreenServer, tmp_path: Path, intents: SimpleQueue[FromScreen]
) -> None:
    with client(tmp_path) as screen:
        screen.send(encode(IntentMessage(StaffAction.DISMISS)))
        assert intents.get(timeout=PATIENCE_S) == IntentMessage(StaffAction.DISMISS)


def test_what_is_no_intent_is_ignored_and_the_screen_stays_connected(
    server: ScreenServer, tmp_path: Path, intents: SimpleQueue[FromScreen]
) -> None:
    with client(tmp_path) as screen:
        screen.read()
        for line in (b"\n", b"{}\n", b"\xff\xfe\n", b'{"kind":"intent","action":"open_gate"}\n'):
            screen.send(line)
        screen.send(encode(view(Page.ALARM, 9)))
        screen.send(encode(IntentMessage(StaffAction.DISMISS)))
        assert intents.get(timeout=PATIENCE_S) == IntentMessage(StaffAction.DISMISS)
        assert intents.empty()
        server.publish(view(Page.WELCOME, 1))
        assert screen.read() == view(Page.WELCOME, 1), "a screen cannot set the state"


def test_a_screen_that_connects_is_told_the_present_state_of_every_lane(
    server: ScreenServer, tmp_path: Path
) -> None:
    out = ViewMessage(ViewState(Page.LOOK_AT_SENSOR, 3, lane="out"))
    server.publish(view(Page.WELCOME, 2))
    server.publish(out)
    server.publish(view(Page.RESULT, 4))
    with client(tmp_path) as late:
        assert [late.read(), late.read()] == [view(Page.RESULT, 4), out]
