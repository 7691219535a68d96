"""One person's passage, from the code to the door, and what the journal keeps of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from calibration.reading import NoReading, Reading
from kiosk.core.commands import JsonValue
from kiosk.core.course import AT_FIRST, Course
from kiosk.core.decision import Verdict
from kiosk.core.events import StaffReason
from kiosk.core.rules import AccessPoint, Purpose, Shown
from kiosk.core.temperature import temperature_data
from kiosk.core.view import Result
from kiosk.credentials.credential import Credential, Refusal
from kiosk.credentials.slip import Written
from kiosk.terms import Instant, Outcome, Reason

DECIDED = "kiosk.passage.decided"
PASSED = "kiosk.passage.passed"
ANNULLED = "kiosk.passage.annulled"
SLIP_WRITTEN = "kiosk.handover.slip"
RESTART = "restart"
"""The cause of an annulment that a new start has made up for."""

DOOR_ALARM = "kiosk.door.alarm"
DOOR_CLEARED = "kiosk.door.cleared"
ALARM_RAISED = "kiosk.alarm.raised"
ALARM_CLEARED = "kiosk.alarm.cleared"
EXIT_REQUESTED = "kiosk.exit.requested"
EXIT_LAPSED = "kiosk.exit.lapsed"
STAFF_SIGNED_IN = "kiosk.staff.signed_in"
STAFF_SIGNED_OUT = "kiosk.staff.signed_out"
STAFF_REFUSED = "kiosk.staff.refused"
STAFF_ACTED = "kiosk.staff.acted"
CASE_LAPSED = "kiosk.case.lapsed"
MODE_ENDED = "kiosk.mode.ended"
DEVICE_FAULTED = "kiosk.device.faulted"
DEVICE_RECONNECTING = "kiosk.device.reconnecting"
DEVICE_RECOVERED = "kiosk.device.recovered"
TRUST_CHANGED = "kiosk.trust.changed"
TRUST_AGED = "kiosk.trust.aged"
TRIP_CHOSEN = "kiosk.trip.chosen"
STARTED = "kiosk.started"
STOPPED = "kiosk.stopped"
CLOCK_CHANGED = "kiosk.clock.changed"
CALIBRATION_CHANGED = "kiosk.calibration.changed"
HEARTBEAT = "kiosk.heartbeat"

KEPT_RAW = frozenset({Reason.TEMPERATURE_ELEVATED})
"""The sensor's own words stand in the journal where a temperature has turned somebody away."""


@dataclass(frozen=True, slots=True)
class StaffMark:
    """Who of the staff decided, and why."""

    staff: str
    reason: StaffReason


@dataclass(frozen=True, slots=True)
class Passage:
    """`credential` is None as long as no code has come, `begun_at` when the first
    code or face was there.

    `names` are the subject's pseudonyms, today's first. Empty where the code
    did not verify, or where no pseudonym can be given now. `sealed_subject` is
    the subject as only the hub's tracers can open it, if the kiosk has their key.
    `reused_from` is the earlier passage whose temperature counts for this one.
    `case` is the referred passage that this one decides on, `staff` who of the
    staff decided it, `clinical_celsius` what they measured by hand. `order` is the hash of what is handed
    over, `slip` the meal safety slip that was written for it. `course` is when what happened.
    """

    id: int
    access_point: AccessPoint
    begun_at: Instant
    source: str = ""
    decoder: str = ""
    credential: Credential | Refusal | None = None
    names: tuple[str, ...] = ()
    reading: Reading | NoReading | None = None
    reused_from: int | None = None
    sealed_subject: str | None = None
    case: int | None = None
    staff: StaffMark | None = None
    clinical_celsius: float | None = None
    order: bytes | None = None
    slip: Written | None = None
    course: Course = AT_FIRST

    def with_code(
        self,
        source: str,
        decoder: str,
        credential: Credential | Refusal,
        names: tuple[str, ...],
        sealed_subject: str | None = None,
        taken_at: Instant | None = None,
    ) -> Passage:
        return replace(
            self,
            source=source,
            decoder=decoder,
            credential=credential,
            names=names,
            sealed_subject=sealed_subject,
            course=replace(self.course, taken_at=taken_at),
        )

    def measured(self, at: Instant, reading: Reading | NoReading) -> Passage:
        return replace(self, reading=reading, course=replace(self.course, measured_at=at))

    def to_recheck(self, at: Instant, first: Reading) -> Passage:
        """The `first` reading asks for another."""
        return replace(self, course=replace(self.course, first=(at, first)))

    def decided_at(self, at: Instant, records: int) -> Passage:
        """`records` is how many have been asked for with that of the decision."""
        return replace(self, course=replace(self.course, decided_s=at.mono, records_decided=records))

    @property
    def spendable_slot(self) -> int | None:
        """The rotation slot that a grant spends here. Who leaves spends none."""
        if not isinstance(self.credential, Credential) or self.access_point.purpose is Purpose.EXIT:
            return None
        return self.credential.slot

    @property
    def masked_name(self) -> str | None:
        return self.credential.masked_name if isinstance(self.credential, Credential) else None


def result_of(passage: Passage, verdict: Verdict, shown: Shown = Shown.FACE_SKIN) -> Result:
    """What the screen tells the person."""
    reading = passage.reading if isinstance(passage.reading, Reading) else None
    return Result(
        outcome=verdict.outcome,
        reason=verdict.reason,
        access_point=passage.access_point.id,
        masked_name=passage.masked_name,
        face_skin_celsius=None if reading is None else reading.face_skin_celsius,
        expanded_u_celsius=None if reading is None else reading.expanded_u_celsius,
        oral_estimate_celsius=None if reading is None else reading.oral_estimate_celsius,
        oral_expanded_u_celsius=None if reading is None else reading.oral_expanded_u_celsius,
        shown=shown,
        slip=passage.slip.shown if passage.slip is not None and verdict.outcome is Outcome.GRANT else None,
        purpose=passage.access_point.purpose,
    )


def decided_data(passage: Passage, verdict: Verdict, at: Instant) -> dict[str, JsonValue]:
    """The journal's data for a decision: pseudonyms only, each number with its uncertainty."""
    credential = passage.credential
    data: dict[str, JsonValue] = {
        "passage": passage.id,
        "access_point": passage.access_point.id,
        "purpose": passage.access_point.purpose.value,
        "source": passage.source,
        "decoder": passage.decoder,
        "outcome": verdict.outcome.value,
        "reason": verdict.reason.value,
        "format": credential.format if credential is not None else None,
        "kid": credential.kid.hex() if credential is not None and credential.kid is not None else None,
        "decision_ms": round(1000 * (at.mono - passage.begun_at.mono)),
        "temperature": _temperature(passage, verdict),
    }
    if isinstance(credential, Credential) or passage.names:
        data["subject"] = passage.names[0] if passage.names else None
    if isinstance(credential, Credential):
        if passage.sealed_subject is not None:
            data["sealed_subject"] = passage.sealed_subject
        data["colour"] = credential.colour.name.lower() if credential.colour is not None else None
        data["roles"] = sorted(credential.roles)
    if passage.access_point.duty is not None:
        data["duty"] = passage.access_point.duty.value
    if passage.case is not None:
        data["case"] = passage.case
    if passage.staff is not None:
        data["staff"], data["staff_reason"] = passage.staff.staff, passage.staff.reason.value
    if passage.clinical_celsius is not None:
        data["clinical_celsius"] = passage.clinical_celsius
    if verdict.outcome is Outcome.GRANT and passage.spendable_slot is not None:
        data["slot"] = passage.spendable_slot
    return data


def _temperature(passage: Passage, verdict: Verdict) -> dict[str, JsonValue] | None:
    if passage.reused_from is not None:
        return {"reused_from_passage": passage.reused_from}
    return temperature_data(passage.reading, with_raw=verdict.reason in KEPT_RAW)


def followed_data(passage: Passage, inside_as: str | None = None) -> dict[str, JsonValue]:
    """The journal's data for what became of a grant.

    `inside_as` is the pseudonym under which somebody was inside: after
    midnight it is not the same as today's. Who leaves leaves under it; who
    enters again is inside under today's from now on, and no more under it.
    """
    purpose, today = passage.access_point.purpose, passage.names[0] if passage.names else None
    data: dict[str, JsonValue] = {
        "passage": passage.id,
        "access_point": passage.access_point.id,
        "purpose": purpose.value,
        "subject": today if purpose is Purpose.ENTRY else inside_as or today,
    }
    if purpose is Purpose.ENTRY and inside_as is not None:
        data["inside_as"] = inside_as
    return data
