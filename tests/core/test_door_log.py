"""What is kept of a door with the end of a grant: enough to conclude anew whether somebody has passed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.core.course import Course
from kiosk.core.door_log import LIMIT, Change, DoorLog
from kiosk.core.events import Input
from kiosk.core.ledger import Ledger
from kiosk.core.passage import Passage
from tests.core.playbook import GATE_IN, Playbook

PASSAGE = Passage(7, GATE_IN, Playbook().now, course=Course(decided_s=1000.0))


def begun(log: DoorLog | None = None, *, held: bool = False) -> DoorLog:
    """A grant that was on disk a quarter of a second after the decision."""
    log = DoorLog(Ledger()) if log is None else log
    log.begin(PASSAGE, 1000.25, held=held)
    return log


def test_each_change_is_kept_in_milliseconds_since_the_grant_was_on_disk() -> None:
    log = begun()
    log.settled(Input.DOOR, 1000.2, 1000.27, active=True)
    log.settled(Input.PASSAGE, 1001.25, 1001.25, active=True)
    log.settled(Input.PASSAGE, 1001.45, 1001.5, active=False)
    log.settled(Input.DOOR, 1001.9504, 1002.0004, active=False)
    assert log.told(PASSAGE, 1003.0) == {
        "recorded_ms": 250,
        "ended": [2750, 0],
        "door": [[20, "opened", 70], [1000, "seen"], [1250, "unseen", 50], [1750, "closed", 50]],
    }


def test_a_door_that_nothing_has_happened_to_is_not_mentioned() -> None:
    assert begun().told(PASSAGE, 1010.0) == {"recorded_ms": 250, "ended": [9750, 0]}


def test_a_button_says_nothing_of_who_has_passed() -> None:
    log = begun()
    log.settled(Input.REQUEST_TO_EXIT, 1001.0, 1001.0, active=True)
    assert "door" not in log.told(PASSAGE, 1002.0)


def test_what_stood_otherwise_than_at_rest_is_kept_in_the_order_of_its_names() -> None:
    log = DoorLog(Ledger())
    log.settled(Input.PASSAGE, 990.0, 990.0, active=True)
    log.settled(Input.DOOR, 991.0, 991.0, active=True)
    assert begun(log, held=True).told(PASSAGE, 1010.0)["door_was"] == ["held", "opened", "seen"]


@pytest.mark.parametrize(
    ("begins", "ends"),
    [
        (Change.OPENED, Change.CLOSED),
        (Change.SEEN, Change.UNSEEN),
        (Change.DOOR_LOST, Change.DOOR_BACK),
        (Change.PASSAGE_LOST, Change.PASSAGE_BACK),
    ],
)
def test_what_has_ended_before_the_grant_does_not_stand_any_more(begins: Change, ends: Change) -> None:
    log = DoorLog(Ledger())
    log.note(begins, 990.0)
    assert begun(log).told(PASSAGE, 1010.0)["door_was"] == [begins.value]
    log.note(ends, 995.0)
    assert "door_was" not in begun(log).told(PASSAGE, 1010.0)


def test_a_door_that_is_lost_while_it_stands_open_counts_as_shut() -> None:
    log = DoorLog(Ledger())
    log.note(Change.OPENED, 990.0)
    log.note(Change.SEEN, 990.0)
    log.note(Change.DOOR_LOST, 991.0)
    assert begun(log).told(PASSAGE, 1010.0)["door_was"] == ["door lost", "seen"]


def test_a_grant_that_is_taken_back_stands_in_no_later_one() -> None:
    log = begun()
    log.taken_back(PASSAGE, 1001.0)
    assert log.told(PASSAGE, 1001.0)["door"] == [[750, "taken back"]]
    assert "door_was" not in begun(log).told(PASSAGE, 1010.0)


def test_a_grant_that_the_gate_has_not_moved_for_is_taken_back_as_it_comes_on_disk() -> None:
    log = begun()
    log.note(Change.OPENED, 1001.0)
    other = replace(PASSAGE, id=8)
    log.taken_back(other, 1002.0)
    kept = {
        "recorded_ms": 2000,
        "ended": [3000, 0],
        "door_was": ["opened"],
        "door": [[0, "taken back"]],
    }
    assert log.told(other, 1005.0) == kept


def test_a_gate_that_stands_held_is_no_hold_for_a_grant_it_has_not_moved_for() -> None:
    log = DoorLog(Ledger())
    log.taken_back(PASSAGE, 1002.0)
    assert log.told(PASSAGE, 1002.0) == {
        "recorded_ms": 2000,
        "ended": [0, 0],
        "door": [[0, "taken back"]],
    }


def test_of_a_passage_that_no_gate_has_moved_for_its_recording_alone_is_kept() -> None:
    log = begun()
    log.note(Change.OPENED, 1001.0)
    assert log.told(replace(PASSAGE, id=8), 1000.5) == {"recorded_ms": 500, "ended": [0, 0]}
    undecided = replace(PASSAGE, id=8, course=Course())
    assert log.told(undecided, 1000.5) == {"recorded_ms": 0, "ended": [0, 0]}


def test_one_that_was_void_before_it_was_on_disk_is_taken_back_as_it_comes_there() -> None:
    log = begun()
    log.note(Change.OPENED, 1001.0)
    void = log.told(replace(PASSAGE, id=8), 1000.5, void=True)
    assert void == {"recorded_ms": 500, "ended": [0, 0], "door": [[0, "taken back"]]}
    log.void(replace(PASSAGE, id=9), 1001.0)
    assert log.told(replace(PASSAGE, id=9), 1004.0, void=True)["recorded_ms"] == 1000
    assert log.told(replace(PASSAGE, id=8), 1004.0, void=True)["recorded_ms"] == 4000
    told = log.told(PASSAGE, 1002.0, void=True)["door"]
    assert told == [[750, "opened"]], "one that the gate has moved for tells of its door"


def test_what_is_told_is_told_once_and_nothing_is_kept_between_two_grants() -> None:
    log = begun()
    log.note(Change.OPENED, 1001.0)
    assert "door" in log.told(PASSAGE, 1002.0)
    assert log.told(PASSAGE, 1002.0) == {"recorded_ms": 2000, "ended": [0, 0]}
    log.note(Change.CLOSED, 1003.0)
    assert begun(log).told(PASSAGE, 1010.0) == {"recorded_ms": 250, "ended": [9750, 0]}


def test_of_a_contact_that_flutters_the_first_changes_are_kept() -> None:
    log = begun()
    for number in range(LIMIT + 10):
        log.settled(Input.DOOR, 1000.25 + number, 1000.25 + number, active=number % 2 == 0)
    kept = log.told(PASSAGE, 1100.0)["door"]
    assert isinstance(kept, list)
    assert (len(kept), kept[-1]) == (LIMIT, [63_000, "closed"])


def test_of_a_hold_and_of_the_end_it_is_kept_how_many_entries_had_been_asked_for() -> None:
    ledger = Ledger()
    log = begun(DoorLog(ledger))
    ledger.record(Playbook().now, "kiosk.staff.acted", {})
    log.held(1001.25, on=True)
    lost = ledger.record(Playbook().now, "kiosk.staff.acted", {})
    ledger.record(Playbook().now, "kiosk.device.faulted", {})
    log.held(1002.25, on=False)
    ledger.failed(lost.record_id)
    told = log.told(PASSAGE, 1003.25)
    assert told["door"] == [[1000, "held", 1], [2000, "let go", 3]]
    assert told["ended"] == [3000, 2], "what never reached the disk stands before nothing"


def test_a_hold_while_nobody_is_granted_is_kept_for_nobody() -> None:
    log = DoorLog(Ledger())
    log.held(999.0, on=True)
    assert "door" not in begun(log).told(PASSAGE, 1001.0)
