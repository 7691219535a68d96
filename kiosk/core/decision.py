"""The ordered admission rules. The first rule that speaks decides; only when none has spoken is it a grant.

1. A check that could not run never admits: time, trust that is missing or too
   old, a subject that cannot be named, a revocation list that says nothing.
2. The credential: refused by the verifier, wrong area, what the signed policy
   says and the site where it is stricter (red, yellow, paper, not green), role,
   and the hours that the signed policy leaves to it (entry only).
3. Anti-passback (entry only), and a rotating code that was used just now.
4. Temperature, where the access point asks for it.

Exit is never denied, only recorded: `judge_exit` says which of the two kinds
of exit it was.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from calibration.reading import NoReading, Reading
from kiosk.core.passback import Passback
from kiosk.core.rules import AccessPoint, CredentialRules, Purpose, Rules
from kiosk.core.screening import Screened
from kiosk.core.spent import SpentSlots
from kiosk.core.trust_age import Tier, tier_of
from kiosk.credentials.bundle import TrustBundle
from kiosk.credentials.credential import Colour, Credential, Refusal
from kiosk.credentials.policy import Objection, Policy, stricter
from kiosk.terms import Instant, Outcome, Reason, Strictness


@dataclass(frozen=True, slots=True)
class Verdict:
    outcome: Outcome
    reason: Reason


GRANTED = Verdict(Outcome.GRANT, Reason.GRANTED)
SCAN_AGAIN = Verdict(Outcome.REFER, Reason.EXIT_LAPSED)
"""No answer to an exit, which is granted to everybody, and nobody's case: its turn did not come in time."""
CHECKED_IN = Verdict(Outcome.GRANT, Reason.CHECKED_IN)

_SCREENED_REASON = {
    Screened.RECHECK: Reason.TEMPERATURE_RECHECK,
    Screened.NOT_CALIBRATED: Reason.TEMPERATURE_NOT_CALIBRATED,
    Screened.NO_READING: Reason.TEMPERATURE_NO_READING,
}
WARMING_UP = Verdict(Outcome.REFER, Reason.TEMPERATURE_WARMING_UP)
UNRECORDED = Verdict(Outcome.REFER, Reason.JOURNAL_UNAVAILABLE)


def by_strictness(strictness: Strictness, reason: Reason) -> Verdict | None:
    """What a site makes of something that is its own choice; None where it takes no notice."""
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
    spent: SpentSlots,
    rules: Rules,
    zone: tzinfo,
) -> Verdict | None:
    """The verdict on a code, or None where only the temperature is still to come."""
    if access_point.purpose is Purpose.EXIT:
        return judge_exit(credential)
    verdict = judge_foundations(at, bundle) or judge_credential(
        at, credential, names, access_point, bundle.policy, rules
    )
    if verdict is not None or isinstance(credential, Refusal):
        return verdict
    if verdict := judge_hours(at, credential.roles, access_point, bundle.policy, zone):
        return verdict
    return judge_repetition(at, credential, names, access_point, passback, spent, rules)


def judge_foundations(at: Instant, bundle: TrustBundle) -> Verdict | None:
    """Whether the kiosk is in a position to judge anybody."""
    if not at.utc_trusted:
        return Verdict(Outcome.REFER, Reason.TIME_UNTRUSTED)
    if not bundle.keys:
        return Verdict(Outcome.REFER, Reason.TRUST_MISSING)
    if tier_of(bundle, at.utc) is Tier.EXPIRED:
        return Verdict(Outcome.REFER, Reason.TRUST_EXPIRED)
    return None


def judge_credential(
    at: Instant,
    credential: Credential | Refusal,
    names: Sequence[str],
    access_point: AccessPoint,
    policy: Policy,
    rules: Rules,
) -> Verdict | None:
    """The verdict on what a code says, or None where it may go on."""
    if isinstance(credential, Refusal):
        outcome = Outcome.REFER if credential.reason is Reason.STATUS_UNKNOWN else Outcome.DENY
        return Verdict(outcome, credential.reason)
    if not names:  # neither passback nor the journal can know who this is
        return Verdict(Outcome.REFER, Reason.JOURNAL_UNAVAILABLE)
    # An HC1 certificate asserts no area: it holds wherever its issuer's key is trusted.
    if credential.certificate is None and not _area_matches(credential.area, rules.credential.area):
        return Verdict(Outcome.DENY, Reason.WRONG_AREA)
    objection = policy.objection(credential, at)
    if verdict := _by_policy_and_site(credential, objection, rules.credential):
        return verdict
    if access_point.roles and credential.roles.isdisjoint(access_point.roles):
        return Verdict(Outcome.DENY, Reason.ROLE_NOT_PERMITTED)
    return None


def judge_hours(
    at: Instant, roles: Collection[int], access_point: AccessPoint, policy: Policy, zone: tzinfo
) -> Verdict | None:
    """The verdict on somebody with these roles at this time on the site's wall, or None where it is open."""
    if access_point.purpose is not Purpose.ENTRY or not policy.windows:
        return None
    if not at.utc_trusted:
        return Verdict(Outcome.REFER, Reason.TIME_UNTRUSTED)
    return by_strictness(policy.at_hours(roles, at.utc.astimezone(zone)), Reason.OUTSIDE_HOURS)


def _by_policy_and_site(
    credential: Credential, objection: Objection | None, site: CredentialRules
) -> Verdict | None:
    """The stricter of the two; where both object to different things the policy's is the reason."""
    if credential.colour is Colour.YELLOW and (objection is None or objection[1] is Reason.COLOUR_YELLOW):
        objection = _stricter(objection, (site.yellow, Reason.COLOUR_YELLOW))
    if credential.is_paper and (objection is None or objection[1] is Reason.PAPER):
        objection = _stricter(objection, (site.paper, Reason.PAPER))
    return None if objection is None else by_strictness(*objection)


def _stricter(one: Objection | None, other: Objection) -> Objection | None:
    strictness = stricter(Strictness.OFF if one is None else one[0], other[0])
    return None if strictness is Strictness.OFF else (strictness, other[1])


def judge_repetition(
    at: Instant,
    credential: Credential,
    names: Sequence[str],
    access_point: AccessPoint,
    passback: Passback,
    spent: SpentSlots,
    rules: Rules,
) -> Verdict | None:
    """The verdict on somebody who may have come in already, or whose code was used just now."""
    if access_point.purpose is Purpose.ENTRY and passback.keeps_out(at, names, rules.passback.window_minutes):
        verdict = by_strictness(rules.passback.strictness, Reason.ALREADY_INSIDE)
        if verdict is not None:
            return verdict
    if spent.is_spent(names, credential.slot):
        return Verdict(Outcome.REFER, Reason.ALREADY_SHOWN)
    return None


def judge_temperature(screened: Screened, rules: Rules) -> Verdict:
    """The verdict on a screened reading of somebody whose code may go on."""
    if screened is Screened.NORMAL:
        return GRANTED
    if screened is Screened.ELEVATED:
        hard = rules.screening.elevated is Strictness.HARD
        return Verdict(Outcome.DENY if hard else Outcome.REFER, Reason.TEMPERATURE_ELEVATED)
    return Verdict(Outcome.REFER, _SCREENED_REASON[screened])


def judge_staff_pass(
    at: Instant, credential: Credential | Refusal, bundle: TrustBundle, rules: Rules
) -> Reason | None:
    """Why a code does not sign in as staff, or None: it is a rotating pass of a staff role."""
    foundations = judge_foundations(at, bundle)
    if foundations is not None:
        return foundations.reason
    if isinstance(credential, Refusal):
        return credential.reason
    if credential.is_paper:
        return Reason.PAPER
    if credential.certificate is not None or not _area_matches(credential.area, rules.credential.area):
        return Reason.WRONG_AREA
    return Reason.ROLE_NOT_PERMITTED if credential.roles.isdisjoint(rules.staff.pass_roles) else None


def judge_release(
    at: Instant,
    point: AccessPoint,
    verdict: Verdict,
    rules: Rules,
    faults: Collection[str],
    *,
    by_staff: bool = False,
) -> Verdict:
    """What is left of a grant where the gate does not work, nobody knows the time, or the disk is full.

    Whoever leaves is granted at any time, as long as it can be recorded; so is whom staff have admitted.
    """
    if verdict.outcome is not Outcome.GRANT:
        return verdict
    if "gate" in faults and point.output:
        return Verdict(Outcome.REFER, Reason.GATE_UNAVAILABLE)
    if point.purpose is Purpose.CHECKIN and verdict is GRANTED:
        verdict = CHECKED_IN
    if point.purpose is Purpose.EXIT or by_staff:
        return verdict
    if not at.utc_trusted:
        return Verdict(Outcome.REFER, Reason.TIME_UNTRUSTED)
    if "disk" in faults:
        return by_strictness(rules.full_disk, Reason.JOURNAL_UNAVAILABLE) or verdict
    return verdict


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
