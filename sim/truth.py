"""What ought to happen to a visitor: the site's rules applied to the true values, not to any measurement.

Written from the rules' own wording, and shares no code with the kiosk that it
judges, but for the line from skin to oral temperature, which is the site's.
Where the oral temperature that follows from the true skin lies so near the
limit that an error of three standard uncertainties decides, every outcome of
the temperature check is right; such visits are counted apart. With a sensor
that is faulty or cold nobody is measured and nobody granted.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum

from calibration.oral import PUBLISHED, OralModel
from kiosk.core.rules import Rules, TemperatureCheck
from kiosk.terms import Outcome, Reason, Strictness
from sim.people import COOK, COURIER, PACKER, Brings, Holds, Kind, Place, Shows, Visit

Answer = tuple[Outcome, Reason]

TEMPERATURE_ANSWERS: frozenset[Answer] = frozenset(
    {
        (Outcome.GRANT, Reason.GRANTED),
        (Outcome.REFER, Reason.TEMPERATURE_RECHECK),
        (Outcome.REFER, Reason.TEMPERATURE_ELEVATED),
        (Outcome.DENY, Reason.TEMPERATURE_ELEVATED),
    }
)

SENSOR_ANSWERS: frozenset[Answer] = frozenset(
    {
        (Outcome.REFER, Reason.SENSOR_UNAVAILABLE),
        (Outcome.REFER, Reason.TEMPERATURE_NO_READING),
        (Outcome.REFER, Reason.TEMPERATURE_NOT_CALIBRATED),
        (Outcome.REFER, Reason.TEMPERATURE_WARMING_UP),
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


class SensorState(Enum):
    """What the thermal sensor truly is fit for. `SETTLING`: the kiosk may trust it already, or not yet."""

    READY = "ready"
    SETTLING = "settling"
    WARMING = "warming"
    FAULTY = "faulty"


@dataclass(frozen=True, slots=True)
class Truth:
    """The answers that are right. `in_doubt`: the true temperature is too near the limit to be judged."""

    right: frozenset[Answer]
    in_doubt: bool = False


def truth_of(
    visit: Visit,
    inside: Collection[int],
    rules: Rules,
    u_celsius: float,
    *,
    model: OralModel = PUBLISHED,
    sensor: SensorState = SensorState.READY,
    measured_before: bool = False,
    closed_to: Collection[int] = (),
    staffed: bool = False,
) -> Truth:
    """What is right for this visit, given whom anti-passback keeps out and the u of the skin as stated.

    `measured_before`: he comes back from a break, and his temperature counts still. `closed_to` are the
    roles that are outside their hours. `staffed`: cook and packer have checked in.
    """
    kind = visit.kind
    if kind.place.is_exit:
        return _only(Outcome.GRANT, Reason.EXIT_RECORDED)
    answer = _BY_WHAT_IS_SHOWN.get(kind.shows) or _BY_WHAT_IS_HELD.get(kind.holds)
    if answer is None and kind.holds is Holds.YELLOW:
        answer = _by_choice(rules.credential.yellow, Reason.COLOUR_YELLOW)
    if answer is None and kind.holds is Holds.PAPER:
        answer = _by_choice(rules.credential.paper, Reason.PAPER)
    if answer is None and kind.place is Place.COUNTER and kind.role != COURIER:
        answer = (Outcome.DENY, Reason.ROLE_NOT_PERMITTED)
    if answer is None and kind.place is Place.RESTAURANT:
        answer = _at_the_restaurant(kind.role, rules, staffed=staffed)
    if answer is None and kind.place is Place.GATE and kind.role in closed_to:
        answer = (Outcome.REFER, Reason.OUTSIDE_HOURS)
    if answer is None and kind.place is Place.GATE and visit.person in inside:
        answer = _by_choice(rules.passback.strictness, Reason.ALREADY_INSIDE)
    if answer is not None:
        return Truth(frozenset({answer}))
    nobody_is_measured = all(point.temperature is TemperatureCheck.OFF for point in rules.access_points)
    if measured_before or nobody_is_measured:
        return _only(Outcome.GRANT, Reason.GRANTED)
    measured = _only(Outcome.REFER, Reason.TEMPERATURE_NO_READING)
    if kind.in_view:
        measured = _by_temperature(visit.skin_celsius, rules, u_celsius, model)
    return _by_sensor(sensor, _who_is_well(kind, rules, measured))


def _at_the_restaurant(role: int, rules: Rules, *, staffed: bool) -> Answer | None:
    """What is wrong with somebody whose code holds, before any measurement."""
    if role not in (COURIER, COOK, PACKER):
        return (Outcome.DENY, Reason.ROLE_NOT_PERMITTED)
    if role == COURIER and not staffed:
        return _by_choice(rules.counter.without_checkin, Reason.NO_CHECKIN)
    return None


def _who_is_well(kind: Kind, rules: Rules, measured: Truth) -> Truth:
    """A restaurant's staff check in; a courier there needs an order too."""
    granted = (Outcome.GRANT, Reason.GRANTED)
    if kind.place is not Place.RESTAURANT or granted not in measured.right:
        return measured
    instead: Answer | None = (Outcome.GRANT, Reason.CHECKED_IN)
    if kind.role == COURIER:
        has_order = kind.brings is not Brings.NOTHING
        instead = None if has_order else _by_choice(rules.counter.without_order, Reason.NO_ORDER)
    return Truth(measured.right - {granted} | {instead or granted}, measured.in_doubt)


def _by_choice(chosen: Strictness, reason: Reason) -> Answer | None:
    """What a site makes of something that is its own choice; None where it takes no notice."""
    outcomes = {Strictness.SOFT: Outcome.REFER, Strictness.HARD: Outcome.DENY}
    return None if chosen is Strictness.OFF else (outcomes[chosen], reason)


def _by_sensor(sensor: SensorState, measured: Truth) -> Truth:
    """What is right with this sensor where `measured` would be with a good one."""
    if sensor is SensorState.FAULTY:
        return Truth(SENSOR_ANSWERS)
    if sensor is SensorState.WARMING:
        return _only(Outcome.REFER, Reason.TEMPERATURE_WARMING_UP)
    if sensor is SensorState.SETTLING:
        return Truth(measured.right | SENSOR_ANSWERS, measured.in_doubt)
    return measured


def _by_temperature(skin_celsius: float, rules: Rules, u_celsius: float, model: OralModel) -> Truth:
    above_limit = model.estimate(skin_celsius) - rules.screening.limit_oral_celsius
    doubt_celsius = 3.0 * abs(model.slope) * u_celsius
    guard_celsius = rules.screening.guard_factor * model.u_of(u_celsius)
    if above_limit > doubt_celsius:
        hard = rules.screening.elevated is Strictness.HARD
        return _only(Outcome.DENY if hard else Outcome.REFER, Reason.TEMPERATURE_ELEVATED)
    if above_limit < -(guard_celsius + doubt_celsius):
        return _only(Outcome.GRANT, Reason.GRANTED)
    return Truth(TEMPERATURE_ANSWERS, in_doubt=True)


def _only(outcome: Outcome, reason: Reason) -> Truth:
    return Truth(frozenset({(outcome, reason)}))
