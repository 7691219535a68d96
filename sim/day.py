"""A day on the simulated clock: one thread, one process, the same every time.

The kiosk's own parts, wired as on a Pi (`kiosk.gatekeeper.compose`), with the
simulated world under the drivers in this process and the hub's application
called in process. Time goes from one thing that is due to the next: the world
says when it next changes, the camera when it next has a frame, the sensor
when its next subpage is complete, the core when it wants to be woken, the
uplink when it wants to run. Nothing is rendered or polled in between, but for
the thermal sensor's idle rate, `IDLE_HZ`.
"""

from __future__ import annotations

import json
import math
import threading
import time
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import requests
import time_machine
from gpiozero import Factory

from drivers.camera import Camera
from drivers.i2c import I2CBus
from hub.app import create_app
from hub.state import HubState, open_state
from kiosk.config import ReaderKind, Site
from kiosk.core.devices import device_in
from kiosk.core.events import Input
from kiosk.core.view import ViewState
from kiosk.gatekeeper.backends import Backends
from kiosk.gatekeeper.compose import Gatekeeper
from kiosk.gatekeeper.thermal import ThermalPoller
from kiosk.screen.lane_sign import lane_text
from kiosk.screen.process import Screen, make_application
from kiosk.uplink.hub_client import HubClient
from kiosk.uplink.trust_mirror import TrustMirror
from kiosk.uplink.uplink import Uplink
from kiosk.wire import Message, ViewMessage, decode, encode
from sim.camera import SimCamera
from sim.clock import OwnTime, SimClock
from sim.i2c import SimI2C
from sim.lanes import SimLane
from sim.logbook import Page
from sim.network.asgi import AsgiAdapter
from sim.network.faults import Faults
from sim.people import plan as plan_visits
from sim.pins import BoardPinFactory
from sim.provision import DEVICE_ID, HubApi
from sim.remote import SENSOR_ADDRESS, split_lane
from sim.report import Books, read_journal
from sim.stage import ORDINARY_NETWORK, Plan, Stage, in_good_time, is_ready

IDLE_HZ = 1.0
DEAD_POLL_S = 0.1
HUB_URL = "http://hub.simulated"
READY_S = 120.0
DRAIN_S = 900.0
SETTLE_S = 0.5


class _Desk:
    """Gatekeeper's uplink socket without the socket: the same lines of JSON."""

    def __init__(self, handle: Callable[[dict[str, object]], dict[str, object]]) -> None:
        self._handle = handle

    def request(self, message: dict[str, Any]) -> dict[str, Any]:
        reply: dict[str, Any] = json.loads(json.dumps(self._handle(json.loads(json.dumps(message)))))
        return reply


class _UplinkTurn:
    """The uplink on its own time, and when that has passed."""

    def __init__(self, uplink: Uplink, own_time: OwnTime) -> None:
        self._uplink = uplink
        self._own_time = own_time
        self.due_s = own_time.mono()

    def run_once(self) -> None:
        # python-tuf asks the system what time it is, and takes it from nobody.
        with time_machine.travel(self._own_time.utc(), tick=False):
            wait_s = self._uplink.run_once()
        self.due_s = self._own_time.mono() + wait_s


class Day:
    """One simulated day. `pace` is simulated seconds per real one; None runs as fast as it can."""

    def __init__(self, plan: Plan, pace: float | None) -> None:
        self._plan = plan
        self._pace = pace
        self.clock = SimClock()
        self.faults = Faults(self.clock.mono, seed=plan.seed, rates=ORDINARY_NETWORK)
        self.stage = Stage(plan, self.clock, self.faults)

    def run(self, stopping: threading.Event, on_page: Callable[[Page], None]) -> Books | None:
        """Live through the day and give what journal and hub hold in the end; None when interrupted.

        `on_page` is told of every visit as it ends.
        """
        self.stage.set_up_hub()
        hub_state = open_state(self._plan.hub_state, self.clock.utc())
        try:
            with self.stage:
                return self._run(hub_state, stopping, on_page)
        finally:
            hub_state.close()

    def _run(
        self, hub_state: HubState, stopping: threading.Event, on_page: Callable[[Page], None]
    ) -> Books | None:
        app = create_app(hub_state, self.clock.utc)
        hub = HubApi(
            HUB_URL, hub_state.admin_token, _session(AsgiAdapter(app, Faults(self.clock.mono), self.clock))
        )
        plan = self._plan
        site = self.stage.set_up(hub, HUB_URL, hub_state.public_key_base64, idle_hz=IDLE_HZ)
        kiosk = _Kiosk(self.stage, site, self.clock)
        network_time = OwnTime(self.clock)
        session = _session(AsgiAdapter(app, self.faults, network_time))
        client = HubClient(HUB_URL, session, now=network_time.mono)
        uplink = Uplink(
            _Desk(kiosk.gatekeeper.desk.handle),
            client,
            TrustMirror(site.uplink.cache_dir, site.uplink.trusted_root, client, network_time.mono),
            network_time,
            Random(plan.seed),
            trust_refresh_s=site.uplink.trust_refresh_s,
        )
        self.stage.logbook.on_page = on_page
        try:
            self._live(kiosk, _UplinkTurn(uplink, network_time), hub, stopping)
        finally:
            kiosk.close()
        if stopping.is_set():
            return None
        return Books(*read_journal(site.journal_path), *hub.log(DEVICE_ID), faults=self.stage.faults())

    def _live(self, kiosk: _Kiosk, uplink: _UplinkTurn, hub: HubApi, stopping: threading.Event) -> None:
        quiet_since_s: float | None = None
        patient_until_s = self.clock.mono() + READY_S
        has_begun = False
        while not stopping.is_set():
            if not has_begun and (kiosk.is_ready or self.clock.mono() > patient_until_s):
                has_begun = True
                self._send_visitors()
            if self.clock.mono() >= uplink.due_s:
                uplink.run_once()
            kiosk.work()
            if not self.stage.is_quiet or not has_begun:
                quiet_since_s = None
            elif quiet_since_s is None:
                quiet_since_s = self.clock.mono()
            elif self._is_over(kiosk, hub, self.clock.mono() - quiet_since_s):
                return
            self._advance_to(min(uplink.due_s, kiosk.next_due_s()))

    def _send_visitors(self) -> None:
        plan = self._plan
        visits = plan_visits(plan.scenario, plan.people, plan.seed)
        self.stage.send(in_good_time(visits, cold=plan.cold))

    def _is_over(self, kiosk: _Kiosk, hub: HubApi, quiet_s: float) -> bool:
        """When the last visitor has gone, the door is shut and the hub has everything."""
        if quiet_s < 10.0:
            return False
        return hub.log(DEVICE_ID)[0] == kiosk.gatekeeper.journal.size or quiet_s > DRAIN_S

    def _advance_to(self, due_s: float) -> None:
        if self._pace is not None:
            time.sleep(max(0.0, due_s - self.clock.mono()) / self._pace)
        self.clock.advance_to(due_s)


class _LaneTurn:
    """What of one lane the kiosk has before it: its screen, camera, contacts and sensor."""

    def __init__(self, lane: SimLane, site: Site, stage: Stage, clock: SimClock) -> None:
        self.world, self.chip = lane.world, lane.chip
        self.camera = SimCamera(lane.world, clock.mono)
        self.view: ViewState | None = None
        self.thermal_at_s = math.inf
        self._name = lane.name
        self._now = clock.mono
        readers = [each.id for each in site.readers_of(lane.name) if each.kind is ReaderKind.CAMERA]
        self._readers = readers
        self._door_was_open = False
        self._contacts_moved = 0
        self.screen = Screen(
            make_application(headless=stage.plan.headless),
            screenshots=stage.plan.screenshots / lane.name,
            time_zone=site.zone,
            full_screen=False,
            lane=lane.name,
            lane_text=lane_text(site.rules, lane.name),
        )
        self.screen.open()

    def pollers_due(self) -> Iterator[str]:
        """The names of the pollers, readers and contacts, that have something new before them."""
        if self.camera.next_frame_at(self._now()) <= self._now():
            yield from self._readers
        if self.world.door_open is not self._door_was_open:
            self._door_was_open = self.world.door_open
            yield device_in(self._name, Input.DOOR.value)
        if self.world.contacts_moved != self._contacts_moved:
            self._contacts_moved = self.world.contacts_moved
            yield from (device_in(self._name, which.value) for which in Input)

    def next_due_s(self, thermal: ThermalPoller) -> float:
        """When something is next due (monotonic seconds).

        The sensor with its next subpage while somebody is measured; an idle one is let alone for a while.
        One that has nothing new for long is asked all the same, as its poller asks it.
        """
        due_s = min(self.chip.next_ready_at(), self._now() + DEAD_POLL_S)
        if not thermal.is_sampling:
            due_s = max(due_s, thermal.idle_until_s)
        self.thermal_at_s = min(self.thermal_at_s, due_s)
        return min(self.world.next_change_s, self.camera.next_frame_at(self._now()), self.thermal_at_s)


class _Kiosk:
    """The kiosk's parts on the simulated clock, and when each of them has something to do."""

    def __init__(self, stage: Stage, site: Site, clock: SimClock) -> None:
        self._stage = stage
        self._clock = clock
        self._lanes = {name: _LaneTurn(lane, site, stage, clock) for name, lane in stage.lanes.items()}
        backends = Backends(self._open_i2c, self._open_camera, self._open_pins)
        self.gatekeeper = Gatekeeper(site, backends, clock, self._publish)
        self._pollers = {poller.name: poller for poller in self.gatekeeper.pollers}
        for poller in self.gatekeeper.pollers:
            poller.poll_once()

    @property
    def is_ready(self) -> bool:
        """Whether it shows in every lane that the next person may come."""
        return all(lane.view is not None and is_ready(lane.view) for lane in self._lanes.values())

    def close(self) -> None:
        self.gatekeeper.close()
        for lane in self._lanes.values():
            lane.screen.close()

    def next_due_s(self) -> float:
        """When something is next due in kiosk or world (monotonic seconds)."""
        due = [lane.next_due_s(self.gatekeeper.thermal[name]) for name, lane in self._lanes.items()]
        wake_s = self.gatekeeper.loop.due_at_s
        return max(min(due if wake_s is None else [*due, wake_s]), self._clock.mono())

    def work(self) -> None:
        """Do all that is due now."""
        self._stage.step()
        for lane in self._lanes.values():
            for name in lane.pollers_due():
                if name in self._pollers:
                    self._pollers[name].poll_once()
        while self._stage.scans_waiting:
            self._read_all(self._stage.scans_waiting.pop())
        for name, lane in self._lanes.items():
            if lane.thermal_at_s <= self._clock.mono():
                self.gatekeeper.thermal[name].poll_once()
                lane.thermal_at_s = math.inf
        self._settle()

    def _read_all(self, scanner: str) -> None:
        """All that a hand-held scanner has sent: what stays in its line would be the next visitor's code."""
        self._pollers[scanner].poll_once()
        while not self.gatekeeper.inbox.is_empty:
            self._settle()
            self._pollers[scanner].poll_once()

    def _settle(self) -> None:
        """Core and journal in turn, until neither has anything left."""
        self.gatekeeper.loop.drain()
        while self.gatekeeper.writer.run_once(0.0):
            self.gatekeeper.loop.drain()

    def _publish(self, message: Message) -> None:
        message = decode(encode(message).rstrip())
        for lane in self._lanes.values():
            lane.screen.handle(message)
        if isinstance(message, ViewMessage):
            self._lanes[message.view.lane].view = message.view
            self._stage.shows(message.view)

    def _open_i2c(self, name: str) -> I2CBus:
        return SimI2C({SENSOR_ADDRESS: self._lanes[split_lane(name)[1]].chip}, self._clock.sleep)

    def _open_camera(self, name: str, _now: Callable[[], float]) -> Camera:
        return self._lanes[split_lane(name)[1]].camera

    def _open_pins(self, _name: str) -> Factory:
        return BoardPinFactory(self._stage.pins)


def _session(adapter: AsgiAdapter) -> requests.Session:
    session = requests.Session()
    session.mount(HUB_URL, adapter)
    return session
