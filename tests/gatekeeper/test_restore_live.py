"""A restart in the middle of any day knows what the gatekeeper before it knew."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from kiosk.core.events import DoorClosed, DoorOpened
from kiosk.core.past import Past
from kiosk.core.reentry import Measured
from kiosk.core.rules import CredentialRules, PassbackRules, ScreeningRules
from kiosk.gatekeeper.restore import past_of
from kiosk.journal.envelope import Draft
from kiosk.journal.store import Journal
from kiosk.terms import Instant, Strictness
from tests.core.playbook import MORNING, WELL, Playbook, code, rules_with

RULES = rules_with(
    screening=ScreeningRules(reentry_minutes=60),
    passback=PassbackRules(Strictness.SOFT, window_minutes=30),
    credential=CredentialRules(paper=Strictness.OFF),
)
PAPERS = [code(cti=b"person-%d" % number, rotating=False, lifetime_s=2_000_000) for number in range(4)]


def names_by_day(subject: bytes, at: Instant) -> tuple[str, ...]:
    """As pseudonyms are: today's first, then those of the days before."""
    today = (at.utc - MORNING).days
    return tuple(f"{subject.decode()} on day {day}" for day in range(today, -1, -1))


def a_day_in_the_life(random: Random) -> Playbook:
    """People come and go for three days, most of them through the door."""
    play = Playbook(RULES, pseudonyms=names_by_day)
    for _ in range(random.randrange(40)):
        play.wait(random.choice([15.0, 40.0, 1200.0, 2400.0, 20_000.0]))
        play.scan(random.choice(PAPERS), random.choice(["camera", "camera", "exit-scanner"]))
        if play.view.page.value == "look_at_sensor":
            play.sample(WELL)
        if random.random() < 0.9:
            play.happens(DoorOpened(play.now)).wait(1.5).happens(DoorClosed(play.now))
    return play.wait(30.0)


def restarted(play: Playbook, path: Path) -> Past:
    drafts: list[Draft] = [(each.type, each.data, each.at.utc, each.at.utc_trusted) for each in play.journal]
    with Journal(path, "kiosk-7") as journal:
        if drafts:
            journal.append_many(drafts)
        return past_of(journal)


def may_count(measured: dict[str, Measured], play: Playbook) -> dict[str, Measured]:
    """Those that the rules would not have let go of by now."""
    now = play.now.utc
    return {
        name: each
        for name, each in measured.items()
        if now - (each.left_at or now) < timedelta(minutes=60) and now - each.at < timedelta(hours=12)
    }


@pytest.mark.slow
def test_a_restart_knows_who_is_inside_since_when_and_whose_temperature_counts(tmp_path: Path) -> None:
    seen_inside = seen_measured = 0
    for seed in range(60):
        play = a_day_in_the_life(Random(seed))
        admissions = play.checkpoint._admissions
        past = restarted(play, tmp_path / f"{seed}.db")
        assert past.inside == admissions.inside, seed
        admissions.forget(play.now)
        assert may_count(dict(past.measured), play) == admissions._reentry._measured, seed
        seen_inside += len(past.inside)
        seen_measured += len(admissions._reentry._measured)
    assert seen_inside > 60, "or nothing has been tried"
    assert seen_measured > 20, "or nothing has been tried"
