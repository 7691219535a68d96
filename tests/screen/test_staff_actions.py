from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.core.events import StaffAction, StaffReason
from kiosk.core.view import CaseView, Mode, Page, Result, TripView, ViewState
from kiosk.screen.staff_actions import REASONS_FOR, Draft, Step, offered, offered_for
from kiosk.terms import Outcome, Reason
from kiosk.wire import IntentMessage
from tests.screen.staff_states import NOW, at_counter, granted_behind, signed_out, staff_view

WITHOUT_A_REASON = {StaffAction.DISMISS, StaffAction.AWAIT_PASS, StaffAction.SIGN_OUT, StaffAction.TRIP}
ALWAYS = {StaffAction.OCCUPANCY}
USUAL = {StaffAction.OPEN_ONCE, StaffAction.HOLD_OPEN, StaffAction.LOCK_DOWN, StaffAction.EVACUATE}


def case(reason: Reason) -> CaseView:
    return CaseView(40, NOW, Result(Outcome.REFER, reason, "main-gate"))


def test_nothing_is_offered_to_nobody() -> None:
    assert offered(signed_out(waiting=3)) == ()


@pytest.mark.parametrize(
    ("view", "expected"),
    [
        (staff_view(), USUAL),
        (staff_view(Page.ALARM), USUAL | {StaffAction.MUTE}),
        (granted_behind(), USUAL | {StaffAction.ANNUL}),
        (staff_view(held=("north",)), USUAL | {StaffAction.RELEASE}),
        (staff_view(held=("",)), {StaffAction.LOCK_DOWN, StaffAction.EVACUATE, StaffAction.RELEASE}),
        (
            staff_view(Page.LOCKED_DOWN, mode=Mode.LOCKED_DOWN),
            {StaffAction.OPEN_ONCE, StaffAction.EVACUATE, StaffAction.RELEASE},
        ),
        (
            staff_view(Page.EVACUATE, mode=Mode.EVACUATING, held=("",)),
            {StaffAction.RELEASE},
        ),
        (
            staff_view(Page.ALARM, mode=Mode.EVACUATING, held=("",)),
            {StaffAction.RELEASE, StaffAction.MUTE},
        ),
        (staff_view(Page.ALARM, sounds=False), USUAL),
    ],
    ids=[
        "welcome",
        "alarm",
        "granted",
        "other lane held",
        "this lane held",
        "locked down",
        "evacuating",
        "evacuating in a fire",
        "alarm that is muted",
    ],
)
def test_what_makes_no_sense_now_is_not_offered(view: ViewState, expected: set[StaffAction]) -> None:
    assert set(offered(view)) == expected | ALWAYS


def test_where_nothing_is_opened_and_nobody_is_inside_neither_a_door_nor_people_are_offered() -> None:
    assert set(offered(at_counter())) == USUAL - {StaffAction.HOLD_OPEN}
    handing_over = at_counter(Page.RESULT, annullable=("",))
    assert set(offered(handing_over)) == (USUAL | {StaffAction.ANNUL}) - {StaffAction.HOLD_OPEN}


def test_a_grant_that_somebody_is_going_through_on_or_that_opened_nothing_is_not_annulled() -> None:
    passing = replace(granted_behind(), staff=staff_view().staff)
    assert StaffAction.ANNUL not in offered(passing)


def test_a_lane_of_another_name_can_be_held_open_beside_one_that_is() -> None:
    north = replace(staff_view(held=("",)), lane="north")
    assert {StaffAction.HOLD_OPEN, StaffAction.OPEN_ONCE, StaffAction.RELEASE} <= set(offered(north))


def test_only_what_was_measured_is_measured_again() -> None:
    assert offered_for(case(Reason.TEMPERATURE_ELEVATED)) == (
        StaffAction.ADMIT,
        StaffAction.RECHECK,
        StaffAction.CLINICAL,
        StaffAction.TURN_AWAY,
    )
    assert offered_for(case(Reason.PAPER)) == (StaffAction.ADMIT, StaffAction.TURN_AWAY)


def test_every_action_that_needs_a_reason_has_some_and_the_grid_holds_them() -> None:
    assert set(REASONS_FOR) == set(StaffAction) - WITHOUT_A_REASON
    assert all(1 < len(set(reasons)) == len(reasons) <= 8 for reasons in REASONS_FOR.values())
    assert all(StaffReason.OTHER in reasons for reasons in REASONS_FOR.values())
    assert {reason for reasons in REASONS_FOR.values() for reason in reasons} == set(StaffReason)


@pytest.mark.parametrize(
    ("draft", "steps"),
    [
        (Draft(StaffAction.OPEN_ONCE), [Step.REASON]),
        (Draft(StaffAction.ADMIT, 40), [Step.REASON]),
        (Draft(StaffAction.CLINICAL, 40), [Step.NUMBER, Step.REASON]),
        (Draft(StaffAction.OCCUPANCY), [Step.NUMBER, Step.REASON]),
        (Draft(StaffAction.EVACUATE), [Step.REASON, Step.CONFIRM]),
    ],
    ids=lambda value: value.action if isinstance(value, Draft) else "",
)
def test_an_action_asks_for_all_that_it_lacks_and_for_nothing_else(draft: Draft, steps: list[Step]) -> None:
    asked = []
    while draft.step is not None:
        asked.append(draft.step)
        match draft.step:
            case Step.NUMBER:
                draft = draft.with_number(37)
            case Step.REASON:
                draft = draft.with_reason(StaffReason.OTHER)
            case _:
                draft = draft.confirmed()
    assert asked == steps


def test_a_number_is_a_temperature_or_people_as_the_action_says() -> None:
    measured = Draft(StaffAction.CLINICAL, 40).with_number(37.4).with_reason(StaffReason.MEASURED_BY_HAND)
    counted = Draft(StaffAction.OCCUPANCY).with_number(42).with_reason(StaffReason.COUNTED)
    assert measured.message("north") == IntentMessage(
        StaffAction.CLINICAL, StaffReason.MEASURED_BY_HAND, 40, "north", celsius=37.4
    )
    assert counted.message("") == IntentMessage(StaffAction.OCCUPANCY, StaffReason.COUNTED, count=42)


def test_a_draft_makes_sense_as_long_as_it_would_be_offered() -> None:
    view = staff_view()
    assert Draft(StaffAction.OPEN_ONCE).still_makes_sense(view)
    assert not Draft(StaffAction.OPEN_ONCE).still_makes_sense(staff_view(held=("",)))
    assert Draft(StaffAction.ADMIT, 40).still_makes_sense(view)
    assert not Draft(StaffAction.ADMIT, 40).still_makes_sense(staff_view(cases=()))
    assert not Draft(StaffAction.CLINICAL, 38).still_makes_sense(view), "of a paper code"


def test_a_driver_is_asked_for_the_trip_alone() -> None:
    trips = (TripView("K7-0630", "K7"), TripView("K7-0745", "K7"))
    riding = replace(staff_view(), staff=replace(staff_view().staff, trips=trips))
    assert StaffAction.TRIP in offered(riding)
    draft = Draft(StaffAction.TRIP)
    assert draft.step is Step.TRIP
    chosen = draft.with_trip("K7-0745")
    assert (chosen.step, chosen.message("")) == (None, IntentMessage(StaffAction.TRIP, trip="K7-0745"))
