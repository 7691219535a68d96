"""Calibrate a sensor against a blackbody: offset and gain by least squares over two or more set points.

For each set point the technician presents the blackbody so that it fills the
middle of the picture. A centred patch of many pictures is averaged there, read
with the blackbody's emissivity, and compared with what the blackbody says.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

import numpy as np
import numpy.typing as npt

from calibration.errors import CalibrationError
from calibration.image import COLUMNS, ROWS, Celsius
from calibration.radiometry import with_emissivity
from calibration.record import CalibrationRecord, SetPoint
from drivers.mlx90640 import ThermalFrame

POLL_S = 0.01
MIN_SPAN_CELSIUS = 3.0
MAX_ERROR_CELSIUS = 5.0
MAX_SPREAD_CELSIUS = 0.7
GAIN_RANGE = (0.8, 1.25)
SET_POINT_RANGE_CELSIUS = (10.0, 60.0)


class Sensor(Protocol):
    """An open thermal sensor."""

    @property
    def serial_number(self) -> str: ...

    @property
    def eeprom_sha256(self) -> str: ...

    def read_if_ready(self) -> ThermalFrame | None: ...


def calibrate(
    sensor: Sensor,
    set_points: Sequence[float],
    present: Callable[[float], None],
    *,
    sleep: Callable[[float], None],
    made_at: datetime,
    frames: int = 32,
    patch_px: int = 6,
    blackbody_emissivity: float = 0.98,
    blackbody_u_celsius: float = 0.15,
) -> CalibrationRecord:
    """Measure every set point and fit.

    `present(celsius)` returns when the blackbody stands before the sensor at
    that temperature. `blackbody_u_celsius` is its standard uncertainty (k=1).
    Raises CalibrationError with what is wrong, and what the sensor raises.
    """
    _check_plan(set_points, frames, patch_px, blackbody_emissivity, blackbody_u_celsius)
    measured = []
    for celsius in set_points:
        present(celsius)
        patches = _patches(_collect(sensor, frames, sleep), patch_px, blackbody_emissivity)
        measured.append(_set_point(celsius, patches))
    return fit(
        measured,
        sensor_serial=sensor.serial_number,
        eeprom_sha256=sensor.eeprom_sha256,
        made_at=made_at,
        blackbody_emissivity=blackbody_emissivity,
        blackbody_u_celsius=blackbody_u_celsius,
    )


def fit(
    points: Sequence[SetPoint],
    *,
    sensor_serial: str,
    eeprom_sha256: str,
    made_at: datetime,
    blackbody_emissivity: float,
    blackbody_u_celsius: float,
) -> CalibrationRecord:
    """Least squares of true = offset + gain * measured. Raises CalibrationError where the gain is absurd."""
    measured = np.array([point.measured_celsius for point in points])
    true = np.array([point.true_celsius for point in points])
    design = np.column_stack([np.ones_like(measured), measured])
    (offset, gain), *_ = np.linalg.lstsq(design, true, rcond=None)
    if not GAIN_RANGE[0] <= gain <= GAIN_RANGE[1]:
        raise CalibrationError(
            f"The set points give a gain of {gain:.2f}, which no working sensor has; "
            "check that each set point was the blackbody's true temperature."
        )
    residuals = true - design @ np.array([offset, gain])
    scatter = math.sqrt(float(residuals @ residuals) / max(len(points) - 2, 1))
    noise = max(point.u_measured_celsius for point in points)
    return CalibrationRecord(
        made_at=made_at.isoformat(timespec="seconds"),
        sensor_serial=sensor_serial,
        eeprom_sha256=eeprom_sha256,
        offset_celsius=round(float(offset), 6),
        gain=round(float(gain), 6),
        set_points=tuple(points),
        u_fit_celsius=round(math.hypot(scatter, noise), 6),
        blackbody_emissivity=float(blackbody_emissivity),
        blackbody_u_celsius=float(blackbody_u_celsius),
    )


def residuals_celsius(record: CalibrationRecord) -> list[float]:
    """True minus corrected, for each set point of a record."""
    return [
        point.true_celsius - (record.offset_celsius + record.gain * point.measured_celsius)
        for point in record.set_points
    ]


def _check_plan(
    set_points: Sequence[float], frames: int, patch_px: int, emissivity: float, u_celsius: float
) -> None:
    low, high = SET_POINT_RANGE_CELSIUS
    if len(set_points) < 2 or max(set_points) - min(set_points) < MIN_SPAN_CELSIUS:
        raise CalibrationError(
            f"A calibration takes two or more set points at least {MIN_SPAN_CELSIUS:g} °C apart, "
            "for example --set-point 32 --set-point 38."
        )
    if not all(low <= celsius <= high for celsius in set_points):
        raise CalibrationError(f"A set point lies between {low:g} and {high:g} °C.")
    if frames < 2:
        raise CalibrationError(f"A set point takes at least 2 frames, not {frames}.")
    if not 2 <= patch_px <= ROWS:
        raise CalibrationError(f"The patch is between 2 and {ROWS} pixels wide, not {patch_px}.")
    if not 0.8 <= emissivity <= 1.0:
        raise CalibrationError(f"The blackbody's emissivity lies between 0.8 and 1, not at {emissivity:g}.")
    if not 0.0 < u_celsius <= 2.0:
        raise CalibrationError(
            f"The blackbody's uncertainty lies above 0 and up to 2 °C, not at {u_celsius:g}."
        )


def _collect(sensor: Sensor, count: int, sleep: Callable[[float], None]) -> list[ThermalFrame]:
    """`count` sound frames, after one that may still show what was there before."""
    good: list[ThermalFrame] = []
    faulty = 0
    while len(good) <= count:
        frame = sensor.read_if_ready()
        if frame is None:
            sleep(POLL_S)
        elif not frame.faults:
            good.append(frame)
        else:
            faulty += 1
            if faulty > count:
                raise CalibrationError(
                    f"The sensor's pictures are faulty ({', '.join(frame.faults)}); check its supply."
                )
    return good[1:]


def _patches(frames: list[ThermalFrame], size: int, blackbody_emissivity: float) -> npt.NDArray[np.float64]:
    """The centred patches, shape (n, size, size), read with the blackbody's emissivity."""
    top, left = (ROWS - size) // 2, (COLUMNS - size) // 2
    return np.array(
        [
            _as_blackbody(frame, blackbody_emissivity)[top : top + size, left : left + size]
            for frame in frames
        ],
        dtype=np.float64,
    )


def _as_blackbody(frame: ThermalFrame, emissivity: float) -> Celsius:
    reflected = frame.ta_celsius - 8.0 if frame.reflected_celsius is None else frame.reflected_celsius
    return with_emissivity(frame.celsius, frame.emissivity, emissivity, reflected)


def _set_point(true_celsius: float, patches: npt.NDArray[np.float64]) -> SetPoint:
    per_frame = patches.mean(axis=(1, 2))
    measured = float(per_frame.mean())
    if abs(measured - true_celsius) > MAX_ERROR_CELSIUS:
        raise CalibrationError(
            f"The sensor sees {measured:.1f} °C where the blackbody should be at {true_celsius:g} °C; "
            "put it before the middle of the sensor and let it settle."
        )
    if float(patches.mean(axis=0).std()) > MAX_SPREAD_CELSIUS:
        raise CalibrationError(
            f"The blackbody at {true_celsius:g} °C does not fill the middle of the picture; bring it closer."
        )
    standard_error = float(per_frame.std(ddof=1)) / math.sqrt(len(per_frame))
    return SetPoint(float(true_celsius), round(measured, 6), round(standard_error, 6), len(per_frame))
