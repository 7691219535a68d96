from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from kiosk.core.commands import Record, ReleaseGate
from kiosk.core.events import DoorClosed, DoorOpened, Recorded
from kiosk.core.passage import ANNULLED
from kiosk.core.rules import PassbackRules
from kiosk.core.spent import SpentSlots
from kiosk.terms import Instant, Outcome, Reason, Strictness
from tests.core.playbook import COURIER, MORNING, WARM, WELL, Playbook, code, rules_with

FREE = rules_with(passback=PassbackRules(Strictness.OFF))
SLOT = int(MORNING.timestamp()) // 30
COURIER_CODE = code(cti=b"courier!", role=COURIER)


def hand_over(playbook: Playbook) -> Playbook:
    return playbook.scan(COURIER_CODE, "counter-scanner").sample(WELL)


def again(playbook: Playbook) -> Playbook:
    """Past the pulse and the result, while the code still lives."""
    return playbook.wait(12.0).scan(COURIER_CODE, "counter-scanner")


def test_a_code_that_was_granted_is_referred_when_it_is_shown_again_at_the_counter() -> None:
    playbook = again(hand_over(Playbook()))
    assert (playbook.result.outcome, playbook.result.reason) == (Outcome.REFER, Reason.ALREADY_SHOWN)
    assert len(playbook.asked(ReleaseGate)) == 1


def test_the_next_slot_s_code_of_the_same_holder_is_good() -> None:
    playbook = hand_over(Playbook()).wait(31.0)
    later = code(cti=b"courier!", role=COURIER, shown_at=MORNING + timedelta(seconds=31))
    playbook.scan(later, "counter-scanner").sample(WELL)
    assert playbook.result.reason is Reason.GRANTED


def test_who_was_referred_before_a_grant_tries_again_for_nothing() -> None:
    playbook = Playbook().scan(COURIER_CODE, "counter-scanner").sample(WARM)
    reasons = [playbook.result.reason, again(playbook).sample(WELL).result.reason]
    assert reasons == [Reason.TEMPERATURE_ELEVATED, Reason.GRANTED]


def test_a_grant_that_nobody_used_gives_its_slot_back() -> None:
    playbook = Playbook(FREE).scan(code()).sample(WELL).wait(12.0)
    assert len(playbook.recorded("kiosk.passage.annulled")) == 1
    playbook.scan(code()).sample(WELL)
    assert playbook.result.reason is Reason.GRANTED


def test_a_grant_that_somebody_used_does_not() -> None:
    playbook = Playbook(FREE).scan(code()).sample(WELL)
    playbook.happens(DoorOpened(playbook.now)).happens(DoorClosed(playbook.now)).wait(12.0)
    assert playbook.scan(code()).result.reason is Reason.ALREADY_SHOWN


def test_nobody_is_kept_from_leaving_by_a_slot_that_he_has_spent() -> None:
    playbook = Playbook().scan(code()).sample(WELL)
    playbook.happens(DoorOpened(playbook.now)).happens(DoorClosed(playbook.now)).wait(12.0)
    playbook.scan(code(), "exit-scanner")
    assert playbook.result.reason is Reason.EXIT_RECORDED


def test_the_journal_keeps_the_slot_of_a_grant_and_of_nothing_else() -> None:
    playbook = again(hand_over(Playbook()))
    first, second = (record.data for record in playbook.recorded("kiosk.passage.decided"))
    assert first["slot"] == SLOT
    assert "slot" not in second


def test_what_another_grant_of_the_same_holder_has_spent_is_not_given_back() -> None:
    spent = SpentSlots()
    spent.spend(("a",), 100)
    spent.spend(("a",), 101)
    spent.give_back(("a",), 101)
    assert spent.is_spent(("a",), 100)
    assert not spent.is_spent(("a",), 101)
    spent.give_back(("a",), 100)
    spent.give_back(("nobody",), 100)
    assert not spent.is_spent(("a",), 100)


def test_what_no_verifier_takes_any_more_is_forgotten_once_the_time_is_trusted() -> None:
    spent = SpentSlots([("a", SLOT)])
    late = Instant(0.0, MORNING + timedelta(seconds=90), utc_trusted=False)
    spent.forget(late)
    assert spent.is_spent(("a",), SLOT)
    spent.forget(replace(late, utc_trusted=True))
    assert not spent.is_spent(("a",), SLOT)


ONCE = SpentSlots([("somebody", 1)])


def test_the_first_slot_of_somebody_who_was_never_granted_is_not_spent() -> None:
    assert not SpentSlots().is_spent(["nobody"], 1)
    assert ONCE.is_spent(["somebody"], 1)
    assert not ONCE.is_spent(["somebody"], 2)


def test_a_grant_that_is_recorded_too_late_gives_back_nothing_that_its_holder_has_spent_since() -> None:
    playbook = Playbook(journal_works=False)
    hand_over(playbook)
    (late,) = playbook.asked(Record)
    playbook.wait(9.0)
    playbook.journal_works = True
    assert hand_over(playbook).result.reason is Reason.GRANTED
    playbook.wait(9.0).happens(Recorded(playbook.now, late.record_id, 9))
    assert playbook.journal[-1].type == ANNULLED
    playbook.scan(COURIER_CODE, "counter-scanner")
    assert playbook.result.reason is Reason.ALREADY_SHOWN
    assert len(playbook.asked(ReleaseGate)) == 1
