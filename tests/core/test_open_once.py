"""Open once at a counter, while the order of who stands there is awaited: the meal is handed over to him."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.core import passage as entries
from kiosk.core.commands import ReleaseGate
from kiosk.core.events import StaffAction, StaffReason
from kiosk.core.past import Past
from kiosk.core.phases import AwaitingOrder
from kiosk.core.rules import CounterRules, Rules, TemperatureCheck
from kiosk.core.view import Notice, Page
from kiosk.gatekeeper.restore_staff import StaffReading
from kiosk.terms import Outcome, Reason, Strictness
from tests.core.counters import HANDOVER, Counter, answer, counter
from tests.core.playbook import COURIER, GATE_IN, GATE_OUT, WARM, WELL, Playbook, code, rules_with
from tests.core.replay.replaying import Recorded, entries_of
from tests.core.replay.test_replay import same
from tests.core.staff_play import acts, does, signed_in, staff

NAME = f"today-{b'courier1'.hex()}"
ONLY_COUNTER = rules_with(access_points=(HANDOVER,))
WITH_GATES = rules_with(access_points=(GATE_IN, GATE_OUT, HANDOVER))
UNMEASURED = rules_with(access_points=(replace(HANDOVER, temperature=TemperatureCheck.OFF),))
OPTIONAL = rules_with(access_points=(HANDOVER,), counter=CounterRules(without_order=Strictness.OFF))


def waits() -> Counter:
    """A courier was found well, and his order has not been scanned."""
    play = counter().staffed().courier()
    signed_in(play)
    assert isinstance(play.checkpoint.phase(), AwaitingOrder)
    return play


def test_the_meal_is_handed_over_at_once_to_who_waits_and_he_is_in_the_record() -> None:
    play = waits()
    lamps = len(play.asked(ReleaseGate))
    does(play, StaffAction.OPEN_ONCE, reason=StaffReason.KIOSK_TROUBLE)
    assert (staff(play).notice, acts(play)) == (Notice.DONE, ["open_once"])
    assert answer(play) == (Outcome.GRANT, Reason.STAFF_ADMITTED)
    assert len(play.asked(ReleaseGate)) == lamps + 1
    data = play.recorded(entries.DECIDED)[-1].data
    assert (data["subject"], data["staff"], data["staff_reason"]) == (NAME, "07", "kiosk_trouble")
    assert data["temperature"] is not None
    assert play.recorded(entries.STAFF_ACTED)[-1].data["lane"] == ""


def test_it_is_an_override_and_yields_no_slip_and_no_case() -> None:
    play = does(waits(), StaffAction.OPEN_ONCE)
    assert (staff(play).overrides, staff(play).waiting) == (1, 0)
    assert play.result.slip is None
    assert play.recorded(entries.SLIP_WRITTEN) == []


def test_nothing_opens_for_it_before_it_is_recorded() -> None:
    play = waits()
    before = len(play.asked(ReleaseGate))
    play.journal_works = False
    does(play, StaffAction.OPEN_ONCE)
    assert len(play.asked(ReleaseGate)) == before


def test_an_order_that_is_scanned_afterwards_is_the_next_couriers() -> None:
    play = waits()
    does(play, StaffAction.OPEN_ONCE)
    play.order().wait(9.0)
    play.courier(b"courier2")
    assert play.result.slip is not None


def test_whose_clinical_value_was_normal_is_handed_the_meal_too_and_counts_as_one_override() -> None:
    play = counter().staffed().courier(measured=WARM)
    does(signed_in(play), StaffAction.CLINICAL, case=play.view.passage_id, celsius=36.8)
    assert play.page() is Page.SHOW_ORDER
    does(play, StaffAction.OPEN_ONCE)
    assert answer(play) == (Outcome.GRANT, Reason.STAFF_ADMITTED)
    assert (staff(play).overrides, staff(play).waiting) == (1, 0)
    told = StaffReading()
    for entry in entries_of(play.journal):
        told.take(entry)
    assert (len(told.overrides), told.open_cases) == (1, ()), "as a restart counts them"


def courier(play: Recorded) -> Recorded:
    play.scan(code(cti=b"courier1", role=COURIER), "counter-scanner")
    passage = getattr(play.checkpoint.phase(), "passage", None)
    if not isinstance(play.checkpoint.phase(), AwaitingOrder):
        play.wait(0.6).sample(WELL, passage.id)  # type: ignore[union-attr]
    assert isinstance(play.checkpoint.phase(), AwaitingOrder)
    play.wait(2.0)
    return play


@pytest.mark.parametrize(
    "rules",
    [ONLY_COUNTER, WITH_GATES, UNMEASURED, OPTIONAL],
    ids=["counter", "with gates", "unmeasured", "order optional"],
)
def test_what_was_recorded_of_it_gives_the_same_decisions_again(rules: Rules) -> None:
    play = courier(Recorded(rules))
    play.acts(StaffAction.OPEN_ONCE).wait(60.0)
    assert [one.data["reason"] for one in play.recorded(entries.DECIDED)] == ["staff.admitted"]
    same(play)


@pytest.mark.parametrize("action", [StaffAction.CLINICAL, StaffAction.RECHECK])
def test_so_does_what_was_recorded_of_somebody_who_was_measured_once_more(action: StaffAction) -> None:
    play = Recorded(ONLY_COUNTER)
    play.scan(code(cti=b"courier1", role=COURIER), "counter-scanner").sample(WARM).wait(9.0)
    play.acts(action, case=1, celsius=36.8).wait(0.6)
    if action is StaffAction.RECHECK:
        play.sample(WELL)
    assert isinstance(play.checkpoint.phase(), AwaitingOrder)
    play.wait(2.0)
    play.acts(StaffAction.OPEN_ONCE).wait(60.0)
    assert [one.data["case"] for one in play.recorded(entries.DECIDED)[1:]] == [1]
    same(play)


def test_a_restart_afterwards_knows_of_no_case() -> None:
    play = does(waits(), StaffAction.OPEN_ONCE)
    told = StaffReading()
    for entry in entries_of(play.journal):
        told.take(entry)
    assert staff(signed_in(Playbook(past=Past(open_cases=told.open_cases)))).cases == ()
