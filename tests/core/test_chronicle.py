"""What the core records of the kiosk itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from kiosk.core import passage as entries
from kiosk.core.commands import Record
from kiosk.core.events import (
    CodeScanned,
    DeviceFaulted,
    DeviceRecovered,
    DoorClosed,
    DoorOpened,
    StaffAction,
    StaffIntent,
    Started,
    Stopping,
    Tick,
)
from kiosk.core.in_force import rules_data, trust_data
from kiosk.core.past import Past
from kiosk.terms import Outcome, Reason, Strictness
from tests.core.counters import SHANGHAI
from tests.core.playbook import BUNDLE, RULES, WELL, Playbook, code, rules_with

CALIBRATION = {"record": "0011"}


def started(book: Playbook) -> Playbook:
    return book.happens(Started(book.now, {"version": "1"}, CALIBRATION))


def test_start_and_stop_are_recorded_with_what_was_found() -> None:
    book = started(Playbook()).wait(90.0)
    book.happens(Stopping(book.now))
    data = book.recorded(entries.STARTED)[0].data
    assert data["version"] == "1"
    assert book.recorded(entries.STOPPED)[0].data == {"uptime_s": 90}


def test_a_calibration_is_recorded_where_it_is_not_the_one_of_before() -> None:
    book = started(Playbook())
    assert [each.data for each in book.recorded(entries.CALIBRATION_CHANGED)] == [
        {"before": None, "now": CALIBRATION}
    ]
    started(book)
    assert len(book.recorded(entries.CALIBRATION_CHANGED)) == 1, "it is the same as before"


def test_a_start_is_recorded_with_the_rules_the_zone_and_the_trust_in_force() -> None:
    data = started(Playbook(zone=SHANGHAI)).recorded(entries.STARTED)[0].data
    wanted = {
        "version": "1",
        "rules": rules_data(RULES),
        "zone": "Asia/Shanghai",
        "trust": trust_data(BUNDLE),
    }
    assert data == wanted


def test_a_calibration_that_the_journal_tells_of_is_no_other_one() -> None:
    book = started(Playbook(past=Past(calibration=CALIBRATION)))
    assert book.recorded(entries.CALIBRATION_CHANGED) == []
    other = {"record": "0022"}
    book.happens(Started(book.now, {}, other))
    assert book.recorded(entries.CALIBRATION_CHANGED)[0].data == {"before": CALIBRATION, "now": other}


def test_a_heartbeat_comes_each_hour_with_what_does_not_work() -> None:
    book = started(Playbook()).wait(3599.0)
    assert book.recorded(entries.HEARTBEAT) == []
    book.happens(DeviceFaulted(book.now, "door", "lost")).wait(3602.0)
    assert [each.data for each in book.recorded(entries.HEARTBEAT)] == [
        {"uptime_s": 3600, "faults": ["door"], "inside": 0},
        {"uptime_s": 7200, "faults": ["door"], "inside": 0},
    ]


def test_a_site_may_want_no_heartbeat() -> None:
    book = started(Playbook(rules_with(heartbeat_s=0.0))).wait(100_000.0)
    assert book.recorded(entries.HEARTBEAT) == []


def test_while_the_disk_is_full_no_heartbeat_takes_space_and_they_come_again_after() -> None:
    book = started(Playbook())
    book.happens(DeviceFaulted(book.now, "disk", "full")).wait(7201.0)
    assert book.recorded(entries.HEARTBEAT) == []
    book.happens(DeviceRecovered(book.now, "disk")).wait(3600.0)
    assert len(book.recorded(entries.HEARTBEAT)) == 1


def test_a_wall_clock_that_was_set_is_recorded_and_one_that_runs_is_not() -> None:
    book = Playbook(journal_works=False).wait(1.0)
    for _ in range(5):
        book.passes(1000.0).happens(Tick(book.now))
    assert book.asked(Record) == []
    later = book.passes(10.0).now
    book.happens(Tick(replace(later, utc=later.utc + timedelta(minutes=5))))
    book.happens(Tick(replace(later, utc=later.utc + timedelta(minutes=5, seconds=0.5))))
    book.happens(Tick(replace(later, utc=later.utc, utc_trusted=False)))
    assert {each.type for each in book.asked(Record)} == {entries.CLOCK_CHANGED}
    assert [each.data for each in book.asked(Record)] == [
        {"step_s": 300.0, "trusted": True},
        {"step_s": -300.0, "trusted": False},
    ]


def test_a_clock_that_was_set_by_a_whole_second_is_recorded_and_one_by_less_is_not() -> None:
    for seconds, steps in ((1.0, [1.0]), (-1.0, [-1.0]), (1.23446, [1.234]), (0.999, []), (-0.999, [])):
        book = Playbook(journal_works=False).wait(1.0)
        book.happens(Tick(book.now))
        book.happens(Tick(replace(book.now, utc=book.now.utc + timedelta(seconds=seconds))))
        assert [each.data["step_s"] for each in book.asked(Record)] == steps


def test_an_alarm_of_the_door_is_recorded_and_so_is_its_end() -> None:
    book = Playbook()
    book.happens(DoorOpened(book.now)).wait(2.0)
    book.happens(DoorClosed(book.now))
    assert [each.type for each in book.journal] == [entries.DOOR_ALARM, entries.DOOR_CLEARED]


def test_what_staff_do_at_the_screen_is_recorded() -> None:
    book = Playbook().scan(b"nonsense")
    book.happens(StaffIntent(book.now, StaffAction.DISMISS))
    assert book.recorded(entries.STAFF_ACTED)[0].data == {"action": "dismiss"}


def on_full_disk(policy: Strictness, source: str = "camera") -> Playbook:
    book = Playbook(rules_with(full_disk=policy))
    book.happens(DeviceFaulted(book.now, "disk", "full"))
    book.happens(CodeScanned(book.now, source, code(), "test"))
    return book if source != "camera" else book.sample(WELL)


def test_on_a_full_disk_the_site_decides_whether_anybody_is_let_in() -> None:
    wanted = {
        Strictness.OFF: (Outcome.GRANT, Reason.GRANTED),
        Strictness.SOFT: (Outcome.REFER, Reason.JOURNAL_UNAVAILABLE),
        Strictness.HARD: (Outcome.DENY, Reason.JOURNAL_UNAVAILABLE),
    }
    for policy, answer in wanted.items():
        result = on_full_disk(policy).result
        assert (result.outcome, result.reason) == answer


def test_on_a_full_disk_people_are_let_out_as_long_as_it_can_be_recorded() -> None:
    assert on_full_disk(Strictness.HARD, "exit-scanner").result.outcome is Outcome.GRANT
