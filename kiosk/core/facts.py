"""The facts that a decision rests on and that stand nowhere else in its entry: what a replay must know.

What the verifier has said of a code is kept, and nothing that the code holds
besides: whoever has the journal can't tell more of a person than before. Of
an HC1 certificate that is which row of the policy it fulfils, not its dates.

    refused          the verifier's reason
    area, rotating, revocable, slot        of a pass that was accepted (a spent slot: beside them)
    certificate, green_row                 of an HC1 certificate that was accepted
    known_as         another of the person's pseudonyms, under which the kiosk knows of an earlier passage
    began            "face" where the sensor saw the person before a code came
    code_ms          when the code was taken, if it had to wait; always where a face or staff began it
    measured_ms      when it was measured, if not at the decision
    rechecked        the reading that asked for a second one
    recorded_since   how many entries were asked for since it began, as far as they have not failed
    order            true where the order of a hand-over was there
    faults           those of them that decide
    mode             what staff have set the site to, unless it is as always

Times are milliseconds since the passage began.
"""

from __future__ import annotations

from collections.abc import Collection

from calibration.reading import Reading
from kiosk.core.json_value import JsonValue
from kiosk.core.passage import Passage
from kiosk.core.view import Mode
from kiosk.credentials.credential import Credential, Refusal
from kiosk.credentials.policy import Policy
from kiosk.terms import Instant

DECIDING_FAULTS = frozenset({"gate", "disk", "thermal"})


def facts_of(
    passage: Passage,
    at: Instant,
    policy: Policy,
    faults: Collection[str],
    mode: Mode,
    known_as: str | None,
) -> dict[str, JsonValue]:
    """`at` is the decision's, `faults` are the lane's that stand then."""
    facts: dict[str, JsonValue] = {}
    if isinstance(passage.credential, Refusal):
        facts["refused"] = passage.credential.reason.value
    elif isinstance(passage.credential, Credential):
        facts = _of_credential(passage.credential, passage.course.taken_at or at, policy)
    if known_as is not None:
        facts["known_as"] = known_as
    facts |= _course(passage, at)
    if passage.order is not None:
        facts["order"] = True
    deciding = sorted(DECIDING_FAULTS.intersection(faults))
    if deciding:
        facts["faults"] = deciding
    if mode is not Mode.NORMAL:
        facts["mode"] = mode.value
    return facts


def _of_credential(credential: Credential, at: Instant, policy: Policy) -> dict[str, JsonValue]:
    facts: dict[str, JsonValue] = {
        "area": credential.area,
        "rotating": credential.rotating,
        "revocable": credential.revocation_index is not None,
    }
    if credential.slot is not None:
        facts["slot"] = credential.slot
    certificate = credential.certificate
    if certificate is not None:
        rows = [number for number, row in enumerate(policy.green) if row.fits(certificate, at.utc)]
        facts |= {"certificate": certificate.type.value, "green_row": rows[0] if rows else None}
    return facts


def _course(passage: Passage, at: Instant) -> dict[str, JsonValue]:
    course: dict[str, JsonValue] = {}
    if passage.course.by_face:
        course["began"] = "face"
    taken_at = passage.course.taken_at
    was_begun = passage.course.by_face or passage.case is not None
    if taken_at is not None and (was_begun or taken_at != passage.begun_at):
        course["code_ms"] = _ms(passage, taken_at)
    if passage.course.first is not None:
        first_at, first = passage.course.first
        again = passage.course.measured_at if passage.reading is not first else None
        course["rechecked"] = {"after_ms": _ms(passage, first_at), **_numbers(first)}
        course["measured_ms"] = _ms(passage, again)
    elif isinstance(passage.reading, Reading) and passage.course.measured_at not in (None, at):
        course["measured_ms"] = _ms(passage, passage.course.measured_at)
    return course


def _ms(passage: Passage, at: Instant | None) -> int | None:
    return None if at is None else round(1000 * (at.mono - passage.begun_at.mono))


def _numbers(reading: Reading) -> dict[str, JsonValue]:
    """What screening asks of a reading."""
    return {
        "face_skin_celsius": reading.face_skin_celsius,
        "expanded_u_celsius": reading.expanded_u_celsius,
        "oral_estimate_celsius": reading.oral_estimate_celsius,
        "oral_expanded_u_celsius": reading.oral_expanded_u_celsius,
        "calibration_id": reading.calibration_id,
    }
