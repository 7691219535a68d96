"""A whole gatekeeper over the simulated world, in one thread, on a clock that moves only when told."""

from __future__ import annotations

import base64
import hashlib
import shutil
import struct
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from calibration.record import CalibrationRecord, SetPoint
from drivers.i2c import I2CBus
from drivers.mlx90640 import Mlx90640
from hub.issuing import Issuer, Pass
from kiosk.config import Site, parse
from kiosk.core.view import Result, ViewState
from kiosk.credentials.bundle import IssuerKey
from kiosk.credentials.credential import Colour
from kiosk.credentials.revocation import Revocations, bitmap_of
from kiosk.gatekeeper.backends import Backends
from kiosk.gatekeeper.compose import Gatekeeper
from kiosk.gatekeeper.warming import PowerNote
from kiosk.journal.reader import Entry, JournalReader
from kiosk.terms import Instant
from kiosk.trust.content import SHARD_INDICES
from kiosk.trust.store import TrustStore
from kiosk.wire import Message, ViewMessage
from sim.camera import SimCamera
from sim.clock import DAY_BEGINS, SimClock
from sim.i2c import SimI2C
from sim.mlx90640_chip import Mlx90640Chip
from sim.people import BY_ID, Kind, Planner, Visit
from sim.pins import BoardPinFactory, Pins
from sim.radiation import Unit
from sim.thermal_scene import PLAIN_ROOM
from sim.visitor import Experience
from sim.wallets import Wallets
from sim.world import World
from tests.trust.repositories import HubTrust

GATE_PIN, LAMP_PIN, DOOR_PIN = 17, 27, 23
STEP_S = 0.02
UNIT = Unit.random(3)
HUB_KEY = Ed25519PrivateKey.from_private_bytes(b"h" * 32)
ISSUER = Issuer(Ed25519PrivateKey.from_private_bytes(b"i" * 32), b"\x00\x00\x00\x01")

UNLISTED = Revocations({ISSUER.kid: bitmap_of((), SHARD_INDICES)})


def record_of(serial: str, *, offset_celsius: float = 0.0, unit: Unit = UNIT) -> CalibrationRecord:
    return CalibrationRecord(
        made_at="2026-11-01T08:00:00+00:00",
        sensor_serial=serial,
        offset_celsius=offset_celsius,
        gain=1.0,
        set_points=(SetPoint(32.0, 32.0, 0.02, 32), SetPoint(40.0, 40.0, 0.02, 32)),
        u_fit_celsius=0.05,
        blackbody_emissivity=0.98,
        blackbody_u_celsius=0.15,
        eeprom_sha256=hashlib.sha256(struct.pack(">832H", *unit.eeprom())).hexdigest(),
    )


def leave_warm(bus: I2CBus, clock: SimClock, note: Path) -> None:
    """As an earlier gatekeeper leaves the sensor and its note, half a minute before."""
    sensor = Mlx90640(bus, clock.mono, clock.sleep)
    sensor.open()
    sensor.close()
    note.parent.mkdir(parents=True, exist_ok=True)
    now_s = clock.mono()
    PowerNote(now_s - 600.0, now_s, PLAIN_ROOM.settled_ta_celsius).save(note)
    clock.sleep(30.0)


def site_tree(state: Path, **tables: Mapping[str, object] | list[dict[str, str]]) -> dict[str, Any]:
    """A site file as TOML gives it; `tables` are laid over its own, a list stands in its place."""
    tree: dict[str, Any] = {
        "site": {
            "device_id": "kiosk-7",
            "state_dir": str(state),
            "runtime_dir": str(state / "run"),
            "time_source": "host",
        },
        "readers": [{"id": "gate-camera", "kind": "camera", "device": "world:here"}],
        "thermal": {"bus": "world:here", "calibration": str(state / "calibration.json")},
        "gate": {
            "pin_factory": "world",
            "door_contact_pin": DOOR_PIN,
            "outputs": [{"id": "gate", "pin": GATE_PIN}, {"id": "lamp", "pin": LAMP_PIN}],
        },
        "rules": {
            "access_points": [
                {"id": "gate-in", "purpose": "entry", "reader": "gate-camera", "output": "gate"}
            ]
        },
        "uplink": {
            "hub_url": "http://127.0.0.1:9",
            "hub_public_key": base64.b64encode(HUB_KEY.public_key().public_bytes_raw()).decode(),
        },
    }
    for name, table in tables.items():
        tree[name] = table if isinstance(table, list) else {**tree.get(name, {}), **table}
    if tree["rules"].get("door", {}).get("contact") is False and "door_contact_pin" not in tables.get(
        "gate", {}
    ):
        del tree["gate"]["door_contact_pin"]
    return tree


def give_trust(site: Site) -> HubTrust:
    """The trust of a hub whose root the site has, as the uplink hands it in: one issuer, nothing revoked."""
    hub = HubTrust(site.site.state_dir / "hub-trust", DAY_BEGINS)
    shutil.copy(hub.pinned_root, site.uplink.trusted_root)
    hub.publish([IssuerKey(ISSUER.kid, ISSUER.private_key.public_key())], UNLISTED, DAY_BEGINS)
    hub.give_to(TrustStore(site.trust_path, site.uplink.trusted_root), Instant(0.0, DAY_BEGINS, True))
    return hub


def take_a_turn(kiosk: Gatekeeper) -> None:
    """What its threads would do now, one after the other."""
    for poller in kiosk.pollers:
        poller.poll_once()
    kiosk.loop.drain()
    while kiosk.writer.run_once(0.0):
        kiosk.loop.drain()


class Rig:
    """The world, and one gatekeeper after the other in it. Keys and calibration are there unless removed."""

    def __init__(self, state: Path, **tables: Mapping[str, object] | list[dict[str, str]]) -> None:
        self.state = state
        self.clock = _KioskClock()
        self.wallets = Wallets(issue, self.clock.true_utc, 1)
        self.world = World(
            self.wallets,
            self.clock.mono,
            lambda _place, _payload: None,
            outputs={GATE_PIN: "gate", LAMP_PIN: "lamp"},
            door_contact_pin=DOOR_PIN,
            seed=1,
            contacts=parse(site_tree(state, **tables), state / "site.toml").gate.contacts,
        )
        self.pins = Pins(self.clock.mono, self.world.input_level)
        self.pins.listeners.append(self.world.feels_edge)
        self.chip = Mlx90640Chip(UNIT, self.world, self.clock.mono, seed=1)
        self.camera = SimCamera(self.world, self.clock.mono)
        self.buses: list[_CountedBus] = []
        self.factories: list[BoardPinFactory] = []
        self.views: list[ViewState] = []
        self.experiences: list[Experience] = []
        self.world.on_end = self.experiences.append
        self._planner = Planner(1)
        self._open: Gatekeeper | None = None
        state.mkdir(exist_ok=True)
        self.site: Site = parse(site_tree(state, **tables), state / "site.toml")
        self.hub = give_trust(self.site)
        record_of(serial_of(UNIT)).save(state / "calibration.json")
        leave_warm(SimI2C({0x33: self.chip}, self.clock.sleep), self.clock, self.site.thermal_power_path())

    def hand_in_trust(self) -> None:
        """What the hub publishes now, over the desk, as the uplink does."""
        files = self.hub.metadata()
        request: dict[str, object] = {
            "op": "trust",
            "roots": [root.decode() for root in files.roots],
            "timestamp": files.timestamp.decode(),
            "snapshot": files.snapshot.decode(),
            "targets": files.targets.decode(),
        }
        while missing := self.kiosk.desk.handle(request)["missing"]:
            assert isinstance(missing, list)
            data = base64.b64encode(self.hub.target(missing[0])).decode()
            request = {"op": "target", "path": missing[0], "data": data}

    @property
    def kiosk(self) -> Gatekeeper:
        assert self._open is not None
        return self._open

    def start(self) -> Rig:
        backends = Backends(self._open_i2c, lambda _name, _now: self.camera, self._open_pins)
        self._open = Gatekeeper(self.site, backends, self.clock, self._publish)
        return self.run(0.5)

    def stop(self) -> None:
        self.kiosk.close()

    def run(self, seconds: float) -> Rig:
        """Let time pass, everything polled every 20 ms."""
        end_s = self.clock.mono() + seconds
        while self.clock.mono() < end_s:
            self.world.step()
            take_a_turn(self.kiosk)
            self.clock.sleep(STEP_S)
        return self

    def visit(self, kind: str | Kind, *, person: int | None = None) -> Experience:
        """Let somebody come, and go again."""
        self.send(kind, person=person)
        while not self.world.is_quiet:
            self.run(0.5)
        self.run(5.0)
        return self.experiences[-1]

    def send(self, kind: str | Kind, *, person: int | None = None) -> None:
        """Somebody is on his way."""
        planned = self._planner.visit(BY_ID[kind] if isinstance(kind, str) else kind)
        number = planned.person if person is None else person
        visit = Visit(planned.number, planned.kind, number, planned.skin_celsius, 0.2)
        self.wallets.prepare(visit)
        self.world.send([visit])

    def set_back_wall_clock(self, seconds: float) -> None:
        """What a Pi without a battery does at a restart; the world's passes stay as they are."""
        self.clock.wall_error_s -= seconds

    @property
    def result(self) -> Result:
        return [view.result for view in self.views if view.result is not None][-1]

    def faults(self) -> list[str]:
        return list(self.views[-1].faults)

    def gate_ever_moved(self) -> bool:
        return any(edge.level for edge in self.pins.edges)

    def entries(self, kind: str | None = None) -> list[Entry]:
        with JournalReader(self.site.journal_path) as journal:
            entries = journal.entries(0, journal.size)
        return [entry for entry in entries if kind in (None, entry.type)]

    def _publish(self, message: Message) -> None:
        if isinstance(message, ViewMessage):
            self.views.append(message.view)
            self.world.shows(message.view)

    def _open_i2c(self, _name: str) -> SimI2C:
        self.buses.append(_CountedBus({0x33: self.chip}, self.clock.sleep))
        return self.buses[-1]

    def _open_pins(self, _name: str) -> BoardPinFactory:
        self.factories.append(BoardPinFactory(self.pins))
        return self.factories[-1]


class _KioskClock(SimClock):
    """The kiosk's wall clock may be wrong; the world's is not."""

    wall_error_s = 0.0

    def utc(self) -> datetime:
        return self.true_utc() + timedelta(seconds=self.wall_error_s)

    def true_utc(self) -> datetime:
        return super().utc()


class _CountedBus(SimI2C):
    """A bus that knows whether it has been closed."""

    closed = False

    def close(self) -> None:
        self.closed = True


def serial_of(unit: Unit) -> str:
    """The number that the driver reads from the unit's EEPROM."""
    return "-".join(f"{word:04x}" for word in unit.eeprom()[7:10])


def issue(wanted: Mapping[str, object]) -> Pass:
    valid_from = wanted["valid_from"]
    assert isinstance(valid_from, str)
    lifetime_s, roles, colour = wanted["lifetime_s"], wanted["roles"], wanted["colour"]
    assert isinstance(colour, int)
    assert isinstance(lifetime_s, int)
    assert isinstance(roles, list)
    return ISSUER.issue(
        colour=Colour(colour),
        area=str(wanted["area"]),
        valid_from=datetime.fromisoformat(valid_from),
        lifetime_s=lifetime_s,
        roles=frozenset(roles),
        masked_name="王*",
        rotating=bool(wanted["rotating"]),
    )
