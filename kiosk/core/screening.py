"""A reading and its uncertainty become one of four answers.

Guarded acceptance (JCGM 106:2012, 8.3.2): a person is normal only where the
oral estimate lies below the limit by at least the guard band, a multiple of
the estimate's standard uncertainty. Between the guard band and the limit the
measurement is repeated once, and so it is for a face that is colder than
living skin indoors: it is another thing, or somebody who must warm up first.
At the limit and above it is elevated. What was not measured, or measured
without a calibration, is never normal.
"""

from __future__ import annotations

from enum import StrEnum

from calibration.reading import NoReading, Reading
from kiosk.core.rules import ScreeningRules


class Screened(StrEnum):
    NORMAL = "normal"
    RECHECK = "recheck"
    ELEVATED = "elevated"
    NOT_CALIBRATED = "not_calibrated"
    NO_READING = "no_reading"


def guard_band_celsius(reading: Reading, rules: ScreeningRules) -> float:
    return rules.guard_factor * reading.oral_u_celsius


def screen(reading: Reading | NoReading, rules: ScreeningRules) -> Screened:
    """What a reading means under the site's limit."""
    if isinstance(reading, NoReading):
        return Screened.NO_READING
    estimate = reading.oral_estimate_celsius
    if estimate >= rules.limit_oral_celsius:
        return Screened.ELEVATED
    if reading.calibration_id is None:
        return Screened.NOT_CALIBRATED
    if not reading.face_skin_celsius >= rules.lowest_face_skin_celsius:
        return Screened.RECHECK
    if estimate <= rules.limit_oral_celsius - guard_band_celsius(reading, rules):
        return Screened.NORMAL
    return Screened.RECHECK  # so is what is no number: only a comparison that holds admits
