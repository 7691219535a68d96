from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import URL

from hub.app import create_app
from hub.state import HubState
from tests.hub import postgres
from tests.hub.asgi import Caller
from tests.hub.devices import FakeDevice
from tests.hub.hubs import new_hub

ON_BOTH = pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
"""A test with the fixture `database` runs once on each."""

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


@pytest.fixture(scope="session")
def cluster() -> Iterator[postgres.Cluster]:
    found = postgres.programs()
    if found is None:
        pytest.skip(postgres.ABSENT)
    with postgres.running(found, durable=False) as cluster:
        yield cluster


@pytest.fixture
def database(request: pytest.FixtureRequest) -> URL | None:
    """None: the SQLite file in the hub's folder."""
    if getattr(request, "param", "sqlite") == "sqlite":
        return None
    cluster: postgres.Cluster = request.getfixturevalue("cluster")
    return cluster.empty()


@pytest.fixture
def hub(tmp_path: Path, database: URL | None) -> Iterator[HubState]:
    state = new_hub(tmp_path / "hub", NOON, database)
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
