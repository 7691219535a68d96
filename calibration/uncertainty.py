"""The uncertainty budget of a reading: every term with its source, combined by JCGM 100.

Terms are uncorrelated contributions |c| u(x) in °C: the standard uncertainty
of an input times its sensitivity c, which is stated where it is not 1
(JCGM 100:2008, 5.1.2 and 5.1.3). The combined u is the root of the sum of
their squares, the expanded one U = k u with k = 2 (6.2.1). A bound +-a of
unknown shape counts as rectangular, u = a / sqrt(3) (4.3.7); one whose middle
is likelier than its ends as triangular, u = a / sqrt(6) (4.3.9).

The measurand is the skin temperature of the warmest part of the face. What
lies between skin and the body's interior is a term of its own, the last one,
which enters the oral estimate only.

What "assumed" stands before is this project's own estimate, not anybody's
figure. "Datasheet" is MLX90640, 3901090640 rev. 12.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from calibration.radiometry import SKIN_EMISSIVITY, emissivity_slope, reflected_slope
from calibration.record import CalibrationRecord
from calibration.reference import ReferenceOffset

NETD_AT_1_HZ = 0.1
FRAME_ACCURACY_CELSIUS = 1.0
LONG_TERM_DRIFT_CELSIUS = 3.0
DRIFT_OF_A_RECORD_CELSIUS = 2.0
NON_UNIFORMITY_CELSIUS = 0.5
OPTICS_CELSIUS = 0.5
EMISSIVITY_BOUND = 0.01
REFLECTED_BOUND_CELSIUS = 5.0
AIR_CELSIUS = 0.28
AIR_WITH_REFERENCE_CELSIUS = 0.04
SKIN_TO_ORAL = "skin to oral"


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


def triangular(limit: float) -> float:
    """Standard uncertainty of a bound of +-`limit` whose middle is likelier than its ends (4.3.9)."""
    return limit / math.sqrt(6.0)


def netd_celsius(refresh_hz: float) -> float:
    """The noise of one pixel of one picture where it cannot be measured: white, so it grows as the root."""
    return NETD_AT_1_HZ * math.sqrt(refresh_hz)


def budget(
    record: CalibrationRecord | None,
    reference: ReferenceOffset | None,
    *,
    celsius: float,
    reflected_celsius: float,
    pixel_noise_celsius: float,
    frames: int,
    pixels: int,
) -> Budget:
    """The budget of a skin temperature of `celsius`, fused from `frames` pictures and `pixels` of each.

    `pixel_noise_celsius` is the noise of one pixel in one picture, 1 sigma.
    """
    traceability = _by_reference(reference) if reference is not None else _by_record(record)
    air = AIR_CELSIUS if reference is None else AIR_WITH_REFERENCE_CELSIUS
    noise = pixel_noise_celsius / math.sqrt(frames * pixels)
    return Budget((*traceability, *_picture(noise, frames, pixels), *_scene(celsius, reflected_celsius, air)))


def skin_to_oral(slope: float, u_model_celsius: float, source: str) -> Term:
    """The model's own error; the skin's u enters the oral estimate with sensitivity `slope`."""
    return Term(SKIN_TO_ORAL, u_model_celsius, f"{source}; the others enter with sensitivity {slope:.3g}")


def _by_reference(reference: ReferenceOffset) -> tuple[Term, ...]:
    return (
        Term("blackbody", reference.blackbody.u_celsius, "certificate of the blackbody in the picture"),
        Term(
            "noise of the reference",
            reference.u_celsius,
            f"standard error of the mean of {reference.frames} frames of {reference.pixels} pixels "
            "(JCGM 100, 4.2.3)",
        ),
    )


def _by_record(record: CalibrationRecord | None) -> tuple[Term, ...]:
    if record is None:
        return (
            Term(
                "factory calibration",
                rectangular(FRAME_ACCURACY_CELSIUS),
                "frame accuracy +-1 °C, settled and isothermal (datasheet, 12.1.1)",
            ),
            Term(
                "drift",
                triangular(LONG_TERM_DRIFT_CELSIUS),
                "+-3 °C over years (datasheet, 12.1.1 note 2), small ones assumed likelier",
            ),
        )
    return (
        Term("blackbody", record.blackbody_u_celsius, "the blackbody's own certificate, as in the record"),
        Term(
            "calibration residual",
            record.u_fit_celsius,
            f"scatter about the fit through {len(record.set_points)} set points, {record.made_at}",
        ),
        Term(
            "drift since calibration",
            triangular(DRIFT_OF_A_RECORD_CELSIUS),
            "assumed +-2 °C, small ones likelier, for a record renewed every year, of the +-3 °C over years "
            "(datasheet, 12.1.1 note 2); no blackbody in the picture to see it",
        ),
    )


def _picture(noise_celsius: float, frames: int, pixels: int) -> tuple[Term, ...]:
    return (
        Term(
            "noise after fusion",
            noise_celsius,
            f"scatter of a pixel from frame to frame, over the root of {frames} frames of {pixels} pixels "
            "(JCGM 100, 4.2.3)",
        ),
        Term(
            "residual non-uniformity",
            rectangular(NON_UNIFORMITY_CELSIUS),
            "+-0.5 °C (datasheet, 12.1.1, zone 1), assumed between the warmest pixels of the face and those "
            "that were calibrated or see the blackbody; more towards the corners of a 110 degree sensor",
        ),
    )


def _scene(celsius: float, reflected_celsius: float, air_celsius: float) -> tuple[Term, ...]:
    by_emissivity = abs(emissivity_slope(celsius, SKIN_EMISSIVITY, reflected_celsius))
    by_reflected = abs(reflected_slope(celsius, SKIN_EMISSIVITY, reflected_celsius))
    return (
        Term(
            "distance and optics",
            rectangular(OPTICS_CELSIUS),
            "assumed +-0.5 °C for a face of 5 pixels and more: stray light, and pixels that see "
            "more than the warmest skin",
        ),
        Term(
            "emissivity of skin",
            by_emissivity * rectangular(EMISSIVITY_BOUND),
            f"0.98 +- 0.01 (Steketee 1973), sensitivity {by_emissivity:.3g} °C per unit",
        ),
        Term(
            "reflected temperature",
            by_reflected * rectangular(REFLECTED_BOUND_CELSIUS),
            f"assumed +-5 °C about what the picture shows around the face, sensitivity {by_reflected:.3g}",
        ),
        Term(
            "air between",
            rectangular(air_celsius),
            f"+-{air_celsius:g} °C for 0.2 to 3 m, 15 to 35 °C, 5 to 95 % humidity "
            "(Mazdeyasna et al., Sensors 23 (2023) 8011)",
        ),
    )
