"""What a technician does before the first day: calibrate the sensor, enrol the kiosk, write its site file."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any

import requests

from calibration.blackbody import calibrate
from calibration.record import CalibrationRecord
from drivers.mlx90640 import Mlx90640
from hub.issuing import Pass
from hub.state import create_state
from hub.tracing import make_key
from hub.trust.publisher import open_publisher
from kiosk.gatekeeper.staff_register import StaffRegister, pepper_of
from kiosk.journal.device_key import load_or_create
from sim.clock import SimClock
from sim.i2c import SimI2C
from sim.mlx90640_chip import Mlx90640Chip, ThermalScene
from sim.radiation import Unit
from sim.remote import SENSOR_ADDRESS
from sim.thermal_scene import blackbody_scene

SET_POINTS_CELSIUS = (32.0, 36.0, 40.0)
REQUEST_TIMEOUT_S = 10.0
DEVICE_ID = "sim-kiosk-1"
STAFF, STAFF_PIN = "07", "271828"
"""Who may sign in at the simulated screen; it is of no use anywhere else."""


class HubRefusal(RuntimeError):
    """The hub did not do what was asked of it."""


class HubApi:
    """What the simulator asks of the hub directly: passes, an enrolment, and what it holds in the end."""

    def __init__(self, url: str, admin_token: str, session: requests.Session) -> None:
        self._url = url
        self._session = session
        self._session.trust_env = False
        self._headers = {"Authorization": f"Bearer {admin_token}"}

    def issue(self, wanted: Mapping[str, object]) -> Pass:
        return Pass.from_wallet(self._json("POST", "/v1/passes", dict(wanted)))

    def register(self, device_id: str, public_key: bytes) -> None:
        body = {"device_id": device_id, "public_key": base64.b64encode(public_key).decode()}
        self._json("POST", "/v1/devices", body)

    def log(self, device_id: str) -> tuple[int, str]:
        """How many entries of a device the hub holds, and the base64 root over them."""
        answer = self._json("GET", f"/v1/logs/{device_id}", None)
        return int(answer["size"]), str(answer["root"])

    def _json(self, method: str, path: str, body: object) -> dict[str, Any]:
        reply = self._session.request(
            method, self._url + path, json=body, headers=self._headers, timeout=REQUEST_TIMEOUT_S
        )
        if not reply.ok:
            raise HubRefusal(f"{method} {path}: {reply.status_code} {reply.text[:200]}")
        answer: dict[str, Any] = reply.json()
        return answer


class _Bench:
    """The calibration bench: a blackbody before the sensor."""

    def __init__(self) -> None:
        self.celsius = SET_POINTS_CELSIUS[0]

    def thermal_at(self, _t: float) -> ThermalScene:
        return blackbody_scene(self.celsius)


def calibrate_sensor(unit: Unit, path: Path, made_at: datetime, seed: int) -> CalibrationRecord:
    """Calibrate the simulated sensor as a technician would, on a clock of its own. Writes the record."""
    clock, bench = SimClock(), _Bench()
    chip = Mlx90640Chip(unit, bench, clock.mono, seed=seed)
    sensor = Mlx90640(SimI2C({SENSOR_ADDRESS: chip}, clock.sleep), clock.mono, clock.sleep)

    def present(celsius: float) -> None:
        bench.celsius = celsius
        clock.sleep(1.0)

    sensor.open()
    record = calibrate(sensor, SET_POINTS_CELSIUS, present, sleep=clock.sleep, made_at=made_at)
    sensor.close()
    record.save(path)
    return record


def set_up_hub(hub_state: Path, root_keys: Path, now: datetime) -> Path:
    """As three key holders and an operator would; gives the root that a kiosk is given."""
    files = [root_keys / f"{name}.pem" for name in ("first", "second", "third")]
    return create_state(hub_state, files, now)


def give_tracers_a_key(hub_state: Path, shares: tuple[Path, Path], now: datetime) -> None:
    """As two tracers and an operator would: a key in two shares, and its public half published."""
    make_key(hub_state, shares)
    open_publisher(hub_state).publish(now)


def enrol(hub: HubApi, state_dir: Path, now: datetime) -> None:
    """Make the device's key and tell the hub; and let one of the staff sign in at the screen."""
    key = load_or_create(state_dir / "device.key")
    hub.register(DEVICE_ID, key.public_key().public_bytes_raw())
    StaffRegister(state_dir, pepper_of(key)).add(STAFF, STAFF_PIN, now)


def publish_policy(hub_state: Path, policy: Mapping[str, object], now: datetime) -> None:
    """As the city does."""
    open_publisher(hub_state).set_policy(policy, now)


def write_site(path: Path, values: Mapping[str, object], place: str = "gate") -> None:
    """The simulated site's file, its places filled with `values`."""
    template = Template(files("sim").joinpath(f"sites/{place}.toml").read_text(encoding="utf-8"))
    path.write_text(template.substitute(values), encoding="utf-8")
