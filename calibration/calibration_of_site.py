"""What the readings of one moment rest on: the sensor's record, the blackbody in the picture, the model.

A reading is calibrated where a record or a blackbody in the picture says what
the sensor's numbers are worth. Where the site relies on a blackbody in the
picture, it is not without one.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass

from calibration.oral import OralModel
from calibration.record import CalibrationRecord
from calibration.reference import ReferenceOffset


@dataclass(frozen=True, slots=True)
class Calibration:
    """`record` None: the sensor has only its factory's. `reference` None: no blackbody is seen now."""

    record: CalibrationRecord | None
    reference: ReferenceOffset | None
    wants_reference: bool
    oral: OralModel

    @property
    def id(self) -> str | None:
        """What a reading names as its calibration; None: not calibrated.

        The record's own id, or 16 hex digits of the SHA-256 over that and the
        blackbody's constants (canonical JSON). The offset of the moment is in
        the reading, not in the id.
        """
        if self.reference is None:
            return None if self.record is None or self.wants_reference else self.record.calibration_id
        plain = {
            "blackbody": asdict(self.reference.blackbody),
            "record": None if self.record is None else self.record.calibration_id,
        }
        text = json.dumps(plain, sort_keys=True, separators=(",", ":"), allow_nan=False)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def corrected(self, celsius: float) -> float:
        """A temperature of a surface as the sensor shows it, put right."""
        if self.record is not None:
            celsius = self.record.offset_celsius + self.record.gain * celsius
        return celsius if self.reference is None else celsius + self.reference.celsius
