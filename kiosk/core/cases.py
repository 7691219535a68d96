"""Cases: people who were referred to staff, each until staff have decided on it.

A case ends when staff admit or turn away, or when the same person is granted
or referred anew; what the kiosk alone denies (a lock-down) decides no case.
Staff see every one that is open. Past `MOST_CASES` the oldest lapses, which is
recorded, and said on the screen from `SAID_AHEAD` cases before on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from kiosk.core import passage as entries
from kiosk.core.commands import JsonValue, Record
from kiosk.core.decision import Verdict
from kiosk.core.ledger import Ledger
from kiosk.core.passage import Passage, result_of
from kiosk.core.past import OpenCase
from kiosk.core.rules import Rules
from kiosk.core.view import CaseView, Result
from kiosk.terms import Instant, Outcome, Reason

MOST_CASES = 100
SAID_AHEAD = 10
OF_TEMPERATURE = frozenset(
    {
        Reason.TEMPERATURE_ELEVATED,
        Reason.TEMPERATURE_RECHECK,
        Reason.TEMPERATURE_NO_READING,
        Reason.TEMPERATURE_NOT_CALIBRATED,
        Reason.TEMPERATURE_WARMING_UP,
        Reason.SENSOR_UNAVAILABLE,
    }
)
"""The code of such a case may go on: only the temperature was in its way."""


@dataclass(frozen=True, slots=True)
class Case:
    """`passage` is the one that was referred, `view` what staff see of it."""

    passage: Passage
    view: CaseView

    @property
    def id(self) -> int:
        return self.passage.id

    @property
    def is_of_temperature(self) -> bool:
        return self.view.result.reason in OF_TEMPERATURE


class Cases:
    """Those that are open, the newest last. `before` are those that the journal tells of."""

    def __init__(self, rules: Rules, ledger: Ledger, before: Iterable[OpenCase]) -> None:
        self._rules = rules
        self._ledger = ledger
        told = [_restored(rules, data, at) for data, at in before]
        self._open = {case.id: case for case in told if case is not None}

    def __len__(self) -> int:
        return len(self._open)

    @property
    def views(self) -> tuple[CaseView, ...]:
        """All of them, the newest first."""
        return tuple(case.view for case in reversed(self._open.values()))

    @property
    def lapses_after(self) -> int | None:
        """How many more it takes until the oldest lapses (1: the next one does); None while they are many."""
        left = MOST_CASES - len(self._open)
        return left + 1 if left < SAID_AHEAD else None

    def get(self, case_id: int | None) -> Case | None:
        return None if case_id is None else self._open.get(case_id)

    def told(self, at: Instant, passage: Passage, verdict: Verdict) -> list[Record]:
        """Somebody has been given an answer: it opens a case, or is the end of one."""
        if ends_case(verdict.outcome, verdict.reason, by_staff=passage.staff is not None):
            self._end_of(passage)
        if not opens_case(verdict.outcome, verdict.reason):
            return []
        result = result_of(passage, verdict, self._rules.screening.show)
        self._open[passage.id] = Case(passage, CaseView(passage.id, at.utc.isoformat(), result))
        if len(self._open) <= MOST_CASES:
            return []
        oldest = next(iter(self._open))
        del self._open[oldest]
        return [self._ledger.record(at, entries.CASE_LAPSED, {"case": oldest})]

    def close(self, case: Case) -> None:
        """Of one that is open."""
        del self._open[case.id]

    def _end_of(self, passage: Passage) -> None:
        names = set(passage.names)
        over = [
            case.id
            for case in self._open.values()
            if case.id == passage.case or not names.isdisjoint(case.passage.names)
        ]
        for case_id in over:
            del self._open[case_id]


def opens_case(outcome: Outcome, reason: Reason) -> bool:
    """Who is referred is staff's to decide on; a fever that denies may be measured again by them."""
    return outcome is Outcome.REFER or reason is Reason.TEMPERATURE_ELEVATED


def ends_case(outcome: Outcome, reason: Reason, *, by_staff: bool) -> bool:
    """Whether the same person's case is over: the kiosk's own denial leaves it to staff."""
    return by_staff or outcome is Outcome.GRANT or opens_case(outcome, reason)


def _restored(rules: Rules, data: Mapping[str, JsonValue], at: datetime) -> Case | None:
    """A case of before the start; None where its access point is no more, or it is of another kind."""
    points = {point.id: point for point in rules.access_points}
    point, number, subject = (
        points.get(str(data.get("access_point"))),
        data.get("passage"),
        data.get("subject"),
    )
    try:
        outcome, reason = Outcome(str(data.get("outcome"))), Reason(str(data.get("reason")))
    except ValueError:
        return None
    if point is None or type(number) is not int:
        return None
    begun_at = Instant(0.0, at, False)  # of another run: only its date says something
    passage = Passage(number, point, begun_at, names=(subject,) if isinstance(subject, str) else ())
    measured = data.get("temperature")
    numbers = measured if isinstance(measured, Mapping) else {}
    result = Result(
        outcome,
        reason,
        point.id,
        face_skin_celsius=_celsius(numbers, "face_skin_celsius"),
        expanded_u_celsius=_celsius(numbers, "expanded_u_celsius"),
        oral_estimate_celsius=_celsius(numbers, "oral_estimate_celsius"),
        oral_expanded_u_celsius=_celsius(numbers, "oral_expanded_u_celsius"),
        shown=rules.screening.show,
        purpose=point.purpose,
    )
    return Case(passage, CaseView(number, at.isoformat(), result))


def _celsius(numbers: Mapping[str, JsonValue], name: str) -> float | None:
    value = numbers.get(name)
    return float(value) if isinstance(value, int | float) else None
