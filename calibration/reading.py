"""What a measurement of one person's skin yields.

A number never travels alone: a reading carries its expanded uncertainty
(JCGM 100:2008, 6.2.1, coverage factor k = 2) and names the calibration that
it rests on. A measurement that could not be made is a `NoReading` with its
cause, never a number.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum

from calibration.uncertainty import Term


@dataclass(frozen=True, slots=True)
class Reading:
    """The fused measurement of one face.

    `u_celsius` is the combined standard uncertainty of the skin's
    temperature. `oral_estimate_celsius` is what the site's model makes of it,
    `oral_u_celsius` that with the model's own error; not a number where no
    model was asked. `calibration_id` is None where the sensor is not
    calibrated; such a reading never admits by itself.

    `face_fill` is the share of the face's box that is face, `budget` the terms
    of `oral_u_celsius` (the last one, "skin to oral", is no part of
    `u_celsius`), `faults` what was wrong with frames that were dropped.
    `filled_pixels` is how many of the sensor's pixels are broken and were filled
    from their neighbours. `reference_offset_celsius` is what the blackbody in
    the picture added, None where there was none; `oral_model_id` names the model.
    `raw` holds the sensor's words behind the reading, a subpage each, oldest
    first, with the `emissivity` and `reflected_celsius` (None: each subpage's
    own Ta - 8) that they were decoded with and the sensor's `eeprom`, so that
    it can be recomputed to the byte.
    """

    face_skin_celsius: float
    u_celsius: float
    calibration_id: str | None
    frames: int
    face_width_px: int
    oral_estimate_celsius: float = math.nan
    oral_u_celsius: float = math.nan
    face_fill: float = 0.0
    budget: tuple[Term, ...] = ()
    faults: tuple[str, ...] = ()
    filled_pixels: int = 0
    reference_offset_celsius: float | None = None
    oral_model_id: str = ""
    raw: tuple[bytes, ...] = field(default=(), repr=False)
    eeprom: bytes = field(default=b"", repr=False)
    emissivity: float = 0.98
    reflected_celsius: float | None = None

    @property
    def expanded_u_celsius(self) -> float:
        """U of the skin's temperature, k = 2."""
        return 2.0 * self.u_celsius

    @property
    def oral_expanded_u_celsius(self) -> float:
        """U of the oral estimate, k = 2."""
        return 2.0 * self.oral_u_celsius


class Missing(StrEnum):
    """Why there is no reading, in terms of what the person can do about it.

    Left and right are the person's own, who faces the sensor.
    """

    NO_FACE = "no_face"
    COME_CLOSER = "come_closer"
    STEP_LEFT = "step_left"
    STEP_RIGHT = "step_right"
    STEP_BACK = "step_back"
    ONE_PERSON = "one_person"
    SENSOR_FAULT = "sensor_fault"
    WARMING_UP = "warming_up"


@dataclass(frozen=True, slots=True)
class NoReading:
    """A measurement that could not be made (yet), and why."""

    missing: Missing
