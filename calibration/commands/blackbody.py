"""`kiosk-calibrate blackbody`: fit offset and gain against a blackbody, and write the record."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from calibration.blackbody import calibrate, residuals_celsius
from calibration.commands.output import check_place, keep
from calibration.record import CalibrationRecord
from drivers.i2c import open_i2c
from drivers.mlx90640 import Mlx90640

NAME = "blackbody"
HELP = "fit offset and gain against a blackbody at two or more set points"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--bus", required=True, help="the sensor's I2C bus, e.g. /dev/i2c-1")
    parser.add_argument("--address", type=lambda text: int(text, 0), default=0x33, help="default 0x33")
    parser.add_argument("--refresh-hz", type=float, default=8.0, help="subpages per second, default 8")
    parser.add_argument(
        "--set-point", type=float, action="append", required=True, metavar="CELSIUS", help="give two or more"
    )
    parser.add_argument("--frames", type=int, default=32, help="pictures per set point, default 32")
    parser.add_argument("--patch", type=int, default=6, metavar="PX", help="centred patch, default 6")
    parser.add_argument("--blackbody-emissivity", type=float, default=0.98, metavar="E")
    parser.add_argument(
        "--blackbody-u",
        type=float,
        default=0.15,
        metavar="CELSIUS",
        help="the blackbody's standard uncertainty (k=1), half of the certificate's U at k=2; default 0.15",
    )
    parser.add_argument("--out", type=Path, default=Path("calibration.json"), help="the record to write")
    parser.add_argument("--yes", action="store_true", help="do not wait for Enter")


def run(options: argparse.Namespace, now: Callable[[], float], sleep: Callable[[float], None]) -> int:
    """Raises CalibrationError, DeviceError and ValueError."""
    check_place(options.out)
    bus = open_i2c(options.bus)
    try:
        sensor = Mlx90640(
            bus, now, sleep, refresh_hz=options.refresh_hz, address=options.address, marks=False
        )
        sensor.open()
        record = calibrate(
            sensor,
            options.set_point,
            _say_present if options.yes else _ask_present,
            sleep=sleep,
            made_at=options.made_at,
            frames=options.frames,
            patch_px=options.patch,
            blackbody_emissivity=options.blackbody_emissivity,
            blackbody_u_celsius=options.blackbody_u,
        )
    finally:
        bus.close()
    keep(record, options.out)
    _report(record, options.out)
    return 0


def _ask_present(celsius: float) -> None:
    input(f"Put the blackbody, settled at {celsius:g} °C, before the sensor, then press Enter. ")


def _say_present(celsius: float) -> None:
    _say(f"measuring the blackbody at {celsius:g} °C")


def _report(record: CalibrationRecord, path: Path) -> None:
    for point, residual in zip(record.set_points, residuals_celsius(record), strict=True):
        _say(
            f"{point.true_celsius:6.2f} °C  measured {point.measured_celsius:6.2f}  "
            f"residual {residual:+.3f}  ({point.frames} frames)"
        )
    _say(f"offset {record.offset_celsius:+.3f} °C  gain {record.gain:.4f}  sensor {record.sensor_serial}")
    _say(f"written to {path}")
    _say(f"calibration_id {record.calibration_id}")


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
