"""The dated record of a calibration, kept as JSON.

    true = offset + gain * measured        °C, after the exchange of emissivity

`calibration_id` is the first 16 hex digits of the SHA-256 of the record's
canonical JSON (sorted keys, no white space, UTF-8). The file holds record
and id in one exact form; a file of any other bytes is refused, so a changed
byte is found when the record is loaded.
"""

from __future__ import annotations

import math
import re
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from calibration import files
from calibration.errors import CalibrationError
from calibration.image import Celsius

FORMAT = 2
GAIN_RANGE = (0.5, 2.0)
_SHA256 = re.compile(r"([0-9a-f]{64})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class SetPoint:
    """One temperature of the blackbody, and what the sensor made of it."""

    true_celsius: float
    measured_celsius: float
    u_measured_celsius: float
    frames: int


@dataclass(frozen=True, slots=True)
class CalibrationRecord:
    """`made_at` is RFC 3339 in UTC. All `u_` are standard uncertainties (k = 1).

    `sensor_serial` and `eeprom_sha256` (hex, of the 832 words big-endian) say
    which sensor it speaks for; "" where the EEPROM's hash is not known.
    """

    made_at: str
    sensor_serial: str
    offset_celsius: float
    gain: float
    set_points: tuple[SetPoint, ...]
    u_fit_celsius: float
    blackbody_emissivity: float
    blackbody_u_celsius: float
    eeprom_sha256: str = ""

    @property
    def calibration_id(self) -> str:
        return files.identity(_plain(self))

    def applied_to(self, celsius: Celsius) -> Celsius:
        """Corrected temperatures, same shape; the input is left alone."""
        return (self.offset_celsius + self.gain * celsius).astype(np.float32)

    def save(self, path: Path) -> None:
        """Write atomically. Raises OSError."""
        files.write(path, _file_bytes(self))

    @classmethod
    def load(cls, path: Path) -> CalibrationRecord:
        """Raises CalibrationError when the file is missing, damaged, changed or of an earlier format."""
        try:
            raw = files.read_bounded(path)
        except OSError as error:
            raise CalibrationError(
                f"The calibration record {path} cannot be read ({error.strerror}); "
                "run kiosk-calibrate blackbody."
            ) from error
        try:
            record = _parse(raw)
            is_whole = _file_bytes(record) == raw
        except _EarlierFormat as error:
            raise CalibrationError(
                f"The calibration record {path} is of an earlier format, without the sensor's EEPROM; "
                "calibrate again with kiosk-calibrate blackbody."
            ) from error
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise CalibrationError(_damaged(path)) from error
        if not is_whole:
            raise CalibrationError(_damaged(path))
        return record


class _EarlierFormat(Exception):
    """A record whose form is known, but no longer enough."""


def _damaged(path: Path) -> str:
    return (
        f"The calibration record {path} is damaged or was changed by hand; "
        "restore it from a copy or calibrate again."
    )


def _plain(record: CalibrationRecord) -> dict[str, object]:
    return {"format": FORMAT, **asdict(record)}


def _file_bytes(record: CalibrationRecord) -> bytes:
    return files.file_bytes(_plain(record), "calibration_id")


def _parse(raw: bytes) -> CalibrationRecord:
    """Raises ValueError, TypeError or KeyError on anything but a record."""
    plain: dict[str, Any] = files.record_in(raw)
    form = plain.pop("format")
    if form == 1 and "gain" in plain:
        raise _EarlierFormat
    if form != FORMAT:
        raise ValueError("unknown format")
    points = tuple(SetPoint(**point) for point in plain.pop("set_points"))
    record = CalibrationRecord(set_points=points, **plain)
    datetime.fromisoformat(record.made_at)
    numbers = (record.offset_celsius, record.gain, record.u_fit_celsius, record.blackbody_u_celsius)
    if not all(type(number) is float and math.isfinite(number) for number in numbers):
        raise ValueError("not a number")
    if not (GAIN_RANGE[0] <= record.gain <= GAIN_RANGE[1] and min(numbers[2:]) >= 0 and points):
        raise ValueError("no sensor's calibration")
    if type(record.sensor_serial) is not str:
        raise TypeError("no serial number")
    if not _SHA256.fullmatch(record.eeprom_sha256):
        raise ValueError("not a hash")
    return record
