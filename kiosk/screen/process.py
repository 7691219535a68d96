"""The screen process: a window, a connection to gatekeeper, and nothing that decides.

`Screen` is the part without a connection: the simulated day uses it as it is,
on its own thread and clock. `main` adds the socket, the signals and the event
loop.

An old answer must not outlive its author: when the connection is lost, or
gatekeeper has been silent for `SILENCE_MS` on a page that never lasts that
long, the window says that it is not in service.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, tzinfo
from pathlib import Path

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication

from kiosk.core.view import Page, ViewState
from kiosk.screen import screenshots as shots
from kiosk.screen.connection import LineConnection
from kiosk.screen.errors import ScreenError
from kiosk.screen.fonts import NO_CJK_FONT, choose_family, installed_chinese_families
from kiosk.screen.screenshots import Screenshots
from kiosk.screen.signals import QuitOnSignals
from kiosk.screen.sound import Player, Silence, choose_player
from kiosk.screen.texts import Language, Text
from kiosk.screen.window import KioskWindow
from kiosk.wire import (
    CameraPicture,
    IntentMessage,
    Message,
    SignInMessage,
    SoundMessage,
    ThermalPicture,
    ViewMessage,
    WireError,
    decode,
    encode,
)

SILENCE_MS = 35_000
PICTURE_MS = 5_000
_PASSING_PAGES = frozenset({Page.LOOK_AT_SENSOR, Page.ONE_MOMENT, Page.RESULT})


def has_display(environment: Mapping[str, str]) -> bool:
    """Whether Qt has a display to open, or was told what to use instead."""
    return any(environment.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


def make_application(*, headless: bool) -> QApplication:
    """The process's one QApplication, offscreen when headless."""
    present = QApplication.instance()
    if isinstance(present, QApplication):
        return present
    return QApplication(["kiosk-screen", *(("-platform", "offscreen") if headless else ())])


class Screen:
    """Shows what it is handed of its lane. Usable in process, without an event loop; not thread-safe.

    `lane_text` stands on top of every page; None where the kiosk has one lane.
    """

    def __init__(
        self,
        app: QApplication,
        *,
        language: Language = "zh_CN",
        time_zone: tzinfo = UTC,
        screenshots: Path | None = None,
        player: Player | None = None,
        full_screen: bool = True,
        lane: str = "",
        lane_text: Text | None = None,
    ) -> None:
        self._lane = lane
        self._full_screen = full_screen and app.platformName() != "offscreen"
        self.window = KioskWindow(language=language, zone=time_zone)
        self.window.show_lane(lane_text)
        self._shots = Screenshots(screenshots) if screenshots else None
        self._player = player or Silence()
        self._view = ViewState(Page.STARTING)
        self.window.staff.turned.connect(self._photograph_view)

    @property
    def page(self) -> Page:
        """The page that is shown, the staff page apart, which may lie over it."""
        return self._view.page

    def open(self) -> None:
        """Show the window: over the whole display, or 1024x600 offscreen or where the site wants that."""
        if self._full_screen:
            self.window.showFullScreen()
        else:
            self.window.show()
        self._photograph("page-starting")

    def close(self) -> None:
        """Close the window and be silent."""
        self._player.stop()
        self.window.close()

    def on_asked(self, listener: Callable[[IntentMessage | SignInMessage], object]) -> None:
        """Call `listener` with everything that staff ask for by touch."""
        self.window.asks.connect(listener)

    def is_for(self, message: Message) -> bool:
        """Whether it is of this screen's lane. What goes the other way is for no screen."""
        if isinstance(message, ViewMessage):
            return message.view.lane == self._lane
        if isinstance(message, ThermalPicture | CameraPicture | SoundMessage):
            return message.lane == self._lane
        return False

    def handle(self, message: Message) -> None:
        """Show, or sound, one message. What goes the other way is ignored."""
        if not self.is_for(message):
            return
        if isinstance(message, ViewMessage):
            self.window.show_view(message.view)
            self._view = message.view
            self._photograph_view()
        elif isinstance(message, ThermalPicture):
            self.window.show_picture(message)
        elif isinstance(message, CameraPicture):
            self.window.show_camera(message)
        elif isinstance(message, SoundMessage):
            self._player.play(message.sound)

    def connection_lost(self) -> None:
        """Nothing that gatekeeper said is true any more."""
        self._view = ViewState(Page.STARTING)
        self._player.stop()
        self.window.show_no_connection()
        self._photograph(shots.NO_CONNECTION)

    def picture_lost(self) -> None:
        """No thermal frame has come for a while; a frozen one would lie."""
        self.window.clear_picture()

    def camera_lost(self) -> None:
        """No frame of the camera has come for a while."""
        self.window.clear_camera()

    def grab(self, path: Path) -> None:
        """Save what the window shows now as PNG. Raises ScreenError."""
        shots.save(self.window, path)

    def _photograph_view(self) -> None:
        staff = self.window.staff
        self._photograph(shots.kind_of_staff(staff.step) if staff.is_open else shots.kind_of(self._view))

    def _photograph(self, kind: str) -> None:
        """A screenshot that fails is said on stderr and costs nothing else."""
        if self._shots is None:
            return
        try:
            self._shots.take_once(self.window, kind)
        except ScreenError as error:
            _say(str(error))


class Link(QObject):
    """Joins a Screen to gatekeeper's socket."""

    def __init__(
        self,
        screen: Screen,
        socket_path: Path,
        *,
        silence_ms: int = SILENCE_MS,
        picture_ms: int = PICTURE_MS,
    ) -> None:
        super().__init__()
        self._screen = screen
        self._complained = False
        self.connection = LineConnection(socket_path, self)
        self.connection.opened.connect(self._opened)
        self.connection.line.connect(self._line)
        self.connection.lost.connect(self._lost)
        self._silence = self._timer(silence_ms, self._silent)
        self._picture = self._timer(picture_ms, screen.picture_lost)
        self._camera = self._timer(picture_ms, screen.camera_lost)
        screen.on_asked(self._send)

    def start(self) -> None:
        """Connect, now and whenever the connection is lost."""
        self.connection.start()

    def stop(self) -> None:
        """Disconnect for good."""
        self._silence.stop()
        self._picture.stop()
        self._camera.stop()
        self.connection.stop()

    def _timer(self, interval_ms: int, action: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(interval_ms)
        timer.timeout.connect(action)
        return timer

    def _opened(self) -> None:
        self._complained = False

    def _line(self, line: bytes) -> None:
        try:
            message = decode(line)
        except WireError as error:
            self._complain(error)
            return
        if not self._screen.is_for(message):
            return
        if isinstance(message, CameraPicture):
            self._camera.start()  # sent beside the rules: it says nothing of whether they still run
        else:
            self._silence.start()
        if isinstance(message, ThermalPicture):
            self._picture.start()
        self._screen.handle(message)

    def _complain(self, error: WireError) -> None:
        """Once a connection: a peer that sends garbage may send much of it."""
        if not self._complained:
            self._complained = True
            _say(f"ignored a line from gatekeeper: {error}")

    def _lost(self) -> None:
        self._silence.stop()
        self._picture.stop()
        self._camera.stop()
        self._screen.connection_lost()

    def _silent(self) -> None:
        if self._screen.page in _PASSING_PAGES:
            self._screen.connection_lost()

    def _send(self, message: IntentMessage | SignInMessage) -> None:
        self.connection.send(encode(message))


def main(
    socket_path: Path,
    *,
    screenshots: Path | None = None,
    headless: bool = False,
    language: Language = "zh_CN",
    time_zone: tzinfo = UTC,
    full_screen: bool = True,
    lane: str = "",
    lane_text: Text | None = None,
) -> int:
    """Show what gatekeeper says of a lane at `socket_path` until a signal to end. Returns the exit status."""
    if not headless and not has_display(os.environ):
        _say("no display (DISPLAY, WAYLAND_DISPLAY); start in a desktop session or with --headless")
        return 2
    app = make_application(headless=headless)
    app.setDesktopFileName(
        f"checkpoint-screen-{lane}" if lane else "checkpoint-screen"
    )  # a compositor's app-id
    if choose_family(installed_chinese_families()) is None:
        _say(NO_CJK_FONT)
    player = choose_player(QApplication.beep, headless=app.platformName() == "offscreen")
    screen = Screen(
        app,
        language=language,
        time_zone=time_zone,
        screenshots=screenshots,
        player=player,
        full_screen=full_screen,
        lane=lane,
        lane_text=lane_text,
    )
    link = Link(screen, socket_path)
    with QuitOnSignals(app):
        screen.open()
        link.start()
        try:
            return app.exec()
        finally:
            link.stop()
            screen.close()


def _say(sentence: str) -> None:
    sys.stderr.write(f"kiosk screen: {sentence}\n")
