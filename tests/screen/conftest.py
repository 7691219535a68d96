"""Qt draws offscreen, and every test gets its own window and, where it asks, its own gatekeeper."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from kiosk.core.view import Page, Result, ViewState
from kiosk.screen.process import Screen
from kiosk.screen.staff_page import StaffPage
from kiosk.screen.window import KioskWindow
from kiosk.terms import Outcome, Reason
from kiosk.wire import IntentMessage, Message, SignInMessage, ThermalPicture, encode


def granted(masked_name: str | None = "张*明") -> ViewState:
    """A result as gatekeeper sends it."""
    result = Result(Outcome.GRANT, Reason.GRANTED, "main-gate", masked_name, 34.6, 0.9)
    return ViewState(Page.RESULT, passage_id=7, result=result, shown_at="2026-11-22T08:00:00+00:00")


def picture(pixels: bytes = bytes(768)) -> ThermalPicture:
    return ThermalPicture(20.0, 36.5, pixels.hex())


class Gatekeeper:
    """The other end of the screen's socket."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._server = self._listen()
        self._peer: socket.socket | None = None

    def _listen(self) -> socket.socket:
        server = socket.socket(socket.AF_UNIX)
        server.bind(str(self.path))
        server.listen(4)
        server.settimeout(5)
        return server

    def accept(self) -> None:
        self._peer, _ = self._server.accept()
        self._peer.settimeout(5)

    def say(self, *messages: Message) -> None:
        self.say_bytes(b"".join(encode(message) for message in messages))

    def say_bytes(self, data: bytes) -> None:
        assert self._peer is not None
        self._peer.sendall(data)

    def hear(self) -> bytes:
        assert self._peer is not None
        return self._peer.recv(4096)

    def hang_up(self) -> None:
        if self._peer is not None:
            self._peer.close()
            self._peer = None

    def die(self) -> None:
        self.hang_up()
        self._server.close()
        self.path.unlink(missing_ok=True)

    def restart(self) -> None:
        self._server = self._listen()


@pytest.fixture
def gatekeeper(tmp_path: Path) -> Iterator[Gatekeeper]:
    keeper = Gatekeeper(tmp_path / "s.sock")
    yield keeper
    keeper.die()


@pytest.fixture
def window(qtbot: QtBot) -> KioskWindow:
    window = KioskWindow()
    qtbot.addWidget(window)
    window.show()
    return window


@pytest.fixture
def page(window: KioskWindow) -> StaffPage:
    return window.staff


@pytest.fixture
def asked(page: StaffPage) -> list[IntentMessage | SignInMessage]:
    """What the staff page has sent to the gatekeeper."""
    messages: list[IntentMessage | SignInMessage] = []
    page.asks.connect(messages.append)
    return messages


@pytest.fixture
def make_screen(qtbot: QtBot, qapp: QApplication) -> Callable[..., Screen]:
    def make(**options: object) -> Screen:
        screen = Screen(qapp, **options)  # type: ignore[arg-type]
        qtbot.addWidget(screen.window)
        screen.open()
        return screen

    return make
