"""What only PostgreSQL can do to a hub."""

from __future__ import annotations

import pytest

from tests.hub.asgi import Caller
from tests.hub.devices import FakeDevice
from tests.hub.postgres import Cluster


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_restart_of_the_database_is_a_503_and_then_all_is_well(
    anyone: Caller, device: FakeDevice, cluster: Cluster
) -> None:
    device.record(6)
    assert anyone.post("/v1/logs/gate-1/entries", device.batch(0, 3)).status == 200
    cluster.cut_off()
    answer = anyone.post("/v1/logs/gate-1/entries", device.batch(3))
    assert (answer.status, answer.headers["retry-after"]) == (503, "5")
    assert anyone.post("/v1/logs/gate-1/entries", device.batch(3)).json()["size"] == 6
