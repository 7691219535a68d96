"""How many are inside outlasts a restart, however long ago they came in."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.core.events import DoorClosed, DoorOpened, StaffAction, Started
from kiosk.core.rules import Rules
from kiosk.gatekeeper import restore
from kiosk.gatekeeper.restore import past_of
from kiosk.journal.store import Journal
from tests.core.playbook import RULES, WELL, Playbook, code
from tests.core.staff_play import does, signed_in

HOUR_S = 3600.0


def goes_through(play: Playbook) -> Playbook:
    return play.happens(DoorOpened(play.now)).wait(1.5).happens(DoorClosed(play.now)).wait(9.0)


def enters(play: Playbook, who: bytes) -> Playbook:
    return goes_through(play.scan(code(cti=who, shown_at=play.now.utc)).sample(WELL))


def started(rules: Rules = RULES) -> Playbook:
    play = Playbook(rules)
    return play.happens(Started(play.now, {}, {}))


def restarted(play: Playbook, folder: Path, monkeypatch: pytest.MonkeyPatch, *, reads: int) -> Playbook:
    """A start that reads so many of the entries, the newest."""
    monkeypatch.setattr(restore, "LOOK_BACK_ENTRIES", reads)
    journal = Journal(folder / "journal.db", "kiosk-7").open()
    journal.append_many([(one.type, dict(one.data), one.at.utc, True) for one in play.journal])
    past = past_of(journal)
    journal.close()
    return Playbook(past=past)


def test_who_came_in_before_the_entries_that_a_start_reads_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    play = started()
    for who in (b"person-1", b"person-2", b"person-3"):
        enters(play, who)
    play.wait(HOUR_S)
    enters(play, b"person-4")
    assert play.checkpoint.occupancy == 4
    after = restarted(play, tmp_path, monkeypatch, reads=3)
    assert after.checkpoint.occupancy == 4
    goes_through(after.scan(code(cti=b"person-1"), "exit-scanner"))
    assert after.checkpoint.occupancy == 3
    goes_through(after.scan(code(cti=b"person-4"), "exit-scanner"))
    assert after.checkpoint.occupancy == 2


def test_a_start_that_reads_everything_counts_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    play = enters(started(), b"person-1")
    does(signed_in(play), StaffAction.OCCUPANCY, count=7)
    goes_through(play.scan(b"rubbish", "exit-scanner")).wait(2 * HOUR_S)
    after = restarted(play, tmp_path, monkeypatch, reads=1000)
    assert (after.checkpoint.occupancy, play.checkpoint.occupancy) == (6, 6)


def test_who_left_unnamed_and_came_in_again_by_name_is_counted_before_a_restart_and_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    play = enters(enters(started(), b"person-1"), b"person-2")
    goes_through(play.scan(b"rubbish", "exit-scanner"))
    assert play.checkpoint.occupancy == 1
    play.scan(code(cti=b"person-1", shown_at=play.now.utc))
    goes_through(does(signed_in(play), StaffAction.ADMIT, case=play.view.passage_id))
    after = restarted(play, tmp_path, monkeypatch, reads=1000)
    assert (play.checkpoint.occupancy, after.checkpoint.occupancy) == (2, 2)
