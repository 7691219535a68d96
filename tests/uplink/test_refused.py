from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.core.events import DeviceFaulted, DeviceRecovered
from tests.uplink.world import DEVICE, World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    world.enrol()
    yield world
    world.close()


def test_staff_see_that_the_hub_has_revoked_this_kiosk_and_when_it_takes_it_again(world: World) -> None:
    def decide(*, is_revoked: bool) -> None:
        at = world.clock.utc()
        world.hub.store.decide_on_device(DEVICE, is_revoked=is_revoked, by="Li Na", note="", now=at)

    decide(is_revoked=True)
    world.write(2)
    world.run(30)
    faults = [event for event in world.posted if isinstance(event, DeviceFaulted | DeviceRecovered)]
    assert [(type(each), each.device) for each in faults] == [(DeviceFaulted, "hub")]
    assert world.journal.acknowledged == 0
    decide(is_revoked=False)
    world.run(300)
    assert isinstance(world.posted[-1], DeviceRecovered)
    assert world.journal.acknowledged == 2
