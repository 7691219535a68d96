"""What staff can ask for now, and what still has to be asked of them before it is sent. Pure.

Whatever makes no sense now is not offered; whether it is done is the gatekeeper's to say.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from kiosk.core.cases import OF_TEMPERATURE
from kiosk.core.events import StaffAction, StaffReason
from kiosk.core.view import CaseView, Mode, ViewState
from kiosk.wire import IntentMessage

REASONS_FOR: dict[StaffAction, tuple[StaffReason, ...]] = {
    StaffAction.ADMIT: (
        StaffReason.KNOWN_PERSON,
        StaffReason.PAPERS_CHECKED,
        StaffReason.MEASURED_BY_HAND,
        StaffReason.VISITOR,
        StaffReason.RESCUE,
        StaffReason.KIOSK_TROUBLE,
        StaffReason.MISTAKE,
        StaffReason.OTHER,
    ),
    StaffAction.TURN_AWAY: (
        StaffReason.PAPERS_CHECKED,
        StaffReason.MEASURED_BY_HAND,
        StaffReason.DANGER,
        StaffReason.DRILL,
        StaffReason.MISTAKE,
        StaffReason.OVER,
        StaffReason.OTHER,
    ),
    StaffAction.RECHECK: (StaffReason.KIOSK_TROUBLE, StaffReason.MISTAKE, StaffReason.OTHER),
    StaffAction.CLINICAL: (StaffReason.MEASURED_BY_HAND, StaffReason.KIOSK_TROUBLE, StaffReason.OTHER),
    StaffAction.OPEN_ONCE: (
        StaffReason.KNOWN_PERSON,
        StaffReason.PAPERS_CHECKED,
        StaffReason.VISITOR,
        StaffReason.GOODS,
        StaffReason.RESCUE,
        StaffReason.DANGER,
        StaffReason.KIOSK_TROUBLE,
        StaffReason.OTHER,
    ),
    StaffAction.ANNUL: (
        StaffReason.MISTAKE,
        StaffReason.DANGER,
        StaffReason.KIOSK_TROUBLE,
        StaffReason.OTHER,
    ),
    StaffAction.HOLD_OPEN: (
        StaffReason.GOODS,
        StaffReason.VISITOR,
        StaffReason.RESCUE,
        StaffReason.DANGER,
        StaffReason.DRILL,
        StaffReason.KIOSK_TROUBLE,
        StaffReason.OTHER,
    ),
    StaffAction.LOCK_DOWN: (
        StaffReason.DANGER,
        StaffReason.DRILL,
        StaffReason.KIOSK_TROUBLE,
        StaffReason.OTHER,
    ),
    StaffAction.EVACUATE: (
        StaffReason.DANGER,
        StaffReason.RESCUE,
        StaffReason.DRILL,
        StaffReason.OTHER,
    ),
    StaffAction.RELEASE: (StaffReason.OVER, StaffReason.MISTAKE, StaffReason.OTHER),
    StaffAction.OCCUPANCY: (StaffReason.COUNTED, StaffReason.MISTAKE, StaffReason.OTHER),
    StaffAction.MUTE: (
        StaffReason.KNOWN_PERSON,
        StaffReason.GOODS,
        StaffReason.DRILL,
        StaffReason.KIOSK_TROUBLE,
        StaffReason.MISTAKE,
        StaffReason.OVER,
        StaffReason.OTHER,
    ),
}
"""Every action that is recorded with a reason, and the reasons that make sense for it; at most eight."""


def offered(view: ViewState) -> tuple[StaffAction, ...]:
    """What can be asked for at this lane now, apart from cases. Nothing while nobody is signed in."""
    staff = view.staff
    if staff.signed_in is None:
        return ()
    is_open = staff.mode is Mode.EVACUATING or view.lane in staff.held
    possible = {
        StaffAction.OPEN_ONCE: not is_open,
        StaffAction.HOLD_OPEN: view.lane in staff.doors and not is_open and staff.mode is Mode.NORMAL,
        StaffAction.ANNUL: view.lane in staff.annullable,
        StaffAction.MUTE: staff.sounds,
        StaffAction.RELEASE: staff.mode is not Mode.NORMAL or bool(staff.held),
        StaffAction.OCCUPANCY: staff.occupancy is not None,
        StaffAction.LOCK_DOWN: staff.mode is Mode.NORMAL,
        StaffAction.EVACUATE: staff.mode is not Mode.EVACUATING,
        StaffAction.TRIP: bool(staff.trips),
    }
    return tuple(action for action, makes_sense in possible.items() if makes_sense)


def offered_for(case: CaseView) -> tuple[StaffAction, ...]:
    """What can be asked for on somebody who was referred; only what was measured is measured again."""
    measured = (StaffAction.RECHECK, StaffAction.CLINICAL) if case.result.reason in OF_TEMPERATURE else ()
    return (StaffAction.ADMIT, *measured, StaffAction.TURN_AWAY)


class Step(StrEnum):
    """What the staff page asks for."""

    SIGN_IN = "sign_in"
    WORK = "work"
    CASE = "case"
    NUMBER = "number"
    TRIP = "trip"
    REASON = "reason"
    CONFIRM = "confirm"


@dataclass(frozen=True, slots=True)
class Draft:
    """An action that was chosen, and what has been said to it so far."""

    action: StaffAction
    case: int | None = None
    celsius: float | None = None
    count: int | None = None
    reason: StaffReason | None = None
    sure: bool = False
    trip: str = ""

    @property
    def step(self) -> Step | None:
        """What is still to be asked; None: it can be sent."""
        lacks_celsius = self.action is StaffAction.CLINICAL and self.celsius is None
        if lacks_celsius or (self.action is StaffAction.OCCUPANCY and self.count is None):
            return Step.NUMBER
        if self.action is StaffAction.TRIP:
            return None if self.trip else Step.TRIP
        if self.reason is None:
            return Step.REASON
        return Step.CONFIRM if self.action is StaffAction.EVACUATE and not self.sure else None

    def with_number(self, number: float) -> Draft:
        """The number that the action asks for: degrees Celsius, or people."""
        if self.action is StaffAction.CLINICAL:
            return replace(self, celsius=number)
        return replace(self, count=int(number))

    def with_reason(self, reason: StaffReason) -> Draft:
        return replace(self, reason=reason)

    def with_trip(self, trip: str) -> Draft:
        return replace(self, trip=trip)

    def confirmed(self) -> Draft:
        return replace(self, sure=True)

    def still_makes_sense(self, view: ViewState) -> bool:
        """Whether it would be offered now."""
        if self.case is None:
            return self.action in offered(view)
        return any(case.id == self.case and self.action in offered_for(case) for case in view.staff.cases)

    def message(self, lane: str) -> IntentMessage:
        """What goes to the gatekeeper, for the lane of this screen."""
        return IntentMessage(self.action, self.reason, self.case, lane, self.celsius, self.count, self.trip)
