"""What entries presuppose of the time before them: who was inside, which codes had been used."""

from __future__ import annotations

from datetime import timedelta

from kiosk.core.passage import DECIDED, PASSED
from kiosk.core.replay.unknown import NOTHING, SLOTS_COUNT_FOR, Unknown, unknown_before
from kiosk.journal.envelope import rfc3339
from kiosk.journal.reader import Entry
from tests.core.playbook import MORNING

INSIDE, SHOWN, GRANTED = "passback.already_inside", "credential.already_shown", "granted"
NO_TIME = timedelta()


def entry(kind: str, data: object, after: timedelta = NO_TIME) -> Entry:
    return Entry(0, kind, rfc3339(MORNING + after), True, data)


def decided(
    reason: str,
    subject: str | None,
    after: timedelta = NO_TIME,
    purpose: str = "entry",
    outcome: str = "refer",
    **facts: object,
) -> Entry:
    data = {"reason": reason, "subject": subject, "purpose": purpose, "outcome": outcome, "facts": facts}
    return entry(DECIDED, data, after)


def before(*entries: Entry) -> Unknown:
    return unknown_before(entries)


def test_everybody_who_is_inside_already_and_was_not_seen_to_go_in_was_so_before() -> None:
    told = [decided(INSIDE, each) for each in ("ann", "ben", "cleo")]
    passed = entry(PASSED, {"subject": "ben"})
    assert before(decided(GRANTED, None), passed, *told).inside == {"ann", "cleo"}


def test_by_the_name_under_which_he_is_known() -> None:
    assert before(decided(INSIDE, "today", known_as="yesterday")).inside == {"yesterday"}


def test_who_leaves_under_an_older_name_was_inside_under_it() -> None:
    leaves = decided("exit.recorded", "today", purpose="exit", outcome="grant", known_as="yesterday")
    assert before(leaves).inside == {"yesterday"}
    assert before(decided("exit.recorded", "today", purpose="exit", outcome="grant")) == NOTHING
    assert before(decided(GRANTED, "today", outcome="grant", known_as="yesterday")) == NOTHING


def test_every_code_that_was_shown_before_had_been_used_before() -> None:
    told = [decided(SHOWN, each, slot=slot) for each, slot in (("ann", 7), ("ben", 8))]
    assert before(*told, decided(SHOWN, "cleo")).spent == (("ann", 7), ("ben", 8))


def test_but_for_those_whose_grant_is_there() -> None:
    assert before(decided(GRANTED, "ann", outcome="grant"), decided(SHOWN, "ann", slot=7)) == NOTHING
    referred = decided("temperature.recheck", "ann")
    assert before(referred, decided(SHOWN, "ann", slot=7)).spent == (("ann", 7),)


def test_and_only_as_long_after_the_first_entry_as_a_code_counts() -> None:
    first = entry("kiosk.heartbeat", {})
    shortly = SLOTS_COUNT_FOR - timedelta(seconds=1)
    assert before(first, decided(SHOWN, "ann", shortly, slot=7)).spent == (("ann", 7),)
    assert before(first, decided(SHOWN, "ann", SLOTS_COUNT_FOR, slot=7)) == NOTHING


def test_other_entries_presuppose_nothing() -> None:
    told = {"reason": INSIDE, "subject": "ann", "facts": {}}
    assert before(entry("kiosk.case.lapsed", told), entry(DECIDED, None)) == NOTHING
