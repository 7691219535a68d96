"""The uncertainty budget of a reading: every term with its source, combined by JCGM 100.

Terms are standard uncertainties u in °C, uncorrelated, each with sensitivity
one; the combined u is the root of the sum of their squares (JCGM 100:2008,
5.1.2), the expanded one U = k u with k = 2 (6.2.1). A bound +-a of unknown
shape counts as rectangular, u = a / sqrt(3) (4.3.7).

The measurand is the skin temperature of the warmest part of the face. What
lies between skin and the body's interior is no part of this budget.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from calibration.radiometry import SKIN_EMISSIVITY, emissivity_slope
from calibration.record import CalibrationRecord

NETD_AT_1_HZ = 0.1
FACTORY_LIMIT_CELSIUS = 1.5
NON_UNIFORMITY_LIMIT_CELSIUS = 0.5
DISTANCE_LIMIT_CELSIUS = 0.5
EMISSIVITY_LIMIT = 0.01


@dataclass(frozen=True, slots=True)
class Term:
    name: str
    u_celsius: float
    source: str


@dataclass(frozen=True, slots=True)
class Budget:
    """The terms of one reading."""

    terms: tuple[Term, ...]

    @property
    def u_celsius(self) -> float:
        return math.sqrt(sum(term.u_celsius**2 for term in self.terms))

    def expanded_u_celsius(self, k: float = 2.0) -> float:
        return k * self.u_celsius


def rectangular(limit: float) -> float:
    """Standard uncertainty of a bound of +-`limit` (JCGM 100:2008, 4.3.7)."""
    return limit / math.sqrt(3.0)


def budget(
    record: CalibrationRecord | None,
    *,
    celsius: float,
    reflected_celsius: float,
    frames: int,
    pixels: int,
    refresh_hz: float,
) -> Budget:
    """The budget of a reading at `celsius`, fused from `frames` pictures and `pixels` of each.

    Without a record the sensor's factory calibration is all there is.
    """
    return Budget((*_traceability(record), *_reading(celsius, reflected_celsius, frames, pixels, refresh_hz)))


def _traceability(record: CalibrationRecord | None) -> tuple[Term, ...]:
    if record is None:
        factory = Term(
            "factory calibration",
            rectangular(FACTORY_LIMIT_CELSIUS),
            "bound of +-1.5 °C assumed for a unit of unknown age and mounting; the maker's figure holds "
            "for a settled, isothermal sensor (MLX90640 datasheet, performance graphs)",
        )
        return (factory,)
    return (
        Term(
            "calibration residual",
            record.u_fit_celsius,
            f"scatter about the fit through {len(record.set_points)} set points, {record.made_at}",
        ),
        Term("blackbody", record.blackbody_u_celsius, "the blackbody's own certificate, as in the record"),
    )


def _reading(
    celsius: float, reflected_celsius: float, frames: int, pixels: int, refresh_hz: float
) -> tuple[Term, ...]:
    netd = NETD_AT_1_HZ * math.sqrt(refresh_hz)
    slope = emissivity_slope(celsius, SKIN_EMISSIVITY, reflected_celsius)
    return (
        Term(
            "noise after fusion",
            netd / math.sqrt(frames * pixels),
            f"NETD 0.1 K RMS at 1 Hz (MLX90640 datasheet, section 1), {frames} frames of {pixels} pixels",
        ),
        Term(
            "non-uniformity",
            rectangular(NON_UNIFORMITY_LIMIT_CELSIUS),
            "bound of +-0.5 °C assumed between pixels in the middle of the field of view",
        ),
        Term(
            "emissivity of skin",
            rectangular(abs(slope) * EMISSIVITY_LIMIT),
            "0.98 +- 0.01 (Steketee 1973), by the slope of the radiation equation",
        ),
        Term(
            "distance and optics",
            rectangular(DISTANCE_LIMIT_CELSIUS),
            "bound of +-0.5 °C assumed for a face of 5 pixels and more: stray light and mixed pixels",
        ),
    )
