"""The thermal sensor of every lane that has one: its bus, what it is calibrated with, its poller.

A calibration that can't be had is a fault of its lane; what its sensor
measures then refers people to staff, and no other lane's.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from calibration.errors import CalibrationError
from calibration.oral import PUBLISHED, OralModel
from calibration.record import CalibrationRecord
from drivers.i2c import I2CBus
from drivers.mlx90640 import Mlx90640
from kiosk.clock import Clock
from kiosk.config import Site, ThermalConfig
from kiosk.core.commands import JsonValue
from kiosk.core.devices import device_in
from kiosk.core.events import DeviceFaulted
from kiosk.gatekeeper.backends import Backends, thermal_sensor
from kiosk.gatekeeper.calibration_news import calibration_data
from kiosk.gatekeeper.clock import TrustedClock
from kiosk.gatekeeper.device_state import Post
from kiosk.gatekeeper.ending import take_all
from kiosk.gatekeeper.thermal import Measuring, ThermalPoller
from kiosk.wire import ThermalPicture


class Sensors:
    """A poller for each lane's sensor, by the lane's name. `system_clock` is what a driver waits on."""

    def __init__(
        self,
        site: Site,
        backends: Backends,
        system_clock: Clock,
        clock: TrustedClock,
        post: Post,
        publish: Callable[[ThermalPicture], None],
    ) -> None:
        self._site = site
        self._backends = backends
        self._system_clock = system_clock
        self._clock = clock
        self._post = post
        self._publish = publish
        self._buses: dict[str, I2CBus] = {}
        self._configs = {each.lane: each.thermal for each in site.lane_parts if each.thermal is not None}
        self.pollers = {lane: self._poller(lane, config) for lane, config in self._configs.items()}

    @property
    def calibration(self) -> dict[str, JsonValue]:
        """What temperatures are taken with: the first lane's, and under `lanes` that of each other one."""
        each = {lane: self._calibration_of(lane) for lane in self.pollers}
        first = each.pop("", {})
        return {**first, "lanes": each} if each else first

    def close(self) -> None:
        """Let the buses go; the pollers, which use them, have been closed."""
        take_all(*(bus.close for bus in self._take_buses()))

    def _take_buses(self) -> list[I2CBus]:
        buses = [*self._buses.values()]
        self._buses.clear()
        return buses

    def _calibration_of(self, lane: str) -> dict[str, JsonValue]:
        measuring = self.pollers[lane].measuring
        return calibration_data(self._configs[lane], measuring.record, measuring.oral)

    def _poller(self, lane: str, config: ThermalConfig) -> ThermalPoller:
        def make() -> Mlx90640:
            # A sensor does not close its bus, and is tried again each second.
            if (before := self._buses.pop(lane, None)) is not None:
                before.close()
            bus = self._buses[lane] = self._backends.i2c(config.bus)
            return thermal_sensor(config, bus, self._system_clock)

        measuring = self._measuring(lane, config)
        return ThermalPoller(lane, make, self._clock, self._post, self._publish, measuring)

    def _measuring(self, lane: str, config: ThermalConfig) -> Measuring:
        points = self._site.rules.points_of(lane)
        return Measuring(
            power_note=self._site.thermal_power_path(lane),
            record=self._record(lane, config),
            oral=self._oral_model(lane, config.oral_model),
            blackbody=None if config.blackbody is None else config.blackbody.reference,
            frames=config.frames,
            refresh_hz=config.refresh_hz,
            idle_hz=config.idle_hz,
            reflected_celsius=config.reflected_celsius,
            mirrored=config.mirrored,
            warm_up_s=config.warm_up_s,
            settled_celsius_per_minute=config.settled_celsius_per_minute,
            watches_faces=any(point.temperature.begins_with_a_face for point in points),
        )

    def _oral_model(self, lane: str, path: Path | None) -> OralModel | None:
        """The site's own model, or the published one; None where the site's can't be read."""
        try:
            return PUBLISHED if path is None else OralModel.load(path)
        except CalibrationError as error:
            self._fault(lane, "oral_model", error)
            return None

    def _record(self, lane: str, config: ThermalConfig) -> CalibrationRecord | None:
        if config.calibration is None:
            if config.blackbody is None:
                said = "site.toml names none; make one with: kiosk-calibrate blackbody"
                self._fault(lane, "calibration", said)
            return None
        try:
            return CalibrationRecord.load(config.calibration)
        except CalibrationError as error:
            self._fault(lane, "calibration", error)
            return None

    def _fault(self, lane: str, device: str, detail: object) -> None:
        self._post(DeviceFaulted(self._clock.instant(), device_in(lane, device), str(detail)))
