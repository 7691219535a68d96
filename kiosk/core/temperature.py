"""A reading as the journal keeps it: each number with its uncertainty and what it rests on.

The export under "raw" is what `kiosk-calibrate decode` takes: the sensor's
EEPROM and its words, a subpage each, in base64 of big-endian words.
"""

from __future__ import annotations

import base64
from dataclasses import replace
from hashlib import sha256

from calibration.reading import NoReading, Reading
from kiosk.core.commands import JsonValue


def as_recorded(reading: Reading | NoReading) -> Reading | NoReading:
    """The reading to a thousandth of a degree, as the journal keeps it: what decides is what is recorded."""
    if isinstance(reading, NoReading):
        return reading
    return replace(
        reading,
        face_skin_celsius=round(reading.face_skin_celsius, 3),
        u_celsius=round(reading.expanded_u_celsius, 3) / 2,
        oral_estimate_celsius=round(reading.oral_estimate_celsius, 3),
        oral_u_celsius=round(reading.oral_expanded_u_celsius, 3) / 2,
    )


def temperature_data(reading: Reading | NoReading | None, *, with_raw: bool) -> dict[str, JsonValue] | None:
    """The journal's data for what was measured, or why nothing was; None where nothing was asked."""
    if reading is None:
        return None
    if isinstance(reading, NoReading):
        return {"missing": reading.missing.value}
    data: dict[str, JsonValue] = {
        "face_skin_celsius": round(reading.face_skin_celsius, 3),
        "expanded_u_celsius": round(reading.expanded_u_celsius, 3),
        "oral_estimate_celsius": round(reading.oral_estimate_celsius, 3),
        "oral_expanded_u_celsius": round(reading.oral_expanded_u_celsius, 3),
        "u_celsius": {term.name: round(term.u_celsius, 4) for term in reading.budget},
        "calibration_id": reading.calibration_id,
        "frames": reading.frames,
        "face_width_px": reading.face_width_px,
        "face_fill": round(reading.face_fill, 3),
        "faults": list(reading.faults),
        "filled_pixels": reading.filled_pixels,
        "reference_offset_celsius": _rounded(reading.reference_offset_celsius),
        "oral_model_id": reading.oral_model_id,
    }
    if with_raw and reading.raw:
        data["raw"] = {
            "eeprom": _base64(reading.eeprom),
            "eeprom_sha256": sha256(reading.eeprom).hexdigest(),
            "frames": [_base64(words) for words in reading.raw],
            "emissivity": reading.emissivity,
            "reflected_celsius": reading.reflected_celsius,
        }
    return data


def _rounded(celsius: float | None) -> float | None:
    return None if celsius is None else round(celsius, 4)


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")
