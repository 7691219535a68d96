from __future__ import annotations

from pathlib import Path

import pytest
import requests

from calibration.record import CalibrationRecord
from hub.app import create_app
from hub.state import HubState
from kiosk.config import load
from sim.clock import DAY_BEGINS, SimClock
from sim.network.asgi import AsgiAdapter
from sim.network.faults import Faults
from sim.provision import DEVICE_ID, HubApi, HubRefusal, calibrate_sensor, enrol, write_site
from sim.radiation import Unit
from tests.hub.hubs import new_hub

URL = "http://hub.simulated"


@pytest.fixture
def hub(tmp_path: Path) -> HubState:
    return new_hub(tmp_path / "hub", DAY_BEGINS)


def api(hub: HubState, token: str) -> HubApi:
    clock = SimClock()
    session = requests.Session()
    session.mount(URL, AsgiAdapter(create_app(hub, clock.utc), Faults(clock.mono), clock))
    return HubApi(URL, token, session)


def test_an_aged_sensor_is_calibrated_back_to_the_truth(tmp_path: Path) -> None:
    unit = Unit.random(2).off_by(0.8)
    record = calibrate_sensor(unit, tmp_path / "calibration.json", DAY_BEGINS, seed=2)
    assert CalibrationRecord.load(tmp_path / "calibration.json") == record
    assert abs(record.offset_celsius + record.gain * 36.0 - 36.0) > 0.3, "it was off, and the record says so"
    assert record.u_fit_celsius < 0.1


def test_a_kiosk_is_enrolled_with_its_own_key_and_twice_is_no_harm(tmp_path: Path, hub: HubState) -> None:
    state = tmp_path / "kiosk"
    state.mkdir()
    admin = api(hub, hub.admin_token)
    enrol(admin, state, DAY_BEGINS)
    key = (state / "device.key").read_bytes()
    enrol(admin, state, DAY_BEGINS)
    assert (state / "device.key").read_bytes() == key
    assert admin.log(DEVICE_ID)[0] == 0
    hub.close()


def test_a_hub_that_refuses_is_said_with_its_answer(tmp_path: Path, hub: HubState) -> None:
    with pytest.raises(HubRefusal, match=r"POST /v1/devices: 40[13]"):
        api(hub, "wrong token").register(DEVICE_ID, bytes(32))
    with pytest.raises(HubRefusal, match="404"):
        api(hub, hub.admin_token).log("nobody")
    hub.close()


def test_the_simulated_site_file_is_a_site_file(tmp_path: Path, hub: HubState) -> None:
    write_site(
        tmp_path / "site.toml",
        {
            "state_dir": tmp_path,
            "runtime_dir": tmp_path / "run",
            "world": tmp_path / "world.sock",
            "exit_scanner": "/dev/pts/1",
            "counter_scanner": "/dev/pts/2",
            "idle_hz": 4.0,
            "refresh_hz": 8,
            "frames": 4,
            "passage_pin": "",
            "passage_sensor": "false",
            "calibration": tmp_path / "calibration.json",
            "hub_url": "http://127.0.0.1:8000",
            "hub_public_key": hub.public_key_base64,
            "trusted_root": hub.publisher.repository.root_path,
            "full_screen": "false",
        },
    )
    site = load(tmp_path / "site.toml")
    assert site.site.device_id == DEVICE_ID
    hub.close()
