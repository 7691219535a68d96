"""The world in real time, and one gatekeeper process in it under the kiosk's own supervisor.

The pins live in this process: they outlive the gatekeeper's, and every edge is
logged where it happens. Two readers: unless told otherwise `gate-camera` lets in,
and `exit-scanner` lets out without a temperature. Whoever is to come is put
into `scene`.
"""

from __future__ import annotations

import base64
import os
import shutil
import signal
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from string import Template

from hub.issuing import Pass
from kiosk.cli.run import POLL_S, kiosk_children
from kiosk.clock import SystemClock
from kiosk.config import Site, load
from kiosk.core.view import ViewState
from kiosk.credentials.bundle import IssuerKey
from kiosk.supervisor import Child, Supervisor
from kiosk.terms import Instant
from kiosk.trust.store import TrustStore
from kiosk.wire import ViewMessage, WireError, decode
from sim.camera import Picture, SimCamera
from sim.mlx90640_chip import Mlx90640Chip, ThermalScene
from sim.optics import Conditions, PhonePose
from sim.phone import PhoneScreen
from sim.pins import Edge, Pins
from sim.provision import calibrate_sensor
from sim.remote import WORLD_VARIABLE
from sim.scanner import PtyScanner
from sim.sensor_stand import WARM_SINCE_S, warm_up_at_an_earlier_gatekeeper
from sim.server import WorldServer
from sim.thermal_scene import PLAIN_ROOM, Face, empty_scene, scene_with
from tests.gatekeeper.rig import DOOR_PIN, GATE_PIN, HUB_KEY, ISSUER, UNIT, UNLISTED, issue
from tests.trust.repositories import HubTrust

SKIN_CELSIUS = 33.8
READY_S, WINDOW_STEP_S = 20.0, 0.002
READERS = ("gate-camera", "exit-scanner")
SITE = """
[site]
device_id = "kiosk-7"
state_dir = "$state"
runtime_dir = "$state/run"
time_source = "host"

[[readers]]
id = "gate-camera"
kind = "camera"
device = "world:$world"

[[readers]]
id = "exit-scanner"
kind = "serial"
device = "$scanner"

[thermal]
bus = "world:$world"
calibration = "$state/calibration.json"

[gate]
pin_factory = "world"
door_contact_pin = $door_pin
outputs = [{ id = "gate", pin = $gate_pin }]

[rules.door]
pulse_s = $pulse_s

[[rules.access_points]]
id = "gate-in"
purpose = "entry"
reader = "$entrance"
output = "gate"
temperature = "$temperature"

[[rules.access_points]]
id = "gate-out"
purpose = "exit"
reader = "$exit"
output = "gate"
temperature = "off"

[uplink]
hub_url = "http://127.0.0.1:9"
hub_public_key = "$hub_key"
trusted_root = "$state/root.json"
"""


class Scene:
    """Who stands there now, what is held up, and whether the door is open. Set from any thread."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._faces: deque[tuple[float, Face | None]] = deque([(-float("inf"), None)], maxlen=16)
        self._picture: Picture | None = None
        self.door_open = False

    def stand(self, face: Face | None) -> None:
        """Somebody steps before the sensor; None: away from it."""
        self._faces.append((self._now(), face))

    def hold_up(self, code: str | None, *, seed: int = 0) -> float:
        """A phone before the camera, or none any more. When that was (monotonic seconds)."""
        at_s = self._now()
        self._picture = None if code is None else _held_up(code, Random(seed), at_s)
        return at_s

    def thermal_at(self, at_s: float) -> ThermalScene:
        face = next(face for since_s, face in reversed(self._faces) if since_s <= at_s)
        return empty_scene() if face is None else scene_with(face, at_s=at_s)

    def picture_at(self, _at_s: float, /) -> Picture | None:
        return self._picture

    def next_change_at(self, _at_s: float, /) -> float:
        return float("inf")

    def input_level(self, pin: int) -> bool:
        return pin == DOOR_PIN and self.door_open


class RealGate:
    """Use it in `with`; `start()` the gatekeeper; `look()` as often as `kiosk run` does.

    `module` runs in the gatekeeper's place (by default it is `kiosk gatekeeper`). `temperature` is what the
    entrance asks, `entrance` is its reader, and the other one is the exit's.
    """

    def __init__(
        self,
        state: Path,
        *,
        temperature: str = "after",
        entrance: str = "gate-camera",
        pulse_s: float = 4.0,
        module: str | None = None,
    ) -> None:
        self.state = state
        self.clock = SystemClock()
        self.scene = Scene(self.clock.mono)
        self.pins = Pins(self.clock.mono, self.scene.input_level)
        self.rises: list[Edge] = []
        self.falls: list[Edge] = []
        self.view: ViewState | None = None
        self._module = module
        self._temperature = temperature
        self._entrance = entrance
        self._supervisor = Supervisor()
        self._exits = ExitStack()
        self.child: Child | None = None
        state.mkdir(parents=True)
        self.scanner = PtyScanner(state / "scanner")
        self.world_socket = state / "world.sock"
        self.configure(pulse_s=pulse_s)

    def configure(self, *, pulse_s: float) -> None:
        """Write the site's file, which counts from the gatekeeper's next start on, or from a reload."""
        text = Template(SITE).substitute(
            state=self.state,
            world=self.world_socket,
            scanner=self.state / "scanner",
            door_pin=DOOR_PIN,
            gate_pin=GATE_PIN,
            pulse_s=pulse_s,
            temperature=self._temperature,
            entrance=self._entrance,
            exit=next(reader for reader in READERS if reader != self._entrance),
            hub_key=base64.b64encode(HUB_KEY.public_key().public_bytes_raw()).decode(),
        )
        (self.state / "site.toml").write_text(text, encoding="utf-8")
        self.pulse_s = pulse_s

    def misconfigure(self) -> None:
        """The same, but wrong: a key that is none, a pulse over the cap, an unknown reader."""
        path = self.state / "site.toml"
        text = path.read_text(encoding="utf-8")
        text = text.replace(f"pulse_s = {self.pulse_s}", "pulse_s = 60.0\nknock = 3")
        path.write_text(text.replace(f'reader = "{self._entrance}"', 'reader = "nobodys"'), encoding="utf-8")

    @property
    def site(self) -> Site:
        return load(self.state / "site.toml")

    def __enter__(self) -> RealGate:
        self._exits.enter_context(self.scanner)
        site, now = self.site, self.clock.mono
        self._publish_trust(site)
        powered_since_s = now() - WARM_SINCE_S
        chip = Mlx90640Chip(UNIT, self.scene, now, seed=1, powered_since_s=powered_since_s)
        calibrate_sensor(UNIT, self.state / "calibration.json", self.clock.utc(), 1)
        (self.state / "run").mkdir()
        warm_up_at_an_earlier_gatekeeper(
            chip, now, site.thermal_power_path(""), PLAIN_ROOM.settled_ta_celsius
        )
        self.pins.listeners.append(self._on_edge)
        lock = threading.RLock()
        server = WorldServer(
            self.world_socket, lock, chip, lambda: SimCamera(self.scene, self.clock.mono), self.pins
        )
        server.start()
        self._exits.callback(server.close)
        before = os.environ.get(WORLD_VARIABLE)
        os.environ[WORLD_VARIABLE] = str(self.world_socket)
        self._exits.callback(_restore, before)
        watcher = _Watcher(site.screen_socket, self._on_view)
        watcher.start()
        self._exits.callback(watcher.close)
        self._exits.callback(self._supervisor.stop)
        return self

    def __exit__(self, *_: object) -> None:
        self._exits.close()

    # -- the process

    def start(self) -> Child:
        """The gatekeeper as `kiosk run` starts it, and nothing beside it."""
        child = kiosk_children(self.state / "site.toml", headless=True)[0]
        if self._module is not None:
            child = replace(child, module=self._module, arguments=[str(self.state / "site.toml")])
        self._supervisor.start(child)
        self.child = child
        return child

    @property
    def pid(self) -> int | None:
        process = None if self.child is None else self.child.process
        return None if process is None else process.pid

    def kill(self, number: signal.Signals) -> float:
        """Send a signal; when that was (monotonic seconds)."""
        pid = self.pid
        assert pid is not None, "the gatekeeper does not run"
        at_s = self.clock.mono()
        os.kill(pid, number)
        return at_s

    def look(self) -> bool:
        """One turn of `kiosk run`; whether the gatekeeper has ended since the last one."""
        return bool(self._supervisor.poll_once())

    def run_until(self, condition: Callable[[], bool], within_s: float) -> bool:
        """Go on as `kiosk run` does until `condition` holds; whether it does in time."""
        ends_s = self.clock.mono() + within_s
        look_at_s = 0.0
        while not condition():
            now_s = self.clock.mono()
            if now_s > ends_s:
                return False
            if now_s >= look_at_s:
                self.look()
                look_at_s = self.clock.mono() + POLL_S
            time.sleep(WINDOW_STEP_S)
        return True

    def run(self, seconds: float) -> None:
        self.run_until(lambda: False, seconds)

    @property
    def is_energised(self) -> bool:
        return self.pins.level(GATE_PIN)

    # -- people

    def new_code(self) -> str:
        """A code that nobody has shown before."""
        return self.new_pass().code_at(self.clock.utc())

    def new_pass(self) -> Pass:
        return issue(
            {
                "colour": 1,
                "area": "330100",
                "roles": [1],
                "valid_from": (self.clock.utc() - timedelta(hours=1)).isoformat(),
                "lifetime_s": 20 * 3600,
                "rotating": True,
            }
        )

    def scan(self) -> float:
        """Somebody shows a code to the scanner. When it has been sent (monotonic seconds)."""
        code = self.new_code().encode("ascii")
        at_s = self.clock.mono()
        with suppress(BlockingIOError):  # nobody reads, and the line is full
            self.scanner.scan(code)
        return at_s

    def stand(self) -> None:
        """Somebody who is well steps before the sensor."""
        self.scene.stand(Face(SKIN_CELSIUS))

    # -- inside

    def _publish_trust(self, site: Site) -> None:
        now = self.clock.utc()
        hub = HubTrust(self.state / "hub-trust", now)
        shutil.copy(hub.pinned_root, site.uplink.trusted_root)
        hub.publish([IssuerKey(ISSUER.kid, ISSUER.private_key.public_key())], UNLISTED, now)
        hub.give_to(TrustStore(site.trust_path, site.uplink.trusted_root), Instant(0.0, now, True))

    def _on_edge(self, edge: Edge) -> None:
        if edge.pin == GATE_PIN:
            (self.rises if edge.level else self.falls).append(edge)

    def _on_view(self, view: ViewState) -> None:
        self.view = view


class _Watcher(threading.Thread):
    """Reads the screen's socket, whichever gatekeeper is behind it."""

    def __init__(self, path: Path, on_view: Callable[[ViewState], None]) -> None:
        super().__init__(name="watcher")
        self._path = path
        self._on_view = on_view
        self._closing = threading.Event()

    def close(self) -> None:
        self._closing.set()
        self.join()

    def run(self) -> None:
        while not self._closing.wait(0.02):
            with suppress(OSError), socket.socket(socket.AF_UNIX) as line:
                line.connect(str(self._path))
                line.settimeout(0.2)
                self._read(line)

    def _read(self, line: socket.socket) -> None:
        rest = b""
        while not self._closing.is_set():
            try:
                received = line.recv(65_536)
            except TimeoutError:
                continue
            if not received:
                return
            *texts, rest = (rest + received).split(b"\n")
            for text in texts:
                with suppress(WireError):
                    message = decode(text)
                    if isinstance(message, ViewMessage):
                        self._on_view(message.view)


def _held_up(code: str, random: Random, at_s: float) -> Picture:
    """As people do in a simulated day (`sim.world`), but from farther away as well."""
    pose = PhonePose(
        module_px=random.uniform(3.2, 5.4),
        yaw_deg=random.uniform(-14, 14),
        pitch_deg=random.uniform(-10, 10),
        roll_deg=random.uniform(-8, 8),
    )
    conditions = Conditions(
        seed=random.randrange(1000),
        defocus_sigma_px=random.uniform(0.3, 0.9),
        noise_sigma=random.uniform(1.5, 4.0),
        glare=random.uniform(0.0, 0.4),
    )
    return Picture(PhoneScreen(code), pose, conditions, at_s)


def _restore(before: str | None) -> None:
    if before is None:
        os.environ.pop(WORLD_VARIABLE, None)
    else:
        os.environ[WORLD_VARIABLE] = before
