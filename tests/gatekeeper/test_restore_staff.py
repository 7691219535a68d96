"""What staff have done outlasts a restart: told by a real journal, shown as before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.core.commands import Record
from kiosk.core.events import (
    DeviceFaulted,
    DoorClosed,
    DoorOpened,
    Recorded,
    RecordFailed,
    StaffAction,
    Started,
    Tick,
)
from kiosk.core.passage import DECIDED, STAFF_ACTED
from kiosk.core.rules import Rules
from kiosk.core.view import Mode, StaffView
from kiosk.gatekeeper.restore import past_of
from kiosk.journal.store import Journal
from kiosk.terms import Reason
from tests.core.counters import RESTAURANT, counter
from tests.core.playbook import WARM, WELL, Playbook, code
from tests.core.staff_play import YELLOW, does, referred, signed_in, staff, warm
from tests.core.test_lanes import TWO


def passes(play: Playbook) -> Playbook:
    return play.happens(DoorOpened(play.now)).happens(DoorClosed(play.now))


def loses_the_gate(play: Playbook) -> Playbook:
    return play.happens(DeviceFaulted(play.now, "gate", "no pins"))


def recorded_too_late() -> Playbook:
    """Whoever waited for the disk was sent to staff, and his grant is on disk after that."""
    play = signed_in()
    play.journal_works = False
    play.scan(code()).sample(WELL).wait(3.0)
    late = next(one for one in play.asked(Record) if one.type == DECIDED)
    play.journal_works = True
    play.journal.append(late)
    return play.happens(Recorded(play.now, late.record_id, len(play.journal) - 1))


def without_its_slip() -> Playbook:
    """A hand-over is on disk, and the meal safety slip that belongs to it is not."""
    play = counter().staffed().order()
    signed_in(play).journal_works = False
    play.courier()
    slip, decided = play.asked(Record)[-2:]
    play.journal_works = True
    play.journal.append(decided)
    play.happens(Recorded(play.now, decided.record_id, len(play.journal) - 1))
    return play.happens(RecordFailed(play.now, slip.record_id, "disk full"))


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
    "the gate was lost after a grant": lambda: loses_the_gate(
        signed_in(Playbook().scan(code()).sample(WELL))
    ),
    "a grant was on disk too late": recorded_too_late,
    "a grant fell into a lock-down": lambda: does(
        signed_in(Playbook().scan(code()).sample(WELL)), StaffAction.LOCK_DOWN
    ),
    "left without a code": lambda: passes(
        does(signed_in(), StaffAction.OCCUPANCY, count=7).scan(b"rubbish", "exit-scanner")
    ),
}


def restarted(play: Playbook, folder: Path, rules: Rules = TWO) -> Playbook:
    journal = Journal(folder / "journal.db", "kiosk-7").open()
    journal.append_many([(one.type, dict(one.data), one.at.utc, True) for one in play.journal])
    past = past_of(journal)
    journal.close()
    play = Playbook(rules, past=past)
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


def test_whose_meal_could_not_be_handed_over_for_want_of_its_record_waits_still(tmp_path: Path) -> None:
    before = without_its_slip()
    waiting = [(case.id, case.result.reason) for case in staff(signed_in(before)).cases]
    assert [reason for _, reason in waiting] == [Reason.JOURNAL_UNAVAILABLE]
    before.happens(Tick(before.now))  # what is owed is on disk, now that the journal works
    after = staff(signed_in(restarted(before, tmp_path, RESTAURANT)))
    assert [(case.id, case.result.reason) for case in after.cases] == waiting


@pytest.mark.parametrize("told", [{"outcome": "later", "reason": "later"}, None, "later"])
def test_what_a_later_version_says_to_whom_it_took_a_grant_back_is_nobodys_case(
    told: object, tmp_path: Path
) -> None:
    play = loses_the_gate(Playbook().scan(code()).sample(WELL))
    annulled = play.journal[-1]
    play.journal[-1] = replace(annulled, data={**annulled.data, "told": told})  # type: ignore[dict-item]
    assert staff(signed_in(restarted(play, tmp_path))).waiting == 0


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
