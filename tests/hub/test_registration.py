from __future__ import annotations

import os
from pathlib import Path

import pytest

from hub.__main__ import main
from hub.app import create_app
from hub.state import HubState
from hub.store import Store
from hub.tables import make_engine
from tests.hub.asgi import Caller
from tests.hub.conftest import SetClock
from tests.hub.devices import FakeDevice


@pytest.fixture
def state_dir(hub: HubState, tmp_path: Path) -> Path:
    """The folder of a hub that runs."""
    assert hub.public_key_base64
    return tmp_path / "hub"


def add(state_dir: Path, device: FakeDevice, **changes: str) -> int:
    wanted = device.registration | changes
    return main(["device", "add", "--state", str(state_dir), wanted["device_id"], wanted["public_key"]])


def sentence(capsys: pytest.CaptureFixture[str]) -> str:
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
    return said.err


def test_a_running_hub_takes_the_entries_of_a_device_from_the_moment_it_is_added(
    hub: HubState, state_dir: Path, clock: SetClock, capsys: pytest.CaptureFixture[str]
) -> None:
    device, kiosk = FakeDevice(), Caller(create_app(hub, clock))
    device.record(2)
    assert kiosk.post("/v1/logs/gate-1/entries", device.batch()).status == 403
    assert add(state_dir, device) == 0
    assert capsys.readouterr().out == "gate-1 is registered\n"
    assert kiosk.post("/v1/logs/gate-1/entries", device.batch()).status == 200


def test_to_add_it_again_changes_nothing(state_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert [add(state_dir, FakeDevice()) for _ in range(2)] == [0, 0]
    assert capsys.readouterr().out.endswith("gate-1 is registered already, with this key\n")


def test_a_device_keeps_the_key_that_it_was_added_with(
    hub: HubState, state_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    add(state_dir, FakeDevice())
    capsys.readouterr()
    assert add(state_dir, FakeDevice(seed=2)) == 2
    assert "gate-1 is registered with another key" in sentence(capsys)
    kept = hub.store.device("gate-1")
    assert kept is not None
    assert kept.public_key == FakeDevice().key.public_key().public_bytes_raw()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"device_id": "gate 1"}, "device_id is 1 to 64 letters"),
        ({"public_key": "AAAA"}, "public_key is not an Ed25519 key: 32 bytes in base64"),
        ({"public_key": "钥"}, "public_key is not an Ed25519 key: 32 bytes in base64"),
    ],
)
def test_what_is_no_device_is_refused_in_one_sentence(
    state_dir: Path, changes: dict[str, str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert add(state_dir, FakeDevice(), **changes) == 2
    assert said in sentence(capsys)


def test_a_mistyped_folder_does_not_become_a_hub(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert add(tmp_path / "hbu", FakeDevice()) == 2
    assert f"{tmp_path / 'hbu'}: holds no hub" in sentence(capsys)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_another_users_hub_says_as_whom_to_run(state_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    state_dir.chmod(0o000)
    assert add(state_dir, FakeDevice()) == 2
    state_dir.chmod(0o700)
    assert "run this as the user that runs the hub" in sentence(capsys)


def test_a_database_that_stays_locked_is_said(
    state_dir: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.tables._BUSY_TIMEOUT_S", 0.05)
    engine = make_engine(state_dir / "hub.db")
    with engine.begin():
        assert add(state_dir, FakeDevice()) == 2
    engine.dispose()
    assert "hub.db: can't be opened as the hub's database: database is locked" in sentence(capsys)
    store = Store(state_dir / "hub.db")
    store.open()
    assert store.devices() == []
    store.close()
