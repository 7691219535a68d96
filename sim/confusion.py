"""The temperature check against the truth: true class of the mouth x what the screening made of it.

The true class is what the site's model makes of the true skin, held against
the limit; within the guard band below it nobody is wrong who is asked again.
Only who was measured counts, and only whose code led to a measurement.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from enum import StrEnum

from calibration.oral import PUBLISHED, OralModel
from kiosk.terms import Reason
from sim.logbook import Page


class TrueClass(StrEnum):
    """Of the true oral temperature. `NEAR`: too near the limit for anybody to be judged wrongly."""

    NORMAL = "normal"
    NEAR = "near the limit"
    FEVERISH = "feverish"


class Judged(StrEnum):
    """What the screening said."""

    NORMAL = "normal"
    RECHECK = "recheck"
    ELEVATED = "elevated"
    NO_READING = "no reading"


_JUDGED = {
    Reason.GRANTED: Judged.NORMAL,
    Reason.CHECKED_IN: Judged.NORMAL,
    Reason.NO_ORDER: Judged.NORMAL,
    Reason.TEMPERATURE_RECHECK: Judged.RECHECK,
    Reason.TEMPERATURE_ELEVATED: Judged.ELEVATED,
    Reason.TEMPERATURE_NO_READING: Judged.NO_READING,
}

Confusion = dict[TrueClass, dict[Judged, int]]


def confusion(pages: Iterable[Page], limit_oral_celsius: float, *, model: OralModel = PUBLISHED) -> Confusion:
    """How often each true class was judged as what, every pair of them stated."""
    counts: Counter[tuple[TrueClass, Judged]] = Counter()
    for page in pages:
        result = page.experience.result
        judged = None if result is None else _JUDGED.get(result.reason)
        if result is None or judged is None:
            continue
        if judged is Judged.NORMAL and result.face_skin_celsius is None:
            continue  # let in without being measured
        counts[_true_class(page, limit_oral_celsius, model), judged] += 1
    return {true: {judged: counts[true, judged] for judged in Judged} for true in TrueClass}


def _true_class(page: Page, limit_oral_celsius: float, model: OralModel) -> TrueClass:
    if page.truth.in_doubt:
        return TrueClass.NEAR
    oral_celsius = model.estimate(page.experience.visit.skin_celsius)
    return TrueClass.FEVERISH if oral_celsius >= limit_oral_celsius else TrueClass.NORMAL
