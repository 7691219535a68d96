"""One connection to the simulated world: a JSON message up, a reply down (`sim.server`)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from multiprocessing.connection import Client, Connection
from threading import Lock

from drivers.errors import DeviceUnavailable


class Line:
    """One connection to the world. Raises DeviceUnavailable when the world has gone."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._lock = Lock()
        self._connection: Connection | None = None

    def ask(self, request: Mapping[str, object]) -> tuple[dict[str, object], bytes]:
        """Send one request; the reply's head, and its body where it has one."""
        with self._lock:
            try:
                if self._connection is None:
                    self._connection = Client(self._path, family="AF_UNIX")
                self._connection.send_bytes(json.dumps(request).encode())
                head: dict[str, object] = json.loads(self._connection.recv_bytes())
                body = self._connection.recv_bytes() if head.get("body") else b""
            except (OSError, EOFError) as error:
                self._hang_up()
                raise DeviceUnavailable(f"the simulated world at {self._path} does not answer.") from error
        return head, body

    def close(self) -> None:
        with self._lock:
            self._hang_up()

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
