"""The screen's socket: messages down to every screen, intents up to the core.

A screen that connects is told the present state first, so that it never shows
an old one: every lane's, since it takes what is its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Self

from kiosk import wire
from kiosk.core.view import Page, ViewState
from kiosk.gatekeeper.unix_server import UnixServer
from kiosk.wire import IntentMessage, Message, SignInMessage, ViewMessage, WireError

FromScreen = IntentMessage | SignInMessage


class ScreenServer:
    """`on_message` takes what staff ask for; it runs on the server's thread."""

    def __init__(
        self, path: Path, on_message: Callable[[FromScreen], None], *, uids: Iterable[int] = ()
    ) -> None:
        self._on_message = on_message
        self._present = {"": wire.encode(ViewMessage(ViewState(Page.STARTING)))}
        self._server = UnixServer(
            path, self._on_line, greeting=self._greeting, uids=uids, max_line_bytes=wire.MAX_LINE_BYTES
        )

    def open(self) -> Self:
        """Raises SocketUnavailable."""
        self._server.open()
        return self

    def close(self) -> None:
        self._server.close()

    def publish(self, message: Message) -> None:
        line = wire.encode(message)
        if isinstance(message, ViewMessage):
            self._present = {**self._present, message.view.lane: line}
        self._server.broadcast(line)

    def _greeting(self) -> bytes:
        return b"".join(self._present.values())

    def _on_line(self, line: bytes) -> None:
        try:
            message = wire.decode(line)
        except WireError:
            return
        if isinstance(message, IntentMessage | SignInMessage):
            self._on_message(message)
