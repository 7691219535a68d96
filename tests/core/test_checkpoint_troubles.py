"""Doors that stand open, devices that are lost, records that come late: nobody is stranded by it."""

from __future__ import annotations

from kiosk.core import passage as entries
from kiosk.core.commands import JsonValue, Record, ReleaseGate, SecureGate
from kiosk.core.events import (
    DeviceFaulted,
    DeviceRecovered,
    DoorClosed,
    DoorOpened,
    Recorded,
    RecordFailed,
    Tick,
)
from kiosk.core.view import Page
from kiosk.credentials.credential import Colour
from kiosk.terms import Outcome, Reason
from tests.core.playbook import COURIER, WELL, Playbook, code, granted


def test_a_grant_that_reaches_the_disk_too_late_is_annulled_and_never_released() -> None:
    play = Playbook(journal_works=False).scan(code()).sample(WELL)
    record = play.asked(Record)[-1]
    play.wait(3.1)
    assert play.result.reason is Reason.JOURNAL_UNAVAILABLE
    play.happens(Recorded(play.now, record.record_id, 0))
    assert play.asked(ReleaseGate) == []
    assert play.asked(Record)[-1].type == entries.ANNULLED


def test_a_grant_that_nobody_uses_is_annulled_and_leaves_nobody_inside() -> None:
    play = granted().wait(4.4)
    assert play.asked(SecureGate) == [SecureGate("gate")]
    assert len(play.recorded(entries.ANNULLED)) == 1
    assert play.checkpoint.occupancy == 0
    assert play.page() is Page.WELCOME


def test_the_gate_is_secured_a_second_after_the_door_opens() -> None:
    play = granted()
    play.happens(DoorOpened(play.now)).wait(0.9)
    assert play.asked(SecureGate) == []
    play.wait(0.2)
    assert play.asked(SecureGate) == [SecureGate("gate")]


def test_a_forced_door_is_recorded_and_shown_until_it_closes() -> None:
    play = Playbook()
    play.happens(DoorOpened(play.now))
    assert (play.page(), play.view.alarm) == (Page.ALARM, Reason.DOOR_FORCED_OPEN)
    assert play.recorded(entries.DOOR_ALARM)[0].data["reason"] == "door.forced_open"
    play.happens(DoorClosed(play.now))
    assert play.page() is Page.WELCOME


def test_a_door_held_open_is_recorded_and_shown() -> None:
    play = granted()
    play.happens(DoorOpened(play.now)).wait(15.0)
    assert play.view.alarm is Reason.DOOR_HELD_OPEN
    play.happens(DoorClosed(play.now))
    assert play.page() is Page.WELCOME


def test_a_door_held_open_keeps_nobody_else_from_being_dealt_with() -> None:
    play = granted()
    play.happens(DoorOpened(play.now)).wait(15.0)
    assert play.checkpoint.occupancy == 1
    play.scan(code(cti=b"leaving!"), source="exit-scanner")
    assert play.result.reason is Reason.EXIT_RECORDED


def test_a_door_whose_contact_is_lost_still_counts_who_is_let_in() -> None:
    play = Playbook()
    play.happens(DeviceFaulted(play.now, "door", "GPIO 23 does not answer"))
    play.scan(code()).sample(WELL).wait(10.0)
    assert len(play.recorded(entries.PASSED)) == 1
    play.scan(code())
    assert play.result.reason is Reason.ALREADY_INSIDE


def test_a_contact_lost_while_somebody_passes_ends_the_passage() -> None:
    play = granted()
    play.happens(DoorOpened(play.now)).happens(DeviceFaulted(play.now, "door", "cable cut"))
    assert play.asked(SecureGate) == [SecureGate("gate")]
    assert len(play.recorded(entries.PASSED)) == 1


def test_what_became_of_a_grant_is_recorded_once_the_journal_works_again() -> None:
    play = granted()
    play.happens(DoorOpened(play.now)).wait(1.5)
    play.journal_works = False
    play.happens(DoorClosed(play.now))
    lost = play.asked(Record)[-1]
    assert lost.type == entries.PASSED
    play.happens(RecordFailed(play.now, lost.record_id, "disk full"))
    play.wait(5.0).happens(Tick(play.now))
    assert play.asked(Record)[-1] is lost
    play.journal_works = True
    play.scan(b"rubbish").happens(Tick(play.now))
    assert [record.data for record in play.recorded(entries.PASSED)] == [lost.data]


def test_grants_that_a_dead_gatekeeper_left_open_are_annulled_at_the_start() -> None:
    left: dict[str, JsonValue] = {
        "passage": 7,
        "access_point": "gate-in",
        "purpose": "entry",
        "subject": "somebody",
    }
    play = Playbook(open_grants=[left])
    play.happens(Tick(play.now))
    assert play.recorded(entries.ANNULLED)[0].data == {**left, "cause": "restart"}


def test_a_gate_that_is_known_to_be_lost_refers_instead_of_granting() -> None:
    play = Playbook()
    play.happens(DeviceFaulted(play.now, "gate", "no pins")).scan(code()).sample(WELL)
    assert play.result.reason is Reason.GATE_UNAVAILABLE


def test_a_gate_that_fails_at_the_release_annuls_the_grant_and_refers() -> None:
    play = granted()
    play.happens(DeviceFaulted(play.now, "gate", "GPIO 17 does not answer"))
    assert play.result.reason is Reason.GATE_UNAVAILABLE
    assert play.asked(SecureGate) == [SecureGate("gate")]
    assert len(play.recorded(entries.ANNULLED)) == 1


def test_a_gate_that_is_lost_while_the_grant_is_being_recorded_is_never_released() -> None:
    play = Playbook(journal_works=False).scan(code()).sample(WELL)
    record = play.asked(Record)[-1]
    play.happens(DeviceFaulted(play.now, "gate", "no pins"))
    play.happens(Recorded(play.now, record.record_id, 0))
    assert play.asked(ReleaseGate) == []
    assert play.result.reason is Reason.GATE_UNAVAILABLE
    assert play.asked(Record)[-1].type == entries.ANNULLED


def test_who_has_the_door_open_when_the_gate_is_lost_goes_through_and_counts() -> None:
    play = granted()
    play.happens(DoorOpened(play.now)).wait(0.5)
    play.happens(DeviceFaulted(play.now, "gate", "GPIO 17 does not answer"))
    assert play.asked(SecureGate) == [SecureGate("gate")]
    play.wait(1.0).happens(DoorClosed(play.now))
    assert len(play.recorded(entries.PASSED)) == 1
    assert play.recorded(entries.ANNULLED) == []
    assert play.checkpoint.occupancy == 1


def test_a_door_that_is_forced_while_somebody_is_measured_asks_him_again_once_it_is_closed() -> None:
    play = Playbook().scan(code())
    play.happens(DoorOpened(play.now))
    assert play.page() is Page.ALARM
    play.happens(DoorClosed(play.now))
    assert play.page() is Page.LOOK_AT_SENSOR
    assert play.sample(WELL).result.outcome is Outcome.GRANT


def test_a_forced_door_is_shown_again_after_each_result_for_as_long_as_it_is_open() -> None:
    play = Playbook()
    play.happens(DoorOpened(play.now)).scan(code(colour=Colour.RED))
    assert play.result.reason is Reason.COLOUR_RED
    play.wait(4.0)
    assert play.view.alarm is Reason.DOOR_FORCED_OPEN
    assert len(play.recorded(entries.DOOR_ALARM)) == 1


def test_a_door_that_is_opened_while_the_counter_lamp_is_lit_is_forced() -> None:
    play = Playbook().scan(code(role=COURIER), source="counter-scanner").sample(WELL)
    play.happens(DoorOpened(play.now))
    assert play.view.alarm is Reason.DOOR_FORCED_OPEN
    play.wait(4.0)
    assert len(play.recorded(entries.PASSED)) == 1
    assert play.view.alarm is Reason.DOOR_FORCED_OPEN


def test_a_device_is_recorded_when_it_is_lost_and_when_it_is_back() -> None:
    play = Playbook()
    play.happens(DeviceFaulted(play.now, "camera", "unplugged"))
    play.happens(DeviceRecovered(play.now, "camera"))
    assert [record.type for record in play.journal] == [entries.DEVICE_FAULTED, entries.DEVICE_RECOVERED]
    assert play.view.faults == ()
