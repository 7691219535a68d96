"""The dated record of a calibration, kept as JSON.

    true = offset + gain * measured        °C, after the exchange of emissivity

`calibration_id` is the first 16 hex digits of the SHA-256 of the record's
canonical JSON (sorted keys, no white space, UTF-8). The file holds record
and id in one exact form; a file of any other bytes is refused, so a changed
byte is found when the record is loaded.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
import tempfile
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from calibration.errors import CalibrationError
from calibration.image import Celsius

FORMAT = 2
MAX_FILE_BYTES = 64 * 1024
FILE_MODE = 0o644
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
        return hashlib.sha256(_canonical(self)).hexdigest()[:16]

    def applied_to(self, celsius: Celsius) -> Celsius:
        """Corrected temperatures, same shape; the input is left alone."""
        return (self.offset_celsius + self.gain * celsius).astype(np.float32)

    def save(self, path: Path) -> None:
        """Write atomically: after a crash there is the old file or the new one, whole. Raises OSError.

        Everybody may read it, whoever made it: it holds no secret, and the gatekeeper is another user.
        """
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(_file_bytes(self))
                file.flush()
                os.fchmod(descriptor, FILE_MODE)
                os.fsync(file.fileno())
            os.replace(name, path)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise
        _sync_folder(path.parent)

    @classmethod
    def load(cls, path: Path) -> CalibrationRecord:
        """Raises CalibrationError when the file is missing, damaged, changed or of an earlier format."""
        try:
            with path.open("rb") as file:
                raw = file.read(MAX_FILE_BYTES + 1)
        except OSError as error:
            raise CalibrationError(
                f"The calibration record {path} cannot be read ({error.strerror}); "
                "run kiosk-calibrate blackbody."
            ) from error
        try:
            record = _parse(raw)
        except _EarlierFormat as error:
            raise CalibrationError(
                f"The calibration record {path} is of an earlier format, without the sensor's EEPROM; "
                "calibrate again with kiosk-calibrate blackbody."
            ) from error
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise CalibrationError(_damaged(path)) from error
        if _file_bytes(record) != raw:
            raise CalibrationError(_damaged(path))
        return record


class _EarlierFormat(Exception):
    """A record whose form is known, but no longer enough."""


def _damaged(path: Path) -> str:
    return (
        f"The calibration record {path} is damaged or was changed by hand; "
        "restore it from a copy or calibrate again."
    )


def _canonical(record: CalibrationRecord) -> bytes:
    plain = {"format": FORMAT, **asdict(record)}
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()


def _file_bytes(record: CalibrationRecord) -> bytes:
    plain = {"calibration_id": record.calibration_id, "record": {"format": FORMAT, **asdict(record)}}
    text = json.dumps(plain, sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False)
    return text.encode() + b"\n"


def _parse(raw: bytes) -> CalibrationRecord:
    """Raises ValueError, TypeError or KeyError on anything but a record."""
    if len(raw) > MAX_FILE_BYTES:
        raise ValueError("too long")
    plain: Any = json.loads(raw)["record"]
    if not isinstance(plain, dict):
        raise TypeError("no record")
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
    if not _SHA256.fullmatch(record.eeprom_sha256):
        raise ValueError("not a hash")
    return record


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
