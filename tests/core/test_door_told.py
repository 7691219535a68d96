"""What of a door stands in the journal with the end of a grant, as a checkpoint lives through it."""

from __future__ import annotations

from kiosk.core import passage as entries
from kiosk.core.commands import JsonValue, Record
from kiosk.core.events import (
    DeviceFaulted,
    DeviceRecovered,
    DoorClosed,
    DoorOpened,
    Input,
    InputChanged,
    Recorded,
    RecordFailed,
    StaffAction,
)
from kiosk.core.rules import DoorRules
from tests.core.playbook import COURIER, WELL, Playbook, code, granted, rules_with
from tests.core.staff_play import does, signed_in

BOTH = rules_with(door=DoorRules(passage_sensor=True, debounce_s=0.0))
DEBOUNCED = rules_with(door=DoorRules(debounce_s=0.05))


def told(play: Playbook) -> dict[str, JsonValue]:
    """Of the door, with the last grant that has ended."""
    ended = [each for each in play.journal if each.type in (entries.PASSED, entries.ANNULLED)][-1]
    return {name: ended.data[name] for name in ("recorded_ms", "door_was", "door") if name in ended.data}


def let_in(play: Playbook) -> Playbook:
    return play.scan(code()).sample(WELL)


def test_who_has_gone_through_is_kept_with_the_opening_and_the_closing() -> None:
    play = granted().wait(1.0)
    play.happens(DoorOpened(play.now)).wait(1.5).happens(DoorClosed(play.now))
    assert told(play) == {"recorded_ms": 0, "door": [[1000, "opened"], [2500, "closed"]]}


def test_a_change_that_has_to_settle_is_kept_with_how_long_it_had_stood_by_then() -> None:
    play = Playbook(DEBOUNCED).scan(code())
    play.happens(DoorOpened(play.now)).wait(0.03)
    play.sample(WELL).wait(2.0)
    play.happens(DoorClosed(play.now)).wait(0.1)
    assert told(play)["door"] == [[20, "opened", 50], [2050, "closed", 50]]


def test_it_is_kept_how_long_the_record_took() -> None:
    play = Playbook(journal_works=False).scan(code()).sample(WELL)
    record = play.asked(Record)[-1]
    play.wait(0.25)
    play.journal_works = True
    play.happens(Recorded(play.now, record.record_id, 0)).wait(4.4)
    assert told(play) == {"recorded_ms": 250}


def test_a_contact_that_is_lost_and_back_stands_in_the_grants_that_it_concerns() -> None:
    play = granted().wait(0.5)
    play.happens(DoorOpened(play.now)).wait(0.5).happens(DeviceFaulted(play.now, "door", "cut"))
    assert told(play) == {"recorded_ms": 0, "door": [[500, "opened"], [1000, "door lost"]]}
    let_in_again = play.wait(10.0).scan(code(cti=b"somebod2")).sample(WELL).wait(1.0)
    let_in_again.happens(DeviceRecovered(play.now, "door")).wait(9.0)
    assert told(play) == {"recorded_ms": 0, "door_was": ["door lost"], "door": [[1000, "door back"]]}


def test_a_sensor_that_is_lost_and_back_stands_in_the_grants_that_it_concerns() -> None:
    play = let_in(Playbook(BOTH)).wait(0.5)
    play.happens(InputChanged(play.now, Input.PASSAGE, True)).wait(9.0)
    assert told(play) == {"recorded_ms": 0, "door": [[500, "seen"]]}
    play.happens(DeviceFaulted(play.now, "passage", "cut"))
    play.scan(code(cti=b"somebod2")).sample(WELL).wait(1.0)
    play.happens(DeviceRecovered(play.now, "passage")).wait(9.0)
    assert told(play) == {
        "recorded_ms": 0,
        "door_was": ["passage lost"],
        "door": [[1000, "passage back"]],
    }


def test_devices_that_are_no_contact_of_the_door_stand_in_no_grant() -> None:
    play = granted()
    for device in ("request_to_exit", "thermal", "camera"):
        play.happens(DeviceFaulted(play.now, device, "cut")).happens(DeviceRecovered(play.now, device))
    play.happens(InputChanged(play.now, Input.REQUEST_TO_EXIT, True)).wait(9.0)
    assert told(play) == {"recorded_ms": 0}


def test_a_grant_while_staff_hold_the_door_open_says_so_and_one_of_before_it_does_not() -> None:
    play = let_in(does(signed_in(), StaffAction.HOLD_OPEN)).wait(9.0)
    assert told(play) == {"recorded_ms": 0, "door_was": ["held"]}
    does(signed_in(play), StaffAction.RELEASE)
    play.scan(code(cti=b"somebod2")).sample(WELL).wait(9.0)
    assert told(play) == {"recorded_ms": 0}


def test_a_grant_that_staff_take_back_says_when() -> None:
    play = granted().wait(1.5)
    does(signed_in(play), StaffAction.ANNUL)
    assert told(play) == {"recorded_ms": 0, "door": [[1500, "taken back"]]}


def test_a_handover_is_told_from_its_pulse_alone() -> None:
    play = Playbook().scan(code(role=COURIER), "counter-scanner").sample(WELL).wait(5.0)
    assert told(play) == {"recorded_ms": 0}


def test_it_is_kept_when_a_grant_was_over_be_it_that_its_entry_had_to_wait() -> None:
    play = granted().wait(1.0)
    play.happens(DoorOpened(play.now)).wait(1.5)
    play.journal_works = False
    play.happens(DoorClosed(play.now))
    lost = play.asked(Record)[-1]
    play.happens(RecordFailed(play.now, lost.record_id, "disk full")).wait(60.0)
    play.journal_works = True
    play.scan(code(cti=b"somebod2")).sample(WELL).wait(5.0)
    ended = [each for each in play.journal if each.type == entries.PASSED][-1]
    assert ended.record_id > lost.record_id
    assert ended.data["ended"] == [2500, 0]
