from __future__ import annotations

import pytest

from kiosk.core.rules import CredentialRules, Rules
from kiosk.terms import Outcome, Reason
from sim.people import BY_ID, KINDS
from sim.truth import TEMPERATURE_ANSWERS, truth_of
from tests.core.playbook import RULES
from tests.sim.visits import visit

U = 0.45
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
    truth = truth_of(who, set(), rules(), U)
    assert truth.right == {RIGHT[kind]}
    assert not truth.in_doubt


def test_who_is_inside_already_is_referred_at_the_gate_and_served_at_the_counter() -> None:
    inside = {1}
    assert truth_of(visit(), inside, rules(), U).right == {(Outcome.REFER, Reason.ALREADY_INSIDE)}
    assert truth_of(visit("courier"), inside, rules(), U).right == {(Outcome.GRANT, Reason.GRANTED)}


@pytest.mark.parametrize(
    ("skin_celsius", "in_doubt"), [(35.19, False), (35.21, True), (37.0, True), (38.79, True), (38.81, False)]
)
def test_near_the_limit_every_temperature_answer_is_right_and_is_counted_apart(
    skin_celsius: float, in_doubt: bool
) -> None:
    truth = truth_of(visit(skin_celsius=skin_celsius), set(), rules(), U)
    assert truth.in_doubt is in_doubt
    assert (truth.right == TEMPERATURE_ANSWERS) is in_doubt


def test_a_bad_code_is_never_in_doubt_however_warm_its_holder() -> None:
    assert not truth_of(visit("red", skin_celsius=37.0), set(), rules(), U).in_doubt
