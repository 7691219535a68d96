"""The uplink's side of gatekeeper's socket: one request, one reply, a line of JSON each."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any, Protocol

from kiosk.uplink.errors import DeskRefused, DeskUnavailable

MAX_REQUEST_BYTES = 1_048_576
"""Gatekeeper ends a connection that sends a longer line."""
MAX_REPLY_BYTES = 8_388_608
TIMEOUT_S = 5.0


class Desk(Protocol):
    """What answers the uplink's requests in gatekeeper."""

    def request(self, message: dict[str, Any]) -> dict[str, Any]:
        """The reply to one request. Raises DeskUnavailable; DeskRefused where none can be asked for."""


def request_line(message: dict[str, Any]) -> bytes:
    """The message as one line. Raises DeskRefused for one that gatekeeper would not read.

    What it carries may be from the hub: escaped, each of its characters can take six bytes and more.
    """
    try:
        line = json.dumps(message).encode()
    except (ValueError, RecursionError) as error:
        raise DeskRefused(f"what is to be handed in is no JSON: {error}.") from error
    if len(line) > MAX_REQUEST_BYTES:
        raise DeskRefused(f"{len(line)} bytes are to be handed in; gatekeeper reads {MAX_REQUEST_BYTES}.")
    return line + b"\n"


class UnixDesk:
    """A desk behind a Unix socket. Connects when it must, and again when gatekeeper was started anew."""

    def __init__(self, path: Path, *, timeout_s: float = TIMEOUT_S) -> None:
        self._path = path
        self._timeout_s = timeout_s
        self._connection: socket.socket | None = None

    def request(self, message: dict[str, Any]) -> dict[str, Any]:
        """Raises DeskUnavailable, DeskRefused. A request may be sent twice: asking again changes nothing."""
        line = request_line(message)
        if self._connection is not None:
            try:
                return self._exchange(self._connection, line)
            except (OSError, ValueError):
                self.close()  # gatekeeper may have been started anew since
        try:
            return self._exchange(self._connect(), line)
        except (OSError, ValueError) as error:
            self.close()
            raise DeskUnavailable(f"{self._path}: gatekeeper does not answer: {error}") from error

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _connect(self) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._connection = connection
        connection.settimeout(self._timeout_s)
        connection.connect(str(self._path))
        return connection

    def _exchange(self, connection: socket.socket, line: bytes) -> dict[str, Any]:
        connection.sendall(line)
        received = bytearray()
        while not received.endswith(b"\n"):
            chunk = connection.recv(65_536)
            received += chunk
            if not chunk or len(received) > MAX_REPLY_BYTES:
                raise ConnectionError("the reply was cut short or is too long")
        reply = json.loads(received)
        if not isinstance(reply, dict):
            raise ValueError("the reply is not a JSON object")
        return reply
