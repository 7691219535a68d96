"""A line-by-line client of a Unix socket that lives in Qt's event loop, without a thread.

The rules: the peer is not trusted to behave. A line longer than the limit is
thrown away up to its end, so the buffer stays bounded; a peer that goes away
is reported once and tried again ten times a second; a peer that does not read
is treated as one that went away. Nothing here ever waits.
"""

from __future__ import annotations

import contextlib
import socket
from pathlib import Path

from PySide6.QtCore import QObject, QSocketNotifier, QTimer, Signal

from kiosk.wire import MAX_LINE_BYTES

RETRY_MS = 100
_READ_BYTES = 65_536


class LineBuffer:
    """Cuts a stream into lines of at most `limit` bytes, the newline not counted."""

    def __init__(self, limit: int = MAX_LINE_BYTES) -> None:
        self._limit = limit
        self._rest = bytearray()
        self._skipping = False
        self.refused = 0

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that `data` completes. `refused` counts those that were too long."""
        *finished, rest = data.split(b"\n")
        lines = [line for part in finished if (line := self._finish(part)) is not None]
        self._keep(rest)
        return lines

    def _finish(self, part: bytes) -> bytes | None:
        self._keep(part)
        line, skipped = bytes(self._rest), self._skipping
        self._rest.clear()
        self._skipping = False
        return None if skipped else line

    def _keep(self, part: bytes) -> None:
        if self._skipping:
            return
        if len(self._rest) + len(part) > self._limit:
            self._rest.clear()
            self._skipping = True
            self.refused += 1
        else:
            self._rest += part


class LineConnection(QObject):
    """`start()` it; then `line` comes for every line, `opened` and `lost` when that changes."""

    line = Signal(object)
    opened = Signal()
    lost = Signal()

    def __init__(self, path: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._path = path
        self._socket: socket.socket | None = None
        self._notifier: QSocketNotifier | None = None
        self._buffer = LineBuffer()
        self._retry = QTimer(self)
        self._retry.setInterval(RETRY_MS)
        self._retry.timeout.connect(self._connect)

    @property
    def connected(self) -> bool:
        return self._socket is not None

    def start(self) -> None:
        """Connect now, and from now on whenever the connection is lost."""
        self._retry.start()
        self._connect()

    def stop(self) -> None:
        """Close the connection and stay closed. Emits nothing."""
        self._retry.stop()
        self._close()

    def send(self, line: bytes) -> bool:
        """Send one line, its newline included. False when it could not be sent whole."""
        if self._socket is None:
            return False
        try:
            sent = self._socket.send(line)
        except OSError:
            sent = 0
        if sent != len(line):
            self._drop()
            return False
        return True

    def _connect(self) -> None:
        if self._socket is not None:
            return
        client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        client.setblocking(False)
        try:
            client.connect(str(self._path))
        except OSError:
            client.close()
            return
        self._socket, self._buffer = client, LineBuffer()
        self._notifier = QSocketNotifier(client.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._read)
        self._retry.stop()
        self.opened.emit()

    def _read(self) -> None:
        if self._socket is None:
            return
        try:
            data = self._socket.recv(_READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._drop()
            return
        for line in self._buffer.feed(data):
            if not self.connected:
                return  # a listener has closed the connection: what came over it counts no more
            self.line.emit(line)

    def _drop(self) -> None:
        self._close()
        self._retry.start()
        self.lost.emit()

    def _close(self) -> None:
        if self._notifier is not None:
            self._notifier.setEnabled(False)
            self._notifier.deleteLater()
            self._notifier = None
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.close()
            self._socket = None
