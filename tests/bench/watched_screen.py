"""`python -m tests.bench.watched_screen ARGUMENT…` is `kiosk ARGUMENT…`, with notes of the thermal view.

When it was painted and when it was given a picture: at the end a line of JSON for each time that it was seen
goes to the file that `NOTES_VARIABLE` names: `{"painted_s": […], "pictures_s": […]}`, in monotonic seconds.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from PySide6.QtCore import QEvent, QObject
from typing_extensions import override

from kiosk.__main__ import main
from kiosk.screen.process import make_application
from kiosk.screen.thermal_view import ThermalView
from kiosk.wire import ThermalPicture

NOTES_VARIABLE = "BENCH_PAINT_NOTES"


class _Watch(QObject):
    """Sees every event of the process before the widget that it is for."""

    def __init__(self) -> None:
        super().__init__()
        self.showings: list[dict[str, list[float]]] = []
        self.is_shown = False

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(watched, ThermalView):
            if event.type() is QEvent.Type.Show:
                self.is_shown = True
                self.showings.append({"painted_s": [], "pictures_s": []})
            elif event.type() is QEvent.Type.Hide:
                self.is_shown = False
            elif event.type() is QEvent.Type.Paint:
                self.note("painted_s")
        return False

    def note(self, what: str) -> None:
        if self.is_shown:
            self.showings[-1][what].append(time.monotonic())


def _note_pictures(watch: _Watch) -> None:
    """Let `watch` know of every call of `ThermalView.show_picture`, which is carried out as ever."""
    show = ThermalView.show_picture

    def noted(self: ThermalView, picture: ThermalPicture) -> None:
        watch.note("pictures_s")
        show(self, picture)

    setattr(ThermalView, "show_picture", noted)  # noqa: B010 - mypy holds a method to be no variable


def run() -> int:
    app = make_application(headless=True)
    watch = _Watch()
    _note_pictures(watch)
    app.installEventFilter(watch)
    try:
        return main(sys.argv[1:])
    finally:
        lines = "".join(json.dumps(each) + "\n" for each in watch.showings)
        Path(os.environ[NOTES_VARIABLE]).write_text(lines, encoding="ascii")


if __name__ == "__main__":
    sys.exit(run())
