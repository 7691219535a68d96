"""What both kinds of simulated day share: the world, its sensor, its scanners, its people and the logbook."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from kiosk.clock import Clock
from kiosk.config import Site, load
from sim import conduct
from sim.logbook import Logbook
from sim.mlx90640_chip import Mlx90640Chip
from sim.network.faults import Faults, Rates
from sim.people import Place, Visit
from sim.pins import Pins
from sim.provision import HubApi, calibrate_sensor, enrol, write_site
from sim.radiation import Unit
from sim.scanner import PtyScanner
from sim.visitor import Experience
from sim.wallets import Wallets
from sim.world import World

NOMINAL_U_CELSIUS = 0.45
AGED_BY_CELSIUS = 0.8

# A mobile connection on an ordinary day, besides the outages of the plan.
ORDINARY_NETWORK = Rates(cut=0.03, server_error=0.03, lost_reply=0.04, delay_s=(0.005, 0.03))


@dataclass(frozen=True, slots=True)
class Plan:
    """What has been asked for on the command line."""

    scenario: str
    people: int
    seed: int
    state: Path
    headless: bool

    @property
    def kiosk_state(self) -> Path:
        return self.state

    @property
    def hub_state(self) -> Path:
        return self.state / "hub"

    @property
    def runtime(self) -> Path:
        return self.state / "run"

    @property
    def screenshots(self) -> Path:
        return self.state / "screenshots"

    @property
    def site_path(self) -> Path:
        return self.state / "site.toml"

    @property
    def panel_socket(self) -> Path:
        return self.runtime / "panel.sock"

    @property
    def world_socket(self) -> Path:
        return self.runtime / "world.sock"


class Stage:
    """Everything around the kiosk. Use it in `with`; `lock` guards the world where there are threads."""

    def __init__(self, plan: Plan, clock: Clock, faults: Faults) -> None:
        self.plan = plan
        self.lock = threading.RLock()
        # An aged unit: its EEPROM says what it was like when new, and the calibration makes up for the rest.
        self.unit = Unit.random(plan.seed).off_by(AGED_BY_CELSIUS)
        self._clock = clock
        self._faults = faults
        self._scanners = {Place.EXIT.value: PtyScanner(), Place.COUNTER.value: PtyScanner()}
        self._cut_for_visit = False
        self.scans_waiting: set[str] = set()
        for folder in (plan.state, plan.runtime, plan.screenshots):
            folder.mkdir(parents=True, exist_ok=True, mode=0o750)

    def __enter__(self) -> Stage:
        for scanner in self._scanners.values():
            scanner.replug()
        return self

    def __exit__(self, *_: object) -> None:
        for scanner in self._scanners.values():
            scanner.unplug()

    def set_up(
        self, hub: HubApi, hub_url: str, hub_public_key: str, *, idle_hz: float, visits: Iterable[Visit]
    ) -> Site:
        """Calibrate, enrol, write the site file, hand out passes, and let the world begin."""
        plan = self.plan
        calibration = plan.state / "calibration.json"
        calibrate_sensor(self.unit, calibration, self._clock.utc(), plan.seed)
        enrol(hub, plan.kiosk_state)
        write_site(
            plan.site_path,
            {
                "state_dir": plan.kiosk_state.resolve(),
                "runtime_dir": plan.runtime.resolve(),
                "world": plan.world_socket.resolve(),
                "exit_scanner": self._scanners[Place.EXIT.value].path,
                "counter_scanner": self._scanners[Place.COUNTER.value].path,
                "idle_hz": idle_hz,
                "calibration": calibration.resolve(),
                "hub_url": hub_url,
                "hub_public_key": hub_public_key,
                "full_screen": "false",
            },
        )
        site = load(plan.site_path)
        self._outputs = {output.pin: output.id for output in site.gate.outputs}
        self._pulse_s = site.rules.door.pulse_s
        self.wallets = Wallets(hub.issue, self._clock.utc, plan.seed)
        self.world = World(
            self.wallets,
            self._clock.mono,
            self._scan,
            outputs=self._outputs,
            door_contact_pin=site.gate.door_contact_pin or 0,
            seed=plan.seed,
        )
        self.chip = Mlx90640Chip(self.unit, self.world, self._clock.mono, seed=plan.seed)
        self.pins = Pins(self._clock.mono, self.world.input_level)
        self.pins.listeners.append(self.world.feels_edge)
        self.logbook = Logbook(site.rules, lambda: self._clock.utc().astimezone(site.zone), NOMINAL_U_CELSIUS)
        self.world.on_begin = self._begin
        self.world.on_end = self._end
        self.send(visits)
        return site

    def send(self, visits: Iterable[Visit]) -> None:
        """Let people come, with the passes that they need."""
        wanted = list(visits)
        for visit in wanted:
            self.wallets.prepare(visit)
        with self.lock:
            self.world.send(wanted)

    def faults(self, fallen: Iterable[str] = ()) -> tuple[str, ...]:
        """What went wrong in the day besides wrong answers, a sentence each."""
        outputs, pages = self._outputs, self.logbook.pages
        return (
            *conduct.relay_faults(self.pins.edges, outputs, pages, self._pulse_s),
            *conduct.picture_faults(self.logbook, self.plan.screenshots),
            *conduct.process_faults(fallen),
        )

    def _begin(self, visit: Visit) -> None:
        self.logbook.begin(visit)
        self._cut_while(visit.kind.offline)

    def _end(self, experience: Experience) -> None:
        self.logbook.end(experience)
        if self.world.is_quiet:
            self._cut_while(False)

    def _cut_while(self, offline: bool) -> None:
        """A cut that a developer has made by hand is not restored by the next visitor."""
        if offline and not self._cut_for_visit:
            self._faults.cut()
        elif self._cut_for_visit and not offline:
            self._faults.restore()
        self._cut_for_visit = offline

    def _scan(self, place: str, payload: bytes) -> None:
        self._scanners[place].scan(payload)
        self.scans_waiting.add(place)
