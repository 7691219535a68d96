"""A device that is revoked: nothing of it is taken from then on; and it is taken back in."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import URL

from hub.__main__ import main
from hub.state import HubState
from tests.hub.asgi import Answer, Caller
from tests.hub.conftest import ON_BOTH
from tests.hub.devices import FakeDevice


def decide(tmp_path: Path, action: str, name: str = "gate-1", database: URL | None = None) -> int:
    where = ["--state", str(tmp_path / "hub"), "--by", "Li Na", "--note", "stolen"]
    if database is not None:
        where += ["--database", database.render_as_string(hide_password=False)]
    return main(["device", action, name, *where])


def upload(caller: Caller, device: FakeDevice, start: int) -> Answer:
    return caller.post(f"/v1/logs/{device.device_id}/entries", device.batch(start))


@ON_BOTH
def test_from_the_moment_that_a_device_is_revoked_a_running_hub_takes_nothing_of_it(
    hub: HubState, admin: Caller, device: FakeDevice, tmp_path: Path, database: URL | None
) -> None:
    device.record(2)
    assert upload(admin, device, 0).status == 200
    assert decide(tmp_path, "revoke", database=database) == 0
    device.record()
    for start in (0, 2):
        refused = upload(admin, device, start)
        assert refused.status == 403
        assert "'gate-1' has been revoked at this hub" in refused.json()["error"]
    assert decide(tmp_path, "reinstate", database=database) == 0
    assert upload(admin, device, 2).status == 200


def test_what_it_had_sent_stays_and_the_page_says_since_when_it_is_revoked(
    admin: Caller, device: FakeDevice, tmp_path: Path
) -> None:
    device.record(2)
    upload(admin, device, 0)
    decide(tmp_path, "revoke")
    assert admin.get("/v1/logs/gate-1").json()["size"] == 2
    assert "<td>revoked 20" in admin.get("/").text


def test_another_log_of_it_is_not_begun_either(admin: Caller, device: FakeDevice, tmp_path: Path) -> None:
    decide(tmp_path, "revoke")
    other = FakeDevice("gate-1.epoch-2")
    other.record()
    refused = upload(admin, other, 0)
    assert (refused.status, "revoked" in refused.json()["error"]) == (403, True)


def test_another_device_is_not_meant(admin: Caller, device: FakeDevice, tmp_path: Path) -> None:
    other = FakeDevice("gate-10")
    admin.post("/v1/devices", other.registration)
    decide(tmp_path, "revoke")
    other.record()
    assert upload(admin, other, 0).status == 200


@pytest.mark.parametrize(
    ("name", "said"),
    [("gate-9", "there is no device gate-9"), ("gate-1.epoch-2", "is a log of gate-1; name the device")],
)
def test_what_is_no_device_is_said(
    device: FakeDevice, tmp_path: Path, name: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert decide(tmp_path, "revoke", name) == 2
    assert said in capsys.readouterr().err
