"""What a decision rests on, where it stands nowhere else in its entry."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from kiosk.core.course import Course
from kiosk.core.facts import facts_of
from kiosk.core.json_value import JsonValue
from kiosk.core.passage import Passage
from kiosk.core.view import Mode
from kiosk.credentials.certificate import Certificate
from kiosk.credentials.certificate import Test as NegativeTest
from kiosk.credentials.credential import Credential
from kiosk.credentials.green import NEGATIVE
from kiosk.credentials.policy import Policy, parse
from kiosk.terms import Instant
from tests.core.playbook import GATE_IN, MORNING, WARM, WELL

POLICY = parse({"hc1": [{"type": "test", "max_age_hours": 72}]})


def at(second: float) -> Instant:
    return Instant(1000.0 + second, MORNING + timedelta(seconds=second), True)


PASSAGE = Passage(7, GATE_IN, at(0.0), course=Course(taken_at=at(0.0)))


def facts(passage: Passage, decided_s: float = 3.0, policy: Policy = POLICY) -> dict[str, JsonValue]:
    return facts_of(passage, at(decided_s), policy, (), Mode.NORMAL, None)


def test_that_the_order_was_there_is_said_and_nothing_of_it() -> None:
    assert facts(replace(PASSAGE, order=b"MT-0042")) == {"order": True}


def test_which_row_a_certificate_fulfils_is_told_as_of_when_it_was_taken() -> None:
    sampled_at = at(0.0).utc - timedelta(hours=72)
    certificate = Certificate("URN:UVCI:1", "CN", NegativeTest("LP6464-4", NEGATIVE, sampled_at))
    soon = MORNING + timedelta(days=1)
    shown = Credential(
        "HC1", b"kid", bytes(8), None, frozenset(), "", None, False, MORNING, soon, certificate=certificate
    )
    taken = replace(PASSAGE, credential=shown)
    assert facts(taken)["green_row"] == 0
    never_taken = replace(taken, course=Course())
    assert facts(never_taken, 0.0)["green_row"] == 0
    assert facts(never_taken)["green_row"] is None, "it is too old by the decision"


def test_a_code_that_began_the_passage_at_once_has_no_time_of_its_own() -> None:
    assert facts(PASSAGE) == {}
    waited = replace(PASSAGE, course=Course(taken_at=at(0.5)))
    assert facts(waited) == {"code_ms": 500}


def test_a_code_that_comes_as_a_face_or_staff_begin_a_passage_was_taken_then() -> None:
    again = replace(PASSAGE, case=4)
    assert facts(again) == {"code_ms": 0}
    by_face = replace(PASSAGE, course=Course(by_face=True, taken_at=at(0.0)))
    assert facts(by_face) == {"began": "face", "code_ms": 0}


def test_a_reading_that_came_before_the_decision_says_when() -> None:
    measured = PASSAGE.measured(at(1.25), WELL)
    assert facts(measured) == {"measured_ms": 1250}
    assert facts(measured, 1.25) == {}


def test_after_a_recheck_it_is_said_when_each_reading_was_or_that_no_other_came() -> None:
    first = PASSAGE.measured(at(1.0), WARM).to_recheck(at(1.0), WARM)
    alone = facts(first)
    assert alone["measured_ms"] is None
    assert isinstance(alone["rechecked"], dict)
    assert alone["rechecked"]["after_ms"] == 1000
    assert facts(first.measured(at(2.5), WELL))["measured_ms"] == 2500
