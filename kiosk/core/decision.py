"""The ordered admission rules. The first rule that speaks decides; only when none has spoken is it a grant.

1. A check that could not run never admits: time, trust, a subject that cannot be named.
2. The credential: refused by the verifier, wrong area, red, yellow, paper, role.
3. Anti-passback (entry only).
4. Temperature, where the access point asks for it.

Exit is never denied, only recorded: `judge_exit` says which of the two kinds
of exit it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from calibration.reading import NoReading, Reading
from kiosk.core.passback import Passback
from kiosk.core.rules import AccessPoint, Purpose, Rules
from kiosk.core.screening import Screened
from kiosk.credentials.bundle import TrustBundle
from kiosk.credentials.credential import Colour, Credential, Refusal
from kiosk.terms import Instant, Outcome, Reason, Strictness


@dataclass(frozen=True, slots=True)
class Verdict:
    outcome: Outcome
    reason: Reason


GRANTED = Verdict(Outcome.GRANT, Reason.GRANTED)

_SCREENED_REASON = {
    Screened.RECHECK: Reason.TEMPERATURE_RECHECK,
    Screened.NOT_CALIBRATED: Reason.TEMPERATURE_NOT_CALIBRATED,
    Screened.NO_READING: Reason.TEMPERATURE_NO_READING,
}
WARMING_UP = Verdict(Outcome.REFER, Reason.TEMPERATURE_WARMING_UP)
UNRECORDED = Verdict(Outcome.REFER, Reason.JOURNAL_UNAVAILABLE)


def _by(strictness: Strictness, reason: Reason) -> Verdict | None:
    if strictness is Strictness.OFF:
        return None
    return Verdict(Outcome.DENY if strictness is Strictness.HARD else Outcome.REFER, reason)


def judge_code(
    at: Instant,
    credential: Credential | Refusal,
    names: Sequence[str],
    access_point: AccessPoint,
    bundle: TrustBundle,
    passback: Passback,
    rules: Rules,
) -> Verdict | None:
    """The verdict on a code, or None where only the temperature is still to come."""
    if access_point.purpose is Purpose.EXIT:
        return judge_exit(credential)
    return judge_foundations(at, bundle) or judge_credential(credential, names, access_point, passback, rules)


def judge_foundations(at: Instant, bundle: TrustBundle) -> Verdict | None:
    """Whether the kiosk is in a position to judge anybody."""
    if not at.utc_trusted:
        return Verdict(Outcome.REFER, Reason.TIME_UNTRUSTED)
    if not bundle.keys:
        return Verdict(Outcome.REFER, Reason.TRUST_MISSING)
    return None


def judge_credential(
    credential: Credential | Refusal,
    names: Sequence[str],
    access_point: AccessPoint,
    passback: Passback,
    rules: Rules,
) -> Verdict | None:
    """The verdict on a code before any temperature, or None where it may go on."""
    if isinstance(credential, Refusal):
        return Verdict(Outcome.DENY, credential.reason)
    if not names:  # neither passback nor the journal can know who this is
        return Verdict(Outcome.REFER, Reason.JOURNAL_UNAVAILABLE)
    if not _area_matches(credential.area, rules.credential.area):
        return Verdict(Outcome.DENY, Reason.WRONG_AREA)
    if credential.colour is Colour.RED:
        return Verdict(Outcome.DENY, Reason.COLOUR_RED)
    if credential.colour is Colour.YELLOW and (verdict := _by(rules.credential.yellow, Reason.COLOUR_YELLOW)):
        return verdict
    if not credential.rotating and (verdict := _by(rules.credential.paper, Reason.PAPER)):
        return verdict
    if access_point.roles and credential.roles.isdisjoint(access_point.roles):
        return Verdict(Outcome.DENY, Reason.ROLE_NOT_PERMITTED)
    if access_point.purpose is Purpose.ENTRY and passback.is_inside(names):
        return _by(rules.passback.strictness, Reason.ALREADY_INSIDE)
    return None


def judge_temperature(screened: Screened, rules: Rules) -> Verdict:
    """The verdict on a screened reading of somebody whose code may go on."""
    if screened is Screened.NORMAL:
        return GRANTED
    if screened is Screened.ELEVATED:
        hard = rules.screening.elevated is Strictness.HARD
        return Verdict(Outcome.DENY if hard else Outcome.REFER, Reason.TEMPERATURE_ELEVATED)
    return Verdict(Outcome.REFER, _SCREENED_REASON[screened])


def judge_unmeasured(last: Reading | NoReading | None, sensor_lost: bool) -> Verdict:
    """The verdict when sampling has ended without a reading that decides."""
    if isinstance(last, Reading):
        return Verdict(Outcome.REFER, Reason.TEMPERATURE_RECHECK)
    reason = Reason.SENSOR_UNAVAILABLE if sensor_lost else Reason.TEMPERATURE_NO_READING
    return Verdict(Outcome.REFER, reason)


def judge_exit(credential: Credential | Refusal) -> Verdict:
    """Exit is granted to everybody; a code that does not verify is recorded as such."""
    if isinstance(credential, Refusal):
        return Verdict(Outcome.GRANT, Reason.EXIT_UNVERIFIED)
    return Verdict(Outcome.GRANT, Reason.EXIT_RECORDED)


def _area_matches(asserted: str, wanted: str) -> bool:
    """A pass for a district holds in every place of it: `330100` opens `330100/plant-7`."""
    return not wanted or asserted == wanted or wanted.startswith(asserted + "/")
