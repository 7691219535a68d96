"""A day in real time: the kiosk's three processes, a hub behind a faulty network, and the world they live in.

The world stays in this process, which survives a gatekeeper's death: the pins
keep their levels and their log. Gatekeeper reaches it through `sim.remote`.
What people are answered is read where they read it, at the screen's socket.
"""

from __future__ import annotations

import base64
import contextlib
import os
import select
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import requests

from hub import keys
from hub.state import ADMIN_TOKEN_FILE, HUB_KEY_FILE
from kiosk.cli.run import kiosk_children
from kiosk.clock import SystemClock
from kiosk.config import Site
from kiosk.core.view import ViewState
from kiosk.journal.reader import JournalReader
from kiosk.supervisor import Child, Supervisor
from kiosk.wire import ViewMessage, WireError, decode
from sim.camera import SimCamera
from sim.control import PanelDesk
from sim.logbook import Page
from sim.network.faults import Faults
from sim.network.proxy import FaultProxy
from sim.people import Visit
from sim.provision import DEVICE_ID, HubApi
from sim.remote import WORLD_VARIABLE
from sim.report import Books, read_journal
from sim.server import WorldServer
from sim.stage import ORDINARY_NETWORK, Plan, Stage, in_good_time, is_ready

IDLE_HZ = 4.0
TICK_S = 0.005
READY_S = 20.0
RECONNECT_S = 0.05
SETTLE_S = 1.0
DRAIN_S = 60.0


class LiveError(RuntimeError):
    """The simulated day could not be set up."""


class Interrupted(BaseException):
    """A signal asks to end. Raised wherever the main thread is, so that no step of a day delays the end."""


class Live:
    """One day in real time. An `interactive` one goes on until its panel is closed."""

    def __init__(
        self,
        plan: Plan,
        visits: Sequence[Visit],
        *,
        interactive: bool,
        children: Callable[..., list[Child]] = kiosk_children,
    ) -> None:
        """`children` gives the kiosk's processes, as `kiosk run` does."""
        self._plan = plan
        self._visits = visits
        self._interactive = interactive
        self._children = children
        clock = SystemClock()
        self._faults = Faults(clock.mono, seed=plan.seed, rates=ORDINARY_NETWORK)
        self.stage = Stage(plan, clock, self._faults)
        self._is_over = False
        self._interrupted = False
        self.ready_s: float | None = None
        self._fallen: list[str] = []
        self._kiosk = Supervisor()
        self._hub = Supervisor()
        self._panel: PanelDesk | None = None

    def run(self, on_page: Callable[[Page], None]) -> Books | None:
        """Live through the day and give what journal and hub hold in the end; None when interrupted.

        `on_page` is told of every visit as it ends.

        Raises LiveError.
        """
        with self.stage:
            try:
                self.stage.set_up_hub()
                hub, url = self._start_hub()
                return self._run(hub, url, on_page)
            except Interrupted:
                return None
            finally:
                self._kiosk.tell_to_stop()
                self._hub.stop()
                self._kiosk.stop()

    def interrupt(self) -> None:
        """End the day now. For signal handlers, in the main thread."""
        if not self._interrupted:
            self._interrupted = True
            self._kiosk.tell_to_stop()
            self._hub.tell_to_stop()
            raise Interrupted

    def _run(self, hub: HubApi, hub_url: str, on_page: Callable[[Page], None]) -> Books | None:
        hub_key = keys.hub_key(self._plan.hub_state / HUB_KEY_FILE).public_key().public_bytes_raw()
        with FaultProxy(hub_url, self._faults) as proxy:
            site = self.stage.set_up(hub, proxy.url, base64.b64encode(hub_key).decode(), idle_hz=IDLE_HZ)
            self.stage.logbook.on_page = on_page
            watcher = _ScreenWatcher(site.screen_socket, self._on_view, [*self.stage.lanes])
            with self._world_served(), self._panel_served(), watcher:
                try:
                    self._start_kiosk(watcher, site)
                    self.stage.send(in_good_time(self._visits, cold=self._plan.cold))
                    self._live(hub, site)
                finally:
                    self._kiosk.stop()  # while the world is there: gatekeeper brings its relays to rest
            faults = self.stage.faults(self._fallen)
            return Books(*read_journal(site.journal_path), *hub.log(DEVICE_ID), faults=faults)

    # -- processes

    def _start_hub(self) -> tuple[HubApi, str]:
        reading, writing = os.pipe()
        arguments = ["serve", "--state", str(self._plan.hub_state), "--port", "0"]
        arguments += ["--ready-fd", str(writing)]
        hub = Child("hub", "hub", arguments, restart=False, pass_fds=(writing,))
        self._hub.start(hub)
        os.close(writing)
        with os.fdopen(reading) as ready:
            if not select.select([ready], [], [], READY_S)[0] or not (url := ready.readline().strip()):
                raise LiveError("the hub did not start; what it said stands above.")
        token = (self._plan.hub_state / ADMIN_TOKEN_FILE).read_text(encoding="ascii").strip()
        return HubApi(url, token, requests.Session()), url

    def _start_kiosk(self, watcher: _ScreenWatcher, site: Site) -> None:
        started = time.monotonic()
        headless = self._plan.headless
        os.environ[WORLD_VARIABLE] = str(self._plan.world_socket.resolve())
        children = self._children(self._plan.site_path, headless=headless, screenshots=self._plan.screenshots)
        for child in [*children, *(self._further_screen(lane.id) for lane in site.lanes)]:
            self._kiosk.start(child)
        while not watcher.is_ready:
            if time.monotonic() - started > READY_S:
                raise LiveError(f"the kiosk was not ready within {READY_S:.0f} s; what it said stands above.")
            self._say_fallen()
            time.sleep(TICK_S)
        self.ready_s = time.monotonic() - started
        if self._interactive:
            panel = ["--socket", str(self._plan.panel_socket)]
            self._kiosk.start(Child("panel", "sim.panel", panel, restart=False))

    def _further_screen(self, lane: str) -> Child:
        """As systemd's checkpoint-screen@ starts it."""
        screen = ["screen", "--site", str(self._plan.site_path), "--lane", lane]
        screen += ["--screenshots", str(self._plan.screenshots / lane)]
        return Child(f"screen@{lane}", "kiosk", [*screen, *(["--headless"] if self._plan.headless else [])])

    def _say_fallen(self) -> None:
        for child in self._kiosk.poll_once():
            if child.name == "panel" and child.exit_status == 0:
                self._is_over = True
            elif child.name == "panel":
                raise LiveError("the panel has failed; what it said stands above. Without one: --headless.")
            else:
                self._fallen.append(child.name)
                sys.stderr.write(f"sim: {child.name} ended ({child.exit_status}) and is started again.\n")

    @contextmanager
    def _world_served(self) -> Iterator[None]:
        stage = self.stage
        lanes = {name: (lane.chip, partial(self._open_camera, name)) for name, lane in stage.lanes.items()}
        chip, camera = lanes.pop("")
        server = WorldServer(self._plan.world_socket, stage.lock, chip, camera, stage.pins, lanes)
        server.start()
        try:
            yield
        finally:
            server.close()

    def _open_camera(self, lane: str) -> SimCamera:
        return SimCamera(self.stage.lanes[lane].world, time.monotonic)

    @contextmanager
    def _panel_served(self) -> Iterator[None]:
        if not self._interactive:
            yield
            return
        with PanelDesk(self._plan.panel_socket, self.stage, self._faults, self._plan.seed) as self._panel:
            yield

    # -- the day

    def _live(self, hub: HubApi, site: Site) -> None:
        quiet_since_s: float | None = None
        while not self._is_over:
            with self.stage.lock:
                self.stage.step()
                is_quiet = self.stage.is_quiet
            self._say_fallen()
            if not is_quiet or self._interactive:
                quiet_since_s = None
            elif quiet_since_s is None:
                quiet_since_s = time.monotonic()
            elif time.monotonic() - quiet_since_s > SETTLE_S:
                break
            time.sleep(TICK_S)
        self._drain(hub, site)

    def _drain(self, hub: HubApi, site: Site) -> None:
        """Wait until the hub has what the journal has, over a network that nobody cuts any more."""
        self._faults.restore()
        deadline = time.monotonic() + DRAIN_S
        while time.monotonic() < deadline:
            with JournalReader(site.journal_path) as journal:
                size = journal.size
            if hub.log(DEVICE_ID)[0] == size:
                return
            time.sleep(0.2)

    def show_page(self, page: Page) -> None:
        """A visit has ended: tell the panel."""
        if self._panel is not None:
            self._panel.visit(page)

    def _on_view(self, view: ViewState) -> None:
        with self.stage.lock:
            self.stage.shows(view)


class _ScreenWatcher:
    """Reads the screen's socket beside the screens of `lanes`, as a person looks at the windows."""

    def __init__(self, path: Path, on_view: Callable[[ViewState], None], lanes: Sequence[str]) -> None:
        self._path = path
        self._on_view = on_view
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watcher")
        self._not_ready = set(lanes)

    def __enter__(self) -> _ScreenWatcher:
        self._thread.start()
        return self

    @property
    def is_ready(self) -> bool:
        """Whether every lane has been."""
        return not self._not_ready

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._closing.is_set():
            with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
                line.connect(str(self._path))
                self._read(line)
            self._closing.wait(RECONNECT_S)

    def _read(self, line: socket.socket) -> None:
        rest = b""
        while not self._closing.is_set():
            if not select.select([line], [], [], RECONNECT_S)[0]:
                continue
            received = line.recv(65_536)
            if not received:
                return
            *texts, rest = (rest + received).split(b"\n")
            for text in texts:
                self._take(text)

    def _take(self, text: bytes) -> None:
        try:
            message = decode(text)
        except WireError:
            return
        if isinstance(message, ViewMessage):
            view = message.view
            if is_ready(view):
                self._not_ready.discard(view.lane)
            self._on_view(view)
