"""A lane of the simulated site: its people, its camera, its thermal sensor, its door.

Each lane is a world of its own (`sim.world`) over the same pins and wallets;
people are in all of them at the same time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from kiosk.config import LaneParts, Site
from sim.mlx90640_chip import Fault, Mlx90640Chip
from sim.radiation import Unit
from sim.sensor_stand import WARM_SINCE_S, SensorStand, warm_up_at_an_earlier_gatekeeper
from sim.thermal_scene import Room
from sim.world import World

DEFAULT_WARM_UP_S = 240.0


@dataclass(frozen=True, slots=True)
class SimLane:
    """`name` is empty for the first lane. `sensor` says what the chip is fit for."""

    name: str
    world: World
    chip: Mlx90640Chip
    sensor: SensorStand
    pulse_s: float
    outputs: Mapping[int, str]


def outputs_of(site: Site, lane: str) -> dict[int, str]:
    """The relays that the lane's access points move, by pin; one that no point names is the first lane's."""
    elsewhere = {point.output for point in site.rules.access_points if point.lane != lane}
    mine = {point.output for point in site.rules.points_of(lane)}
    return {
        output.pin: output.id
        for output in site.gate.outputs
        if output.id in mine or (not lane and output.id not in elsewhere)
    }


def strike_of(site: Site, lane: str) -> str:
    """The output that lets people through the lane's door: that of its first access point."""
    return next((point.output for point in site.rules.points_of(lane) if point.output), "gate")


def mounted(
    parts: LaneParts,
    site: Site,
    world: World,
    unit: Unit,
    room: Room,
    now: Callable[[], float],
    *,
    seed: int,
    cold: bool,
    planned: Mapping[int, Fault],
) -> SimLane:
    """A lane with its sensor, which is warm unless it has been powered just now."""
    powered_since_s = now() - (0.0 if cold else WARM_SINCE_S)
    chip = Mlx90640Chip(unit, world, now, seed=seed, powered_since_s=powered_since_s)
    warm_up_s = DEFAULT_WARM_UP_S if parts.thermal is None else parts.thermal.warm_up_s
    if not cold:
        note = site.thermal_power_path(parts.lane)
        warm_up_at_an_earlier_gatekeeper(chip, now, note, room.settled_ta_celsius)
    sensor = SensorStand(chip, now, warm_up_s=warm_up_s, planned=planned)
    outputs = outputs_of(site, parts.lane)
    return SimLane(parts.lane, world, chip, sensor, parts.door.pulse_s, outputs)
