"""Who of the staff is signed in, and what they are told.

Who it is is found out at the edge (a PIN), or here: a pass whose key may assert
a staff role, shown at a reader of the lane whose sign-in page waits for it. A
session ends with its time, by a touch, or when its holder is not of the staff
any more.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from kiosk.core import passage as entries
from kiosk.core.commands import JsonValue
from kiosk.core.decision import judge_staff_pass
from kiosk.core.events import CodeScanned, StaffGone, StaffRefused
from kiosk.core.shared import Shared
from kiosk.core.view import Notice
from kiosk.credentials.credential import Credential
from kiosk.terms import Instant

PASS_WAIT_S = 20.0
BY_PIN, BY_PASS = "pin", "pass"


@dataclass(frozen=True, slots=True)
class Session:
    staff: str
    by: str
    until_s: float


@dataclass(frozen=True, slots=True)
class _Waiting:
    """For a pass, at the readers of one lane."""

    lane: str
    until_s: float


class SignIn:
    """`out` of `shared` is the checkpoint's."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._rules = shared.rules
        self._waiting: _Waiting | None = None
        self.session: Session | None = None
        self.notice, self.answers = Notice.NONE, 0

    @property
    def wake_at(self) -> float | None:
        """The monotonic second at which a session, or the wait for a pass, is over."""
        due = [each.until_s for each in (self.session, self._waiting) if each is not None]
        return min(due, default=None)

    @property
    def staff(self) -> str | None:
        """Who is signed in."""
        return None if self.session is None else self.session.staff

    @property
    def awaits_pass_in(self) -> str | None:
        """The lane whose readers take a staff pass now."""
        return None if self._waiting is None else self._waiting.lane

    def tick(self, at: Instant) -> None:
        if self.session is not None and at.mono >= self.session.until_s:
            self.end(at, "time")
        if self._waiting is not None and at.mono >= self._waiting.until_s:
            self._waiting = None

    def begin(self, at: Instant, staff: str, by: str) -> None:
        self.session = Session(staff, by, at.mono + self._rules.staff.session_s)
        self._waiting = None
        self.notice = Notice.NONE
        self._record(at, entries.STAFF_SIGNED_IN, {"staff": staff, "by": by})

    def go_on(self, at: Instant) -> None:
        """Whoever is signed in has done something."""
        assert self.session is not None
        self.session = replace(self.session, until_s=at.mono + self._rules.staff.session_s)

    def end(self, at: Instant, cause: str) -> None:
        assert self.session is not None
        self._record(at, entries.STAFF_SIGNED_OUT, {"staff": self.session.staff, "cause": cause})
        self.session, self.notice = None, Notice.NONE

    def gone(self, event: StaffGone) -> None:
        """Somebody's number is good for nothing any more, his session neither. A pass is no number."""
        if self.session is not None and (self.session.staff, self.session.by) == (event.staff, BY_PIN):
            self.end(event.at, "removed")

    def refused(self, event: StaffRefused) -> None:
        self._record(event.at, entries.STAFF_REFUSED, {"staff": event.staff, "reason": event.notice.value})
        self.answer(event.notice)

    def answer(self, notice: Notice) -> None:
        """The same word twice is two answers."""
        self.notice = notice
        self.answers += 1

    # -- a pass

    def await_pass(self, at: Instant, lane: str) -> None:
        """The sign-in page of a lane waits for a pass at its readers."""
        waits = bool(self._rules.staff.pass_roles) and lane in self._rules.doors
        self._waiting = _Waiting(lane, at.mono + PASS_WAIT_S) if waits else None
        self.answer(Notice.NONE if waits else Notice.NOT_POSSIBLE)

    def takes(self, scan: CodeScanned, lane: str, *, leaves: bool) -> bool:
        """Whether a code is a staff pass that the sign-in page waits for, and nobody's passage.

        With `leaves` it was shown at an exit: who is no staff wants out, and the page waits on. So it does
        where the code was shown in another lane.
        """
        if self.awaits_pass_in != lane:
            return False
        admissions, bundle = self._shared.admissions, self._shared.around.bundle
        credential = admissions.read(scan, bundle)
        reason = judge_staff_pass(scan.at, credential, bundle, self._rules)
        if reason is not None and leaves:
            return False
        self._waiting = None
        names = admissions.names(credential, scan.at)
        if reason is not None or not names or not isinstance(credential, Credential):
            data: dict[str, JsonValue] = {"staff": names[0] if names else None, "reason": reason}
            self._record(scan.at, entries.STAFF_REFUSED, data)
            self.answer(Notice.NOT_STAFF)
            return True
        self.begin(scan.at, names[0], BY_PASS)
        return True

    def _record(self, at: Instant, kind: str, data: dict[str, JsonValue]) -> None:
        self._shared.out.append(self._shared.ledger.record(at, kind, data))
