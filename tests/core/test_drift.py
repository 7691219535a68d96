from __future__ import annotations

from dataclasses import replace

from kiosk.core import passage as entries
from kiosk.core.commands import StartSampling
from kiosk.core.events import FaceAppeared, ThermalSampled
from kiosk.core.rules import ScreeningRules
from kiosk.terms import Outcome
from tests.core.playbook import Playbook, code, reading, rules_with
from tests.core.test_lanes import MEASURED_TOO, view

RULES = rules_with(screening=ScreeningRules(drift_people=5))


def people(play: Playbook, *oral_celsius: float, calibration_id: str | None = "c") -> Playbook:
    """One after the other, each with a code of his own; who is granted goes through."""
    for celsius in oral_celsius:
        cti = f"drift{len(play.recorded(entries.DECIDED)):03d}".encode()
        play.scan(code(cti=cti, shown_at=play.now.utc)).sample(
            reading(celsius, calibration_id=calibration_id)
        ).wait(30.0)
    return play


def test_people_as_usual_raise_no_alarm() -> None:
    assert people(Playbook(RULES), *[36.4, 36.7, 36.9, 36.6, 39.5, 36.5]).view.faults == ()


def test_a_median_that_no_group_of_people_has_tells_staff_and_changes_nobody_s_answer() -> None:
    play = people(Playbook(RULES), *[35.2] * 5)
    assert play.view.faults == ("drift",)
    assert len(play.recorded(entries.DEVICE_FAULTED)) == 1
    assert {record.data["outcome"] for record in play.recorded(entries.DECIDED)} == {Outcome.GRANT.value}
    temperatures = [record.data["temperature"] for record in play.recorded(entries.DECIDED)]
    assert all(isinstance(each, dict) and each["oral_estimate_celsius"] == 35.2 for each in temperatures)


def test_the_alarm_goes_when_people_look_like_people_again() -> None:
    play = people(people(Playbook(RULES), *[35.2] * 5), *[36.7] * 4)
    assert play.view.faults == ()
    assert len(play.recorded(entries.DEVICE_RECOVERED)) == 1


def test_too_few_people_and_uncalibrated_readings_say_nothing() -> None:
    assert people(Playbook(RULES), *[35.2] * 4).view.faults == ()
    assert people(Playbook(RULES), *[35.2] * 6, calibration_id=None).view.faults == ()


def test_a_site_may_do_without_the_watch() -> None:
    off = rules_with(screening=ScreeningRules(drift_people=0))
    assert people(Playbook(off), *[35.2] * 30).view.faults == ()


def test_a_sensor_that_drifts_in_one_lane_is_named_with_the_lane_and_shown_there() -> None:
    rules = replace(MEASURED_TOO, screening=ScreeningRules(drift_people=1))
    play = Playbook(rules)
    play.happens(FaceAppeared(play.now, "out"))
    play.happens(ThermalSampled(play.now, play.asked(StartSampling)[0].passage_id, reading(35.2)))
    (record,) = play.recorded(entries.DEVICE_FAULTED)
    assert record.data["device"] == "drift@out"
    assert str(record.data["detail"]).startswith("the median of the last 1 people is 35.2 °C")
    assert (view(play, "").faults, view(play, "out").faults) == ((), ("drift",))
