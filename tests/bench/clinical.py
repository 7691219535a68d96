"""The screening rule on real people: `python -m tests.bench.clinical`.

The skin temperatures of the public table (tests/clinical_table.py) are seen through this sensor: to each
the errors of its budget (calibration/uncertainty.py) are added, with and without a blackbody in the
picture, on `UNITS` kiosks. What stems from the unit (blackbody, calibration, drift) is the same for
everybody at one kiosk; optics, emissivity and the place in the picture are the same for a person's
first reading and his recheck; the noise is new in each. The table's own cameras err too, and its people
differ in emissivity already, so the stand-in is rather too noisy than not noisy enough. Of the two
stand-ins for the kiosk's coarse pixels one is too cool and one too warm: the truth lies between them.

Then the kiosk's own rule decides (kiosk/core/screening.py): elevated is referred, recheck takes the
person's next round, and who is not normal then is referred too. Feverish is an oral temperature at or
above the limit. The oral model is the published one (of the warmest pixel its like, fitted in the same
way), which was fitted on these very people: two numbers of some thousand pairs, which set where the limit
falls, and leave the order of people alone.

Intervals are Wilson's score intervals of 95 % over people, not over simulated readings.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.table import Table

from calibration.oral import PUBLISHED, OralModel, fit
from calibration.reading import Reading
from calibration.record import CalibrationRecord, SetPoint
from calibration.reference import ReferenceOffset
from calibration.uncertainty import Budget, budget, netd_celsius
from kiosk.config import ThermalConfig
from kiosk.core.rules import ScreeningRules
from kiosk.core.screening import Screened, screen
from tests import clinical_table
from tests.bench.faces import BLACKBODY, FRAMES
from tests.bench.figures import Figure, show
from tests.clinical_table import StandIn

UNITS, FEW_UNITS = 100, 10
LIMITS_CELSIUS = (37.5, 38.0)
WIDEST_GUARD = 1.645
GUARD_FACTORS = (0.0, 0.5, 1.0, 1.28, WIDEST_GUARD)
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
    stand_in: StandIn
    with_blackbody: bool
    oral_celsius: Values
    readings: tuple[tuple[tuple[Reading, Reading], ...], ...]

    @property
    def name(self) -> str:
        how = "with" if self.with_blackbody else "without"
        return f"{self.camera}, {self.stand_in.value}, {how} blackbody"

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
        u_celsius = self.readings[0][0][0].oral_u_celsius

        def rules(step: float) -> ScreeningRules:
            lower = max(0.0, step - WIDEST_GUARD) * u_celsius
            return ScreeningRules(
                limit_oral_celsius=fever_celsius - lower, guard_factor=min(step, WIDEST_GUARD)
            )

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


def crowd(camera: str, stand_in: StandIn, *, with_blackbody: bool, units: int = UNITS) -> Crowd:
    """Everybody of one camera with two rounds and an oral temperature."""
    table = clinical_table.table(camera, stand_in)
    twice = np.isfinite(table.skin_celsius).sum(axis=1) > 1
    pairs = [skin[np.isfinite(skin)][:2] for skin in table.skin_celsius[twice]]
    rng = np.random.default_rng([0xC11, clinical_table.CAMERAS.index(camera), with_blackbody])
    sensor = Sensor(sensor_budget(with_blackbody), oral_model(stand_in))
    kiosks = tuple(tuple(sensor.seen(pairs, rng)) for _ in range(units))
    return Crowd(camera, stand_in, with_blackbody, table.oral_celsius[twice], kiosks)


def oral_model(stand_in: StandIn) -> OralModel:
    if stand_in is StandIn.AREAS:
        return PUBLISHED
    skin, oral = clinical_table.pooled_pairs(stand_in)
    return fit(skin.tolist(), oral.tolist(), PUBLISHED.source)


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


@dataclass(frozen=True, slots=True)
class Sensor:
    """Kiosks of one kind: how they err, and what they make of skin."""

    terms: Budget
    model: OralModel

    def seen(self, pairs: Sequence[Values], rng: np.random.Generator) -> Iterator[tuple[Reading, Reading]]:
        """Each person's reading and recheck at one kiosk."""
        unit = rng.normal(0.0, self._u(OF_THE_UNIT))
        for first, again in pairs:
            lasting = unit + rng.normal(0.0, self._u(self._names - OF_THE_UNIT - OF_ONE_READING))
            noise = rng.normal(0.0, self._u(OF_ONE_READING), 2)
            yield self._reading(first + lasting + noise[0]), self._reading(again + lasting + noise[1])

    @property
    def _names(self) -> frozenset[str]:
        return frozenset(term.name for term in self.terms.terms)

    def _u(self, names: frozenset[str]) -> float:
        return math.hypot(*(term.u_celsius for term in self.terms.terms if term.name in names))

    def _reading(self, skin_celsius: float) -> Reading:
        skin_u = self.terms.u_celsius
        return Reading(
            face_skin_celsius=skin_celsius,
            u_celsius=skin_u,
            calibration_id="table",
            frames=FRAMES,
            face_width_px=9,
            oral_estimate_celsius=self.model.estimate(skin_celsius),
            oral_u_celsius=self.model.u_of(skin_u),
        )


def measure(units: int = UNITS) -> list[Figure]:
    """Print the whole table, and return what is promised of it; where the data is absent, say so."""
    if not clinical_table.is_there():
        return [Figure(f"skipped: {clinical_table.ABSENT}", math.nan, "%")]
    promised = list[Figure]()
    for camera, stand_in, with_blackbody in product(clinical_table.CAMERAS, StandIn, (True, False)):
        people = crowd(camera, stand_in, with_blackbody=with_blackbody, units=units)
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
    low, high = result.found.interval_percent
    name = f"{people.name}: found where 10 % of the well are referred [{low:.0f}, {high:.0f}]"
    return Figure(name, result.found.percent, "%", at_least=FOUND_PERCENT if people.with_blackbody else None)


def _print(people: Crowd, limit: float, results: Sequence[Result]) -> None:
    reading = people.readings[0][0][0]
    title = (
        f"{people.name}, oral limit {limit}: {results[0].found.people} feverish, "
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
