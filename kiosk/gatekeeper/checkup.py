"""Each device, tried once for `kiosk doctor`: opened, read where that changes nothing, and closed.

No relay is moved and no pin is taken: taking an output would drive it.
Only for devices that no running gatekeeper holds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from calibration.errors import CalibrationError
from calibration.record import CalibrationRecord
from drivers.errors import DeviceError
from drivers.keyboard_wedge import KeyboardWedge
from drivers.mlx90640 import ThermalFrame
from drivers.serial_scanner import SerialScanner
from kiosk.clock import Clock
from kiosk.config import GateConfig, LaneConfig, ReaderConfig, ReaderKind, ThermalConfig
from kiosk.core.devices import device_in
from kiosk.gatekeeper.backends import Backends, thermal_sensor
from kiosk.gatekeeper.finding import Finding, fail, ok, warn

PATIENCE_S = 3.0
POLL_S = 0.02
OLD_CALIBRATION_DAYS = 365

T = TypeVar("T")

_REMEDIES: Mapping[ReaderKind, str] = {
    ReaderKind.CAMERA: "see what there is with: ls -l /dev/v4l/by-id",
    ReaderKind.SERIAL: "see what there is with: ls -l /dev/serial/by-id",
    ReaderKind.KEYBOARD: "see what there is with: ls -l /dev/input/by-id",
}


@dataclass(frozen=True, slots=True)
class SensorId:
    """Which sensor it is that has answered."""

    serial_number: str
    eeprom_sha256: str


@dataclass(frozen=True, slots=True)
class ThermalResult:
    finding: Finding
    sensor: SensorId | None = None


def check_reader(config: ReaderConfig, backends: Backends, clock: Clock) -> Finding:
    part = f"reader {config.id}"
    try:
        if config.kind is ReaderKind.SERIAL:
            return _check_scanner(part, config, clock)
        if config.kind is ReaderKind.KEYBOARD:
            return _check_keyboard(part, config, clock)
        return _check_camera(part, config, backends, clock)
    except DeviceError as error:
        return fail(part, str(error), _REMEDIES[config.kind])


def check_thermal(config: ThermalConfig, backends: Backends, clock: Clock, lane: str = "") -> ThermalResult:
    """Open a lane's sensor and wait `PATIENCE_S` for one picture."""
    part = device_in(lane, "thermal sensor")
    remedy = f"check the wiring and thermal.bus ({config.bus}) and thermal.address (0x{config.address:02x})"
    try:
        bus = backends.i2c(config.bus)
    except DeviceError as error:
        return ThermalResult(fail(part, str(error), remedy))
    try:
        sensor = thermal_sensor(config, bus, clock, marks=False)
        sensor.open()
        frame = _wait(sensor.read_if_ready, clock)
        sensor_id = SensorId(sensor.serial_number, sensor.eeprom_sha256)
        sensor.close()
    except DeviceError as error:
        return ThermalResult(fail(part, str(error), remedy))
    finally:
        bus.close()
    where = f"sensor {sensor_id.serial_number} at 0x{config.address:02x}"
    return ThermalResult(_judge_picture(part, frame, where, remedy), sensor_id)


def check_pins(config: GateConfig, backends: Backends, lanes: Sequence[LaneConfig] = ()) -> Finding:
    """Open the pin factory and let it go."""
    remedy = "set gate.pin_factory (lgpio on a Raspberry Pi), and run as a user of the group gpio"
    try:
        backends.pin_factory(config.pin_factory).close()
    except DeviceError as error:
        return fail("pins", str(error), remedy)
    locks = [f"{output.id} on GPIO {output.pin}, {output.lock}" for output in config.outputs]
    signals = {
        name: pin
        for each in (config.signals, *(lane.signals for lane in lanes))
        for name, pin in each.items()
    }
    outputs = ", ".join([*locks, *(f"{name} on GPIO {pin}" for name, pin in signals.items())])
    return ok("pins", f"{config.pin_factory} opens; no relay was moved to test it ({outputs})")


def check_calibration(
    config: ThermalConfig, sensor: SensorId | None, clock: Clock, lane: str = ""
) -> Finding:
    """A lane's record by itself, and against its sensor where one has answered."""
    part, remedy = device_in(lane, "calibration"), f"run: kiosk-calibrate blackbody --bus {config.bus}"
    if config.calibration is None and config.blackbody is not None:
        text = f"no record; the blackbody in the picture, at {config.blackbody.celsius:g} °C, stands for it"
        return ok(part, text)
    if config.calibration is None:
        return fail(
            part,
            "none is named, so no temperature admits anybody",
            f"{remedy} …; then name it in the site file",
        )
    try:
        record = CalibrationRecord.load(config.calibration)
    except CalibrationError as error:
        return fail(part, str(error), remedy)
    if sensor is not None and sensor.serial_number != record.sensor_serial:
        text = f"{config.calibration} is of sensor {record.sensor_serial}; this one is {sensor.serial_number}"
        return fail(part, text, remedy)
    if sensor is not None and sensor.eeprom_sha256 != record.eeprom_sha256:
        text = f"{config.calibration} was made when sensor {sensor.serial_number} had another EEPROM"
        return fail(part, text, f"check the wiring; if it is sound, {remedy}")
    text = f"{record.calibration_id} of {record.made_at[:10]}, sensor {record.sensor_serial}"
    age_days = (clock.utc() - _utc(record.made_at)).days
    if age_days > OLD_CALIBRATION_DAYS:
        return warn(part, f"{text}, {age_days} days old", remedy)
    return ok(part, text + ("" if sensor is not None else " (the sensor did not say its number)"))


def _utc(text: str) -> datetime:
    """RFC 3339; a record that was made without a zone was made in UTC."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _check_scanner(part: str, config: ReaderConfig, clock: Clock) -> Finding:
    with SerialScanner(config.device, config.baud, clock.mono):
        return ok(part, f"scanner {config.device} opens at {config.baud} baud; show it a code to be sure")


def _check_keyboard(part: str, config: ReaderConfig, clock: Clock) -> Finding:
    with KeyboardWedge(config.device, clock.mono):
        return ok(part, f"scanner {config.device} can be had for the kiosk alone; show it a code to be sure")


def _check_camera(part: str, config: ReaderConfig, backends: Backends, clock: Clock) -> Finding:
    camera = backends.camera(config.device, clock.mono)
    camera.open()
    try:
        frame = _wait(camera.latest, clock)
    finally:
        camera.close()
    if frame is None:
        text = f"camera {config.device} opens, but gives no picture within {PATIENCE_S:g} s"
        return fail(part, text, "unplug the camera and plug it in again")
    height, width = frame.grey.shape
    return ok(part, f"camera {config.device} gives pictures, {width}x{height}")


def _judge_picture(part: str, frame: ThermalFrame | None, sensor: str, remedy: str) -> Finding:
    if frame is None:
        text = f"{sensor} answers, but gives no picture within {PATIENCE_S:g} s"
        return fail(part, text, "switch the kiosk off and on; check the sensor's supply of 3.3 V")
    text = f"{sensor}, Ta {frame.ta_celsius:.1f} °C, supply {frame.vdd_v:.2f} V"
    if frame.faults:
        return fail(
            part, f"{text}, faults: {', '.join(frame.faults)}", f"check its supply of 3.3 V, and {remedy}"
        )
    return ok(part, text)


def _wait(look: Callable[[], T | None], clock: Clock) -> T | None:
    """What `look` gives within `PATIENCE_S`, or None."""
    deadline_s = clock.mono() + PATIENCE_S
    while (found := look()) is None and clock.mono() < deadline_s:
        clock.sleep(POLL_S)
    return found
