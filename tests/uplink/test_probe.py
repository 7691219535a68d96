"""Whether the hub is there is known in time, and asked no more often than that takes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.uplink.world import World, script


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    world.enrol()
    yield world
    world.close()


def test_a_cut_with_nothing_to_send_is_seen_within_a_minute_and_its_end_within_ten_seconds(
    world: World,
) -> None:
    world.run(61)
    for cut, within_s, connected in ((world.faults.cut, 60, False), (world.faults.restore, 10, True)) * 2:
        cut()
        world.run(within_s)
        assert world.links[-1].connected is connected
        world.run(1000)


def test_a_cut_with_something_to_send_is_seen_at_once(world: World) -> None:
    world.run(61)
    world.faults.cut()
    world.write(1)
    world.run(3)
    assert world.links[-1].connected is False


def test_a_quiet_kiosk_asks_its_hub_no_more_than_twice_a_minute(world: World) -> None:
    world.run(61)
    hub = script(world)
    world.run(600)
    assert len(hub.asked) <= 21


def test_a_hub_that_asks_to_be_left_alone_is_not_probed(world: World) -> None:
    world.run(1)
    hub = script(world, (503, {"Retry-After": "40"}, {}))
    world.write(1)
    world.run(39)
    assert hub.asked == ["POST"]


def test_a_busy_uplink_sends_no_probes(world: World) -> None:
    hub = script(world)
    for _ in range(50):
        world.write(1)
        world.run(1)
    assert "HEAD" not in hub.asked
