"""The screening rule on real people: `python -m tests.bench.clinical`.

The skin temperatures of the public table (tests/clinical_table.py) are seen through this sensor: to each
the errors of its budget (calibration/uncertainty.py) are added, with and without a blackbody in the
picture, on `UNITS` kiosks. What stems from the unit (blackbody, calibration, drift) is the same for
everybody at one kiosk; optics, emissivity and the place in the picture are the same for a person's
first reading and his recheck; the noise is new in each. The table's own cameras err too, and its people
differ in emissivity already, so the stand-in is rather too noisy than not noisy enough.

Then the kiosk's own rule decides (kiosk/core/screening.py): elevated is referred, recheck takes the
person's next round, and who is not normal then is referred too. Feverish is an oral temperature at or
above the limit. The oral model is the published one, which was fitted on these very people: two numbers
of some thousand pairs, which set where the limit falls, and leave the order of people alone.

Intervals are Wilson's score intervals of 95 % over people, not over simulated readings.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.table import Table

from calibration.oral import PUBLISHED
from calibration.reading import Reading
from calibration.record import CalibrationRecord, SetPoint
from calibration.reference import ReferenceOffset
from calibration.uncertainty import Budget, budget, netd_celsius, skin_to_oral
from kiosk.config import ThermalConfig
from kiosk.core.rules import ScreeningRules
from kiosk.core.screening import Screened, screen
from tests import clinical_table
from tests.bench.faces import BLACKBODY, FRAMES
from tests.bench.figures import Figure, show

UNITS = 40
LIMITS_CELSIUS = (37.5, 38.0)
GUARD_FACTORS = (0.0, 0.5, 1.0, 1.28, 1.645)
PROMISED_LIMIT_CELSIUS, WELL_REFERRED, FOUND_PERCENT = 38.0, 0.10, 85.0
OF_THE_UNIT = frozenset(
    {"blackbody", "noise of the reference", "calibration residual", "drift since calibration"}
)
OF_ONE_READING = frozenset({"noise after fusion"})
REFLECTED_CELSIUS, TYPICAL_SKIN_CELSIUS = 23.0, 34.5
Z = 1.959964

Values = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Share:
    """How many of `people`; a fraction of a person where kiosks disagree about one."""

    count: float
    people: int

    @property
    def percent(self) -> float:
        return 100.0 * self.count / self.people

    @property
    def interval_percent(self) -> tuple[float, float]:
        """Wilson's score interval, 95 %."""
        n, p = self.people, self.count / self.people
        middle = (p + Z**2 / (2 * n)) / (1 + Z**2 / n)
        half = Z * math.sqrt(p * (1 - p) / n + Z**2 / (4 * n**2)) / (1 + Z**2 / n)
        return 100 * max(0.0, middle - half), 100 * min(1.0, middle + half)

    def __str__(self) -> str:
        low, high = self.interval_percent
        return f"{self.percent:5.1f} [{low:.1f}, {high:.1f}]"


@dataclass(frozen=True, slots=True)
class Result:
    """What one setting of the rule does to the people of one camera."""

    rules: ScreeningRules
    found: Share
    well_rechecked: Share
    well_referred: Share


@dataclass(frozen=True, slots=True, eq=False)
class Crowd:
    """People seen by kiosks: `readings[kiosk][person]` is the first reading and the recheck."""

    camera: str
    with_blackbody: bool
    oral_celsius: Values
    readings: tuple[tuple[tuple[Reading, Reading], ...], ...]

    def judged(self, rules: ScreeningRules, fever_celsius: float) -> Result:
        """The shares under `rules` where feverish is `fever_celsius` and above."""
        rechecked, referred = np.zeros(len(self.oral_celsius)), np.zeros(len(self.oral_celsius))
        for kiosk in self.readings:
            for person, (first, again) in enumerate(kiosk):
                answer = screen(first, rules)
                if answer is Screened.RECHECK:
                    rechecked[person] += 1
                    answer = screen(again, rules)
                referred[person] += answer is not Screened.NORMAL
        feverish = self.oral_celsius >= fever_celsius

        def share(times: Values, who: npt.NDArray[np.bool_]) -> Share:
            return Share(float(times[who].sum()) / len(self.readings), int(who.sum()))

        return Result(
            rules, share(referred, feverish), share(rechecked, ~feverish), share(referred, ~feverish)
        )

    def where_well_are_referred(self, portion: float, fever_celsius: float) -> Result:
        """The setting that refers `portion` of the well: the guard factor first, then a lower limit.

        The guard band has its greatest factor before the limit is lowered, by steps of the same size.
        """
        widest = 1.645
        u_celsius = self.readings[0][0][0].oral_u_celsius

        def rules(step: float) -> ScreeningRules:
            lower = max(0.0, step - widest) * u_celsius
            return ScreeningRules(limit_oral_celsius=fever_celsius - lower, guard_factor=min(step, widest))

        few, many = 0.0, 6.0
        for _ in range(14):
            middle = (few + many) / 2
            result = self.judged(rules(middle), fever_celsius)
            few, many = (
                (middle, many)
                if result.well_referred.count < portion * result.well_referred.people
                else (few, middle)
            )
        return self.judged(rules(few), fever_celsius)


def crowd(camera: str, *, with_blackbody: bool, units: int = UNITS) -> Crowd:
    """Everybody of one camera who has two rounds, in a row, with an oral temperature."""
    table = clinical_table.table(camera)
    rng = np.random.default_rng([0xC11, clinical_table.CAMERAS.index(camera), with_blackbody])
    pairs = [
        (index, *_two_rounds(skin))
        for index, skin in enumerate(table.skin_celsius)
        if np.isfinite(skin).sum() > 1
    ]
    terms = sensor_budget(with_blackbody)
    kiosks = tuple(tuple(_seen([pair[1:] for pair in pairs], terms, rng)) for _ in range(units))
    return Crowd(camera, with_blackbody, table.oral_celsius[[pair[0] for pair in pairs]], kiosks)


def sensor_budget(with_blackbody: bool) -> Budget:
    """That of a skin of the usual temperature, read as the kiosk does when nothing else is set."""
    usual = ThermalConfig()
    points = tuple(SetPoint(celsius, celsius, 0.02, 32) for celsius in (32.0, 36.0, 40.0))
    record = CalibrationRecord("2026-01-01T08:00:00+00:00", "0", 0.0, 1.0, points, 0.05, 0.98, 0.15)
    reference = ReferenceOffset(
        celsius=0.0, u_celsius=0.03, at_s=0.0, frames=64, pixels=9, blackbody=BLACKBODY
    )
    return budget(
        record,
        reference if with_blackbody else None,
        celsius=TYPICAL_SKIN_CELSIUS,
        reflected_celsius=REFLECTED_CELSIUS,
        pixel_noise_celsius=netd_celsius(usual.refresh_hz),
        frames=FRAMES,
        pixels=4,
    )


def _two_rounds(skin: Values) -> tuple[float, float]:
    first, second = skin[np.isfinite(skin)][:2]
    return float(first), float(second)


def _seen(
    pairs: Sequence[tuple[float, float]], terms: Budget, rng: np.random.Generator
) -> Iterator[tuple[Reading, Reading]]:
    """Each person's two readings at one kiosk."""
    unit = rng.normal(0.0, _u(terms, of_unit=True))
    noise = math.hypot(*(term.u_celsius for term in terms.terms if term.name in OF_ONE_READING))
    for first, again in pairs:
        error = unit + rng.normal(0.0, _u(terms, of_unit=False))
        yield tuple(_reading(skin + error + rng.normal(0.0, noise), terms) for skin in (first, again))  # type: ignore[misc]


def _u(terms: Budget, *, of_unit: bool) -> float:
    lasting = [term for term in terms.terms if term.name not in OF_ONE_READING]
    return math.hypot(*(term.u_celsius for term in lasting if (term.name in OF_THE_UNIT) is of_unit))


def _reading(skin_celsius: float, terms: Budget) -> Reading:
    model = skin_to_oral(PUBLISHED.slope, PUBLISHED.u_celsius, PUBLISHED.source)
    return Reading(
        face_skin_celsius=skin_celsius,
        u_celsius=terms.u_celsius,
        calibration_id="table",
        frames=FRAMES,
        face_width_px=9,
        oral_estimate_celsius=PUBLISHED.estimate(skin_celsius),
        oral_u_celsius=PUBLISHED.u_of(terms.u_celsius),
        budget=(*terms.terms, model),
    )


def measure(units: int = UNITS) -> list[Figure]:
    """Print the whole table, and return what is promised of it; where the data is absent, say so."""
    if not clinical_table.is_there():
        return [Figure(f"skipped: {clinical_table.ABSENT}", math.nan, "%")]
    promised = list[Figure]()
    for camera in clinical_table.CAMERAS:
        for with_blackbody in (True, False):
            people = crowd(camera, with_blackbody=with_blackbody, units=units)
            for limit in LIMITS_CELSIUS:
                at_ten = people.where_well_are_referred(WELL_REFERRED, limit)
                settings = [
                    ScreeningRules(limit_oral_celsius=limit, guard_factor=factor) for factor in GUARD_FACTORS
                ]
                _print(people, limit, [*(people.judged(rules, limit) for rules in settings), at_ten])
                if limit == PROMISED_LIMIT_CELSIUS:
                    promised.append(_promise(people, at_ten))
    return promised


def _promise(people: Crowd, result: Result) -> Figure:
    how = "with" if people.with_blackbody else "without"
    name = f"{people.camera}, {how} blackbody: feverish found where 10 % of the well are referred"
    return Figure(name, result.found.percent, "%", at_least=FOUND_PERCENT if people.with_blackbody else None)


def _print(people: Crowd, limit: float, results: Sequence[Result]) -> None:
    reading = people.readings[0][0][0]
    how = "with" if people.with_blackbody else "without"
    title = (
        f"{people.camera}, {how} blackbody, oral limit {limit}: {results[0].found.people} feverish, "
        f"{results[0].well_referred.people} well; U skin {reading.expanded_u_celsius:.2f}, "
        f"U oral {reading.oral_expanded_u_celsius:.2f} °C"
    )
    table = Table(
        "limit",
        "guard factor",
        "feverish found %",
        "well rechecked %",
        "well referred %",
        title=title,
        title_justify="left",
    )
    for result in results:
        rules = result.rules
        table.add_row(
            f"{rules.limit_oral_celsius:.2f}",
            f"{rules.guard_factor:.2f}",
            str(result.found),
            str(result.well_rechecked),
            str(result.well_referred),
        )
    Console(width=110).print(table)


if __name__ == "__main__":
    sys.exit(not show("Clinical table", measure()))
