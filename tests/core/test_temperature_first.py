"""Access points where a face begins the passage: the temperature before the code, or alone."""

from __future__ import annotations

from dataclasses import replace

from calibration.reading import Missing, NoReading
from kiosk.core import passage as entries
from kiosk.core.commands import ReleaseGate, StartSampling, StopSampling
from kiosk.core.events import FaceAppeared, FaceGone, SensorWarming
from kiosk.core.rules import TemperatureCheck
from kiosk.core.view import Page
from kiosk.credentials.bundle import TrustBundle
from kiosk.credentials.policy import parse
from kiosk.terms import Outcome, Reason
from tests.core.playbook import (
    BUNDLE,
    COUNTER,
    GATE_IN,
    GATE_OUT,
    WARM,
    WELL,
    Playbook,
    code,
    reading,
    rules_with,
)

BEFORE = rules_with(access_points=(replace(GATE_IN, temperature=TemperatureCheck.BEFORE), GATE_OUT, COUNTER))
ONLY = rules_with(
    access_points=(replace(GATE_IN, reader="", temperature=TemperatureCheck.ONLY), GATE_OUT, COUNTER)
)


def face(play: Playbook) -> Playbook:
    return play.happens(FaceAppeared(play.now))


def gone(play: Playbook) -> Playbook:
    return play.happens(FaceGone(play.now))


def test_a_face_is_measured_first_and_then_asked_for_its_code() -> None:
    play = face(Playbook(BEFORE))
    assert play.page() is Page.LOOK_AT_SENSOR
    play.sample(WELL)
    assert play.page() is Page.SHOW_CODE
    assert play.asked(ReleaseGate) == []
    play.scan(code())
    assert play.result.outcome is Outcome.GRANT
    assert len(play.asked(ReleaseGate)) == 1
    data = play.recorded(entries.DECIDED)[0].data
    assert isinstance(data["temperature"], dict)
    assert data["temperature"]["oral_estimate_celsius"] == 36.8
    assert data["subject"] is not None


def test_whoever_leaves_before_showing_a_code_leaves_no_temperature_for_the_next() -> None:
    play = gone(face(Playbook(BEFORE)).sample(WELL))
    assert play.page() is Page.WELCOME
    play.scan(code())
    assert play.page() is Page.LOOK_AT_SENSOR, "the next person is measured anew"
    assert play.asked(ReleaseGate) == []
    play.sample(WARM)
    assert play.result.reason is Reason.TEMPERATURE_ELEVATED


def test_a_code_that_does_not_come_in_time_ends_the_passage_without_a_decision() -> None:
    play = face(Playbook(BEFORE)).sample(WELL).wait(10.0)
    assert play.page() is Page.WELCOME
    assert play.recorded(entries.DECIDED) == []
    assert isinstance(play.asked(StopSampling)[-1], StopSampling)
    assert play.checkpoint.wake_at is None


def test_somebody_elevated_is_referred_before_any_code() -> None:
    play = face(Playbook(BEFORE)).sample(WARM)
    assert play.result.reason is Reason.TEMPERATURE_ELEVATED
    data = play.recorded(entries.DECIDED)[0].data
    assert (data["format"], data.get("subject")) == (None, None)


def test_a_bad_code_after_a_good_temperature_is_denied() -> None:
    play = face(Playbook(BEFORE)).sample(WELL).scan(b"rubbish")
    assert play.result.outcome is Outcome.DENY


def test_a_code_shown_too_early_waits_for_the_temperature() -> None:
    play = face(Playbook(BEFORE)).scan(code())
    assert play.page() is Page.LOOK_AT_SENSOR
    assert play.sample(WELL).result.outcome is Outcome.GRANT


def test_a_code_before_any_face_is_followed_by_the_measurement() -> None:
    play = Playbook(BEFORE).scan(code())
    assert play.page() is Page.LOOK_AT_SENSOR
    assert play.sample(WELL).result.outcome is Outcome.GRANT


def test_one_face_begins_one_passage() -> None:
    play = face(Playbook(BEFORE)).sample(WARM).wait(5.0)
    assert len(play.asked(StartSampling)) == 1
    face(gone(play))
    assert len(play.asked(StartSampling)) == 2


def test_somebody_who_only_walks_by_is_no_passage() -> None:
    play = gone(face(Playbook(BEFORE)))
    assert play.page() is Page.WELCOME
    play = face(Playbook(BEFORE)).sample(NoReading(Missing.NO_FACE)).wait(5.0)
    assert play.page() is Page.WELCOME
    assert play.recorded(entries.DECIDED) == []


def test_a_reading_in_the_guard_band_is_repeated_before_the_code_is_asked_for() -> None:
    play = face(Playbook(BEFORE)).sample(reading(37.8))
    assert play.page() is Page.LOOK_AT_SENSOR
    assert play.sample(reading(37.8)).result.reason is Reason.TEMPERATURE_RECHECK


def test_exit_is_not_held_up_for_longer_than_the_measurement() -> None:
    play = face(Playbook(BEFORE)).scan(code(), "exit-scanner")
    play.sample(WELL).wait(10.0)
    assert play.result.reason is Reason.EXIT_RECORDED


def test_where_the_temperature_decides_alone_no_code_is_asked_for() -> None:
    play = face(Playbook(ONLY)).sample(WELL)
    assert play.result.outcome is Outcome.GRANT
    assert play.asked(ReleaseGate)[0].output == "gate"
    assert play.recorded(entries.DECIDED)[0].data["format"] is None


def test_where_the_temperature_decides_alone_missing_keys_do_not_matter_but_calibration_does() -> None:
    assert face(Playbook(ONLY, TrustBundle())).sample(WELL).result.outcome is Outcome.GRANT
    uncalibrated = face(Playbook(ONLY)).sample(reading(36.8, calibration_id=None))
    assert uncalibrated.result.reason is Reason.TEMPERATURE_NOT_CALIBRATED


def test_a_face_means_nothing_where_the_code_comes_first() -> None:
    assert face(Playbook()).page() is Page.WELCOME


def test_nobody_is_decided_on_by_a_sensor_that_is_warming_up() -> None:
    play = Playbook()
    play.happens(SensorWarming(play.now, 200.0))
    assert play.view.warm_up_s == 200
    play.scan(code()).sample(NoReading(Missing.WARMING_UP))
    assert (play.result.outcome, play.result.reason) == (Outcome.REFER, Reason.TEMPERATURE_WARMING_UP)
    play.wait(60.0).happens(SensorWarming(play.now, 140.0))
    assert play.view.warm_up_s == 140
    play.happens(SensorWarming(play.now, 0.0))
    assert play.view.warm_up_s is None


def test_where_the_temperature_alone_decides_a_clock_that_is_not_trusted_admits_nobody() -> None:
    playbook = Playbook(ONLY, utc_trusted=False)
    playbook.happens(FaceAppeared(playbook.now)).sample(WELL)
    assert playbook.result.reason is Reason.TIME_UNTRUSTED
    assert playbook.asked(ReleaseGate) == []


def test_where_the_temperature_alone_decides_the_hours_are_those_of_everybody() -> None:
    window = {"from": "00:00", "until": "01:00", "then": "soft"}
    for row, reason in ((window, Reason.OUTSIDE_HOURS), ({**window, "role": 1}, Reason.GRANTED)):
        bundle = replace(BUNDLE, policy=parse({"windows": [row]}))
        assert face(Playbook(ONLY, bundle)).sample(WELL).result.reason is reason
        assert face(Playbook(ONLY, bundle)).sample(WARM).result.reason is Reason.TEMPERATURE_ELEVATED


def test_who_walks_away_from_a_second_measurement_is_referred_with_the_first_one_kept() -> None:
    playbook = Playbook(ONLY)
    playbook.happens(FaceAppeared(playbook.now)).sample(reading(37.9))
    playbook.sample(NoReading(Missing.STEP_LEFT))
    playbook.happens(FaceGone(playbook.now))
    (decided,) = playbook.recorded("kiosk.passage.decided")
    assert decided.data["reason"] == "temperature.recheck"
    temperature = decided.data["temperature"]
    assert isinstance(temperature, dict)
    assert temperature["oral_estimate_celsius"] == 37.9
