"""Hand-overs that wait for their order, and what comes in their way meanwhile, are replayed as they were."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from kiosk.core import passage as entries
from kiosk.core.commands import Record
from kiosk.core.events import DeviceFaulted, RecordFailed, StaffAction
from kiosk.core.rules import CounterRules, TemperatureCheck
from kiosk.terms import Strictness
from tests.core.counters import HANDOVER
from tests.core.playbook import COURIER, GATE_IN, GATE_OUT, WELL, code, rules_with
from tests.core.replay.replaying import Recorded, changed, replayed, seqs
from tests.core.replay.test_replay import same

RULES = rules_with(access_points=(GATE_IN, GATE_OUT, HANDOVER))
UNMEASURED = rules_with(
    access_points=(GATE_IN, GATE_OUT, replace(HANDOVER, temperature=TemperatureCheck.OFF))
)
OPTIONAL = rules_with(
    access_points=(GATE_IN, GATE_OUT, HANDOVER), counter=CounterRules(without_order=Strictness.OFF)
)


def reasons(play: Recorded) -> list[object]:
    return [record.data["reason"] for record in play.recorded(entries.DECIDED)]


def courier(play: Recorded, cti: bytes = b"courier1") -> Recorded:
    play.scan(code(cti=cti, role=COURIER, shown_at=play.now.utc), "counter-scanner")
    passage = getattr(play.checkpoint.phase(), "passage", None)
    if passage is not None and not play.checkpoint.phase().__class__.__name__.startswith("Awaiting"):
        play.wait(0.6).sample(WELL, passage.id)
    return play


def gate_lost(play: Recorded) -> None:
    play.happens(DeviceFaulted(play.now, "gate", "gone"))


def locked_down(play: Recorded) -> None:
    play.acts(StaffAction.LOCK_DOWN)


def clock_doubted(play: Recorded) -> None:
    play.trusted = False


@pytest.mark.parametrize("rules", [RULES, UNMEASURED], ids=["measured", "unmeasured"])
@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        (gate_lost, "gate.unavailable"),
        (locked_down, "gate.locked_down"),
        (clock_doubted, "time.untrusted"),
    ],
)
@pytest.mark.parametrize("comes", [True, False])
def test_what_comes_in_the_way_of_who_waits_for_his_order_does_so_no_earlier(
    rules: object, trouble: Callable[[Recorded], None], reason: str, comes: bool
) -> None:
    play = Recorded(rules)  # type: ignore[arg-type]
    courier(play).wait(2.0)
    trouble(play)
    play.wait(2.0)
    if comes:
        play.scan(b"MT-0042", "order-scanner")
    play.wait(60.0)
    assert reasons(play) == [reason if comes else "handover.no_order"]
    same(play)


@pytest.mark.parametrize("rules", [RULES, OPTIONAL], ids=["asked for", "optional"])
def test_who_wants_out_ends_the_wait_for_an_order(rules: object) -> None:
    play = Recorded(rules)  # type: ignore[arg-type]
    courier(play).wait(2.0).scan(code(cti=b"another!"), "exit-scanner").wait(60.0)
    assert [record.data["decision_ms"] for record in play.recorded(entries.DECIDED)] == [2600, 4000]
    same(play)


QUEUE = 5


def queue_at_the_counter(play: Recorded) -> None:
    """Couriers who each show a code as soon as the one before has his answer: longer than an exit waits."""
    for number in range(QUEUE):
        play.scan(code(cti=b"queuing%d" % number, role=COURIER), "counter-scanner").wait(6.0)


def test_who_wanted_out_and_never_left_has_ended_the_wait_all_the_same() -> None:
    play = Recorded(RULES)
    courier(play).wait(2.0).scan(code(cti=b"another!"), "exit-scanner")
    queue_at_the_counter(play)
    play.wait(60.0)
    assert reasons(play) == ["handover.no_order", *["temperature.no_reading"] * QUEUE]
    same(play)


def test_a_code_whose_turn_has_passed_by_ends_nobodys_wait() -> None:
    play = Recorded(RULES)
    play.scan(code(cti=b"courier1", role=COURIER), "counter-scanner")
    play.scan(code(cti=b"another!"), "exit-scanner").wait(6.0)
    queue_at_the_counter(play)
    play.scan(code(cti=b"courier2", role=COURIER), "counter-scanner").wait(4.5)
    play.sample(WELL).wait(1.0).scan(b"MT-0042", "order-scanner").wait(60.0)
    assert reasons(play)[-1] == "granted"
    same(play)


def test_who_wants_out_while_somebody_is_measured_keeps_no_order_from_being_taken_that_was_there() -> None:
    play = Recorded(RULES)
    play.scan(b"MT-0042", "order-scanner")
    play.scan(code(cti=b"courier1", role=COURIER), "counter-scanner")
    play.scan(code(), "exit-scanner").sample(WELL).wait(60.0)
    assert reasons(play) == ["granted", "exit.recorded"]
    same(play)


def test_who_wants_out_and_whose_own_record_failed_ends_the_wait_all_the_same() -> None:
    play = Recorded(RULES)
    courier(play).wait(2.0).scan(code(cti=b"another!"), "exit-scanner").wait(3.9)
    play.journal_works = False
    play.wait(0.2)
    play.happens(RecordFailed(play.now, play.asked(Record)[-1].record_id, "disk full"))
    play.journal_works = True
    courier(play, b"courier2").wait(60.0)
    assert reasons(play) == ["handover.no_order", "handover.no_order"]
    same(play)


def test_an_order_that_was_there_before_somebody_was_measured_is_so_again() -> None:
    play = Recorded(RULES)
    play.scan(b"MT-0042", "order-scanner").wait(1.0)
    courier(play).wait(60.0)
    assert reasons(play) == ["granted"]
    same(play)


def test_a_wait_for_an_order_that_ended_too_early_is_shown_where_nobody_could_have_wanted_out() -> None:
    play = Recorded(rules_with(access_points=(HANDOVER,)))
    courier(play).wait(60.0)
    (decided,) = seqs(play.entries(), entries.DECIDED)
    same(play)
    early = (play.recorded(entries.DECIDED)[0].at.utc - timedelta(seconds=10)).isoformat()
    told = changed(play.entries(), decided, decision_ms=20_600)
    told[decided] = replace(told[decided], time=early)
    difference = replayed(told).difference
    assert difference is not None
    assert (difference.seq, difference.now) == (decided, None)
