"""Meals handed over: order and courier, and the slip that comes of them."""

from __future__ import annotations

import dataclasses
import json

import pytest

from kiosk.core import passage as entries
from kiosk.core.commands import Announce, Record, Sound
from kiosk.core.events import (
    DeviceFaulted,
    Event,
    Recorded,
    RecordFailed,
    StaffAction,
    StaffIntent,
    StaffReason,
    StaffSignedIn,
    Tick,
)
from kiosk.core.phases import AwaitingOrder, Idle, Showing
from kiosk.core.rules import ScreeningRules, Shown, TemperatureCheck
from kiosk.core.view import Page, SourceState
from kiosk.credentials.slip import (
    MAX_CHARACTERS,
    MAX_MEASURED,
    Label,
    Role,
    Slip,
    open_slip,
    text_of,
)
from kiosk.terms import Outcome, Reason, Strictness
from tests.core.counters import (
    COOK,
    ORDER,
    PACKER,
    RESTAURANT,
    SHANGHAI,
    Counter,
    answer,
    counter,
    lamps,
    restaurant,
    slip_of,
)
from tests.core.playbook import COURIER, WARM, code, reading
from tests.credentials.slips import DEVICE, key_of

# -- order and courier


def test_an_order_and_then_its_courier_get_a_slip() -> None:
    play = counter().staffed().order().courier()
    assert answer(play) == (Outcome.GRANT, Reason.GRANTED)
    slip = slip_of(play)
    assert slip.device_id == DEVICE
    assert slip.is_of("MT-0042")
    assert not slip.is_of("MT-0043")
    assert slip.passage == play.view.passage_id
    assert slip.issued_at == play.now.utc


def test_a_courier_is_asked_for_the_order_and_gets_a_slip_with_it() -> None:
    play = counter().staffed().courier()
    assert play.page() is Page.SHOW_ORDER
    assert isinstance(play.checkpoint.phase(), AwaitingOrder)
    before = lamps(play)
    play.wait(29.0)
    assert lamps(play) == before
    play.order()
    assert slip_of(play).is_of("MT-0042")
    assert lamps(play) == before + 1
    assert Announce(Sound.READ) in play.commands


def test_the_newest_order_before_the_courier_counts() -> None:
    play = counter().staffed().order(b"MT-0041").wait(3.0)
    assert isinstance(play, Counter)
    play.order().courier()
    assert slip_of(play).is_of("MT-0042")


def test_an_order_is_one_couriers_alone() -> None:
    play = counter().staffed().order().courier()
    for _ in range(20):  # it lies before the reader still
        play.wait(0.5)
        play.order()
    play.courier(b"courier2")
    assert play.page() is Page.SHOW_ORDER


def test_an_order_that_was_scanned_too_long_before_is_nobodys() -> None:
    play = counter().staffed().order()
    play.wait(31.0)
    play.courier()
    assert play.page() is Page.SHOW_ORDER


@pytest.mark.parametrize(
    ("strictness", "outcome", "reason"),
    [
        (Strictness.SOFT, Outcome.REFER, Reason.NO_ORDER),
        (Strictness.HARD, Outcome.DENY, Reason.NO_ORDER),
        (Strictness.OFF, Outcome.GRANT, Reason.GRANTED),
    ],
)
def test_without_an_order_in_time_the_site_has_its_way(
    strictness: Strictness, outcome: Outcome, reason: Reason
) -> None:
    play = counter(restaurant(without_order=strictness)).staffed().courier()
    before = lamps(play)
    play.wait(31.0)
    assert answer(play) == (outcome, reason)
    assert play.result.slip is None
    assert lamps(play) - before == (outcome is Outcome.GRANT)
    assert not play.recorded(entries.SLIP_WRITTEN)


def test_a_courier_with_a_fever_takes_no_order_away() -> None:
    play = counter().staffed().order().courier(measured=WARM)
    assert answer(play) == (Outcome.REFER, Reason.TEMPERATURE_ELEVATED)
    play.wait(5.0)
    play.courier(b"courier2")
    assert slip_of(play).is_of("MT-0042")


def test_a_pass_at_the_orders_reader_is_no_order_and_nobodys_passage() -> None:
    play = counter().staffed()
    before = len(play.commands)
    play.order(code(role=COURIER))
    assert len(play.commands) == before


@pytest.mark.parametrize("payload", [b"   ", b"x" * 513])
def test_what_can_be_no_order_is_none(payload: bytes) -> None:
    play = counter().staffed().order(payload).courier()
    assert play.page() is Page.SHOW_ORDER


def test_an_order_is_read_by_the_couriers_reader_where_that_reads_orders() -> None:
    one_reader = dataclasses.replace(RESTAURANT.access_points[0], order_reader="counter-scanner")
    rules = dataclasses.replace(RESTAURANT, access_points=(one_reader, *RESTAURANT.access_points[1:]))
    play = counter(rules).staffed()
    play.scan(ORDER, "counter-scanner")
    play.courier()
    assert slip_of(play).is_of("MT-0042")


def test_no_order_number_is_ever_recorded_or_shown() -> None:
    play = counter().staffed().order().courier()
    play.wait(40.0)
    assert "MT-0042" not in repr(list(play.commands))
    assert "MT-0042" not in json.dumps([dict(record.data) for record in play.journal])
    assert "MT-0042" not in repr(play.checkpoint.phase())


def test_a_reader_of_orders_is_shown_like_any_other() -> None:
    play = counter()
    play.happens(DeviceFaulted(play.now, "order-scanner", "unplugged"))
    states = {each.name: each.state for each in play.view.sources}
    assert states == {"counter-scanner": SourceState.OK, "order-scanner": SourceState.LOST}


def test_whom_staff_admit_is_given_the_meal_without_a_slip() -> None:
    play = counter().staffed().courier(measured=WARM)
    case = play.view.passage_id
    play.wait(5.0)
    play.happens(StaffSignedIn(play.now, "07"))
    before = lamps(play)
    play.happens(StaffIntent(play.now, StaffAction.ADMIT, StaffReason.KNOWN_PERSON, case=case))
    assert lamps(play) == before + 1
    assert play.result.slip is None


def measured_by_hand(play: Counter, celsius: float = 36.6) -> Counter:
    """A courier was too warm for the kiosk, and staff have a clinical thermometer."""
    play.courier(measured=WARM)
    case = play.view.passage_id
    play.wait(60.0)
    play.happens(StaffSignedIn(play.now, "07"))
    play.happens(
        StaffIntent(play.now, StaffAction.CLINICAL, StaffReason.MEASURED_BY_HAND, case=case, celsius=celsius)
    )
    return play


def test_whom_a_clinical_thermometer_lets_pass_is_asked_for_the_order_and_its_value_is_on_the_slip() -> None:
    play = measured_by_hand(counter().staffed())
    entered = play.now.utc
    assert play.page() is Page.SHOW_ORDER
    before = lamps(play)
    play.wait(10.0)
    play.order()
    assert answer(play) == (Outcome.GRANT, Reason.CLINICAL_NORMAL)
    assert lamps(play) == before + 1
    (courier,) = slip_of(play).people[2].measured
    assert (courier.label, courier.tenths, courier.u_tenths) == (Label.CLINICAL, 366, None)
    assert courier.at == entered < slip_of(play).issued_at
    assert all(each.label is Label.FACE_SKIN for crew in slip_of(play).people[:2] for each in crew.measured)


@pytest.mark.parametrize("strictness", Strictness)
def test_without_an_order_whom_a_clinical_thermometer_lets_pass_gets_the_meal_and_no_slip(
    strictness: Strictness,
) -> None:
    play = measured_by_hand(counter(restaurant(without_order=strictness)).staffed())
    before = lamps(play)
    play.wait(31.0)
    assert [each.data["reason"] for each in play.recorded(entries.DECIDED)][
        -1
    ] == "temperature.clinical_normal"
    assert lamps(play) == before + 1
    assert not play.recorded(entries.SLIP_WRITTEN)


def test_an_order_that_was_scanned_before_staff_decided_stays_for_the_next_courier() -> None:
    play = counter().staffed().courier(measured=WARM)
    case = play.view.passage_id
    play.wait(5.0)
    play.order()
    play.happens(StaffSignedIn(play.now, "07"))
    play.wait(1.0)
    play.happens(
        StaffIntent(play.now, StaffAction.CLINICAL, StaffReason.MEASURED_BY_HAND, case=case, celsius=36.6)
    )
    assert play.page() is Page.SHOW_ORDER
    play.wait(2.0)
    play.order(b"MT-0099")
    assert slip_of(play).is_of("MT-0099")


def test_whom_a_clinical_thermometer_finds_too_warm_is_denied_and_asked_for_no_order() -> None:
    play = measured_by_hand(counter().staffed(), 38.4)
    assert answer(play) == (Outcome.DENY, Reason.CLINICAL_ELEVATED)
    assert play.result.slip is None


# -- the slip


def test_a_slip_lists_cook_packer_and_courier_with_the_numbers_of_the_screen() -> None:
    play = counter().check_in(COOK, b"cook-one", reading(36.5)).check_in(PACKER, b"packer-1", reading(36.9))
    play.order().courier(measured=reading(36.84, u_celsius=0.431))
    slip = slip_of(play)
    assert [crew.role for crew in slip.people] == [Role.COOK, Role.PACKER, Role.COURIER]
    assert [crew.measured[0].tenths for crew in slip.people] == [340, 344, 343]
    assert {crew.measured[0].label for crew in slip.people} == {Label.FACE_SKIN}
    assert slip.people[2].measured[0].u_tenths == 9  # 2 x 0.431, upwards
    assert all(each.within_limit for crew in slip.people for each in crew.measured)
    assert slip.people[0].measured[0].at < slip.people[1].measured[0].at < slip.people[2].measured[0].at


def test_a_courier_who_is_not_measured_has_no_temperature_on_the_slip() -> None:
    point = dataclasses.replace(RESTAURANT.access_points[0], temperature=TemperatureCheck.OFF)
    rules = dataclasses.replace(RESTAURANT, access_points=(point, *RESTAURANT.access_points[1:]))
    play = counter(rules).staffed().order()
    play.scan(code(cti=b"courier1", role=COURIER, shown_at=play.now.utc), "counter-scanner")
    assert slip_of(play).people[2].measured == ()


def test_a_site_that_shows_the_mouths_estimate_has_it_on_its_slips() -> None:
    rules = dataclasses.replace(RESTAURANT, screening=ScreeningRules(show=Shown.ORAL_ESTIMATE))
    slip = slip_of(counter(rules).staffed().order().courier(measured=reading(36.84)))
    assert slip.people[2].measured[0].label is Label.ORAL_ESTIMATE
    assert slip.people[2].measured[0].tenths == 368


def test_the_slip_is_recorded_with_its_digest_and_no_name_before_the_lamp_is_lit() -> None:
    play = counter().staffed()
    play.journal_works = False
    before = lamps(play)
    play.order().courier()
    slip, decided = play.asked(Record)[-2:]
    assert (slip.type, decided.type) == (entries.SLIP_WRITTEN, entries.DECIDED)
    play.happens(Recorded(play.now, decided.record_id, 8))
    assert lamps(play) == before
    play.happens(Recorded(play.now, slip.record_id, 7))
    assert lamps(play) == before + 1
    text = json.dumps(dict(slip.data))
    assert set(slip.data) == {
        "passage",
        "access_point",
        "slip",
        "digest",
        "issued_at",
        "place",
        "order",
        "people",
    }
    for name in ("today-", b"cook-one".hex(), b"courier1".hex(), "MT-0042", "王"):
        assert name not in text


@pytest.mark.parametrize("decided_first", [True, False])
def test_a_slip_that_can_not_be_recorded_lights_no_lamp(decided_first: bool) -> None:
    play = counter().staffed()
    play.journal_works = False
    before = lamps(play)
    play.order().courier()
    slip, decided = play.asked(Record)[-2:]
    answers: list[Event] = [
        Recorded(play.now, decided.record_id, 8),
        RecordFailed(play.now, slip.record_id, "full"),
    ]
    for each in answers if decided_first else reversed(answers):
        play.happens(each)
    assert lamps(play) == before
    assert answer(play) == (Outcome.REFER, Reason.JOURNAL_UNAVAILABLE)
    play.journal_works = True
    play.happens(DeviceFaulted(play.now, "order-scanner", "unplugged"))  # the journal takes records again
    play.happens(Tick(play.now))
    assert [each.type for each in play.asked(Record)].count(entries.ANNULLED) == 1


def test_a_grant_whose_slip_does_not_come_in_time_is_taken_back() -> None:
    play = counter().staffed()
    play.journal_works = False
    play.order().courier()
    decided = play.asked(Record)[-1]
    play.happens(Recorded(play.now, decided.record_id, 8))
    play.wait(3.5)
    assert answer(play) == (Outcome.REFER, Reason.JOURNAL_UNAVAILABLE)
    assert play.asked(Record)[-1].type == entries.ANNULLED


def test_a_site_may_have_its_slips_shown_as_links_to_its_hub() -> None:
    play = counter(restaurant(slip_page="https://hub.example/s")).staffed().order().courier()
    assert play.result.slip is not None
    assert play.result.slip.startswith("https://hub.example/s#MS1%3A")
    slip = open_slip(text_of(play.result.slip).encode(), key_of)
    assert isinstance(slip, Slip)
    assert slip.is_of("MT-0042")


def test_a_slip_stays_for_thirty_seconds() -> None:
    play = counter().staffed().order().courier()
    play.wait(29.5)
    assert play.result.slip is not None
    assert isinstance(play.checkpoint.phase(), Showing)
    play.wait(1.0)
    assert play.page() is Page.WELCOME


def test_a_slip_makes_room_for_the_next_person() -> None:
    play = counter().staffed().order().courier()
    play.wait(10.0)
    play.scan(code(cti=b"courier2", role=COURIER), "counter-scanner")
    assert play.page() is Page.LOOK_AT_SENSOR


def test_a_slip_makes_room_for_the_next_order() -> None:
    play = counter().staffed().order().courier()
    play.wait(10.0)
    play.order(b"MT-0043")
    assert isinstance(play.checkpoint.phase(), Idle)
    assert play.page() is Page.WELCOME
    play.courier(b"courier2")
    assert slip_of(play).is_of("MT-0043")


def test_an_order_takes_no_answer_without_a_slip_from_the_screen() -> None:
    play = counter().staffed().courier(measured=WARM)
    play.order()
    assert play.page() is Page.RESULT


def test_a_kiosk_that_has_nothing_to_sign_with_hands_over_without_slips() -> None:
    play = Counter(RESTAURANT, zone=SHANGHAI).staffed().order().courier()
    assert play.result.outcome is Outcome.GRANT
    assert play.result.slip is None


def test_a_busy_kitchen_fits_on_a_slip() -> None:
    play = counter()
    for number in range(12):
        play.check_in(COOK, f"cook-{number:03}".encode(), reading(36.0 + number / 20))
    play.check_in(PACKER, b"packer-1").order().courier()
    slip = slip_of(play)
    cooks, packers, courier = slip.people
    assert (cooks.count, len(cooks.measured)) == (12, MAX_MEASURED - 2)
    assert cooks.measured[0].tenths == 340  # 36.55 - 2.5: the highest
    assert (packers.count, len(packers.measured), len(courier.measured)) == (1, 1, 1)
    assert len(play.result.slip or "") <= MAX_CHARACTERS
