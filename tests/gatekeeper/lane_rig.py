"""A whole gatekeeper with a lane in and a lane out, each with people, camera, sensor and door of its own.

One thread, one clock. Each lane is a world of its own over the same pins and
wallets, so that people come to both at the same time.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from drivers.camera import Camera
from kiosk.config import Site, parse
from kiosk.core.view import ViewState
from kiosk.gatekeeper.backends import Backends
from kiosk.gatekeeper.compose import Gatekeeper
from kiosk.journal.reader import Entry, JournalReader
from kiosk.wire import Message, ViewMessage
from sim.camera import SimCamera
from sim.clock import SimClock
from sim.i2c import SimI2C
from sim.mlx90640_chip import Mlx90640Chip
from sim.people import BY_ID, Place, Planner
from sim.pins import BoardPinFactory, Edge, Pins
from sim.radiation import Unit
from sim.visitor import Experience
from sim.wallets import Wallets
from sim.world import World
from tests.gatekeeper.lane_tree import OUT_BUS, OUT_DOOR_PIN, OUT_GATE_PIN, two_lane_tree
from tests.gatekeeper.rig import (
    DOOR_PIN,
    GATE_PIN,
    LAMP_PIN,
    STEP_S,
    UNIT,
    give_trust,
    issue,
    leave_warm,
    record_of,
    serial_of,
    take_a_turn,
)

IN, OUT = "", "out"
PINS = {
    IN: ({GATE_PIN: "gate", LAMP_PIN: "lamp"}, DOOR_PIN, "gate"),
    OUT: ({OUT_GATE_PIN: "gate-out"}, OUT_DOOR_PIN, "gate-out"),
}
OUT_UNIT = Unit.random(4)
CALIBRATIONS = {IN: "calibration.json", OUT: "calibration-out.json"}


class LaneRig:
    """`tree` is the site file as TOML gives it, with everything in the state folder."""

    def __init__(self, state: Path, tree: dict[str, Any] | None = None) -> None:
        self.clock = SimClock()
        self.wallets = Wallets(issue, self.clock.utc, 1)
        self.experiences: dict[str, list[Experience]] = {IN: [], OUT: []}
        self.worlds = {lane: self._world(lane, seed) for seed, lane in enumerate(PINS)}
        self.open_by_hand: set[int] = set()
        self.pins = Pins(self.clock.mono, self._level)
        for world in self.worlds.values():
            self.pins.listeners.append(world.feels_edge)
        self.chips = {
            lane: Mlx90640Chip(unit, self.worlds[lane], self.clock.mono, seed=1)
            for lane, unit in ((IN, UNIT), (OUT, OUT_UNIT))
        }
        self.cameras = {lane: SimCamera(world, self.clock.mono) for lane, world in self.worlds.items()}
        self.messages: list[Message] = []
        self.buses: list[_CountedBus] = []
        self._planner = Planner(1)
        self._open: Gatekeeper | None = None
        state.mkdir(exist_ok=True)
        self.site: Site = parse(tree or two_lane_tree(state), state / "site.toml")
        give_trust(self.site)
        for lane, unit in ((IN, UNIT), (OUT, OUT_UNIT)):
            record_of(serial_of(unit), unit=unit).save(state / CALIBRATIONS[lane])
            bus = SimI2C({0x33: self.chips[lane]}, self.clock.sleep)
            leave_warm(bus, self.clock, self.site.thermal_power_path(lane))

    @property
    def kiosk(self) -> Gatekeeper:
        assert self._open is not None
        return self._open

    def start(self) -> LaneRig:
        backends = Backends(self._open_i2c, self._open_camera, lambda _name: BoardPinFactory(self.pins))
        self._open = Gatekeeper(self.site, backends, self.clock, self._publish)
        return self.run(0.5)

    def stop(self) -> None:
        self.kiosk.close()

    def run(self, seconds: float) -> LaneRig:
        """Let time pass, everything polled every 20 ms."""
        end_s = self.clock.mono() + seconds
        while self.clock.mono() < end_s:
            for world in self.worlds.values():
                world.step()
            take_a_turn(self.kiosk)
            self.clock.sleep(STEP_S)
        return self

    def send(self, lane: str, kind: str, *, person: int) -> None:
        """Somebody is on his way to a lane, where he shows his code to the camera."""
        visit = replace(self._planner.visit(replace(BY_ID[kind], place=Place.GATE)), person=person, gap_s=0.2)
        self.wallets.prepare(visit)
        self.worlds[lane].send([visit])

    def until_quiet(self) -> LaneRig:
        """Until everybody has gone, and what was answered is over."""
        while not all(world.is_quiet for world in self.worlds.values()):
            self.run(0.5)
        return self.run(5.0)

    def last(self, lane: str) -> Experience:
        return self.experiences[lane][-1]

    def view(self, lane: str) -> ViewState:
        """What the lane's screen shows."""
        return self.views(lane)[-1]

    def views(self, lane: str) -> list[ViewState]:
        shown = [message.view for message in self.messages if isinstance(message, ViewMessage)]
        return [view for view in shown if view.lane == lane]

    def pulses(self, pin: int) -> int:
        return sum(edge.level for edge in self.edges(pin))

    def edges(self, pin: int) -> list[Edge]:
        return [edge for edge in self.pins.edges if edge.pin == pin]

    def entries(self, kind: str | None = None) -> list[Entry]:
        with JournalReader(self.site.journal_path) as journal:
            entries = journal.entries(0, journal.size)
        return [entry for entry in entries if kind in (None, entry.type)]

    # -- inside

    def _world(self, lane: str, seed: int) -> World:
        outputs, door_pin, strike = PINS[lane]
        world = World(
            self.wallets,
            self.clock.mono,
            lambda _place, _payload: None,
            outputs=outputs,
            door_contact_pin=door_pin,
            seed=seed,
            strike=strike,
        )
        world.on_end = self.experiences[lane].append
        return world

    def _level(self, pin: int) -> bool:
        return pin in self.open_by_hand or any(world.input_level(pin) for world in self.worlds.values())

    def _publish(self, message: Message) -> None:
        self.messages.append(message)
        if isinstance(message, ViewMessage):
            self.worlds[message.view.lane].shows(message.view)

    def _open_i2c(self, name: str) -> SimI2C:
        self.buses.append(_CountedBus({0x33: self.chips[_lane_of(name)]}, self.clock.sleep))
        return self.buses[-1]

    def _open_camera(self, name: str, _now: object) -> Camera:
        return self.cameras[_lane_of(name)]


def _lane_of(bus: str) -> str:
    return OUT if bus == OUT_BUS else IN


class _CountedBus(SimI2C):
    """A bus that knows whether it has been closed."""

    closed = False

    def close(self) -> None:
        self.closed = True
