"""From the skin of the face to the temperature under the tongue: a line, and its error for one person.

    oral = intercept + slope * skin                                        °C

fitted by ordinary least squares of oral on skin, which is the best prediction
for one person of whom the skin alone is known. It shrinks towards the mean:
the estimate of somebody feverish lies below his oral temperature on average.
That is what skin knows of it, and no reason to stretch the line (an inverse
or a structural fit reaches the feverish on average and errs more for each
person); limit and guard band are to be set with it in mind. The order of
people, and with it who is found for how many false alarms, is the same.

`PUBLISHED` is fitted on the public table of Wang et al. (FDA; PhysioNet
1.0.0, doi 10.13026/3bhc-9065; Sensors 22 (2022) 215): two cameras, adults who
had waited indoors at 20 to 24 °C, skin as this sensor's coarse pixels see it.
It says nothing of people who come from the cold or the sun. A site's own
pairs are better, as soon as there are some dozens.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from calibration import files
from calibration.errors import CalibrationError

FORMAT = 1
MIN_PEOPLE = 30
MIN_SPREAD_CELSIUS = 0.2
SKIN_RANGE_CELSIUS = (25.0, 42.0)
ORAL_RANGE_CELSIUS = (34.0, 42.0)
SLOPE_RANGE = (0.1, 2.0)


@dataclass(frozen=True, slots=True)
class OralModel:
    """A line and its error; `u_celsius` is the standard error of one person's prediction."""

    slope: float
    intercept_celsius: float
    u_celsius: float
    source: str
    people: int

    @property
    def model_id(self) -> str:
        """16 hex digits that name the model by its content."""
        return files.identity(_plain(self))

    def estimate(self, face_skin_celsius: float) -> float:
        return self.intercept_celsius + self.slope * face_skin_celsius

    def u_of(self, u_skin_celsius: float) -> float:
        """The standard uncertainty of an estimate from skin that is known to `u_skin_celsius`."""
        return math.hypot(self.slope * u_skin_celsius, self.u_celsius)

    def save(self, path: Path) -> None:
        """Write atomically. Raises OSError."""
        files.write(path, _file_bytes(self))

    @classmethod
    def load(cls, path: Path) -> OralModel:
        """Raises CalibrationError when the file is missing, damaged or changed."""
        try:
            raw = files.read_bounded(path)
        except OSError as error:
            raise CalibrationError(
                f"The oral model {path} cannot be read ({error.strerror}); run kiosk-calibrate oral."
            ) from error
        damaged = f"The oral model {path} is damaged or was changed by hand; restore a copy or fit it again."
        try:
            model = _parse(raw)
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise CalibrationError(damaged) from error
        if _file_bytes(model) != raw:
            raise CalibrationError(damaged)
        return model


PUBLISHED = OralModel(
    slope=0.525,
    intercept_celsius=18.787,
    u_celsius=0.366,
    source="least squares on the public table of Wang et al., doi 10.13026/3bhc-9065, both cameras",
    people=1083,
)


def fit(face_skin_celsius: Sequence[float], oral_celsius: Sequence[float], source: str) -> OralModel:
    """Least squares on pairs, one a person. Raises CalibrationError where they can't carry a model."""
    skin, oral = np.array(face_skin_celsius, dtype=np.float64), np.array(oral_celsius, dtype=np.float64)
    _check(skin, oral)
    slope, intercept = np.polyfit(skin, oral, 1)
    if not SLOPE_RANGE[0] <= slope <= SLOPE_RANGE[1]:
        raise CalibrationError(
            f"The pairs give {slope:.2f} °C of oral temperature for each °C of skin, which no group of "
            "people has; check that the columns are not exchanged."
        )
    rest = oral - (intercept + slope * skin)
    u_celsius = math.sqrt(float(rest @ rest) / (len(skin) - 2))
    return OralModel(
        round(float(slope), 6), round(float(intercept), 6), round(u_celsius, 6), source, len(skin)
    )


def _check(skin: np.ndarray, oral: np.ndarray) -> None:
    if len(skin) != len(oral) or len(skin) < MIN_PEOPLE:
        raise CalibrationError(f"A model takes the pairs of {MIN_PEOPLE} people or more, not of {len(skin)}.")
    for name, values, (low, high) in (
        ("face_skin_celsius", skin, SKIN_RANGE_CELSIUS),
        ("oral_celsius", oral, ORAL_RANGE_CELSIUS),
    ):
        wrong = np.flatnonzero(~((values >= low) & (values <= high)))
        if len(wrong):
            first = wrong[0]
            raise CalibrationError(
                f"Pair {first + 1}: {name} is {values[first]:g}; it lies between {low:g} and {high:g} °C."
            )
        if float(values.std()) < MIN_SPREAD_CELSIUS:
            raise CalibrationError(
                f"All people have nearly the same {name}; pairs of people who differ by more are needed."
            )


def _plain(model: OralModel) -> dict[str, object]:
    return {"format": FORMAT, **asdict(model)}


def _file_bytes(model: OralModel) -> bytes:
    return files.file_bytes(_plain(model), "model_id")


def _parse(raw: bytes) -> OralModel:
    """Raises ValueError, TypeError or KeyError on anything but a model."""
    plain = files.record_in(raw)
    if plain.pop("format") != FORMAT:
        raise ValueError("unknown format")
    model = OralModel(**plain)  # type: ignore[arg-type]
    numbers = (model.slope, model.intercept_celsius, model.u_celsius)
    if not all(type(number) is float and math.isfinite(number) for number in numbers):
        raise ValueError("not a number")
    if (
        not SLOPE_RANGE[0] <= model.slope <= SLOPE_RANGE[1]
        or not model.u_celsius > 0
        or type(model.people) is not int
        or type(model.source) is not str
    ):
        raise ValueError("not a model")
    return model
