"""What seldom stands in a journal is replayed too."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from kiosk.core import passage as entries
from kiosk.core.checkpoint import Checkpoint
from kiosk.core.events import StaffAction, Started
from kiosk.core.replay.replay import Beginning, replay
from kiosk.core.replay.unknown import unknown_before
from kiosk.credentials.certificate import Certificate, Recovery
from kiosk.credentials.credential import Credential
from kiosk.credentials.policy import parse
from kiosk.gatekeeper.restore import past_told_by
from tests.core.playbook import BUNDLE, MORNING, RULES, WELL, code, pseudonyms
from tests.core.replay.replaying import Recorded, replayed
from tests.core.replay.test_replay import ANOTHER, granted

POLICY = parse({"hc1": [{"type": "recovery", "max_age_days": 180}]})


def certified(first_positive_on: date) -> Credential:
    facts = Recovery(first_positive_on, first_positive_on, date(2027, 12, 31))
    soon = MORNING + timedelta(days=30)
    certificate = Certificate("URN:UVCI:1", "CN", facts)
    return Credential(
        "HC1", b"kid", bytes(8), None, frozenset(), "", None, False, MORNING, soon, certificate=certificate
    )


def test_of_a_certificate_the_row_that_it_fulfils_is_kept_and_no_date() -> None:
    for first_positive_on, outcome, row in (
        (date(2026, 10, 1), "grant", 0),
        (date(2025, 1, 1), "deny", None),
    ):
        play = Recorded()
        credential = certified(first_positive_on)
        play.checkpoint = Checkpoint(
            RULES, pseudonyms, replace(BUNDLE, policy=POLICY), verifier=lambda *_, c=credential: c
        )
        play.happens(Started(play.now, {}, {}))
        play.scan(b"HC1:").wait(0.5)
        passage = getattr(play.checkpoint.phase(), "passage", None)
        play.sample(WELL, 1 if passage is None else passage.id)
        play.wait(9.0)
        (decided,) = play.recorded(entries.DECIDED)
        facts = decided.data["facts"]
        assert isinstance(facts, dict)
        assert (decided.data["outcome"], facts["certificate"], facts["green_row"]) == (
            outcome,
            "recovery",
            row,
        )
        assert str(first_positive_on) not in str(decided.data)
        report = play.again()
        assert (report.difference, report.decisions) == (None, 1)


def test_a_door_whose_release_was_lost_is_held_open_no_more() -> None:
    play = Recorded()
    play.acts(StaffAction.HOLD_OPEN).wait(1.0)
    granted(play).wait(9.0)
    play.acts(StaffAction.RELEASE).wait(1.0)
    granted(play, ANOTHER).goes_through()
    lost = [each for each in play.entries() if each.data.get("action") != StaffAction.RELEASE.value]
    assert replayed(lost).difference is None


def test_who_is_presupposed_is_so_for_as_long_as_a_start_looks_back() -> None:
    first = granted(Recorded()).goes_through()
    second = Recorded(past=past_told_by("", first.entries()), begins_at=first.now.utc + timedelta(minutes=1))
    granted(second).wait(9.0)
    left = second.entries()
    report = replay(
        left, lambda before: past_told_by("", before), Beginning(False, None, unknown_before(left)), 0
    )
    assert report.difference is not None, "a start that looks back on nothing knows of nobody"


def test_a_code_that_nobody_can_name_presupposes_nothing() -> None:
    play = Recorded(pseudonyms=lambda _subject, _at: ())
    play.scan(code()).wait(9.0)
    assert not unknown_before(play.entries())
    assert play.again().difference is None


def test_a_grant_whose_end_was_never_recorded_is_followed_by_nothing() -> None:
    play = Recorded()
    granted(play).wait(9.0)
    granted(play, ANOTHER).goes_through()
    lost = [each for each in play.entries() if each.type != entries.ANNULLED]
    report = replayed(lost)
    assert (report.difference, report.decisions, report.passed) == (None, 2, 1)
