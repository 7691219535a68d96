"""Entries of before the end of a grant had a time of its own: a door's changes stand there as they came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from kiosk.core.events import DoorClosed, DoorOpened
from kiosk.core.rules import DoorRules
from kiosk.journal.reader import Entry
from tests.core.playbook import rules_with
from tests.core.replay.replaying import Recorded, replayed
from tests.core.replay.test_lanes import ends
from tests.core.replay.test_replay import ANOTHER, granted, late_answer

SETTLING = rules_with(door=DoorRules())


def older(entries: Sequence[Entry]) -> list[Entry]:
    written = []
    for each in entries:
        data = {name: value for name, value in each.data.items() if name != "ended"}
        if "door" in data:
            data["door"] = [[ms - sum(lasted_ms), what] for ms, what, *lasted_ms in data["door"]]
        written.append(replace(each, data=data))
    return written


@pytest.mark.parametrize(("opens_s", "end"), [(0.0, "passed"), (1.0, "passed"), (5.0, "annulled")])
def test_who_has_passed_and_who_has_not_comes_again(opens_s: float, end: str) -> None:
    play = granted(Recorded(SETTLING))
    play.wait(opens_s).happens(DoorOpened(play.now)).wait(1.0).happens(DoorClosed(play.now)).wait(9.0)
    granted(play, ANOTHER).wait(9.0)
    assert ends(play) == [end, "annulled"]
    report = replayed(older(play.entries()))
    assert report.difference is None
    assert report.passed + report.annulled == 2


def test_a_door_that_opened_just_before_the_grant_was_on_disk_opened_for_it() -> None:
    play = Recorded(SETTLING)
    play.journal_works = False
    granted(play).happens(DoorOpened(play.now)).passes(0.02)
    late_answer(play)
    play.wait(1.0).happens(DoorClosed(play.now)).wait(9.0)
    entries = older(play.entries())
    assert next(each for each in entries if "door" in each.data).data["door"][0] == [-20, "opened"]
    assert replayed(entries).difference is None
