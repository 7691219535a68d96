"""Cases: every one that is open is there for staff, also after a restart, and each for itself."""

from __future__ import annotations

from dataclasses import replace

from kiosk.core import passage as entries
from kiosk.core.cases import MOST_CASES, SAID_AHEAD
from kiosk.core.commands import JsonValue
from kiosk.core.events import StaffAction
from kiosk.core.past import Past
from kiosk.core.rules import ScreeningRules, Shown
from kiosk.credentials.credential import Colour
from kiosk.terms import Strictness
from tests.core.playbook import MORNING, WARM, Playbook, code, rules_with
from tests.core.staff_play import does, signed_in, staff

ORAL = rules_with(screening=ScreeningRules(show=Shown.ORAL_ESTIMATE))


def test_a_case_shows_after_a_restart_what_it_showed_before_but_for_the_name() -> None:
    play = signed_in(Playbook(ORAL).scan(code()).sample(WARM))
    (before,) = staff(play).cases
    past = Past(open_cases=((play.recorded(entries.DECIDED)[0].data, MORNING),))
    (after,) = staff(signed_in(Playbook(ORAL, past=past))).cases
    assert before.result.masked_name == "王*"
    assert after == replace(before, result=replace(before.result, masked_name=None))


def nameless(passage: int) -> dict[str, JsonValue]:
    return {
        "passage": passage,
        "access_point": "gate-in",
        "outcome": "refer",
        "reason": "temperature.recheck",
    }


def test_who_had_no_name_before_a_restart_has_none_after_it_and_is_nobody_else() -> None:
    past = Past(open_cases=((nameless(1), MORNING), (nameless(2), MORNING)), last_passage_id=2)
    play = does(signed_in(Playbook(past=past)), StaffAction.ADMIT, case=1)
    assert "subject" not in play.recorded(entries.DECIDED)[0].data
    assert [case.id for case in staff(play).cases] == [2]


def test_a_fever_that_denies_takes_the_place_of_the_same_persons_case_before() -> None:
    hard = rules_with(screening=ScreeningRules(elevated=Strictness.HARD))
    play = Playbook(hard).scan(code(colour=Colour.YELLOW)).wait(12.0).scan(code()).sample(WARM)
    assert [case.id for case in staff(signed_in(play)).cases] == [2]


def test_who_is_referred_a_second_time_is_one_case_and_not_two() -> None:
    yellow = code(colour=Colour.YELLOW)
    play = signed_in(Playbook().scan(yellow).wait(20.0).scan(yellow))
    assert [case.id for case in staff(play).cases] == [2]


def with_open(count: int) -> Playbook:
    told = tuple((nameless(number), MORNING) for number in range(1, count + 1))
    return Playbook(past=Past(open_cases=told, last_passage_id=count))


def refers(play: Playbook, number: int) -> Playbook:
    somebody = b"case%04d" % number
    return play.scan(code(cti=somebody, colour=Colour.YELLOW, shown_at=play.now.utc)).wait(5.0)


def test_staff_see_every_case_that_is_open_and_can_decide_on_the_oldest() -> None:
    play = signed_in(with_open(MOST_CASES))
    assert [case.id for case in staff(play).cases] == list(range(MOST_CASES, 0, -1))
    does(play, StaffAction.ADMIT, case=1)
    assert play.recorded(entries.DECIDED)[0].data["case"] == 1
    assert len(staff(play).cases) == staff(play).waiting == MOST_CASES - 1


def test_before_a_case_lapses_staff_are_told_how_many_more_it_takes_also_signed_out() -> None:
    play = refers(with_open(MOST_CASES - SAID_AHEAD - 1), 0)
    assert staff(play).lapses_after is None
    said = []
    for number in range(1, SAID_AHEAD + 1):
        refers(play, number)
        said.append(staff(play).lapses_after)
    assert said == list(range(SAID_AHEAD, 0, -1))
    assert play.recorded(entries.CASE_LAPSED) == [], "and none has lapsed so far"
    refers(play, SAID_AHEAD + 1)
    assert [one.data for one in play.recorded(entries.CASE_LAPSED)] == [{"case": 1}]
    does(signed_in(play), StaffAction.TURN_AWAY, case=2)
    assert staff(play).lapses_after == 2
