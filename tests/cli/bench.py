"""What the tests of the doctor share: a sensor, a clock, pins, keys, and what a failure must hold."""

from __future__ import annotations

from datetime import UTC, datetime

from gpiozero.pins.mock import MockFactory

from calibration.record import CalibrationRecord, SetPoint
from drivers.camera import open_camera
from kiosk.config import ThermalConfig
from kiosk.credentials.bundle import IssuerKey
from kiosk.gatekeeper.backends import Backends
from kiosk.gatekeeper.checkup import SensorId, check_thermal
from kiosk.gatekeeper.finding import Finding, State
from sim.clock import SimClock
from sim.i2c import SimI2C
from sim.mlx90640_chip import Mlx90640Chip
from sim.radiation import Unit
from tests.cli.sites import HUB_KEY
from tests.drivers.thermal_rig import StillScene, plain

NOW = datetime(2026, 12, 1, tzinfo=UTC)
ISSUER_KEY = IssuerKey(b"kid1", HUB_KEY.public_key())


class Bench:
    """A sensor on a bus, a clock, and the pins of gpiozero's own mock."""

    def __init__(self) -> None:
        self.clock = SimClock(NOW)
        self.chip = Mlx90640Chip(Unit.random(1), StillScene(plain(30.0)), self.clock.mono, seed=1)
        self.pins = MockFactory()
        self.backends = Backends(
            lambda _: SimI2C({0x33: self.chip}, self.clock.sleep), open_camera, lambda _: self.pins
        )

    def sensor(self) -> SensorId:
        found = check_thermal(ThermalConfig(), self.backends, self.clock).sensor
        assert found is not None
        return found


def failed(finding: Finding, *words: str) -> None:
    """It is a failure, names `words`, and says what to do."""
    assert finding.state is State.FAIL
    assert finding.remedy
    assert [word for word in words if word not in f"{finding.text} {finding.remedy}"] == []


def record(sensor: SensorId, made_at: str = "2026-11-20T08:00:00+00:00") -> CalibrationRecord:
    points = (SetPoint(32.0, 31.9, 0.01, 32), SetPoint(38.0, 37.8, 0.01, 32))
    serial, sha256 = sensor.serial_number, sensor.eeprom_sha256
    return CalibrationRecord(made_at, serial, 0.1, 1.0, points, 0.05, 0.98, 0.15, sha256)
