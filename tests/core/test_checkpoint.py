from __future__ import annotations

from datetime import UTC, datetime, timedelta

from calibration.reading import Missing, NoReading
from kiosk.core import passage as entries
from kiosk.core.commands import Record, ReleaseGate, StartSampling, StopSampling
from kiosk.core.events import (
    DeviceFaulted,
    DeviceRecovered,
    DoorClosed,
    DoorOpened,
    LinkChanged,
    Recorded,
    RecordFailed,
    StaffAction,
    StaffIntent,
    Tick,
    TrustChanged,
)
from kiosk.core.rules import PassbackRules
from kiosk.core.view import Guidance, Page
from kiosk.credentials.bundle import TrustBundle
from kiosk.credentials.credential import Colour
from kiosk.terms import Outcome, Reason, Strictness
from tests.core.playbook import (
    BUNDLE,
    COURIER,
    MORNING,
    WARM,
    WELL,
    Playbook,
    code,
    granted,
    pseudonyms,
    reading,
    rules_with,
)


def test_a_well_person_with_a_green_code_is_granted_and_the_gate_is_released() -> None:
    play = granted()
    assert (play.result.outcome, play.result.reason) == (Outcome.GRANT, Reason.GRANTED)
    assert play.asked(ReleaseGate) == [ReleaseGate(1, "gate", 4.0)]


def test_the_result_carries_the_measured_number_with_its_expanded_uncertainty() -> None:
    result = granted().result
    assert (result.oral_estimate_celsius, result.oral_expanded_u_celsius) == (36.8, 0.8)
    assert result.masked_name == "王*"


def test_nothing_is_released_or_shown_before_the_record_is_on_disk() -> None:
    play = Playbook(journal_works=False).scan(code()).sample(WELL)
    assert play.asked(ReleaseGate) == []
    assert play.page() is Page.ONE_MOMENT
    play.happens(Recorded(play.now, play.asked(Record)[-1].record_id, 0))
    assert len(play.asked(ReleaseGate)) == 1
    assert play.page() is Page.RESULT


def test_the_record_of_another_passage_releases_nothing() -> None:
    play = Playbook(journal_works=False).scan(code()).sample(WELL)
    play.happens(Recorded(play.now, 4711, 0))
    assert play.asked(ReleaseGate) == []


def test_a_record_that_fails_refers_and_names_the_journal_as_faulty() -> None:
    play = Playbook(journal_works=False).scan(code()).sample(WELL)
    play.happens(RecordFailed(play.now, play.asked(Record)[-1].record_id, "disk full"))
    assert play.result.reason is Reason.JOURNAL_UNAVAILABLE
    assert play.view.faults == ("journal",)
    assert play.asked(ReleaseGate) == []


def test_the_screen_recovers_when_the_journal_does() -> None:
    play = Playbook(journal_works=False).scan(code()).sample(WELL)
    record = play.asked(Record)[-1]
    play.happens(RecordFailed(play.now, record.record_id, "locked"))
    play.happens(Recorded(play.now, 4711, 0))
    assert play.view.faults == ()


def test_a_refused_code_is_recorded_and_never_sampled() -> None:
    play = Playbook().scan(b"https://example.com/")
    assert play.result.reason is Reason.NOT_A_PASS
    assert play.asked(StartSampling) == []
    assert play.recorded(entries.DECIDED)[0].data["outcome"] == "deny"


def test_the_journal_holds_a_pseudonym_and_neither_code_nor_identifier() -> None:
    payload = code(cti=b"12345678")
    play = Playbook().scan(payload).sample(WELL)
    data = play.recorded(entries.DECIDED)[0].data
    assert data["subject"] == f"today-{b'12345678'.hex()}"
    assert payload.decode() not in repr(data)


def test_a_sample_of_another_passage_admits_nobody() -> None:
    play = Playbook().scan(code()).sample(WELL, passage_id=99)
    assert play.page() is Page.LOOK_AT_SENSOR
    assert play.journal == []


def test_a_sample_that_comes_when_nobody_is_being_sampled_is_ignored() -> None:
    play = granted().sample(WELL, passage_id=1)
    assert len(play.recorded(entries.DECIDED)) == 1


def test_guidance_follows_what_is_missing() -> None:
    play = Playbook().scan(code())
    play.sample(NoReading(Missing.COME_CLOSER))
    assert play.guidance() is Guidance.COME_CLOSER
    play.sample(NoReading(Missing.ONE_PERSON))
    assert play.guidance() is Guidance.ONE_PERSON


def test_nobody_before_the_sensor_refers() -> None:
    play = Playbook().scan(code()).sample(NoReading(Missing.NO_FACE)).wait(5.0)
    assert play.result.reason is Reason.TEMPERATURE_NO_READING
    assert play.asked(StopSampling) == [StopSampling(1)]


def test_a_lost_sensor_refers_and_is_named() -> None:
    play = Playbook()
    play.happens(DeviceFaulted(play.now, "thermal", "does not answer"))
    play.scan(code()).wait(5.0)
    assert play.result.reason is Reason.SENSOR_UNAVAILABLE
    assert play.view.faults == ("thermal",)


def test_a_reading_in_the_guard_band_is_measured_once_more_and_then_decides() -> None:
    play = Playbook().scan(code()).sample(reading(37.8)).sample(WELL)
    assert play.result.outcome is Outcome.GRANT
    assert len(play.asked(StartSampling)) == 2


def test_a_second_reading_in_the_guard_band_refers() -> None:
    play = Playbook().scan(code()).sample(reading(37.8)).sample(reading(37.9))
    assert play.result.reason is Reason.TEMPERATURE_RECHECK


def test_a_recheck_that_gets_no_second_reading_refers_as_a_recheck() -> None:
    play = Playbook().scan(code()).sample(reading(37.8)).wait(5.0)
    assert play.result.reason is Reason.TEMPERATURE_RECHECK


def test_an_elevated_reading_refers() -> None:
    assert Playbook().scan(code()).sample(WARM).result.reason is Reason.TEMPERATURE_ELEVATED


def test_one_code_held_up_is_one_passage() -> None:
    play = Playbook()
    payload = code(colour=Colour.RED)
    for _ in range(20):
        play.scan(payload).wait(0.1)
    assert len(play.recorded(entries.DECIDED)) == 1


def test_another_code_is_taken_at_once_while_a_result_is_shown() -> None:
    play = Playbook().scan(code(colour=Colour.RED)).scan(code(cti=b"somebod2"))
    assert play.page() is Page.LOOK_AT_SENSOR


def test_who_has_passed_is_inside_and_a_second_entry_refers() -> None:
    play = granted()
    play.happens(DoorOpened(play.now)).wait(1.5).happens(DoorClosed(play.now))
    assert play.recorded(entries.PASSED)[0].data["purpose"] == "entry"
    assert play.checkpoint.occupancy == 1
    play.wait(10).scan(code())
    assert play.result.reason is Reason.ALREADY_INSIDE


def test_who_entered_yesterday_under_another_pseudonym_can_leave_today() -> None:
    yesterdays = pseudonyms(b"somebody", Playbook().now)[1]
    play = Playbook(inside=[yesterdays]).scan(code(), source="exit-scanner")
    assert play.result.reason is Reason.EXIT_RECORDED
    play.happens(DoorOpened(play.now)).wait(1.2).happens(DoorClosed(play.now))
    assert play.recorded(entries.PASSED)[0].data["subject"] == yesterdays
    assert play.checkpoint.occupancy == 0


def test_timed_anti_passback_lets_somebody_in_again_after_its_window_and_counts_him_once() -> None:
    timed = rules_with(passback=PassbackRules(Strictness.HARD, window_minutes=30))
    yesterdays = pseudonyms(b"somebody", Playbook().now)[1]
    play = Playbook(timed, inside=[yesterdays]).wait(1790.0)
    again = MORNING + timedelta(seconds=1800)
    assert play.scan(code(shown_at=again)).result.reason is Reason.ALREADY_INSIDE
    play.wait(12.0).scan(code(shown_at=again)).sample(WELL)
    play.happens(DoorOpened(play.now)).wait(1.2).happens(DoorClosed(play.now))
    assert play.checkpoint.occupancy == 1
    todays = pseudonyms(b"somebody", play.now)[0]
    assert set(play.checkpoint._admissions.inside) == {todays}
    assert play.recorded(entries.PASSED)[0].data["inside_as"] == yesterdays
    play.wait(12.0).scan(code(shown_at=again + timedelta(seconds=20)))
    assert play.result.reason is Reason.ALREADY_INSIDE, "a new window has begun"


def test_exit_is_granted_with_a_code_that_does_not_verify_and_says_so() -> None:
    play = Playbook().scan(b"rubbish", source="exit-scanner")
    assert (play.result.outcome, play.result.reason) == (Outcome.GRANT, Reason.EXIT_UNVERIFIED)


def test_exit_waits_for_a_passage_under_way_and_is_then_granted() -> None:
    play = Playbook().scan(code()).scan(code(cti=b"leaving!"), source="exit-scanner")
    assert play.page() is Page.LOOK_AT_SENSOR
    play.sample(WELL).wait(4.4)
    assert play.result.reason is Reason.EXIT_RECORDED


def test_a_scan_that_has_waited_too_long_is_forgotten() -> None:
    play = granted().happens(DoorOpened(Playbook().now))
    play.scan(code(cti=b"after me")).wait(12.0).happens(DoorClosed(play.now))
    assert play.page() is Page.WELCOME


def test_a_courier_at_the_counter_gets_the_lamp_and_counts_as_nobody_inside() -> None:
    play = Playbook().scan(code(role=COURIER), source="counter-scanner").sample(WELL)
    assert play.asked(ReleaseGate) == [ReleaseGate(1, "lamp", 4.0)]
    play.wait(4.0)
    assert len(play.recorded(entries.PASSED)) == 1
    assert play.checkpoint.occupancy == 0


def test_a_reader_that_no_access_point_names_is_ignored() -> None:
    play = Playbook().scan(code(), source="somewhere")
    assert play.journal == []


def test_a_record_that_comes_after_its_time_releases_nothing_though_no_tick_came_between() -> None:
    play = Playbook(journal_works=False).scan(code()).sample(WELL)
    record = play.asked(Record)[-1]
    play.passes(3.0).happens(Recorded(play.now, record.record_id, 0))
    assert play.asked(ReleaseGate) == []
    assert play.result.reason is Reason.JOURNAL_UNAVAILABLE
    assert play.asked(Record)[-1].type == entries.ANNULLED


def test_a_sample_that_comes_after_its_time_admits_nobody() -> None:
    play = Playbook().scan(code()).passes(5.0).sample(WELL)
    assert play.result.reason is Reason.TEMPERATURE_NO_READING


def test_a_rotating_code_that_rolls_over_in_view_is_the_same_showing() -> None:
    play = Playbook().scan(code())
    play.scan(code(shown_at=MORNING + timedelta(seconds=30))).sample(WELL)
    play.happens(DoorOpened(play.now)).wait(1.5).happens(DoorClosed(play.now)).wait(1.0)
    assert play.page() is Page.WELCOME
    assert len(play.recorded(entries.DECIDED)) == 1


def test_another_person_at_the_same_reader_waits_for_the_passage_under_way() -> None:
    play = granted().scan(code(cti=b"somebod2")).wait(4.4)
    assert play.page() is Page.LOOK_AT_SENSOR
    assert play.view.passage_id == 2


def test_a_subject_that_cannot_be_named_is_referred_and_may_still_leave() -> None:
    play = Playbook(pseudonyms=lambda _subject, _at: ()).scan(code())
    assert play.result.reason is Reason.JOURNAL_UNAVAILABLE
    assert play.recorded(entries.DECIDED)[0].data["subject"] is None
    play.wait(4.0).scan(code(), source="exit-scanner")
    assert play.result.outcome is Outcome.GRANT


def test_a_recovery_of_what_was_never_lost_says_nothing() -> None:
    play = Playbook()
    play.happens(DeviceRecovered(play.now, "camera"))
    assert play.journal == []


def test_untrusted_time_refers_whatever_the_code() -> None:
    play = Playbook(utc_trusted=False).scan(code())
    assert play.result.reason is Reason.TIME_UNTRUSTED


def test_without_any_keys_everybody_is_referred_until_keys_come() -> None:
    play = Playbook(bundle=TrustBundle()).scan(code())
    assert play.result.reason is Reason.TRUST_MISSING
    play.happens(TrustChanged(play.now, BUNDLE)).wait(10).scan(code())
    assert play.page() is Page.LOOK_AT_SENSOR


def test_the_link_is_shown_and_a_shown_result_stays() -> None:
    play = granted()
    receipt = datetime(2026, 11, 22, 7, tzinfo=UTC)
    play.happens(LinkChanged(play.now, False, play.now, 3, receipt))
    assert (play.view.link.connected, play.view.link.waiting) == (False, 3)
    assert play.view.link.last_receipt == "2026-11-22T07:00:00+00:00"
    assert play.page() is Page.RESULT


def test_staff_can_dismiss_a_result_and_nothing_else() -> None:
    play = Playbook().scan(code(colour=Colour.RED))
    play.happens(StaffIntent(play.now, StaffAction.DISMISS))
    assert play.page() is Page.WELCOME
    play.scan(code(cti=b"somebod2")).happens(StaffIntent(play.now, StaffAction.DISMISS))
    assert play.page() is Page.LOOK_AT_SENSOR


def test_a_result_goes_after_its_time() -> None:
    play = Playbook().scan(code(colour=Colour.RED)).wait(3.9)
    assert play.page() is Page.RESULT
    assert play.wait(0.2).page() is Page.WELCOME


def test_the_first_event_shows_the_welcome_page() -> None:
    play = Playbook()
    assert play.happens(Tick(play.now)).page() is Page.WELCOME
