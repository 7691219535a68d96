"""The simulated thermal sensor as it is mounted: its supply, its ordered faults, what it is fit for.

A warm one has been powered for ten minutes, and an earlier gatekeeper has
opened it and left its note; so the day begins as after a restart. A cold one
has just been plugged in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from drivers.mlx90640 import Mlx90640
from kiosk.gatekeeper.warming import PowerNote
from sim.i2c import SimI2C
from sim.mlx90640_chip import Fault, Mlx90640Chip
from sim.remote import SENSOR_ADDRESS
from sim.truth import SensorState

WARM_SINCE_S = 600.0
NOTED_S = 20.0
SETTLING_S = 150.0
NOTICED_S = 15.0
AFTER_FAULT_S = 400.0
"""For so long a kiosk may wait after a fault, if it can't tell whether the supply was away."""


def warm_up_at_an_earlier_gatekeeper(
    chip: Mlx90640Chip, now: Callable[[], float], note: Path, ta_celsius: float
) -> None:
    """Leave on chip and disk what a gatekeeper leaves that has had the sensor since it was powered."""
    sensor = Mlx90640(SimI2C({SENSOR_ADDRESS: chip}, lambda _seconds: None), now, lambda _seconds: None)
    sensor.open()
    sensor.close()
    PowerNote(chip.powered_since_s, now() - NOTED_S, ta_celsius).save(note)


class SensorStand:
    """`planned` says during which visits, by their number, which fault stands."""

    def __init__(
        self, chip: Mlx90640Chip, now: Callable[[], float], *, warm_up_s: float, planned: Mapping[int, Fault]
    ) -> None:
        self.chip = chip
        self._now = now
        self._warm_up_s = warm_up_s
        self._planned = planned
        self._fault_ended_s = float("-inf")

    def order(self, fault: Fault | None) -> None:
        """Let a fault begin, in place of any other; None ends it."""
        if self.chip.fault is not None:
            self._fault_ended_s = self._now()
        self.chip.fault = fault

    def visitor_arrives(self, number: int) -> None:
        if number in self._planned:
            self.order(self._planned[number])

    def visitor_leaves(self, number: int) -> None:
        if number in self._planned:
            self.order(None)

    def state(self) -> SensorState:
        """What the sensor is fit for now."""
        now_s = self._now()
        powered_s = now_s - self.chip.powered_since_s
        since_fault_s = now_s - self._fault_ended_s
        if self.chip.fault is not None:
            return SensorState.FAULTY
        if powered_s < self._warm_up_s:
            return SensorState.FAULTY if since_fault_s < NOTICED_S else SensorState.WARMING
        if powered_s < self._warm_up_s + SETTLING_S or since_fault_s < AFTER_FAULT_S:
            return SensorState.SETTLING
        return SensorState.READY
