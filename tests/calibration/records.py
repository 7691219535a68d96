"""A record to test with."""

from __future__ import annotations

from calibration.record import CalibrationRecord, SetPoint


def record() -> CalibrationRecord:
    return CalibrationRecord(
        made_at="2026-11-01T08:00:00+00:00",
        sensor_serial="2061-0005-0320",
        offset_celsius=-0.31,
        gain=1.001,
        set_points=(SetPoint(32.0, 32.28, 0.02, 32), SetPoint(38.0, 38.27, 0.02, 32)),
        u_fit_celsius=0.05,
        blackbody_emissivity=0.98,
        blackbody_u_celsius=0.15,
        eeprom_sha256="5e" * 32,
    )
