"""What both kinds of simulated day share: the world, its sensor, its scanners, its people and the logbook."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kiosk.clock import Clock
from kiosk.config import LaneParts, Site, load
from kiosk.config.sections import BUZZER
from kiosk.core import view as views
from kiosk.core.events import Input
from kiosk.core.view import ViewState
from kiosk.journal.device_key import load_existing
from sim import conduct
from sim.crowd import Crowd
from sim.imperfection import Imperfection
from sim.lanes import SimLane, mounted, outputs_of, strike_of
from sim.logbook import Logbook
from sim.meals import slip_faults
from sim.mlx90640_chip import Fault
from sim.network.faults import Faults, Rates
from sim.people import MEASURED_RIDE, MEASURED_RIDE_16_HZ, ORDER_SCANNER, RUSH_HOUR, TWO_LANES, Place, Visit
from sim.pins import Edge, Pins
from sim.policies import closed_to, policy_of
from sim.provision import (
    DEVICE_ID,
    HubApi,
    calibrate_sensor,
    enrol,
    give_tracers_a_key,
    publish_policy,
    set_up_hub,
    write_site,
)
from sim.radiation import Unit
from sim.scanner import PtyScanner
from sim.thermal_scene import Patch, Room, Weather
from sim.visitor import Experience
from sim.wallets import Wallets
from sim.world import World

NOMINAL_U_CELSIUS = 0.45
REFRESH_HZ, FRAMES = 8, 4
RUSH_HOUR_FRAMES = 3
"""Three pictures at 8 Hz take three quarters of a second."""

MEASURED_RIDES = {MEASURED_RIDE: (8, 4), MEASURED_RIDE_16_HZ: (16, 6)}
"""The sensor's rate, and pictures a reading: at 16 Hz four of them lie too close together under a mask."""

RIDE_IDLE_HZ = 8
"""Pictures as fast as they come, so that somebody is seen at once and measured while he shows his code."""

PASSAGE_SENSOR = "passage_pin = 16"
ROOM_CELSIUS = (17.0, 27.0)
SWING_CELSIUS = 2.0
QUIET_AT_FIRST_S = 15.0
"""Before the first visitor: a blackbody must have been seen for a while to be believed."""

FURTHER = 1_000
"""Added to the seed for what a further lane has of its own."""

NO_FAULTS: Mapping[int, Fault] = {}
COLD_PEOPLE = 3
COLD_GAP_S = 420.0

# A mobile connection on an ordinary day, besides the outages of the plan.
ORDINARY_NETWORK = Rates(cut=0.03, server_error=0.03, lost_reply=0.04, delay_s=(0.005, 0.03))


@dataclass(frozen=True, slots=True)
class Plan:
    """What has been asked for on the command line.

    `cold`: the thermal sensor has just been powered. `sensor_faults` stand
    while the visitors with these numbers are there.
    """

    scenario: str
    people: int
    seed: int
    state: Path
    headless: bool
    cold: bool = False
    sensor_faults: Mapping[int, Fault] = field(default_factory=dict)
    place: str = "gate"

    @property
    def site_name(self) -> str:
        """Which of `sim/sites` the day is held at."""
        return TWO_LANES if self.scenario == TWO_LANES else self.place

    @property
    def kiosk_state(self) -> Path:
        return self.state

    @property
    def hub_state(self) -> Path:
        return self.state / "hub"

    @property
    def tracers_shares(self) -> tuple[Path, Path]:
        """Both shares of the tracing key, which outside of a simulation never lie in one place."""
        return self.state / "tracers" / "first.share", self.state / "tracers" / "second.share"

    @property
    def root_keys(self) -> Path:
        """The folder of all three root keys, which outside of a simulation never lie in one place."""
        return self.state / "root-keys"

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
        self._imperfection = _fit_for_use(Imperfection.random(plan.seed))
        self.unit = self._imperfection.age(Unit.random(plan.seed))
        another = _fit_for_use(Imperfection.random(plan.seed + FURTHER))
        self._unit_out = another.age(Unit.random(plan.seed + FURTHER))
        self._crowd = Crowd(lambda visit: self.lanes[visit.kind.place.lane].world.send([visit]))
        self._clock = clock
        self._faults = faults
        self._scanners = {
            name: PtyScanner() for name in (Place.EXIT.value, Place.COUNTER.value, ORDER_SCANNER)
        }
        self._cut_for_visit = False
        self._hub_root = plan.hub_state
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

    def set_up_hub(self) -> None:
        """Make the hub's folder and its trust, before it is started."""
        self._hub_root = set_up_hub(self.plan.hub_state, self.plan.root_keys, self._clock.utc())

    def set_up(self, hub: HubApi, hub_url: str, hub_public_key: str, *, idle_hz: float) -> Site:
        """Calibrate, enrol, write the site file, and let the world begin, with nobody in it yet."""
        plan = self.plan
        is_rush_hour = plan.scenario == RUSH_HOUR
        is_measured_ride = plan.scenario in MEASURED_RIDES
        frames = RUSH_HOUR_FRAMES if is_rush_hour else FRAMES
        refresh_hz, frames = MEASURED_RIDES.get(plan.scenario, (REFRESH_HZ, frames))
        calibration = plan.state / "calibration.json"
        calibration_out = plan.state / "calibration-out.json"
        calibrate_sensor(self.unit, calibration, self._clock.utc(), plan.seed)
        calibrate_sensor(self._unit_out, calibration_out, self._clock.utc(), plan.seed)
        give_tracers_a_key(plan.hub_state, plan.tracers_shares, self._clock.utc())
        enrol(hub, plan.kiosk_state, self._clock.utc())
        write_site(
            plan.site_path,
            {
                "state_dir": plan.kiosk_state.resolve(),
                "runtime_dir": plan.runtime.resolve(),
                "world": plan.world_socket.resolve(),
                "exit_scanner": self._scanners[Place.EXIT.value].path,
                "counter_scanner": self._scanners[Place.COUNTER.value].path,
                "order_scanner": self._scanners[ORDER_SCANNER].path,
                "idle_hz": RIDE_IDLE_HZ if is_measured_ride else idle_hz,
                "refresh_hz": refresh_hz,
                "frames": frames,
                "boarding_temperature": "after" if is_measured_ride else "off",
                "passage_pin": PASSAGE_SENSOR if is_rush_hour else "",
                "passage_sensor": str(is_rush_hour).lower(),
                "calibration": calibration.resolve(),
                "calibration_out": calibration_out.resolve(),
                "hub_url": hub_url,
                "hub_public_key": hub_public_key,
                "trusted_root": self._pin_root(),
                "full_screen": "false",
            },
            plan.site_name,
        )
        site = load(plan.site_path)
        policy = policy_of(plan.place, self._clock.utc().astimezone(site.zone))
        if policy is not None:
            publish_policy(plan.hub_state, policy, self._clock.utc())
        self._outputs = {output.pin: output.id for output in site.gate.outputs}
        lamps = {pin: name for name, pin in site.gate.signals.items() if name != BUZZER}
        self._lamps, self._result_s = lamps, site.rules.result_s
        self.contacts = tuple(site.gate.contacts)
        buzzer = {} if site.gate.buzzer_pin is None else {site.gate.buzzer_pin: BUZZER}
        self._signals = self._outputs | buzzer
        self.wallets = Wallets(hub.issue, self._clock.utc, plan.seed)
        self.lanes = {parts.lane: self._lane(parts, site) for parts in site.lane_parts}
        first = self.lanes[""]
        self.world, self.chip, self.sensor = first.world, first.chip, first.sensor
        self.pins = Pins(self._clock.mono, self._level)
        for lane in self.lanes.values():
            self.pins.listeners.append(lane.world.feels_edge)
        self.logbook = Logbook(
            site.rules,
            lambda: self._clock.utc().astimezone(site.zone),
            NOMINAL_U_CELSIUS,
            sensor=self.sensor.state,
            closed_to=closed_to(plan.place),
        )
        for lane in self.lanes.values():
            lane.world.on_begin = self._begin
            lane.world.on_arrive = self._arrive
            lane.world.on_end = self._end
        return site

    def _pin_root(self) -> Path:
        """Copy the hub's root to the kiosk, as a technician does."""
        path = self.plan.state / "root.json"
        path.write_bytes(self._hub_root.read_bytes())
        return path.resolve()

    def _room(self, site: Site) -> Room:
        """Another one for another seed, with the site's blackbody in it, which is not quite what it says."""
        ambient_celsius = round(Random(f"room {self.plan.seed}").uniform(*ROOM_CELSIUS), 2)
        known = site.thermal.blackbody
        if known is None:
            return Room(ambient_celsius)
        true_celsius = known.celsius + self._imperfection.blackbody_celsius_error
        patch = Patch(known.top, known.left, known.height_px, known.width_px, true_celsius, known.emissivity)
        return Room(ambient_celsius, blackbody=patch)

    def _lane(self, parts: LaneParts, site: Site) -> SimLane:
        name, plan, now = parts.lane, self.plan, self._clock.mono
        room = replace(self._room(site), blackbody=None) if name else self._room(site)
        world = World(
            self.wallets,
            now,
            self._scan,
            outputs=outputs_of(site, name) | ({} if name else self._lamps),
            door_contact_pin=parts.contacts.get(Input.DOOR, 0),
            seed=plan.seed,
            room=room,
            weather=Weather(SWING_CELSIUS),
            contacts=parts.contacts,
            strike=strike_of(site, name),
        )
        unit, planned = (self._unit_out, NO_FAULTS) if name else (self.unit, plan.sensor_faults)
        return mounted(parts, site, world, unit, room, now, seed=plan.seed, cold=plan.cold, planned=planned)

    def _level(self, pin: int) -> bool:
        """What the people of any lane drive onto a pin."""
        return any(lane.world.input_level(pin) for lane in self.lanes.values())

    @property
    def is_quiet(self) -> bool:
        """Whether nobody is there or still to come, in any lane."""
        return self._crowd.is_empty and all(lane.world.is_quiet for lane in self.lanes.values())

    def step(self) -> None:
        """Let happen what is due, in all lanes."""
        for lane in self.lanes.values():
            lane.world.step()

    def shows(self, view: ViewState) -> None:
        """The screen of a lane has changed."""
        self.lanes[view.lane].world.shows(view)

    def order_fault(self, fault: Fault | None) -> None:
        """Let a fault of the thermal sensor begin, or end."""
        with self.lock:
            self.sensor.order(fault)

    def actuate(self, which: Input, active: bool) -> None:
        """Move a contact of the site by hand."""
        with self.lock:
            self.world.actuate(which, active)

    def outputs(self) -> dict[str, bool]:
        """The site's relays and its buzzer, and which are energised now."""
        return {name: self.pins.level(pin) for pin, name in self._signals.items()}

    def watch_outputs(self, listener: Callable[[str, bool], None]) -> None:
        """Tell `listener` of each one that moves, on whichever thread moves it."""

        def tell(edge: Edge) -> None:
            if edge.pin in self._signals:
                listener(self._signals[edge.pin], edge.level)

        self.pins.listeners.append(tell)

    def send(self, visits: Iterable[Visit]) -> None:
        """Let people come, with the passes that they need."""
        wanted = list(visits)
        for visit in wanted:
            self.wallets.prepare(visit)
        with self.lock:
            if len(self.lanes) > 1:
                self._crowd.add(_through_the_lanes(wanted))
            else:
                self.world.send(wanted)

    def faults(self, fallen: Iterable[str] = ()) -> tuple[str, ...]:
        """What went wrong in the day besides wrong answers, a sentence each."""
        pages, edges = self.logbook.pages, self.pins.edges
        relays = [
            conduct.relay_faults(edges, lane.outputs, pages, lane.pulse_s) for lane in self.lanes.values()
        ]
        return (
            *(fault for faults in relays for fault in faults),
            *conduct.occupancy_faults(self.plan.kiosk_state / "journal.db", self.logbook.occupancy),
            *conduct.lamp_faults(self.pins.edges, self._lamps, pages, self._result_s),
            *conduct.picture_faults(self.logbook, self.plan.screenshots),
            *slip_faults(pages, DEVICE_ID, self._log_key()),
            *conduct.process_faults(fallen),
        )

    def _log_key(self) -> Ed25519PublicKey:
        """The kiosk's, as the hub knows it."""
        return load_existing(self.plan.kiosk_state / "device.key").public_key()

    def _begin(self, visit: Visit) -> None:
        self.logbook.begin(visit)
        if not visit.kind.place.lane:
            self._cut_while(visit.kind.offline)
        self._crowd.begun(visit)

    def _arrive(self, visit: Visit) -> None:
        self.sensor.visitor_arrives(visit.number)
        self.logbook.arrive(visit)

    def _end(self, experience: Experience) -> None:
        self.logbook.end(experience)
        self.sensor.visitor_leaves(experience.visit.number)
        self._crowd.ended(experience.visit)
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


def is_ready(view: ViewState) -> bool:
    """Whether a kiosk that shows this serves the next person, with a hub behind it and nothing amiss."""
    return view.page is views.Page.WELCOME and view.link.connected and not view.faults


def in_good_time(visits: Iterable[Visit], *, cold: bool) -> Iterator[Visit]:
    """Nobody comes before the kiosk is ready; to a cold sensor some do, and the others much later."""
    for count, visit in enumerate(visits):
        wait_s = QUIET_AT_FIRST_S if count == 0 else COLD_GAP_S if cold and count == COLD_PEOPLE else 0.0
        yield replace(visit, gap_s=visit.gap_s + wait_s)


def _through_the_lanes(visits: Iterable[Visit]) -> Iterator[Visit]:
    """Whoever leaves does so by the lane out."""
    for visit in visits:
        kind = replace(visit.kind, place=Place.OUT) if visit.kind.place is Place.EXIT else visit.kind
        yield replace(visit, kind=kind)


def _fit_for_use(drawn: Imperfection) -> Imperfection:
    """A unit that a technician would accept: no two places in its view differ by more than the bound."""
    return replace(drawn, non_uniformity=0.5 * drawn.non_uniformity)
