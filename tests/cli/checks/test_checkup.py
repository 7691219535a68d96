from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from drivers.errors import DeviceUnavailable
from drivers.pins import open_pin_factory
from kiosk.config import ReaderConfig, ReaderKind, Site, ThermalConfig
from kiosk.gatekeeper.backends import Backends
from kiosk.gatekeeper.checkup import SensorId, check_calibration, check_pins, check_reader, check_thermal
from kiosk.gatekeeper.finding import State
from sim.i2c import SimI2C
from sim.mlx90640_chip import Fault
from tests.cli.bench import Bench, failed, record


def test_a_camera_is_tried_for_a_picture(bench: Bench, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "1.png"), np.zeros((48, 64), np.uint8))
    good = ReaderConfig("entrance", ReaderKind.CAMERA, f"folder:{tmp_path}")
    finding = check_reader(good, bench.backends, bench.clock)
    assert (finding.part, finding.state) == ("reader entrance", State.OK)
    assert "64x48" in finding.text
    absent = ReaderConfig("entrance", ReaderKind.CAMERA, "/dev/video99")
    failed(check_reader(absent, bench.backends, bench.clock), "/dev/video99")


def test_a_scanner_that_is_not_there_is_named(bench: Bench) -> None:
    absent = ReaderConfig("exit", ReaderKind.SERIAL, "/dev/ttyACM99")
    failed(check_reader(absent, bench.backends, bench.clock), "/dev/ttyACM99", "/dev/serial/by-id")


def test_a_sensor_is_read_once(bench: Bench) -> None:
    result = check_thermal(ThermalConfig(), bench.backends, bench.clock)
    assert result.finding.state is State.OK
    assert "Ta 30" in result.finding.text
    assert result.sensor is not None
    assert result.sensor.serial_number in result.finding.text
    assert bench.clock.mono() < 3.5


@pytest.mark.parametrize("fault", Fault)
def test_a_sensor_at_fault_fails(fault: Fault, bench: Bench) -> None:
    bench.chip.fault = fault
    failed(check_thermal(ThermalConfig(), bench.backends, bench.clock).finding, "0x33", "thermal.bus")


def test_pins_are_opened_and_none_is_taken(bench: Bench, site: Site) -> None:
    finding = check_pins(site.gate, bench.backends)
    assert finding.state is State.OK
    assert "no relay was moved" in finding.text
    assert bench.pins.pins == {}


def test_a_pin_factory_that_is_not_there_is_named(bench: Bench, site: Site) -> None:
    absent = Backends(bench.backends.i2c, bench.backends.camera, open_pin_factory)
    failed(check_pins(site.gate, absent), "no-such-factory", "gate.pin_factory")


def test_a_calibration_must_be_there_be_whole_and_be_this_sensors(bench: Bench, tmp_path: Path) -> None:
    path, sensor = tmp_path / "record.json", bench.sensor()
    config = ThermalConfig(calibration=path)
    failed(check_calibration(ThermalConfig(), None, bench.clock), "none is named", "kiosk-calibrate")
    failed(check_calibration(config, None, bench.clock), str(path))
    record(sensor).save(path)
    finding = check_calibration(config, sensor, bench.clock)
    assert finding.state is State.OK
    assert "2026-11-20" in finding.text
    assert record(sensor).calibration_id in finding.text
    failed(check_calibration(config, SensorId(sensor.serial_number, "0" * 64), bench.clock), "another EEPROM")
    other = SensorId("ffff-0000-0000", sensor.eeprom_sha256)
    failed(check_calibration(config, other, bench.clock), "ffff-0000-0000", sensor.serial_number)
    record(sensor, "2024-01-01T00:00:00").save(path)
    assert check_calibration(config, sensor, bench.clock).state is State.WARN


def test_an_unavailable_bus_is_said_with_its_key(bench: Bench) -> None:
    def absent(name: str) -> SimI2C:
        raise DeviceUnavailable(f"The I2C bus {name} is not there.")

    backends = Backends(absent, bench.backends.camera, bench.backends.pin_factory)
    failed(check_thermal(ThermalConfig(), backends, bench.clock).finding, "/dev/i2c-1", "thermal.bus")
