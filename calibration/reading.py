"""What a measurement of one person's skin yields.

A number never travels alone: a reading carries its expanded uncertainty
(JCGM 100:2008, 6.2.1, coverage factor k = 2) and names the calibration that
it rests on. A measurement that could not be made is a `NoReading` with its
cause, never a number.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Reading:
    """The fused measurement of one face.

    `u_celsius` is the combined standard uncertainty, `expanded_u_celsius`
    twice that. `calibration_id` is None where the sensor has no calibration
    record; such a reading never admits by itself.
    """

    face_skin_celsius: float
    u_celsius: float
    calibration_id: str | None
    frames: int
    face_width_px: int

    @property
    def expanded_u_celsius(self) -> float:
        return 2.0 * self.u_celsius


class Missing(StrEnum):
    """Why there is no reading, in terms of what the person can do about it."""

    NO_FACE = "no_face"
    COME_CLOSER = "come_closer"
    MOVE_TO_CENTRE = "move_to_centre"
    ONE_PERSON = "one_person"
    SENSOR_FAULT = "sensor_fault"


@dataclass(frozen=True, slots=True)
class NoReading:
    """A measurement that could not be made (yet), and why."""

    missing: Missing
