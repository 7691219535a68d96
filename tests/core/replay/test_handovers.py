"""Hand-overs through the rules again: their orders, and what staff decide of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.core import passage as entries
from kiosk.core.events import StaffAction
from kiosk.core.rules import CounterRules, TemperatureCheck
from kiosk.terms import Strictness
from tests.core.playbook import COUNTER, COURIER, GATE_OUT, WARM, code, rules_with
from tests.core.replay.replaying import Recorded
from tests.core.replay.test_replay import ANOTHER, same


def test_an_order_that_is_handed_over_and_one_that_does_not_come() -> None:
    counter = replace(COUNTER, order_reader="order-scanner", temperature=TemperatureCheck.OFF)
    rules = rules_with(access_points=(counter, GATE_OUT), counter=CounterRules(order_within_s=10.0))
    play = Recorded(rules)
    for order_first, comes in ((True, True), (False, True), (False, False)):
        order = f"4711-{len(play.journal)}".encode()
        if order_first:
            play.scan(order, "order-scanner").wait(1.0)
        play.scan(code(cti=bytes([len(play.journal)]) * 8, role=COURIER), "counter-scanner").wait(1.0)
        if comes and not order_first:
            play.scan(order, "order-scanner")
        play.wait(40.0)
    play.scan(code(cti=ANOTHER, role=COURIER), "counter-scanner").wait(1.0)
    play.scan(code(), "exit-scanner").wait(20.0)
    same(play)


@pytest.mark.parametrize("without_order", Strictness)
def test_whom_a_clinical_thermometer_lets_pass_with_an_order_and_without_one(
    without_order: Strictness,
) -> None:
    counter = replace(COUNTER, order_reader="order-scanner")
    rules = rules_with(access_points=(counter, GATE_OUT), counter=CounterRules(without_order=without_order))
    play = Recorded(rules)
    for comes in (True, False):
        play.scan(code(cti=bytes([len(play.journal)]) * 8, role=COURIER), "counter-scanner").sample(WARM)
        case = play.view.passage_id
        play.wait(20.0)
        play.acts(StaffAction.CLINICAL, case=case, celsius=36.6).wait(7.0)
        if comes:
            play.scan(b"4711", "order-scanner")
        play.wait(40.0)
    reasons = [record.data["reason"] for record in play.recorded(entries.DECIDED)]
    assert reasons == ["temperature.elevated", "temperature.clinical_normal"] * 2
    same(play)
