from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hub.app import create_app
from hub.state import HubState
from tests.hub.asgi import Caller
from tests.hub.devices import FakeDevice
from tests.hub.hubs import new_hub

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


class SetClock:
    """A clock that stands where it is put."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[HubState]:
    state = new_hub(tmp_path / "hub", NOON)
    yield state
    state.close()


@pytest.fixture
def admin(hub: HubState, clock: SetClock) -> Caller:
    return Caller(create_app(hub, clock), hub.admin_token)


@pytest.fixture
def anyone(hub: HubState, clock: SetClock) -> Caller:
    return Caller(create_app(hub, clock))


@pytest.fixture
def device(admin: Caller) -> FakeDevice:
    device = FakeDevice()
    assert admin.post("/v1/devices", device.registration).status == 201
    return device
