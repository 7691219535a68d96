"""What the journal and the screen say of what staff did: on whom, where, and what came of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from kiosk.core import passage as entries
from kiosk.core.commands import Announce, Sound
from kiosk.core.events import DeviceFaulted, StaffAction, StaffIntent, StaffReason, StaffRefused
from kiosk.core.past import Past
from kiosk.core.rules import StaffRules
from kiosk.core.trips import NO_TRIP, RideRules, Trip
from kiosk.core.view import Mode, Notice
from tests.core.playbook import MORNING, Playbook, code
from tests.core.staff_play import WITH_PASSES, acts, decided, does, referred, signed_in, staff, warm
from tests.core.test_lanes import TWO

TAXI = RideRules("taxi-3", trips=(Trip("early", "K7"), Trip("late", "N1")))


def act(play: Playbook) -> dict[str, object]:
    return dict(play.recorded(entries.STAFF_ACTED)[-1].data)


@pytest.mark.parametrize(
    "action", [StaffAction.ADMIT, StaffAction.TURN_AWAY, StaffAction.RECHECK, StaffAction.CLINICAL]
)
def test_an_act_on_somebody_is_recorded_with_the_case_it_decides(action: StaffAction) -> None:
    play = does(warm(), action, reason=StaffReason.MEASURED_BY_HAND, case=1, celsius=36.6)
    kept = {name: act(play)[name] for name in ("action", "staff", "reason", "case")}
    assert kept == {"action": action.value, "staff": "07", "reason": "measured_by_hand", "case": 1}


def test_an_act_at_a_gate_is_recorded_with_its_lane() -> None:
    for action in (StaffAction.OPEN_ONCE, StaffAction.HOLD_OPEN):
        assert act(does(signed_in(Playbook(TWO)), action, lane="out"))["lane"] == "out"
    leaving = signed_in(Playbook(TWO).scan(code(), "exit-scanner"))
    assert act(does(leaving, StaffAction.ANNUL, lane="out"))["lane"] == "out"


def test_who_is_measured_again_and_gives_no_reading_is_not_judged_by_the_first_one() -> None:
    play = does(warm(), StaffAction.RECHECK, case=1).wait(6.0)
    assert decided(play)[-1] == ("refer", "temperature.no_reading")
    assert play.recorded(entries.DECIDED)[-1].data["temperature"] is None


@pytest.mark.parametrize(
    ("celsius", "answer"),
    [(34.0, ("grant", "temperature.clinical_normal")), (43.0, ("deny", "temperature.clinical_elevated"))],
)
def test_the_lowest_and_the_highest_clinical_value_are_taken(celsius: float, answer: tuple[str, str]) -> None:
    assert decided(does(warm(), StaffAction.CLINICAL, case=1, celsius=celsius))[-1] == answer


def test_a_hundred_thousand_people_can_be_counted() -> None:
    play = does(signed_in(), StaffAction.OCCUPANCY, count=100_000)
    assert play.checkpoint.occupancy == 100_000


def test_who_signs_in_sees_nothing_of_what_was_said_before() -> None:
    play = Playbook()
    play.happens(StaffRefused(play.now, "07", Notice.WRONG_PIN))
    assert staff(signed_in(play)).notice is Notice.NONE


def test_a_page_that_waits_for_a_pass_says_nothing_yet() -> None:
    play = Playbook(WITH_PASSES)
    play.happens(StaffRefused(play.now, "07", Notice.WRONG_PIN))
    play.happens(StaffIntent(play.now, StaffAction.AWAIT_PASS))
    assert (staff(play).awaits_pass, staff(play).notice) == (True, Notice.NONE)


def test_a_trip_that_is_chosen_ends_the_fault_and_what_is_done_after_it_is_recorded_too() -> None:
    play = Playbook(ride=TAXI)
    play.happens(DeviceFaulted(play.now, NO_TRIP, "none has been chosen"))
    does(signed_in(play), StaffAction.TRIP, trip="early")
    assert [each.data["device"] for each in play.recorded(entries.DEVICE_RECOVERED)] == [NO_TRIP]
    does(does(play, StaffAction.TRIP, trip="late"), StaffAction.MUTE)
    assert [each.data["trip"] for each in play.recorded(entries.TRIP_CHOSEN)] == ["early", "late"]
    assert acts(play) == ["mute"]


def test_the_trips_are_the_drivers_to_see_and_nobody_elses() -> None:
    play = does(signed_in(Playbook(ride=TAXI)), StaffAction.TRIP, trip="early")
    assert (len(staff(play).trips), staff(play).trip) == (2, "early")
    does(play, StaffAction.SIGN_OUT)
    assert (staff(play).trips, staff(play).trip) == ((), None)


def test_an_override_counts_from_its_moment_on_and_not_a_whole_hour_after_it() -> None:
    play = signed_in(Playbook(past=Past(overrides=(MORNING, MORNING - timedelta(hours=1)))))
    assert staff(play).overrides == 1


def test_too_many_overrides_are_heard_in_every_lane() -> None:
    play = signed_in(Playbook(replace(TWO, staff=StaffRules(overrides_per_hour=0))))
    does(play, StaffAction.HOLD_OPEN, lane="out")
    assert play.asked(Announce) == [Announce(Sound.ALARM), Announce(Sound.ALARM, "out")]


def test_the_screen_says_what_the_site_is_set_to() -> None:
    play = signed_in()
    modes = [staff(does(play, each)).mode for each in (StaffAction.LOCK_DOWN, StaffAction.EVACUATE)]
    assert modes == [Mode.LOCKED_DOWN, Mode.EVACUATING]
    assert staff(does(play, StaffAction.RELEASE)).mode is Mode.NORMAL


def test_somebody_referred_is_turned_away_by_his_own_case_and_no_other() -> None:
    play = referred().wait(9.0).scan(code(cti=b"somebod2", rotating=False))
    does(play, StaffAction.TURN_AWAY, case=1)
    assert [case.id for case in staff(play).cases] == [2]
