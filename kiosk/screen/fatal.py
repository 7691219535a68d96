"""What Qt says before it ends the process, as one sentence and an exit status.

Qt aborts, with a core dump, when it cannot open the display. Its message
handler is the last code that runs before that.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

EXIT_STATUS = 2
_DISPLAY_CATEGORIES = ("qt.qpa.xcb", "qt.qpa.plugin", "qt.qpa.wayland")


@contextmanager
def explained() -> Iterator[None]:
    """Within it a fatal message of Qt is one sentence on stderr and exit status 2; others pass."""
    before = qInstallMessageHandler(_handle)
    try:
        yield
    finally:
        qInstallMessageHandler(before)


def _handle(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
    if kind is QtMsgType.QtFatalMsg:
        sys.stderr.write(f"kiosk screen: {_sentence()}\n")
        sys.stderr.flush()
        os._exit(EXIT_STATUS)
    if not (context.category or "").startswith(_DISPLAY_CATEGORIES):
        sys.stderr.write(f"{message}\n")


def _sentence() -> str:
    names = ("QT_QPA_PLATFORM", "WAYLAND_DISPLAY", "DISPLAY")
    given = ", ".join(f"{name}={os.environ[name]}" for name in names if os.environ.get(name))
    return (
        f"Qt cannot draw on the display ({given}); correct that, or start with --headless; "
        "kiosk doctor says more."
    )
