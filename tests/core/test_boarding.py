"""Boarding a bus: a code, a tone and a lamp; no door, nobody counted as inside."""

from __future__ import annotations

from dataclasses import replace

import pytest

from calibration.reading import Missing, NoReading
from kiosk.core import passage as entries
from kiosk.core.commands import Announce, Lamp, Light, ReleaseGate, Show, Sound, StartSampling
from kiosk.core.events import CodeScanned, DeviceFaulted, Recorded, Tick
from kiosk.core.rules import AccessPoint, LaneRules, PassbackRules, Purpose, TemperatureCheck
from kiosk.core.trips import Departure, RideRules
from kiosk.core.view import Page
from kiosk.credentials.credential import Colour
from kiosk.credentials.policy import parse
from kiosk.terms import Outcome, Reason, Strictness
from tests.core.playbook import BUNDLE, WARM, WELL, Playbook, code, rules_with

DOOR = AccessPoint("door", Purpose.BOARDING, reader="camera", temperature=TemperatureCheck.OFF)
RULES = rules_with(access_points=(DOOR,), passback=PassbackRules(Strictness.OFF))
RIDE = RideRules("bus-17", schedule=(Departure("00:00", "K7", "K7-0000"),))
UNMEASURED = replace(BUNDLE, policy=parse({"temperature": {"boarding": "off"}}))
SECOND = code(cti=b"second!!")


def bus(*, temperature: TemperatureCheck = TemperatureCheck.OFF, journal_works: bool = True) -> Playbook:
    rules = replace(RULES, access_points=(replace(DOOR, temperature=temperature),))
    return Playbook(rules, UNMEASURED, ride=RIDE, journal_works=journal_works)


def lamps(play: Playbook) -> list[Lamp]:
    return [light.lamp for light in play.asked(Light) if light.lamp is not None]


def test_a_good_code_is_told_by_tone_and_lamp_and_nothing_moves() -> None:
    play = bus().scan(code())
    assert (play.result.outcome, play.result.reason) == (Outcome.GRANT, Reason.GRANTED)
    assert [each.sound for each in play.asked(Announce)] == [Sound.READ, Sound.GRANTED]
    assert play.asked(Light) == [Light(None), Light(Lamp.GRANTED, RULES.result_s)]
    assert not play.asked(ReleaseGate)
    assert not play.asked(StartSampling)


def test_a_bad_code_is_told_by_another_tone_and_the_other_lamp() -> None:
    for payload, sound in ((code(colour=Colour.RED), Sound.DENIED), (code(rotating=False), Sound.REFERRED)):
        play = bus().scan(payload)
        assert [each.sound for each in play.asked(Announce)] == [Sound.READ, sound]
        assert lamps(play) == [Lamp.REFUSED]


def test_a_boarding_is_in_the_journal_with_vehicle_line_and_trip_and_as_one_who_went_through() -> None:
    play = bus().scan(code())
    decided, passed = play.journal
    kept = {name: decided.data[name] for name in ("purpose", "vehicle", "line", "trip", "temperature")}
    assert kept == {
        "purpose": "boarding",
        "vehicle": "bus-17",
        "line": "K7",
        "trip": "K7-0000",
        "temperature": None,
    }
    assert (decided.type, passed.type) == (entries.DECIDED, entries.PASSED)
    assert passed.data["passage"] == decided.data["passage"]


def test_who_is_turned_away_is_kept_with_the_trip_as_well() -> None:
    (decided,) = bus().scan(code(colour=Colour.RED)).journal
    assert (decided.data["trip"], decided.data["reason"]) == ("K7-0000", "colour.red")


def test_nobody_is_told_that_he_may_board_before_it_is_on_disk() -> None:
    play = bus(journal_works=False).scan(code())
    assert not lamps(play)
    assert [each.sound for each in play.asked(Announce)] == [Sound.READ]
    play.happens(Recorded(play.now, 1, 0))
    assert lamps(play) == [Lamp.GRANTED]


def test_a_boarding_that_cannot_be_recorded_is_referred() -> None:
    play = bus(journal_works=False).scan(code()).wait(RULES.record_timeout_s)
    assert play.result.reason is Reason.JOURNAL_UNAVAILABLE
    assert lamps(play) == [Lamp.REFUSED]


def test_the_next_passenger_need_not_wait_for_the_last_one_s_result() -> None:
    play = bus().scan(code()).wait(0.3).scan(SECOND)
    assert lamps(play) == [Lamp.GRANTED, Lamp.GRANTED]
    lights = [light.lamp for light in play.asked(Light)]
    assert lights == [None, Lamp.GRANTED, None, Lamp.GRANTED], "dark between two of them"


def test_a_code_that_comes_while_another_is_being_recorded_is_answered_right_after_it() -> None:
    play = bus(journal_works=False).scan(code()).scan(SECOND)
    play.happens(Recorded(play.now, 1, 0))
    assert lamps(play) == [Lamp.GRANTED]
    waiting = [each.record_id for each in play.journal] or [2, 3]
    for record_id in waiting:
        play.happens(Recorded(play.now, record_id, 1))
    assert lamps(play) == [Lamp.GRANTED, Lamp.GRANTED]


def test_nobody_is_inside_a_bus_and_who_boards_again_later_is_welcome() -> None:
    play = bus().scan(code())
    assert play.checkpoint.occupancy == 0
    play.wait(60.0).happens(CodeScanned(play.now, "camera", code(shown_at=play.now.utc), "test"))
    assert play.result.reason is Reason.GRANTED


def test_one_showing_is_one_boarding_and_the_same_code_again_is_referred() -> None:
    play = bus().scan(code()).wait(0.1).scan(code())
    assert len(play.recorded(entries.DECIDED)) == 1
    play.wait(12.0).scan(code())
    assert play.result.reason is Reason.ALREADY_SHOWN


def test_a_site_that_is_stricter_than_the_policy_measures() -> None:
    play = bus(temperature=TemperatureCheck.AFTER).scan(code())
    assert play.page() is Page.LOOK_AT_SENSOR
    assert play.sample(WARM).result.reason is Reason.TEMPERATURE_ELEVATED
    play = bus(temperature=TemperatureCheck.AFTER).scan(code()).sample(WELL)
    assert play.result.reason is Reason.GRANTED
    assert isinstance(play.recorded(entries.DECIDED)[0].data["temperature"], dict)


def test_a_site_that_is_milder_than_the_policy_measures_all_the_same() -> None:
    play = Playbook(RULES, BUNDLE, ride=RIDE).scan(code())
    assert play.page() is Page.LOOK_AT_SENSOR
    play.sample(NoReading(Missing.NO_FACE)).wait(RULES.screening.timeout_s)
    assert play.result.reason is Reason.TEMPERATURE_NO_READING


def test_lamps_that_are_lost_keep_nobody_from_boarding() -> None:
    play = bus()
    play.happens(DeviceFaulted(play.now, "gate", "no pins")).scan(code())
    assert play.result.reason is Reason.GRANTED


@pytest.mark.parametrize("lost", [False, True])
def test_a_vehicle_with_a_barrier_opens_it_for_a_boarding(lost: bool) -> None:
    barred = replace(RULES, access_points=(replace(DOOR, output="barrier"),))
    play = Playbook(barred, UNMEASURED, ride=RIDE)
    if lost:
        play.happens(DeviceFaulted(play.now, "gate", "no pins"))
    play.scan(code())
    assert play.result.reason is (Reason.GATE_UNAVAILABLE if lost else Reason.GRANTED)
    assert [each.output for each in play.asked(ReleaseGate)] == ([] if lost else ["barrier"])
    play.wait(10.0)
    assert len(play.recorded(entries.PASSED)) == (0 if lost else 1)


def test_the_screen_is_told_in_which_lanes_a_vehicle_is_boarded() -> None:
    beside = replace(DOOR, id="staff-door", purpose=Purpose.ENTRY, reader="other", output="gate", lane="two")
    play = Playbook(replace(RULES, access_points=(DOOR, beside), lanes=(LaneRules("two", RULES.door),)))
    play.happens(Tick(play.now))
    told = {each.view.lane: each.view.boards for each in play.asked(Show)}
    assert told == {"": True, "two": False}
