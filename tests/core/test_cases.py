"""Cases after a restart: as they were, and each for itself."""

from __future__ import annotations

from dataclasses import replace

from kiosk.core import passage as entries
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
