"""The numbers on a slip: whose temperature stands there, and which values it can hold."""

from __future__ import annotations

import dataclasses
from hashlib import sha256

import pytest

from kiosk.core import passage as entries
from kiosk.core.json_value import JsonValue
from kiosk.core.past import Past
from kiosk.core.roster import CheckIn
from kiosk.core.rules import Duty, ScreeningRules, TemperatureCheck
from kiosk.credentials.slip import MAX_MEASURED, Crew, Measured, people_of
from tests.core.counters import COOK, PACKER, RESTAURANT, Counter, counter, slip_of
from tests.core.playbook import COURIER, MORNING, code, reading

UNMEASURED = dataclasses.replace(RESTAURANT.access_points[0], temperature=TemperatureCheck.OFF)


def cooks(temperature: dict[str, JsonValue]) -> tuple[Measured, ...]:
    """What stands on a slip of a cook who was measured so."""
    cook = CheckIn(MORNING, Duty.COOK, "today-cook", temperature)
    play = counter(past=Past(check_ins=(cook,))).check_in(PACKER, b"packer-1")
    crew = slip_of(play.check_in(COOK, b"cook-two").order().courier()).people[0]
    return tuple(each for each in crew.measured if each.tenths != 343)


def courier_of(play: Counter) -> Crew:
    return slip_of(play).people[-1]


@pytest.mark.parametrize(("celsius", "tenths"), [(-40.0, -400), (34.04, 340), (34.06, 341), (300.0, 3000)])
@pytest.mark.parametrize(("u_celsius", "u_tenths"), [(0.0, 0), (0.8, 8), (0.81, 9), (99.9, 999)])
def test_a_value_is_rounded_and_its_uncertainty_upwards(
    celsius: float, tenths: int, u_celsius: float, u_tenths: int
) -> None:
    (measured,) = cooks({"face_skin_celsius": celsius, "expanded_u_celsius": u_celsius})
    assert (measured.tenths, measured.u_tenths) == (tenths, u_tenths)


@pytest.mark.parametrize(
    "temperature",
    [
        {"face_skin_celsius": -40.1, "expanded_u_celsius": 0.8},
        {"face_skin_celsius": 300.1, "expanded_u_celsius": 0.8},
        {"face_skin_celsius": 34.1, "expanded_u_celsius": -0.1},
        {"face_skin_celsius": 34.1, "expanded_u_celsius": 100.0},
        {"face_skin_celsius": 34.1, "expanded_u_celsius": float("nan")},
        {"face_skin_celsius": 34.1},
        {"expanded_u_celsius": 0.8},
    ],
)
def test_what_no_slip_can_hold_stands_on_none(temperature: dict[str, JsonValue]) -> None:
    assert cooks(temperature) == ()


def test_a_courier_who_is_not_measured_stands_there_without_a_temperature() -> None:
    rules = dataclasses.replace(RESTAURANT, access_points=(UNMEASURED, *RESTAURANT.access_points[1:]))
    play = counter(rules).staffed().order()
    play.scan(code(cti=b"courier1", role=COURIER, shown_at=play.now.utc), "counter-scanner")
    assert (courier_of(play).count, courier_of(play).measured) == (1, ())


def test_a_courier_whose_temperature_fits_no_slip_stands_there_without_one() -> None:
    rules = dataclasses.replace(RESTAURANT, screening=ScreeningRules(guard_factor=0.0))
    play = counter(rules).staffed().order().courier(measured=reading(36.8, u_celsius=60.0))
    assert (courier_of(play).count, courier_of(play).measured) == (1, ())


def test_room_that_a_few_cooks_leave_is_the_packers() -> None:
    play = counter()
    for number in range(12):
        play.check_in(PACKER, f"packer{number:02}".encode())
    play.check_in(COOK, b"cook-one").check_in(COOK, b"cook-two").order().courier()
    listed = [(crew.count, len(crew.measured)) for crew in slip_of(play).people]
    assert listed == [(2, 2), (12, MAX_MEASURED - 3), (1, 1)]


def test_the_record_of_a_slip_says_all_that_stands_on_it_and_where_it_was_written() -> None:
    play = counter().staffed().order().courier()
    slip, text = slip_of(play), play.result.slip
    assert text is not None
    (record,) = play.recorded(entries.SLIP_WRITTEN)
    assert record.data == {
        "access_point": "counter",
        "passage": slip.passage,
        "slip": slip.slip_id.hex(),
        "digest": sha256(text.encode()).hexdigest(),
        "issued_at": "2026-11-23T00:00:12+00:00",
        "place": "Noodles",
        "order": slip.order.hex(),
        "people": people_of(slip),
    }
