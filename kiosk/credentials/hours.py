"""Hours of the day in which nobody, or the holders of a role, may come in: rows of the signed policy.

    {"role": 3, "purpose": "entry", "from": "23:00", "until": "05:30", "then": "soft"}

From a time of day until another, over midnight where the second is not the
later one; `24:00` is the end of a day. `then` is what becomes of somebody who
comes in between: `soft` refers to staff, `hard` denies, `off` lets in. A row
without `role` is for everybody. A role that has rows has these and no others;
somebody with several such roles has the mildest of theirs. Exit is never
denied, so there are no hours for it.

The times are those on the site's wall. Where clocks are put forward the times
left out do not come: hours that lie in the gap are none on that day, hours
that begin in it begin after it, and hours that end in it end with it. Where
clocks are put back the times that come twice count both times.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import time

from kiosk.credentials.errors import CredentialError
from kiosk.terms import Strictness

MAX_ROWS = 256
DAY_MIN = 24 * 60
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])|24:00", re.ASCII)
_MEMBERS = frozenset({"role", "purpose", "from", "until", "then"})
ENTRY = "entry"
_SEVERITY = tuple(Strictness).index


@dataclass(frozen=True, slots=True)
class ClosedHours:
    """One row; both times in minutes since midnight, `until_min` up to 1440. `role` None: everybody."""

    from_min: int
    until_min: int
    then: Strictness
    role: int | None = None

    def hold(self, wall: time) -> bool:
        minute = 60 * wall.hour + wall.minute
        if self.from_min < self.until_min:
            return self.from_min <= minute < self.until_min
        return minute >= self.from_min or minute < self.until_min

    def as_json(self) -> dict[str, str | int]:
        """The row as it stands in a policy."""
        role: dict[str, str | int] = {} if self.role is None else {"role": self.role}
        times = {"from": _told(self.from_min), "until": _told(self.until_min)}
        return role | {"purpose": ENTRY} | times | {"then": self.then.value}


def strictness_at(rows: Iterable[ClosedHours], roles: Collection[int], wall: time) -> Strictness:
    """What becomes of somebody with these roles who comes in at this time of the site's day."""
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
    return ClosedHours(begins, ends, Strictness(then), role)


def _minutes(entry: Mapping[str, object], name: str) -> int:
    text = entry.get(name)
    if not isinstance(text, str) or _TIME.fullmatch(text) is None:
        raise CredentialError(f"a window's {name} is a time of day such as 23:00, and not {text!r}")
    return 60 * int(text[:2]) + int(text[3:])


def _told(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
