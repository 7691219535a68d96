"""Hours of the day in which nobody, or the holders of a role, may come in: rows of the signed policy.

    {"role": 3, "purpose": "entry", "days": ["fri", "sat"], "from": "23:00", "until": "05:30", "then": "soft"}

From a time of day until another, over midnight where the second is not the
later one; `24:00` is the end of a day. `then` is what becomes of somebody who
comes in between: `soft` refers to staff, `hard` denies, `off` lets in. A row
without `role` is for everybody, one without `days` for every day. Hours over
midnight belong to the day that they begin on: those above last until Sunday
morning, and Friday's early morning is none of them. A role that has rows has these and no others;
somebody with several such roles has the mildest of theirs. Exit is never
denied, so there are no hours for it.

Times and days are those on the site's wall. Where clocks are put forward the times
left out do not come: hours that lie in the gap are none on that day, hours
that begin in it begin after it, and hours that end in it end with it. Where
clocks are put back the times that come twice count both times.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from kiosk.credentials.errors import CredentialError
from kiosk.terms import WEEK, Strictness, Weekday

MAX_ROWS = 256
DAY_MIN = 24 * 60
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])|24:00", re.ASCII)
_MEMBERS = frozenset({"role", "purpose", "days", "from", "until", "then"})
ENTRY = "entry"
_SEVERITY = tuple(Strictness).index


@dataclass(frozen=True, slots=True)
class ClosedHours:
    """One row; both times in minutes since midnight, `until_min` up to 1440.

    `role` None: everybody. `days` are those on which the hours begin; none: every day.
    """

    from_min: int
    until_min: int
    then: Strictness
    role: int | None = None
    days: tuple[Weekday, ...] = ()

    def hold(self, wall: datetime) -> bool:
        """Whether these are the hours at a time and day on the site's wall."""
        minute, today = 60 * wall.hour + wall.minute, wall.weekday()
        if self.from_min < self.until_min:
            return self.from_min <= minute < self.until_min and self._begin_on(today)
        if minute >= self.from_min:
            return self._begin_on(today)
        return minute < self.until_min and self._begin_on(today - 1)

    def _begin_on(self, day: int) -> bool:
        """`day` counts from Monday, 0; -1 is a Sunday."""
        return not self.days or WEEK[day] in self.days

    def as_json(self) -> dict[str, str | int | list[str]]:
        """The row as it stands in a policy."""
        role: dict[str, str | int | list[str]] = {} if self.role is None else {"role": self.role}
        times = {"from": _told(self.from_min), "until": _told(self.until_min)}
        days: dict[str, list[str]] = {"days": [day.value for day in self.days]} if self.days else {}
        return role | {"purpose": ENTRY} | days | times | {"then": self.then.value}


def strictness_at(rows: Iterable[ClosedHours], roles: Collection[int], wall: datetime) -> Strictness:
    """What becomes of somebody with these roles who comes in at this time and day on the site's wall."""
    by_role: dict[int | None, list[Strictness]] = {}
    for row in rows:
        by_role.setdefault(row.role, []).append(row.then if row.hold(wall) else Strictness.OFF)
    own = [by_role[role] for role in roles if role in by_role] or [by_role.get(None, [])]
    return min((max(each, key=_SEVERITY, default=Strictness.OFF) for each in own), key=_SEVERITY)


def parse_hours(listed: object) -> tuple[ClosedHours, ...]:
    """The rows in a policy's list. Raises CredentialError with a sentence."""
    if not isinstance(listed, list) or len(listed) > MAX_ROWS:
        raise CredentialError(f"the policy's windows are a list of at most {MAX_ROWS}")
    return tuple(_row(entry) for entry in listed)


def _row(entry: object) -> ClosedHours:
    if not isinstance(entry, Mapping):
        raise CredentialError("a window of the policy is not a JSON object")
    unknown = sorted(str(name) for name in set(entry) - _MEMBERS)
    if unknown:
        raise CredentialError(f"a window of the policy has the unknown member {unknown[0]!r}")
    role, purpose, then = entry.get("role"), entry.get("purpose", ENTRY), entry.get("then")
    if role is not None and type(role) is not int:
        raise CredentialError(f"a window's role is a number, and not {role!r}; leave it out for everybody")
    if purpose == "exit":
        raise CredentialError("a window's purpose is not 'exit': exit is never denied")
    if purpose != ENTRY:
        raise CredentialError(f"a window's purpose is 'entry', and not {purpose!r}")
    if not isinstance(then, str) or then not in set(Strictness):
        raise CredentialError(f"a window's then is off, soft or hard, and not {then!r}")
    begins, ends = _minutes(entry, "from"), _minutes(entry, "until")
    if begins in (DAY_MIN, ends):
        raise CredentialError(
            f"a window from {_told(begins)} until {_told(ends)} has no length; a whole day is 00:00 to 24:00"
        )
    return ClosedHours(begins, ends, Strictness(then), role, _days(entry))


def _days(entry: Mapping[str, object]) -> tuple[Weekday, ...]:
    """Those that are named, in the week's order."""
    if "days" not in entry:
        return ()
    named = entry["days"]
    if not isinstance(named, list) or not named:
        raise CredentialError(
            f"a window's days are some of {', '.join(WEEK)}, and not {named!r}; leave them out for every day"
        )
    for day in named:
        if not isinstance(day, str) or day not in WEEK:
            raise CredentialError(f"a window's day is one of {', '.join(WEEK)}, and not {day!r}")
    if len(set(named)) < len(named):
        raise CredentialError(f"a window's days are each named once, and not {named!r}")
    return tuple(day for day in WEEK if day in named)


def _minutes(entry: Mapping[str, object], name: str) -> int:
    text = entry.get(name)
    if not isinstance(text, str) or _TIME.fullmatch(text) is None:
        raise CredentialError(f"a window's {name} is a time of day such as 23:00, and not {text!r}")
    return 60 * int(text[:2]) + int(text[3:])


def _told(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
