"""What comes up from the screen: who signs in is found out here, what they ask for goes to the core."""

from __future__ import annotations

from collections.abc import Callable

from kiosk.core.events import StaffIntent, StaffRefused, StaffSignedIn
from kiosk.core.view import Notice
from kiosk.gatekeeper.device_state import Post
from kiosk.gatekeeper.staff_register import StaffRegister
from kiosk.terms import Instant
from kiosk.wire import IntentMessage, SignInMessage


class StaffDesk:
    """Runs on the thread of the screen's socket; a PIN takes its time there."""

    def __init__(self, register: StaffRegister, post: Post, now: Callable[[], Instant]) -> None:
        self._register = register
        self._post = post
        self._now = now

    def take(self, message: IntentMessage | SignInMessage) -> None:
        if isinstance(message, SignInMessage):
            self._sign_in(message)
            return
        self._post(
            StaffIntent(
                self._now(),
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
            self._post(StaffSignedIn(self._now(), message.staff))
        else:
            known = message.staff if self._register.knows(message.staff) else None
            self._post(StaffRefused(self._now(), known, notice))
