"""What temperatures are taken with, in words that the journal keeps and compares at each start."""

from __future__ import annotations

from calibration.oral import OralModel
from calibration.record import CalibrationRecord
from kiosk.config import ThermalConfig
from kiosk.core.commands import JsonValue


def calibration_data(
    config: ThermalConfig, record: CalibrationRecord | None, oral: OralModel | None
) -> dict[str, JsonValue]:
    """Ids and settings that a reading depends on; None where there is nothing."""
    return {
        "record": None if record is None else record.calibration_id,
        "sensor": None if record is None else record.sensor_serial,
        "oral_model": None if oral is None else oral.model_id,
        "blackbody_celsius": None if config.blackbody is None else config.blackbody.celsius,
        "emissivity": config.emissivity,
    }
