"""One PNG of every kind of picture that the screen has shown, taken the first time."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QWidget

from kiosk.core.view import Guidance, Page, ViewState
from kiosk.screen.errors import ScreenError
from kiosk.screen.staff_actions import Step

NO_CONNECTION = "page-no_connection"


def kind_of(view: ViewState) -> str:
    """The name of a state's kind: `result-deny-colour.red`, `alarm-door.held_open`, `page-welcome` …"""
    if view.page is Page.RESULT and view.result is not None:
        return f"result-{view.result.outcome}-{view.result.reason}"
    if view.page is Page.ALARM and view.alarm is not None:
        return f"alarm-{view.alarm}"
    if view.page is Page.WELCOME and view.warm_up_s is not None:
        return f"page-{view.page}-warming_up"
    if view.page in (Page.LOOK_AT_SENSOR, Page.WELCOME) and view.guidance is not Guidance.NONE:
        return f"page-{view.page}-{view.guidance}"
    return f"page-{view.page}"


def kind_of_staff(step: Step) -> str:
    """The name of a step of the staff page: `staff-sign_in`, `staff-work`, `staff-reason` …"""
    return f"staff-{step}"


def save(window: QWidget, path: Path) -> None:
    """Paint the window, then save what was painted as PNG. Raises ScreenError."""
    window.repaint()
    if not window.grab().save(str(path), "PNG"):
        raise ScreenError(
            f"the screenshot {path} cannot be written; check that its folder exists and is writable"
        )


class Screenshots:
    """Remembers which kinds it has, so that each is saved once. A folder that is missing is made."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._taken: set[str] = set()

    def take_once(self, window: QWidget, kind: str) -> None:
        """Save the window as `<kind>.png` unless that was done before. Raises ScreenError."""
        if kind in self._taken:
            return
        self._taken.add(kind)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ScreenError(f"the folder {self._folder} for screenshots cannot be made: {error}") from error
        save(window, self._folder / f"{kind}.png")
