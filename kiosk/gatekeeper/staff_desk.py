"""What comes up from the screen: who signs in is found out here, what they ask for goes to the core.

Whoever is removed from the register, or locked, is signed out at once: the register is looked at twice a
second, and before anything that is asked for at the screen.
"""

from __future__ import annotations

from collections.abc import Callable

from kiosk.core.events import StaffGone, StaffIntent, StaffRefused, StaffSignedIn
from kiosk.core.view import Notice
from kiosk.gatekeeper.device_state import Post
from kiosk.gatekeeper.staff_register import StaffRegister
from kiosk.terms import Instant
from kiosk.wire import IntentMessage, SignInMessage

PERIOD_S = 0.5


class StaffDesk:
    """Runs on the thread of the screen's socket; a PIN takes its time there. `keep_house` is the loop's."""

    def __init__(self, register: StaffRegister, post: Post, now: Callable[[], Instant]) -> None:
        self._register = register
        self._post = post
        self._now = now
        self._staff: str | None = None
        self._due_s = 0.0
        self._revision = register.revision

    def keep_house(self, at: Instant) -> None:
        """Sign out whom the register does not know any more. Cheap: reads it when it has changed."""
        if at.mono < self._due_s:
            return
        self._due_s = at.mono + PERIOD_S
        revision = self._register.revision
        if revision != self._revision:
            self._revision = revision
            self._look(at)

    def _look(self, at: Instant) -> None:
        staff = self._staff
        if staff is not None and not self._register.admits(staff, at):
            self._staff = None
            self._post(StaffGone(at, staff))

    def take(self, message: IntentMessage | SignInMessage) -> None:
        if isinstance(message, SignInMessage):
            self._sign_in(message)
            return
        at = self._now()
        self._look(at)
        self._post(
            StaffIntent(
                at,
                message.action,
                message.reason,
                message.case,
                message.lane,
                message.celsius,
                message.count,
                message.trip,
            )
        )

    def _sign_in(self, message: SignInMessage) -> None:
        notice = self._register.check(message.staff, message.pin, self._now())
        if notice is Notice.DONE:
            self._staff = message.staff
            self._post(StaffSignedIn(self._now(), message.staff))
        else:
            known = message.staff if self._register.knows(message.staff) else None
            self._post(StaffRefused(self._now(), known, notice))
