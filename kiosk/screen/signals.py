"""SIGTERM and SIGINT end a Qt program: a signal wakes the event loop, which then quits.

Python runs a handler only between two of its own instructions, and Qt's loop
may execute none for minutes. The wake-up descriptor (`signal.set_wakeup_fd`)
makes the loop run Python, and so the handler, at once.
"""

from __future__ import annotations

import contextlib
import signal
import socket
from types import FrameType, TracebackType

from PySide6.QtCore import QCoreApplication, QSocketNotifier, QTimer

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class QuitOnSignals:
    """While entered, SIGTERM and SIGINT quit `app`. Main thread only."""

    def __init__(self, app: QCoreApplication) -> None:
        self._app = app
        self._stack = contextlib.ExitStack()
        self._reader: socket.socket | None = None

    def __enter__(self) -> QuitOnSignals:
        reader, writer = socket.socketpair()
        self._reader = reader
        for end in (reader, writer):
            end.setblocking(False)
            self._stack.callback(end.close)
        notifier = QSocketNotifier(reader.fileno(), QSocketNotifier.Type.Read, self._app)
        notifier.activated.connect(self._drain)
        self._stack.callback(notifier.deleteLater)
        self._stack.callback(notifier.setEnabled, False)
        self._stack.callback(signal.set_wakeup_fd, signal.set_wakeup_fd(writer.fileno()))
        for number in _SIGNALS:
            self._stack.callback(signal.signal, number, signal.signal(number, self._quit))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def _drain(self) -> None:
        if self._reader is not None:
            with contextlib.suppress(BlockingIOError):
                self._reader.recv(64)

    def _quit(self, _number: int, _frame: FrameType | None) -> None:
        """Quit by way of the loop: a `quit` before the loop has begun would be lost."""
        QTimer.singleShot(0, self._app.quit)
