from __future__ import annotations

import math

import pytest
from pydantic import TypeAdapter, ValidationError

from drivers.gate import LEASE_CAP_S
from kiosk.core.rules import DoorRules, Rules, ScreeningRules
from kiosk.terms import Strictness

POINT = {"id": "in", "purpose": "entry", "reader": "camera", "output": "gate"}


def rules_of(**tables: object) -> Rules:
    return TypeAdapter(Rules).validate_python({"access_points": [POINT], **tables})


def test_what_a_site_does_not_say_refers_rather_than_admits() -> None:
    rules = rules_of()
    assert rules.screening.elevated is Strictness.SOFT
    assert rules.credential.yellow is Strictness.SOFT
    assert rules.credential.paper is Strictness.SOFT
    assert rules.passback.strictness is Strictness.SOFT
    assert rules.access_points[0].temperature


def test_no_pulse_is_longer_than_a_lease() -> None:
    assert rules_of(door={"pulse_s": 10.0}).door.pulse_s <= LEASE_CAP_S
    with pytest.raises(ValidationError, match=r"door\.pulse_s"):
        rules_of(door={"pulse_s": 10.1})


@pytest.mark.parametrize(
    "tables",
    [
        {"screening": {"limit_face_skin_celsius": 29.9}},
        {"screening": {"limit_face_skin_celsius": math.nan}},
        {"screening": {"limit_face_skin_celsius": math.inf}},
        {"screening": {"guard_factor": math.nan}},
        {"screening": {"guard_factor": -0.1}},
        {"screening": {"guard_factor": 2.0}},
        {"screening": {"timeout_s": 0}},
        {"screening": {"timeout_s": math.nan}},
        {"screening": {"elevated": "lenient"}},
        {"door": {"pulse_s": 0.0}},
        {"door": {"held_open_s": 1.0}},
        {"result_s": math.nan},
        {"record_timeout_s": 11.0},
        {"access_points": []},
        {"door": {"hold_s": 1.0}},
    ],
)
def test_a_value_out_of_its_bounds_is_refused(tables: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        rules_of(**tables)


def test_the_defaults_lie_within_their_own_bounds() -> None:
    adapter = TypeAdapter(Rules)
    assert adapter.validate_python(adapter.dump_python(rules_of(), mode="json")) == rules_of()
    assert rules_of().door == DoorRules()
    assert rules_of().screening == ScreeningRules()
