"""`kiosk-calibrate`: what a technician does with a sensor."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from calibration.blackbody import calibrate, residuals_celsius
from calibration.errors import CalibrationError
from calibration.record import CalibrationRecord
from drivers.errors import DeviceError
from drivers.i2c import open_i2c
from drivers.mlx90640 import Mlx90640

USER_ERROR = 2


def main(
    arguments: list[str] | None = None,
    *,
    now: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> int:
    """The command; its exit status. What a user can cause is one sentence on stderr and status 2."""
    options = _parser().parse_args(arguments)
    try:
        return _blackbody(options, now, sleep)
    except (CalibrationError, DeviceError, ValueError) as error:
        return _complain(str(error))
    except (KeyboardInterrupt, EOFError):
        return _complain("Stopped; no record was written.")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="kiosk-calibrate", description="Calibrate the thermal sensor.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    blackbody = commands.add_parser(
        "blackbody", help="fit offset and gain against a blackbody at two or more set points"
    )
    blackbody.add_argument("--bus", required=True, help="the sensor's I2C bus, e.g. /dev/i2c-1")
    blackbody.add_argument("--address", type=lambda text: int(text, 0), default=0x33, help="default 0x33")
    blackbody.add_argument("--refresh-hz", type=float, default=8.0, help="subpages per second, default 8")
    blackbody.add_argument(
        "--set-point", type=float, action="append", required=True, metavar="CELSIUS", help="give two or more"
    )
    blackbody.add_argument("--frames", type=int, default=32, help="pictures per set point, default 32")
    blackbody.add_argument("--patch", type=int, default=6, metavar="PX", help="centred patch, default 6")
    blackbody.add_argument("--blackbody-emissivity", type=float, default=0.98, metavar="E")
    blackbody.add_argument(
        "--blackbody-u",
        type=float,
        default=0.15,
        metavar="CELSIUS",
        help="the blackbody's standard uncertainty (k=1), half of the certificate's U at k=2; default 0.15",
    )
    blackbody.add_argument("--out", type=Path, default=Path("calibration.json"), help="the record to write")
    blackbody.add_argument("--yes", action="store_true", help="do not wait for Enter")
    return parser


def _blackbody(options: argparse.Namespace, now: Callable[[], float], sleep: Callable[[float], None]) -> int:
    _check_place(options.out)
    bus = open_i2c(options.bus)
    try:
        sensor = Mlx90640(bus, now, sleep, refresh_hz=options.refresh_hz, address=options.address)
        sensor.open()
        record = calibrate(
            sensor,
            options.set_point,
            _say_present if options.yes else _ask_present,
            sleep=sleep,
            made_at=datetime.now(UTC),
            frames=options.frames,
            patch_px=options.patch,
            blackbody_emissivity=options.blackbody_emissivity,
            blackbody_u_celsius=options.blackbody_u,
        )
    finally:
        bus.close()
    try:
        record.save(options.out)
    except OSError as error:
        raise CalibrationError(
            f"{options.out} cannot be written ({error.strerror}); choose another --out."
        ) from error
    _report(record, options.out)
    return 0


def _check_place(out: Path) -> None:
    """Before the bench is worked through and not after it. Raises CalibrationError."""
    try:
        has_folder, is_folder = out.parent.is_dir(), out.is_dir()
    except OSError as error:
        raise CalibrationError(
            f"{out} cannot be written ({error.strerror}); choose another --out."
        ) from error
    if not has_folder:
        raise CalibrationError(f"There is no folder {out.parent}; make it or choose another --out.")
    if is_folder:
        raise CalibrationError(f"{out} is a folder; name a file in it with --out.")
    if not os.access(out.parent, os.W_OK | os.X_OK):
        raise CalibrationError(
            f"The folder {out.parent} cannot be written to; run this with sudo or choose another --out."
        )


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


def _complain(text: str) -> int:
    sys.stderr.write(f"kiosk-calibrate: {text}\n")
    return USER_ERROR


if __name__ == "__main__":
    sys.exit(main())
