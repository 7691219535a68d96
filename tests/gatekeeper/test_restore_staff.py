"""What staff have done outlasts a restart: told by a real journal, shown as before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.core.events import DoorClosed, DoorOpened, StaffAction, Started
from kiosk.core.passage import STAFF_ACTED
from kiosk.core.view import Mode, StaffView
from kiosk.gatekeeper.restore import past_of
from kiosk.journal.store import Journal
from tests.core.playbook import WARM, WELL, Playbook, code
from tests.core.staff_play import YELLOW, does, referred, signed_in, staff, warm
from tests.core.test_lanes import TWO


def passes(play: Playbook) -> Playbook:
    return play.happens(DoorOpened(play.now)).happens(DoorClosed(play.now))


STORIES: dict[str, Callable[[], Playbook]] = {
    "a case waits": referred,
    "a case was admitted": lambda: passes(does(referred(), StaffAction.ADMIT, case=1)),
    "a case was turned away": lambda: does(referred(), StaffAction.TURN_AWAY, case=1),
    "a case was measured by hand": lambda: passes(does(warm(), StaffAction.CLINICAL, case=1, celsius=36.5)),
    "a case was measured again": lambda: does(warm(), StaffAction.RECHECK, case=1).sample(WARM),
    "who was a case was granted": lambda: passes(warm().wait(9.0).scan(code()).sample(WELL)),
    "who was a case is one again": lambda: signed_in(Playbook().scan(YELLOW).wait(9.0).scan(YELLOW)),
    "opened once": lambda: passes(does(signed_in(), StaffAction.OPEN_ONCE)),
    "locked down": lambda: does(signed_in(), StaffAction.LOCK_DOWN),
    "evacuating": lambda: does(signed_in(Playbook(TWO)), StaffAction.EVACUATE),
    "released": lambda: does(does(signed_in(), StaffAction.LOCK_DOWN), StaffAction.RELEASE),
    "counted": lambda: does(
        passes(signed_in(Playbook().scan(code()).sample(WELL))), StaffAction.OCCUPANCY, count=7
    ),
    "counted and empty": lambda: does(
        passes(signed_in(Playbook().scan(code()).sample(WELL))), StaffAction.OCCUPANCY, count=0
    ),
    "who was a case was denied by the kiosk": lambda: does(warm().wait(9.0), StaffAction.LOCK_DOWN).scan(
        code()
    ),
    "who was a case was denied by staff": lambda: does(warm(), StaffAction.CLINICAL, case=1, celsius=39.0),
    "left without having come": lambda: passes(signed_in().scan(b"rubbish", "exit-scanner")),
    "a grant was annulled by staff": lambda: does(
        signed_in(Playbook().scan(code()).sample(WELL)), StaffAction.ANNUL
    ),
    "left without a code": lambda: passes(
        does(signed_in(), StaffAction.OCCUPANCY, count=7).scan(b"rubbish", "exit-scanner")
    ),
}


def restarted(play: Playbook, folder: Path) -> Playbook:
    journal = Journal(folder / "journal.db", "kiosk-7").open()
    journal.append_many([(one.type, dict(one.data), one.at.utc, True) for one in play.journal])
    past = past_of(journal)
    journal.close()
    play = Playbook(TWO, past=past)
    return play.happens(Started(play.now, {}, {}))


def kept(view: StaffView) -> StaffView:
    """All but what a masked name or a word to staff adds, and which lanes there are at all."""
    cases = tuple(
        replace(case, result=replace(case.result, masked_name=None, face_skin_celsius=None))
        for case in view.cases
    )
    return replace(view, cases=cases, notice=StaffView().notice, answers=0, doors=())


@pytest.mark.parametrize("story", STORIES)
def test_a_restart_shows_staff_what_they_saw_before(story: str, tmp_path: Path) -> None:
    before = STORIES[story]()
    after = restarted(signed_in(before), tmp_path)
    assert kept(staff(signed_in(after))) == kept(staff(before))
    assert after.checkpoint.occupancy == before.checkpoint.occupancy


def test_a_door_that_was_held_open_is_shut_by_a_restart(tmp_path: Path) -> None:
    play = does(signed_in(), StaffAction.HOLD_OPEN)
    assert staff(signed_in(restarted(play, tmp_path))).held == ()


def test_what_a_later_version_has_recorded_says_nothing(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.db", "kiosk-7").open()
    at = Playbook().now.utc
    journal.append_many(
        [
            (STAFF_ACTED, {"action": "of a later version"}, at, True),
            ("kiosk.passage.decided", {"passage": 3, "outcome": "grant", "reason": "later"}, at, True),
            ("kiosk.case.lapsed", {"case": "x"}, at, True),
        ]
    )
    past = past_of(journal)
    journal.close()
    assert (past.mode, past.open_cases, past.overrides) == (Mode.NORMAL, (), ())
