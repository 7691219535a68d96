"""When what happened in a passage: kept with its decision, so that it can be gone through again."""

from __future__ import annotations

from dataclasses import dataclass

from calibration.reading import Reading
from kiosk.terms import Instant


@dataclass(frozen=True, slots=True)
class Course:
    """`by_face` where a face began the passage; when its code was taken, which may have waited, and when
    its last reading was; the `first` reading where that asked for another; the decision's monotonic second.
    `records_before` is how many records had been asked for when it began, `records_decided` when it was
    decided, that of the decision with them.
    """

    records_before: int = 0
    by_face: bool = False
    taken_at: Instant | None = None
    measured_at: Instant | None = None
    first: tuple[Instant, Reading] | None = None
    decided_s: float | None = None
    records_decided: int = 0


AT_FIRST = Course()
