from __future__ import annotations

import math
from dataclasses import replace

import pytest

from calibration.oral import OralModel
from kiosk.core.rules import CredentialRules, Rules
from kiosk.terms import Outcome, Reason
from sim.people import BY_ID, KINDS
from sim.truth import SENSOR_ANSWERS, TEMPERATURE_ANSWERS, SensorState, truth_of
from tests.core.playbook import RULES
from tests.sim.visits import MODEL, visit

U = 0.45
GRANTED = (Outcome.GRANT, Reason.GRANTED)
ELEVATED = (Outcome.REFER, Reason.TEMPERATURE_ELEVATED)
RIGHT = {
    "green_well": (Outcome.GRANT, Reason.GRANTED),
    "green_fever": (Outcome.REFER, Reason.TEMPERATURE_ELEVATED),
    "yellow": (Outcome.REFER, Reason.COLOUR_YELLOW),
    "red": (Outcome.DENY, Reason.COLOUR_RED),
    "expired": (Outcome.DENY, Reason.EXPIRED),
    "unknown_issuer": (Outcome.DENY, Reason.UNKNOWN_ISSUER),
    "tampered": (Outcome.DENY, Reason.BAD_SIGNATURE),
    "screenshot": (Outcome.DENY, Reason.ROTATION_STALE),
    "paper": (Outcome.REFER, Reason.PAPER),
    "web_address": (Outcome.DENY, Reason.NOT_A_PASS),
    "wifi": (Outcome.DENY, Reason.NOT_A_PASS),
    "binary": (Outcome.DENY, Reason.NOT_A_PASS),
    "nobody": (Outcome.REFER, Reason.TEMPERATURE_NO_READING),
    "courier": (Outcome.GRANT, Reason.GRANTED),
    "offline": (Outcome.GRANT, Reason.GRANTED),
    "exit": (Outcome.GRANT, Reason.EXIT_RECORDED),
    "return": (Outcome.GRANT, Reason.GRANTED),
    "second_entry": (Outcome.GRANT, Reason.GRANTED),
}


def rules() -> Rules:
    return Rules(RULES.access_points, credential=CredentialRules(area="330100"))


@pytest.mark.parametrize("kind", [kind.id for kind in KINDS])
def test_each_kind_of_person_has_one_right_answer(kind: str) -> None:
    who = visit(kind, skin_celsius=BY_ID[kind].skin_celsius[0])
    truth = truth_of(who, set(), rules(), U, model=MODEL)
    assert truth.right == {RIGHT[kind]}
    assert not truth.in_doubt


def test_who_is_inside_already_is_referred_at_the_gate_and_served_at_the_counter() -> None:
    inside = {1}
    assert truth_of(visit(), inside, rules(), U, model=MODEL).right == {
        (Outcome.REFER, Reason.ALREADY_INSIDE)
    }
    assert truth_of(visit("courier"), inside, rules(), U, model=MODEL).right == {
        (Outcome.GRANT, Reason.GRANTED)
    }


def test_the_limit_is_held_against_the_oral_temperature_that_follows_from_the_skin() -> None:
    cooler = replace(MODEL, intercept_celsius=MODEL.intercept_celsius - 3.0)
    warm = visit(skin_celsius=38.5)
    assert truth_of(warm, set(), rules(), 0.1, model=MODEL).right == {ELEVATED}
    assert truth_of(warm, set(), rules(), 0.1, model=cooler).right == {GRANTED}


@pytest.mark.parametrize(
    ("oral_celsius", "in_doubt"),
    [(36.3, False), (36.35, True), (38.0, True), (38.66, True), (38.69, False)],
)
def test_near_the_limit_every_temperature_answer_is_right_and_is_counted_apart(
    oral_celsius: float, in_doubt: bool
) -> None:
    """Above the limit three u of the skin decide, 3 x 0.5 x 0.45; below it the guard band besides, 1.0."""
    model = OralModel(0.5, 19.0, math.sqrt(1.0 - (0.5 * U) ** 2), "a test", 0)
    skin_celsius = (oral_celsius - model.intercept_celsius) / model.slope
    truth = truth_of(visit(skin_celsius=skin_celsius), set(), rules(), U, model=model)
    assert truth.in_doubt is in_doubt
    assert (truth.right == TEMPERATURE_ANSWERS) is in_doubt


def test_a_faulty_sensor_admits_nobody_whoever_comes() -> None:
    for who in (visit(), visit("green_fever", skin_celsius=39.5), visit("nobody")):
        right = truth_of(who, set(), rules(), U, sensor=SensorState.FAULTY).right
        assert right
        assert all(outcome is Outcome.REFER for outcome, _ in right)


def test_a_cold_sensor_is_said_to_be_warming_up() -> None:
    truth = truth_of(visit(), set(), rules(), U, sensor=SensorState.WARMING)
    assert truth.right == {(Outcome.REFER, Reason.TEMPERATURE_WARMING_UP)}


def test_a_settling_sensor_may_be_trusted_already_or_not_yet_and_never_admits_a_fever() -> None:
    well = truth_of(visit(), set(), rules(), U, model=MODEL, sensor=SensorState.SETTLING).right
    fever = truth_of(
        visit(skin_celsius=41.0), set(), rules(), U, model=MODEL, sensor=SensorState.SETTLING
    ).right
    assert GRANTED in well
    assert GRANTED not in fever
    assert well & fever == SENSOR_ANSWERS


def test_a_bad_code_is_refused_whatever_the_sensor_does() -> None:
    for state in SensorState:
        assert truth_of(visit("red"), set(), rules(), U, sensor=state).right == {RIGHT["red"]}


def test_a_bad_code_is_never_in_doubt_however_warm_its_holder() -> None:
    assert not truth_of(visit("red", skin_celsius=37.0), set(), rules(), U).in_doubt
