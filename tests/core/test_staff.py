"""Staff at the screen: who they are, what they decide on people, and what is recorded of it."""

from __future__ import annotations

import pytest

from kiosk.core import cases
from kiosk.core import passage as entries
from kiosk.core.commands import ReleaseGate
from kiosk.core.events import (
    DeviceFaulted,
    DoorClosed,
    DoorOpened,
    StaffAction,
    StaffIntent,
    StaffReason,
    StaffRefused,
)
from kiosk.core.past import Past
from kiosk.core.phases import Idle, Sampling
from kiosk.core.rules import Rules, StaffRules
from kiosk.core.trips import NO_TRIP, RideRules, Trip
from kiosk.core.view import Notice, Page, StaffView
from kiosk.credentials.credential import Colour
from kiosk.terms import Reason, Strictness
from tests.core.playbook import (
    MORNING,
    RULES,
    WARM,
    WELL,
    Playbook,
    code,
    reading,
    rules_with,
)
from tests.core.staff_play import (
    GUARD,
    WITH_PASSES,
    YELLOW,
    acts,
    decided,
    does,
    referred,
    signed_in,
    staff,
    warm,
)

NAME = f"today-{b'somebody'.hex()}"


class TestSigningIn:
    def test_a_session_is_recorded_shown_and_over_when_nothing_is_done(self) -> None:
        play = signed_in()
        assert play.recorded(entries.STAFF_SIGNED_IN)[0].data == {"staff": "07", "by": "pin"}
        assert staff(play).signed_in == "07"
        does(play.wait(50.0), StaffAction.MUTE).wait(59.0)
        assert staff(play).signed_in == "07"
        play.wait(1.0)
        assert staff(play).signed_in is None
        assert play.recorded(entries.STAFF_SIGNED_OUT)[0].data == {"staff": "07", "cause": "time"}

    def test_who_signs_out_is_out(self) -> None:
        play = does(signed_in(), StaffAction.SIGN_OUT)
        assert staff(play) == StaffView()
        assert play.recorded(entries.STAFF_SIGNED_OUT)[0].data == {"staff": "07", "cause": "staff"}

    def test_a_wrong_pin_is_recorded_and_said(self) -> None:
        play = Playbook()
        play.happens(StaffRefused(play.now, "07", Notice.WRONG_PIN))
        assert play.recorded(entries.STAFF_REFUSED)[0].data == {"staff": "07", "reason": "wrong_pin"}
        assert staff(play).notice is Notice.WRONG_PIN

    @pytest.mark.parametrize(
        "action", sorted(set(StaffAction) - {StaffAction.DISMISS, StaffAction.AWAIT_PASS})
    )
    def test_nobody_who_is_not_signed_in_does_anything(self, action: StaffAction) -> None:
        play = does(Playbook().scan(YELLOW), action, case=1, celsius=36.5, count=0)
        assert staff(play).notice is Notice.NOT_SIGNED_IN
        assert [record.type for record in play.journal] == [entries.DECIDED]

    def test_nothing_is_done_without_a_reason(self) -> None:
        play = does(referred(), StaffAction.ADMIT, reason=None, case=1)
        assert staff(play).notice is Notice.NO_REASON
        assert acts(play) == []

    def test_cases_and_counts_are_shown_to_staff_alone(self) -> None:
        play = Playbook().scan(YELLOW)
        assert (staff(play).waiting, staff(play).cases, staff(play).occupancy) == (1, (), None)
        signed_in(play)
        assert [case.result.reason for case in staff(play).cases] == [Reason.COLOUR_YELLOW]
        assert (staff(play).occupancy, staff(play).overrides) == (0, 0)


class TestPass:
    def awaiting(self, rules: Rules = WITH_PASSES, **more: object) -> Playbook:
        play = Playbook(rules, **more)  # type: ignore[arg-type]
        return play.happens(StaffIntent(play.now, StaffAction.AWAIT_PASS))

    def test_a_rotating_pass_of_a_staff_role_signs_in_and_is_nobodys_passage(self) -> None:
        play = self.awaiting().scan(code(role=GUARD))
        assert play.recorded(entries.STAFF_SIGNED_IN)[0].data["by"] == "pass"
        assert staff(play).signed_in == f"today-{b'somebody'.hex()}"
        play.wait(0.5).scan(code(role=GUARD))
        assert play.recorded(entries.DECIDED) == []
        assert isinstance(play.checkpoint.phase(), Idle)

    @pytest.mark.parametrize(
        ("shown", "name", "reason"),
        [
            (code(), NAME, Reason.ROLE_NOT_PERMITTED),
            (code(role=GUARD, rotating=False), NAME, Reason.PAPER),
            (code(role=GUARD, area="440100"), NAME, Reason.WRONG_AREA),
            (b"rubbish", None, Reason.NOT_A_PASS),
        ],
        ids=["worker", "paper", "elsewhere", "no pass"],
    )
    def test_another_code_does_not_and_the_journal_says_whose_and_why(
        self, shown: bytes, name: str | None, reason: Reason
    ) -> None:
        rules = rules_with(
            staff=StaffRules(pass_roles=(GUARD,)),
            credential=type(RULES.credential)(area="330100"),
        )
        play = self.awaiting(rules).scan(shown)
        assert staff(play).signed_in is None
        assert staff(play).notice is Notice.NOT_STAFF
        assert [each.data for each in play.recorded(entries.STAFF_REFUSED)] == [
            {"staff": name, "reason": reason}
        ]

    def test_a_pass_has_its_holders_name_of_the_day(self) -> None:
        play = self.awaiting(pseudonyms=lambda subject, at: (f"{at.utc:%m-%d}-{subject.hex()}",))
        assert staff(play.scan(code(role=GUARD))).signed_in == f"11-23-{b'somebody'.hex()}"

    def test_a_pass_signs_nobody_in_while_the_time_cannot_be_trusted_or_no_name_can_be_given(self) -> None:
        assert staff(self.awaiting(utc_trusted=False).scan(code(role=GUARD))).signed_in is None
        nameless = self.awaiting(pseudonyms=lambda _subject, _at: ())
        assert staff(nameless.scan(code(role=GUARD))).signed_in is None

    def test_who_wants_out_is_not_kept_in_by_a_sign_in_that_waits(self) -> None:
        play = self.awaiting().scan(code(), "exit-scanner")
        assert decided(play) == [("grant", "exit.recorded")]
        assert play.recorded(entries.STAFF_REFUSED) == []
        assert staff(play).awaits_pass

    def test_a_staff_pass_signs_in_at_the_way_out_too(self) -> None:
        play = self.awaiting().scan(code(role=GUARD), "exit-scanner")
        assert staff(play).signed_in is not None
        assert decided(play) == []

    def test_a_code_after_the_wait_is_a_passage(self) -> None:
        play = self.awaiting()
        assert staff(play).awaits_pass
        play.wait(20.0)
        assert not staff(play).awaits_pass
        play.scan(code(role=GUARD))
        assert play.page() is Page.LOOK_AT_SENSOR

    def test_where_no_role_signs_in_no_code_is_waited_for(self) -> None:
        play = self.awaiting(RULES)
        assert (staff(play).awaits_pass, staff(play).notice) == (False, Notice.NOT_POSSIBLE)

    def test_a_pass_that_was_seen_before_is_not_taken_for_a_passage(self) -> None:
        play = Playbook(WITH_PASSES).scan(YELLOW)
        play.happens(StaffIntent(play.now, StaffAction.AWAIT_PASS)).scan(YELLOW)
        assert len(play.recorded(entries.DECIDED)) == 1


class TestCases:
    def test_whom_staff_admit_is_granted_with_their_name_and_reason_and_goes_through(self) -> None:
        play = does(referred(), StaffAction.ADMIT, reason=StaffReason.PAPERS_CHECKED, case=1)
        assert acts(play) == ["admit"]
        assert decided(play)[-1] == ("grant", "staff.admitted")
        data = play.recorded(entries.DECIDED)[-1].data
        assert (data["case"], data["staff"], data["staff_reason"]) == (1, "07", "papers_checked")
        assert data["subject"] == f"today-{b'somebody'.hex()}"
        assert play.asked(ReleaseGate)[-1].passage_id == data["passage"] == 2
        play.happens(DoorOpened(play.now)).happens(DoorClosed(play.now))
        assert play.checkpoint.occupancy == 1
        assert staff(play).waiting == 0

    def test_nothing_opens_for_it_before_it_is_recorded(self) -> None:
        play = referred()
        play.journal_works = False
        does(play, StaffAction.ADMIT, case=1)
        assert play.asked(ReleaseGate) == []

    def test_who_is_turned_away_waits_no_more(self) -> None:
        play = does(referred(), StaffAction.TURN_AWAY, case=1)
        assert (acts(play), staff(play).waiting, staff(play).notice) == (["turn_away"], 0, Notice.DONE)
        assert play.asked(ReleaseGate) == []

    def test_a_case_that_is_decided_or_unknown_cannot_be_decided(self) -> None:
        play = does(does(referred(), StaffAction.TURN_AWAY, case=1), StaffAction.ADMIT, case=1)
        assert staff(play).notice is Notice.NOT_POSSIBLE
        assert staff(does(play, StaffAction.ADMIT)).notice is Notice.NOT_POSSIBLE

    def test_a_clinical_value_below_the_limit_admits_and_stands_in_the_record(self) -> None:
        play = does(warm(), StaffAction.CLINICAL, case=1, celsius=36.9)
        assert decided(play)[-1] == ("grant", "temperature.clinical_normal")
        data = play.recorded(entries.DECIDED)[-1].data
        assert data["clinical_celsius"] == 36.9
        assert isinstance(data["temperature"], dict)
        acted = play.recorded(entries.STAFF_ACTED)[-1].data
        assert (acted["celsius"], acted["limit_celsius"]) == (36.9, 37.3)

    def test_a_clinical_value_at_the_limit_denies_and_ends_the_case(self) -> None:
        play = does(warm(), StaffAction.CLINICAL, case=1, celsius=37.3)
        assert decided(play)[-1] == ("deny", "temperature.clinical_elevated")
        assert staff(play).waiting == 0
        assert play.asked(ReleaseGate) == []

    @pytest.mark.parametrize("celsius", [None, 33.9, 43.1])
    def test_a_clinical_value_that_can_be_none_is_not_taken(self, celsius: float | None) -> None:
        play = does(warm(), StaffAction.CLINICAL, case=1, celsius=celsius)
        assert (staff(play).notice, acts(play)) == (Notice.NOT_POSSIBLE, [])

    @pytest.mark.parametrize("action", [StaffAction.CLINICAL, StaffAction.RECHECK])
    def test_a_temperature_admits_nobody_whose_code_was_in_the_way(self, action: StaffAction) -> None:
        play = does(referred(), action, case=1, celsius=36.5)
        assert (staff(play).notice, acts(play)) == (Notice.NOT_POSSIBLE, [])

    def test_who_is_measured_again_goes_through_when_it_is_normal(self) -> None:
        play = does(warm(), StaffAction.RECHECK, case=1)
        assert isinstance(play.checkpoint.phase(), Sampling)
        play.sample(WELL)
        assert decided(play)[-1] == ("grant", "granted")
        assert (play.recorded(entries.DECIDED)[-1].data["case"], staff(play).waiting) == (1, 0)

    def test_who_is_measured_again_and_is_still_warm_is_one_case_and_not_two(self) -> None:
        play = does(warm(), StaffAction.RECHECK, case=1).sample(WARM)
        assert [case.id for case in staff(play).cases] == [2]

    def test_a_fever_that_denies_can_be_measured_by_hand(self) -> None:
        rules = rules_with(screening=type(RULES.screening)(elevated=Strictness.HARD))
        play = signed_in(Playbook(rules).scan(code()).sample(WARM))
        does(play, StaffAction.CLINICAL, case=1, celsius=36.9)
        assert decided(play) == [("deny", "temperature.elevated"), ("grant", "temperature.clinical_normal")]

    def test_staff_wait_while_somebody_else_is_dealt_with(self) -> None:
        play = does(referred().wait(9.0).scan(code(cti=b"somebod2")), StaffAction.ADMIT, case=1)
        assert (staff(play).notice, staff(play).waiting) == (Notice.BUSY, 1)
        assert staff(does(play, StaffAction.OPEN_ONCE)).notice is Notice.BUSY

    def test_who_comes_again_and_is_granted_is_no_case_any_more(self) -> None:
        play = warm().wait(9.0).scan(code()).sample(WELL)
        assert staff(play).waiting == 0

    def test_what_the_kiosk_alone_denies_ends_no_case(self) -> None:
        play = does(warm().wait(9.0), StaffAction.LOCK_DOWN).scan(code())
        assert decided(play)[-1] == ("deny", "gate.locked_down")
        assert [case.id for case in staff(play).cases] == [1]
        does(play.wait(9.0), StaffAction.RECHECK, case=1).sample(WELL)
        assert decided(play)[-1] == ("deny", "gate.locked_down")
        assert [case.id for case in staff(play).cases] == [1]

    def test_a_case_outlasts_a_restart(self) -> None:
        past = Past(open_cases=((Playbook().scan(YELLOW).journal[0].data, MORNING),), last_passage_id=1)
        play = signed_in(Playbook(past=past))
        assert [(case.id, case.result.reason) for case in staff(play).cases] == [(1, Reason.COLOUR_YELLOW)]
        does(play, StaffAction.ADMIT, case=1)
        data = play.recorded(entries.DECIDED)[0].data
        assert (data["subject"], data["passage"]) == (f"today-{b'somebody'.hex()}", 2)

    def test_a_restored_case_shows_the_numbers_that_were_measured(self) -> None:
        past = Past(open_cases=((Playbook().scan(code()).sample(WARM).journal[0].data, MORNING),))
        shown = staff(signed_in(Playbook(past=past))).cases[0].result
        assert (shown.face_skin_celsius, shown.oral_estimate_celsius) == (36.1, 38.6)

    @pytest.mark.parametrize(
        "data",
        [
            {"passage": 1, "access_point": "another", "outcome": "refer", "reason": "colour.yellow"},
            {"passage": None, "access_point": "gate-in", "outcome": "refer", "reason": "colour.yellow"},
            {"passage": 1, "access_point": "gate-in", "outcome": "refer", "reason": "of a later version"},
        ],
    )
    def test_a_record_that_is_no_case_here_is_none(self, data: dict[str, object]) -> None:
        past = Past(open_cases=((data, MORNING),))  # type: ignore[arg-type]
        assert staff(signed_in(Playbook(past=past))).cases == ()

    def test_past_a_hundred_the_oldest_lapses_and_that_is_recorded(self) -> None:
        play = Playbook()
        for number in range(cases.MOST_CASES + 1):
            play.scan(code(cti=b"%08d" % number, colour=Colour.YELLOW, rotating=False)).wait(5.0)
        assert play.recorded(entries.CASE_LAPSED)[0].data == {"case": 1}
        assert staff(play).waiting == cases.MOST_CASES


def test_a_result_that_is_read_is_dismissed_without_signing_in() -> None:
    play = Playbook().scan(YELLOW)
    play.happens(StaffIntent(play.now, StaffAction.DISMISS))
    assert play.page() is Page.WELCOME
    assert acts(play) == ["dismiss"]


def test_a_reading_near_the_limit_is_a_case_of_temperature() -> None:
    play = Playbook().scan(code()).sample(reading(37.9)).sample(reading(37.9))
    does(signed_in(play), StaffAction.CLINICAL, case=1, celsius=36.6)
    assert decided(play)[-1] == ("grant", "temperature.clinical_normal")


class TestTrip:
    RIDE = RideRules("浙A·10086", trips=(Trip("K7-0630", "K7"), Trip("K7-0745", "K7")))

    def driver(self) -> Playbook:
        play = Playbook(ride=self.RIDE)
        play.happens(DeviceFaulted(play.now, NO_TRIP, "none has been chosen"))
        return signed_in(play)

    def test_the_driver_chooses_without_a_reason_and_it_is_recorded(self) -> None:
        play = does(self.driver(), StaffAction.TRIP, reason=None, trip="K7-0745")
        assert play.recorded(entries.TRIP_CHOSEN)[0].data == {"trip": "K7-0745", "staff": "07"}
        assert (staff(play).trip, staff(play).notice, play.view.faults) == ("K7-0745", Notice.DONE, ())
        assert [trip.id for trip in staff(play).trips] == ["K7-0630", "K7-0745"]

    def test_a_trip_that_is_not_offered_is_not_taken(self) -> None:
        play = does(self.driver(), StaffAction.TRIP, trip="N1")
        assert (staff(play).trip, staff(play).notice, play.view.faults) == (
            None,
            Notice.NOT_POSSIBLE,
            (NO_TRIP,),
        )
        assert play.recorded(entries.TRIP_CHOSEN) == []


def test_the_same_word_twice_is_two_answers() -> None:
    play = Playbook()
    for times in (1, 2):
        play.happens(StaffRefused(play.now, "07", Notice.WRONG_PIN))
        assert (staff(play).notice, staff(play).answers) == (Notice.WRONG_PIN, times)
