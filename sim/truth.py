"""What ought to happen to a visitor: the site's rules applied to the true values, not to any measurement.

Written from the rules' own wording, and shares no code with the kiosk that it
judges. Where the true skin temperature lies within guard + 3u of the limit,
every outcome of the temperature check is right; such visits are counted
apart.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from kiosk.core.rules import Rules, Strictness
from kiosk.terms import Outcome, Reason
from sim.people import COURIER, Holds, Place, Shows, Visit

Answer = tuple[Outcome, Reason]

TEMPERATURE_ANSWERS: frozenset[Answer] = frozenset(
    {
        (Outcome.GRANT, Reason.GRANTED),
        (Outcome.REFER, Reason.TEMPERATURE_RECHECK),
        (Outcome.REFER, Reason.TEMPERATURE_ELEVATED),
        (Outcome.DENY, Reason.TEMPERATURE_ELEVATED),
    }
)

_BY_WHAT_IS_SHOWN: dict[Shows, Answer] = {
    Shows.WEB: (Outcome.DENY, Reason.NOT_A_PASS),
    Shows.WIFI: (Outcome.DENY, Reason.NOT_A_PASS),
    Shows.BINARY: (Outcome.DENY, Reason.NOT_A_PASS),
    Shows.TAMPERED: (Outcome.DENY, Reason.BAD_SIGNATURE),
    Shows.SCREENSHOT: (Outcome.DENY, Reason.ROTATION_STALE),
}
_BY_WHAT_IS_HELD: dict[Holds, Answer] = {
    Holds.UNKNOWN_ISSUER: (Outcome.DENY, Reason.UNKNOWN_ISSUER),
    Holds.EXPIRED: (Outcome.DENY, Reason.EXPIRED),
    Holds.RED: (Outcome.DENY, Reason.COLOUR_RED),
}


@dataclass(frozen=True, slots=True)
class Truth:
    """The answers that are right. `in_doubt`: the true temperature is too near the limit to be judged."""

    right: frozenset[Answer]
    in_doubt: bool = False


def truth_of(visit: Visit, inside: Collection[int], rules: Rules, u_celsius: float) -> Truth:
    """What is right for this visit, given who is inside and the kiosk's stated standard uncertainty."""
    kind = visit.kind
    if kind.place is Place.EXIT:
        return _only(Outcome.GRANT, Reason.EXIT_RECORDED)
    answer = _BY_WHAT_IS_SHOWN.get(kind.shows) or _BY_WHAT_IS_HELD.get(kind.holds)
    if answer is None and kind.holds is Holds.YELLOW:
        answer = _by_choice(rules.credential.yellow, Reason.COLOUR_YELLOW)
    if answer is None and kind.holds is Holds.PAPER:
        answer = _by_choice(rules.credential.paper, Reason.PAPER)
    if answer is None and kind.place is Place.COUNTER and kind.role != COURIER:
        answer = (Outcome.DENY, Reason.ROLE_NOT_PERMITTED)
    if answer is None and kind.place is Place.GATE and visit.person in inside:
        answer = _by_choice(rules.passback.strictness, Reason.ALREADY_INSIDE)
    if answer is None and not kind.in_view:
        answer = (Outcome.REFER, Reason.TEMPERATURE_NO_READING)
    if answer is not None:
        return Truth(frozenset({answer}))
    return _by_temperature(visit.skin_celsius, rules, u_celsius)


def _by_choice(chosen: Strictness, reason: Reason) -> Answer | None:
    """What a site makes of something that is its own choice; None where it takes no notice."""
    outcomes = {Strictness.SOFT: Outcome.REFER, Strictness.HARD: Outcome.DENY}
    return None if chosen is Strictness.OFF else (outcomes[chosen], reason)


def _by_temperature(skin_celsius: float, rules: Rules, u_celsius: float) -> Truth:
    limit = rules.screening.limit_face_skin_celsius
    doubt_celsius = (rules.screening.guard_factor + 3.0) * u_celsius
    if abs(skin_celsius - limit) <= doubt_celsius:
        return Truth(TEMPERATURE_ANSWERS, in_doubt=True)
    if skin_celsius > limit:
        hard = rules.screening.elevated is Strictness.HARD
        return _only(Outcome.DENY if hard else Outcome.REFER, Reason.TEMPERATURE_ELEVATED)
    return _only(Outcome.GRANT, Reason.GRANTED)


def _only(outcome: Outcome, reason: Reason) -> Truth:
    return Truth(frozenset({(outcome, reason)}))
