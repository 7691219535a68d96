"""Who of the staff has checked in today, and how warm they were.

A check-in counts on the day, in the site's own time zone, on which it was
made. Who checks in anew has the new temperature from then on, and who is
found too warm later in the day, by the kiosk or by a clinical thermometer, is
on it no more. Whom staff let through by such a thermometer has its value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from calibration.reading import Reading
from kiosk.core.decision import Verdict, by_strictness
from kiosk.core.json_value import JsonValue
from kiosk.core.passage import Passage
from kiosk.core.rules import Duty, Purpose, Rules
from kiosk.core.temperature import temperature_data
from kiosk.terms import Instant, Reason

CLINICAL = "clinical_celsius"
TOO_WARM = frozenset({Reason.TEMPERATURE_ELEVATED, Reason.CLINICAL_ELEVATED})


@dataclass(frozen=True, slots=True)
class CheckIn:
    """One person's, under the pseudonym of the day. `temperature` is what the journal holds of it, or
    `{"clinical_celsius": …}`.

    `at` is when it was begun, aware, UTC.
    """

    at: datetime
    duty: Duty
    subject: str
    temperature: Mapping[str, JsonValue]


class Roster:
    """`before` are the check-ins that the journal tells of."""

    def __init__(self, rules: Rules, zone: tzinfo, before: Iterable[CheckIn] = ()) -> None:
        self._zone = zone
        self._strictness = rules.counter.without_checkin
        self._asked = _duties(rules)
        self._there = {each.subject: each for each in before}

    def judge(self, at: Instant, passage: Passage) -> Verdict | None:
        """The verdict on a hand-over while nobody is there for one of the duties, else None."""
        if passage.access_point.purpose is not Purpose.HANDOVER:
            return None
        there = {each.duty for each in self.on(at.utc)}
        return None if there >= self._asked else by_strictness(self._strictness, Reason.NO_CHECKIN)

    def on(self, at: datetime) -> tuple[CheckIn, ...]:
        """Those of the day of this moment, by the time at which they came."""
        today = self._day(at)
        return tuple(each for each in self._there.values() if self._day(each.at) == today)

    def granted(self, passage: Passage) -> None:
        """Somebody who is well has checked in."""
        check_in = check_in_of(passage)
        if check_in is None:
            return
        self._there.pop(check_in.subject, None)
        self._there[check_in.subject] = check_in
        self._forget(self._day(check_in.at) - timedelta(days=1))

    def annulled(self, passage: Passage) -> None:
        """A check-in was void."""
        mine = [each.subject for each in self._there.values() if each == check_in_of(passage)]
        for subject in mine:
            del self._there[subject]

    def too_warm(self, passage: Passage) -> None:
        """Who checks in is too warm now, whatever was measured before."""
        if passage.access_point.purpose is Purpose.CHECKIN:
            for name in passage.names:
                self._there.pop(name, None)

    def _forget(self, before: date) -> None:
        over = [subject for subject, each in self._there.items() if self._day(each.at) < before]
        for subject in over:
            del self._there[subject]

    def _day(self, at: datetime) -> date:
        return at.astimezone(self._zone).date()


def check_in_of(passage: Passage) -> CheckIn | None:
    """What a granted passage adds to the roster; None where it is no check-in with a temperature.

    Whom staff let through by hand nobody has found well, and no slip says so.
    """
    duty, temperature = passage.access_point.duty, _decisive(passage)
    if duty is None or not passage.names or temperature is None:
        return None
    return CheckIn(passage.begun_at.utc, duty, passage.names[0], temperature)


def _decisive(passage: Passage) -> Mapping[str, JsonValue] | None:
    """The temperature that a grant rests on."""
    if passage.clinical_celsius is not None:
        return {CLINICAL: passage.clinical_celsius}
    if passage.staff is not None or not isinstance(passage.reading, Reading):
        return None
    return temperature_data(passage.reading, with_raw=False)


def _duties(rules: Rules) -> frozenset[Duty]:
    """Those for which this kiosk has a place to check in."""
    return frozenset(
        point.duty
        for point in rules.access_points
        if point.purpose is Purpose.CHECKIN and point.duty is not None
    )
