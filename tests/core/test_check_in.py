"""The staff of a counter check themselves in, and are on the slips of their day."""

from __future__ import annotations

import pytest

from calibration.reading import Missing, NoReading
from kiosk.core import passage as entries
from kiosk.core.events import (
    DeviceFaulted,
    StaffAction,
    StaffIntent,
    StaffReason,
    StaffSignedIn,
)
from kiosk.core.past import Past
from kiosk.core.roster import CheckIn
from kiosk.core.rules import Duty
from kiosk.credentials.slip import Label, Role
from kiosk.terms import Outcome, Reason, Strictness
from tests.core.counters import (
    COOK,
    PACKER,
    Counter,
    answer,
    counter,
    lamps,
    restaurant,
    slip_of,
)
from tests.core.playbook import COURIER, WARM, WELL, code, reading


def test_who_checks_in_is_told_so_and_a_lamp_is_lit() -> None:
    play = counter()
    play.scan(code(cti=b"cook-one", role=COOK), "counter-scanner")
    play.sample(WELL)
    assert answer(play) == (Outcome.GRANT, Reason.CHECKED_IN)
    assert (play.result.access_point, lamps(play)) == ("kitchen", 1)
    (record,) = play.recorded(entries.DECIDED)
    assert (record.data["purpose"], record.data["duty"]) == ("checkin", "cook")


@pytest.mark.parametrize("role", [COOK, PACKER])
def test_with_nobody_for_a_duty_a_hand_over_is_referred(role: int) -> None:
    play = counter().check_in(role, b"somebody")
    play.order()
    play.scan(code(cti=b"courier1", role=COURIER), "counter-scanner")
    assert answer(play) == (Outcome.REFER, Reason.NO_CHECKIN)


@pytest.mark.parametrize("measured", [WARM, NoReading(Missing.NO_FACE)])
def test_who_was_not_found_well_has_not_checked_in(measured: object) -> None:
    play = counter().check_in(PACKER, b"packer-1").check_in(COOK, b"cook-one", measured)
    play.wait(5.0)
    play.scan(code(cti=b"courier1", role=COURIER), "counter-scanner")
    assert answer(play) == (Outcome.REFER, Reason.NO_CHECKIN)


def test_a_site_may_hand_over_without_check_ins() -> None:
    play = counter(restaurant(without_checkin=Strictness.OFF)).order().courier()
    assert [crew.role for crew in slip_of(play).people] == [Role.COURIER]


def test_who_is_too_warm_later_in_the_day_is_on_no_slip_any_more() -> None:
    play = counter().staffed()
    play.wait(3600.0)
    play.scan(code(cti=b"cook-one", role=COOK, shown_at=play.now.utc), "counter-scanner")
    play.sample(WARM)
    play.wait(5.0)
    play.scan(code(cti=b"courier1", role=COURIER, shown_at=play.now.utc), "counter-scanner")
    assert answer(play) == (Outcome.REFER, Reason.NO_CHECKIN)


def test_who_checks_in_again_is_one_person_with_the_newer_temperature() -> None:
    play = counter().staffed()
    play.wait(3600.0)
    play.scan(code(cti=b"cook-one", role=COOK, shown_at=play.now.utc), "counter-scanner")
    play.sample(reading(37.0))
    play.wait(6.0)
    play.order().courier()
    cooks = slip_of(play).people[0]
    assert (cooks.count, cooks.measured[0].tenths) == (1, 345)


def test_a_check_in_counts_on_the_sites_own_day() -> None:
    """It is 08:00 in Shanghai when the day of these tests begins; the next day there begins at 16:00 UTC."""
    past = Past(
        check_ins=tuple(
            CheckIn(
                counter().now.utc.replace(hour=hour, day=day),
                duty,
                f"today-{duty}",
                {"face_skin_celsius": 34.1, "expanded_u_celsius": 0.8},
            )
            for duty, day, hour in ((Duty.COOK, 22, 15), (Duty.PACKER, 22, 16))
        )
    )
    play = counter(past=past)
    play.scan(code(cti=b"courier1", role=COURIER), "counter-scanner")
    assert answer(play) == (Outcome.REFER, Reason.NO_CHECKIN)
    play.wait(5.0)
    play.check_in(COOK, b"cook-one").order().courier(b"courier2")
    assert [crew.count for crew in slip_of(play).people] == [1, 1, 1]


def test_a_check_in_that_the_lamp_did_not_answer_is_void() -> None:
    play = counter().check_in(PACKER, b"packer-1")
    play.scan(code(cti=b"cook-one", role=COOK), "counter-scanner")
    play.sample(WELL)
    play.happens(DeviceFaulted(play.now, "gate", "no pins"))
    assert answer(play) == (Outcome.REFER, Reason.GATE_UNAVAILABLE)
    assert play.recorded(entries.ANNULLED)


def by_staff(play: Counter, action: StaffAction, celsius: float | None = None) -> Counter:
    """On whoever was decided on last."""
    case = play.recorded(entries.DECIDED)[-1].data["passage"]
    assert isinstance(case, int)
    play.happens(StaffSignedIn(play.now, "07"))
    play.happens(StaffIntent(play.now, action, StaffReason.MEASURED_BY_HAND, case=case, celsius=celsius))
    play.wait(6.0)
    return play


def test_who_is_let_check_in_by_a_clinical_thermometer_is_on_slips_with_its_value() -> None:
    play = counter().check_in(PACKER, b"packer-1").check_in(COOK, b"cook-one", WARM)
    by_staff(play, StaffAction.CLINICAL, 36.6)
    entered = play.recorded(entries.STAFF_ACTED)[-1].at.utc
    play.order().courier()
    (cook,) = slip_of(play).people[0].measured
    assert (cook.label, cook.tenths, cook.u_tenths, cook.within_limit) == (Label.CLINICAL, 366, None, True)
    assert cook.at == entered


def test_who_is_too_warm_by_a_clinical_thermometer_is_on_no_slip_any_more() -> None:
    play = counter().staffed()
    play.wait(3600.0)
    play.scan(code(cti=b"cook-one", role=COOK, shown_at=play.now.utc), "counter-scanner")
    play.sample(reading(37.9)).sample(reading(37.9))
    assert answer(play) == (Outcome.REFER, Reason.TEMPERATURE_RECHECK)
    play.wait(6.0)
    by_staff(play, StaffAction.CLINICAL, 38.4)
    play.scan(code(cti=b"courier1", role=COURIER, shown_at=play.now.utc), "counter-scanner")
    assert answer(play) == (Outcome.REFER, Reason.NO_CHECKIN)


def test_whom_staff_let_check_in_by_hand_is_on_no_slip() -> None:
    play = counter().check_in(PACKER, b"packer-1").check_in(COOK, b"cook-one", WARM)
    by_staff(play, StaffAction.ADMIT)
    play.scan(code(cti=b"courier1", role=COURIER, shown_at=play.now.utc), "counter-scanner")
    assert answer(play) == (Outcome.REFER, Reason.NO_CHECKIN)


def test_a_value_that_no_slip_can_hold_is_not_measured() -> None:
    odd = CheckIn(
        counter().now.utc, Duty.COOK, "today-odd", {"face_skin_celsius": 34.0, "expanded_u_celsius": 500.0}
    )
    torn = CheckIn(counter().now.utc, Duty.PACKER, "today-torn", {"face_skin_celsius": None})
    play = counter(past=Past(check_ins=(odd, torn)))
    play.order().courier()
    assert [crew.role for crew in slip_of(play).people] == [Role.COURIER]
