"""What does not come out as it was recorded is shown at its entry."""

from __future__ import annotations

from dataclasses import replace

from kiosk.core import passage as entries
from kiosk.core.events import Stopping
from kiosk.core.rules import CredentialRules, PassbackRules
from kiosk.terms import Outcome, Strictness
from tests.core.playbook import WARM, WELL, code, rules_with
from tests.core.replay.replaying import Recorded, changed, replayed, seqs
from tests.core.replay.test_replay import (
    ANOTHER,
    granted,
    in_twice,
    not_through_the_door,
    same,
    through_the_door,
)


def test_another_outcome_is_shown_at_its_entry_with_what_it_rests_on() -> None:
    play = Recorded()
    in_twice(play)
    last = seqs(play.entries(), entries.DECIDED)[-1]
    report = replayed(changed(play.entries(), last, outcome="grant"))
    assert report.difference is not None
    assert (report.difference.seq, report.decisions) == (last, 1)
    assert report.difference.recorded is not None
    assert report.difference.recorded["outcome"] == "grant"
    assert report.difference.now is not None
    assert (report.difference.now["outcome"], report.difference.now["reason"]) == (
        "refer",
        "passback.already_inside",
    )
    assert report.difference.facts["colour"] == "green"


def test_another_limit_than_was_in_force_is_shown_at_the_first_who_would_be_judged_otherwise() -> None:
    play = Recorded()
    granted(play).goes_through()
    play.wait(9.0).scan(code(cti=ANOTHER)).sample(WARM)
    told = play.entries()
    rules = {**told[0].data["rules"], "screening": {**told[0].data["rules"]["screening"]}}
    rules["screening"]["limit_oral_celsius"] = 39.5
    difference = replayed(changed(told, 0, rules=rules)).difference
    assert difference is not None
    assert difference.seq == seqs(told, entries.DECIDED)[1]
    assert difference.now is not None
    assert difference.now["outcome"] == "grant"
    assert difference.facts["limit_oral_celsius"] == 39.5


def test_somebody_who_is_said_to_have_passed_and_has_not_is_shown() -> None:
    play = Recorded()
    through_the_door(play)
    (passed,) = seqs(play.entries(), entries.PASSED)
    difference = replayed(changed(play.entries(), passed, door=[[1200, "opened"]])).difference
    assert difference is not None
    assert (difference.seq, difference.now) == (passed, None)
    difference = replayed(changed(play.entries(), passed, subject="somebody else")).difference
    assert difference is not None
    assert difference.seq == passed
    nobody = Recorded()
    not_through_the_door(nobody)
    not_opened = [
        replace(each, type=entries.PASSED) if each.type == entries.ANNULLED else each
        for each in nobody.entries()
    ]
    difference = replayed(not_opened).difference
    assert difference is not None
    assert difference.now is not None
    assert difference.now["type"] == entries.ANNULLED


def test_a_decision_that_nothing_leads_to_is_shown() -> None:
    play = Recorded()
    granted(play)
    (decided,) = seqs(play.entries(), entries.DECIDED)
    difference = replayed(changed(play.entries(), decided, source="no-such-reader")).difference
    assert difference is not None
    assert (difference.seq, difference.now) == (decided, None)


def test_a_strict_rule_in_place_of_a_soft_one_is_seen() -> None:
    play = Recorded(rules_with(passback=PassbackRules(Strictness.HARD)))
    in_twice(play)
    assert play.result.outcome is Outcome.DENY
    same(play)


def test_a_pass_of_another_area_is_refused_again_and_one_of_the_site_s_own_is_not() -> None:
    play = Recorded(rules_with(credential=CredentialRules(area="330100/plant-7")))
    for cti, area in ((ANOTHER, "330100"), (b"a third!", "440300")):
        play.scan(code(cti=cti, area=area)).wait(0.5)
        if play.view.passage_id is not None and play.view.result is None:
            play.sample(WELL)
        play.wait(9.0)
    reasons = [record.data["reason"] for record in play.recorded(entries.DECIDED)]
    assert reasons == ["granted", "credential.wrong_area"]
    same(play)
    decided = seqs(play.entries(), entries.DECIDED)[1]
    facts = {**play.entries()[decided].data["facts"], "area": "330100"}
    difference = replayed(changed(play.entries(), decided, facts=facts)).difference
    assert difference is not None
    assert difference.seq == decided


def test_the_last_entry_of_an_orderly_end_belongs_to_its_run() -> None:
    play = Recorded()
    through_the_door(play)
    play.happens(Stopping(play.now))
    same(play)
    assert play.again().end_seq == len(play.journal)
