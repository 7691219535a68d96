"""What a checkpoint is given by its site and its journal, and contacts that say again what they have said."""

from __future__ import annotations

import dataclasses

import pytest

from kiosk.core import passage as entries
from kiosk.core.commands import JsonValue
from kiosk.core.events import DoorOpened, Input, InputChanged, Started, Tick
from kiosk.core.past import Past
from kiosk.core.rules import DoorRules, Purpose, ScreeningRules, Shown, TemperatureCheck
from kiosk.core.trips import Departure, RideRules, Trip
from kiosk.core.view import Guidance
from kiosk.terms import Reason
from tests.core.counters import SHANGHAI
from tests.core.playbook import GATE_IN, WELL, Playbook, code, rules_with

TURNSTILE = rules_with(door=DoorRules(contact=False, passage_sensor=True, debounce_s=0.0))


@pytest.mark.parametrize("shown", Shown)
def test_the_screen_shows_the_value_that_the_site_has_chosen(shown: Shown) -> None:
    play = Playbook(rules_with(screening=ScreeningRules(show=shown))).scan(code()).sample(WELL)
    assert play.result.shown is shown


def test_the_welcome_of_a_place_where_a_face_is_enough_asks_for_it() -> None:
    point = dataclasses.replace(GATE_IN, reader="", temperature=TemperatureCheck.ONLY)
    by_face = Playbook(rules_with(access_points=(point,)))
    by_face.happens(Tick(by_face.now))
    assert by_face.guidance() is Guidance.LOOK_AT_SENSOR
    by_code = Playbook()
    by_code.happens(Tick(by_code.now))
    assert by_code.guidance() is Guidance.NONE


def test_the_journal_says_with_each_start_by_which_clock_on_the_wall_the_site_goes() -> None:
    play = Playbook(zone=SHANGHAI)
    play.happens(Started(play.now, {}, {}))
    assert play.recorded(entries.STARTED)[0].data["zone"] == "Asia/Shanghai"


def test_a_vehicle_goes_by_the_schedule_of_its_own_wall_and_by_the_trip_chosen_before_a_restart() -> None:
    schedule = (Departure("00:00", "night", "N-0000"), Departure("07:30", "K7", "K7-0730"))
    boarding = dataclasses.replace(GATE_IN, purpose=Purpose.BOARDING, output="")
    rules = rules_with(access_points=(boarding,))
    scheduled = Playbook(rules, ride=RideRules("bus-17", schedule), zone=SHANGHAI).scan(b"rubbish")
    assert scheduled.recorded(entries.DECIDED)[0].data["trip"] == "K7-0730", "midnight is eight there"
    offered = RideRules("bus-17", trips=(Trip("K7-1", "K7"), Trip("K7-2", "K7")))
    chosen = Playbook(rules, ride=offered, past=Past(trip="K7-2")).scan(b"rubbish")
    assert chosen.recorded(entries.DECIDED)[0].data["trip"] == "K7-2"


def test_no_passage_has_the_number_of_one_of_before_the_start() -> None:
    play = Playbook(past=Past(last_passage_id=41)).scan(code()).sample(WELL)
    assert play.recorded(entries.DECIDED)[0].data["passage"] == 42


def test_what_is_owed_from_before_the_start_is_recorded_with_the_moment_of_its_making_up() -> None:
    left: dict[str, JsonValue] = {
        "passage": 7,
        "access_point": "gate-in",
        "purpose": "entry",
        "subject": "somebody",
    }
    play = Playbook(open_grants=[left]).passes(3.0)
    play.happens(Tick(play.now))
    assert [each.at for each in play.recorded(entries.ANNULLED)] == [play.now]


def test_a_door_that_says_twice_that_it_is_open_is_open() -> None:
    play = Playbook()
    for _ in range(2):
        play.happens(DoorOpened(play.now)).wait(1.0)
    assert play.view.alarm is Reason.DOOR_FORCED_OPEN
    assert len(play.recorded(entries.DOOR_ALARM)) == 1
    assert play.recorded(entries.DOOR_CLEARED) == []


@pytest.mark.parametrize(
    ("which", "raised", "cleared"),
    [
        (Input.TAMPER, entries.ALARM_RAISED, entries.ALARM_CLEARED),
        (Input.FIRE, entries.ALARM_RAISED, entries.ALARM_CLEARED),
        (Input.PASSAGE, entries.DOOR_ALARM, entries.DOOR_CLEARED),
    ],
)
def test_a_contact_that_says_twice_what_it_has_said_says_it_once(
    which: Input, raised: str, cleared: str
) -> None:
    play = Playbook(TURNSTILE)
    for active in (True, True, False, False):
        play.happens(InputChanged(play.now, which, active)).wait(1.0)
    assert [len(play.recorded(kind)) for kind in (raised, cleared)] == [1, 1]
    assert play.view.alarm is None


def test_a_contact_that_is_at_rest_and_says_so_is_no_news() -> None:
    play = Playbook(TURNSTILE)
    play.happens(Tick(play.now))
    before = len(play.commands)
    for which in (Input.TAMPER, Input.FIRE, Input.PASSAGE, Input.REQUEST_TO_EXIT):
        play.happens(InputChanged(play.now, which, False)).wait(1.0)
    assert len(play.commands) == before
