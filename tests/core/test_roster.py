from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from calibration.reading import Missing, NoReading
from kiosk.core.passage import Passage
from kiosk.core.roster import CheckIn, Roster, check_in_of
from kiosk.core.rules import Duty
from kiosk.terms import Instant
from tests.core.counters import COOKS, HANDOVER, PACKERS, RESTAURANT, SHANGHAI
from tests.core.playbook import MORNING, WELL

AT = Instant(0.0, MORNING, True)
COOK = Passage(1, COOKS, AT, names=("today-cook", "yesterday-cook"), reading=WELL)
PACKER = Passage(2, PACKERS, AT, names=("today-packer",), reading=WELL)


def later(passage: Passage, **delta: float) -> Passage:
    moment = passage.begun_at.utc + timedelta(**delta)
    return replace(passage, id=passage.id + 10, begun_at=replace(AT, utc=moment))


def there(roster: Roster, **delta: float) -> list[tuple[Duty, str]]:
    return [(each.duty, each.subject) for each in roster.on(MORNING + timedelta(**delta))]


def test_who_has_checked_in_is_there_until_the_day_is_over_at_the_site() -> None:
    roster = Roster(RESTAURANT, SHANGHAI)
    roster.granted(COOK)
    roster.granted(PACKER)
    everybody = [(Duty.COOK, "today-cook"), (Duty.PACKER, "today-packer")]
    assert there(roster, hours=15, minutes=59) == everybody
    assert there(roster, hours=16) == []


def test_who_checks_in_again_is_there_from_then_on() -> None:
    roster = Roster(RESTAURANT, SHANGHAI)
    for passage in (COOK, PACKER, later(COOK, hours=1)):
        roster.granted(passage)
    assert there(roster) == [(Duty.PACKER, "today-packer"), (Duty.COOK, "today-cook")]


def test_days_that_are_over_are_forgotten() -> None:
    roster = Roster(RESTAURANT, SHANGHAI)
    roster.granted(COOK)
    roster.granted(later(PACKER, days=2))
    assert there(roster) == []
    assert there(roster, days=2) == [(Duty.PACKER, "today-packer")]


def test_those_of_yesterday_are_kept_for_a_clock_that_is_set_back_over_midnight() -> None:
    roster = Roster(RESTAURANT, SHANGHAI)
    roster.granted(COOK)
    roster.granted(later(PACKER, days=1))
    assert there(roster) == [(Duty.COOK, "today-cook")]


def test_only_a_place_to_check_in_for_a_duty_asks_for_somebody() -> None:
    courier = Passage(3, HANDOVER, AT)
    nobody = replace(RESTAURANT, access_points=(HANDOVER, replace(COOKS, duty=None)))
    assert Roster(nobody, SHANGHAI).judge(AT, courier) is None
    odd = replace(RESTAURANT, access_points=(replace(HANDOVER, duty=Duty.COOK),))
    assert Roster(odd, SHANGHAI).judge(AT, courier) is None
    assert Roster(RESTAURANT, SHANGHAI).judge(AT, courier) is not None


def test_a_void_check_in_takes_no_earlier_one_away() -> None:
    roster = Roster(RESTAURANT, SHANGHAI)
    roster.granted(COOK)
    roster.annulled(later(COOK, hours=1))
    assert there(roster) == [(Duty.COOK, "today-cook")]
    roster.annulled(COOK)
    assert there(roster) == []


def test_who_is_too_warm_is_not_there_under_any_of_their_names() -> None:
    before = CheckIn(MORNING, Duty.COOK, "yesterday-cook", {})
    roster = Roster(RESTAURANT, SHANGHAI, [before])
    roster.too_warm(replace(COOK, access_point=HANDOVER))
    assert there(roster) == [(Duty.COOK, "yesterday-cook")]
    roster.too_warm(COOK)
    assert there(roster) == []


def test_only_a_measured_check_in_of_somebody_counts() -> None:
    assert check_in_of(COOK) is not None
    assert check_in_of(replace(COOK, reading=None)) is None
    assert check_in_of(replace(COOK, reading=NoReading(Missing.NO_FACE))) is None
    assert check_in_of(replace(COOK, names=())) is None
    assert check_in_of(replace(COOK, access_point=HANDOVER)) is None


def test_a_check_in_keeps_numbers_and_none_of_the_sensors_own_words() -> None:
    kept = check_in_of(replace(COOK, reading=replace(WELL, eeprom=b"\0\1", raw=(b"\2\3",))))
    assert kept is not None
    assert kept.temperature["face_skin_celsius"] == 34.3
    assert "raw" not in kept.temperature
