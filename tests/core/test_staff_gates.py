"""What staff do to gates: open once, annul, hold open, lock down, evacuate."""

from __future__ import annotations

from dataclasses import replace

from kiosk.core import passage as entries
from kiosk.core.commands import Announce, Command, HoldGate, Record, ReleaseGate, SecureGate, Sound
from kiosk.core.events import (
    DeviceFaulted,
    DeviceRecovered,
    DoorClosed,
    DoorOpened,
    FaceAppeared,
    Input,
    InputChanged,
    Recorded,
    RecordFailed,
    StaffAction,
    StaffReason,
    Started,
)
from kiosk.core.past import Past
from kiosk.core.phases import Idle, Passing
from kiosk.core.rules import DoorRules, LaneRules, Purpose, Rules, TemperatureCheck
from kiosk.core.view import Mode, Notice, Page
from kiosk.terms import Outcome, Reason
from tests.core.counters import counter
from tests.core.playbook import (
    COUNTER,
    GATE_IN,
    GATE_OUT,
    RULES,
    WELL,
    Playbook,
    code,
    granted,
    rules_with,
)
from tests.core.staff_play import (
    decided,
    does,
    signed_in,
    staff,
)
from tests.core.test_lanes import OUT, TWO


class TestGates:
    def test_open_once_lets_somebody_in_without_a_code_who_counts(self) -> None:
        play = does(signed_in(), StaffAction.OPEN_ONCE, reason=StaffReason.VISITOR)
        assert decided(play) == [("grant", "staff.admitted")]
        assert "subject" not in play.recorded(entries.DECIDED)[0].data
        play.happens(DoorOpened(play.now)).happens(DoorClosed(play.now))
        assert play.checkpoint.occupancy == 1

    def test_open_once_opens_no_gate_that_does_not_work(self) -> None:
        play = signed_in().happens(DeviceFaulted(Playbook().now, "gate", "no pins"))
        assert decided(does(play, StaffAction.OPEN_ONCE)) == [("refer", "gate.unavailable")]

    def test_staff_may_open_though_the_time_is_not_trusted(self) -> None:
        play = does(signed_in(Playbook(utc_trusted=False)), StaffAction.OPEN_ONCE)
        assert decided(play) == [("grant", "staff.admitted")]

    def test_a_lane_that_is_not_there_cannot_be_opened(self) -> None:
        play = does(signed_in(), StaffAction.OPEN_ONCE, lane="nowhere")
        assert staff(play).notice is Notice.NOT_POSSIBLE

    def test_a_lane_without_an_access_point_cannot_be_opened(self) -> None:
        play = signed_in(Playbook(rules_with(lanes=(LaneRules("empty"),))))
        assert staff(does(play, StaffAction.OPEN_ONCE, lane="empty")).notice is Notice.NOT_POSSIBLE

    def test_a_grant_that_nobody_has_gone_through_on_can_be_annulled(self) -> None:
        play = does(signed_in(granted()), StaffAction.ANNUL)
        assert play.asked(SecureGate) == [SecureGate("gate")]
        assert len(play.recorded(entries.ANNULLED)) == 1
        assert play.result.reason is Reason.PASSAGE_ANNULLED
        assert staff(does(play, StaffAction.ANNUL)).notice is Notice.NOT_POSSIBLE

    def test_who_has_opened_the_door_cannot_be_annulled(self) -> None:
        play = signed_in(granted())
        does(play.happens(DoorOpened(play.now)), StaffAction.ANNUL)
        assert staff(play).notice is Notice.NOT_POSSIBLE
        assert play.recorded(entries.ANNULLED) == []

    def test_an_annulled_person_is_a_case_still(self) -> None:
        assert staff(does(signed_in(granted()), StaffAction.ANNUL)).waiting == 1


class TestHeldOpen:
    def held(self, rules: Rules = RULES) -> Playbook:
        return does(signed_in(Playbook(rules)), StaffAction.HOLD_OPEN, reason=StaffReason.GOODS)

    def test_a_door_is_held_open_once_it_is_recorded_and_until_it_is_released(self) -> None:
        play = signed_in()
        play.journal_works = False
        does(play, StaffAction.HOLD_OPEN)
        assert play.asked(HoldGate) == []
        play = self.held()
        assert play.asked(HoldGate) == [HoldGate("gate")]
        assert staff(play).held == ("",)
        does(play, StaffAction.RELEASE)
        assert play.asked(SecureGate) == [SecureGate("gate")]
        assert staff(play).held == ()

    def test_what_cannot_be_recorded_is_not_held_open(self) -> None:
        play = signed_in()
        play.journal_works = False
        does(play, StaffAction.HOLD_OPEN)
        play.happens(RecordFailed(play.now, 3, "another record")).happens(
            RecordFailed(play.now, 2, "disk full")
        )
        assert staff(play).notice is Notice.NOT_RECORDED
        assert play.asked(HoldGate) == []

    def test_what_is_released_before_it_is_recorded_is_never_opened(self) -> None:
        play = signed_in()
        play.journal_works = False
        does(does(play, StaffAction.HOLD_OPEN), StaffAction.RELEASE)
        play.journal_works = True
        play.scan(code()).sample(WELL)
        assert play.asked(HoldGate) == []

    def test_its_opening_is_no_alarm_however_long_it_stands(self) -> None:
        play = self.held()
        play.happens(DoorOpened(play.now)).wait(300.0)
        assert play.recorded(entries.DOOR_ALARM) == []

    def test_a_door_that_stands_open_after_the_release_becomes_an_alarm(self) -> None:
        play = self.held()
        play.happens(DoorOpened(play.now)).wait(50.0)
        does(play, StaffAction.RELEASE).wait(31.0)
        assert play.view.alarm is Reason.DOOR_HELD_OPEN

    def test_who_is_granted_meanwhile_counts_and_no_pulse_takes_the_hold_away(self) -> None:
        play = self.held().scan(code()).sample(WELL)
        assert play.result.outcome is Outcome.GRANT
        play.wait(9.0)
        assert play.checkpoint.occupancy == 1
        assert (play.asked(ReleaseGate), play.asked(SecureGate)) == ([], [])

    def test_a_handover_has_its_own_output_meanwhile(self) -> None:
        play = self.held().scan(code(role=2), "counter-scanner").sample(WELL).wait(9.0)
        assert [release.output for release in play.asked(ReleaseGate)] == ["lamp"]
        assert play.asked(SecureGate) == [SecureGate("lamp")]

    def test_a_gate_that_was_lost_is_held_open_again_when_it_is_back(self) -> None:
        play = self.held()
        play.happens(DeviceFaulted(play.now, "gate", "no pins")).happens(DeviceRecovered(play.now, "gate"))
        assert play.asked(HoldGate) == [HoldGate("gate"), HoldGate("gate")]

    def test_a_counter_has_no_door_to_hold(self) -> None:
        counter = rules_with(access_points=(COUNTER,))
        assert staff(self.held(counter)).notice is Notice.NOT_POSSIBLE

    def test_a_restart_shuts_it_and_says_so(self) -> None:
        play = Playbook(past=Past(held=frozenset({"out"})))
        play.happens(Started(play.now, {}, {}))
        ended = {"mode": "held_open", "lane": "out", "cause": "restart"}
        assert play.recorded(entries.MODE_ENDED)[0].data == ended
        assert play.asked(HoldGate) == []


class TestLockDown:
    def locked(self, play: Playbook | None = None) -> Playbook:
        return does(signed_in(play), StaffAction.LOCK_DOWN, reason=StaffReason.DANGER)

    def test_nobody_gets_in_and_whoever_wants_out_leaves(self) -> None:
        play = self.locked()
        assert play.page() is Page.LOCKED_DOWN
        play.scan(code())
        assert decided(play) == [("deny", "gate.locked_down")]
        play.scan(code(cti=b"somebod2"), "exit-scanner")
        assert decided(play)[-1] == ("grant", "exit.recorded")

    def test_who_is_being_measured_is_denied(self) -> None:
        play = self.locked(Playbook().scan(code())).sample(WELL)
        assert decided(play) == [("deny", "gate.locked_down")]

    def test_who_was_granted_and_has_not_gone_through_stays_outside(self) -> None:
        play = self.locked(granted())
        assert play.asked(SecureGate) == [SecureGate("gate")]
        assert len(play.recorded(entries.ANNULLED)) == 1
        assert (play.result.outcome, play.result.reason) == (Outcome.DENY, Reason.LOCKED_DOWN)

    def test_who_leaves_is_not_stopped_in_the_door(self) -> None:
        play = self.locked(Playbook().scan(code(), "exit-scanner"))
        assert isinstance(play.checkpoint.phase(), Passing)

    def test_a_grant_that_is_recorded_too_late_is_taken_back(self) -> None:
        play = signed_in(Playbook(journal_works=False)).scan(code()).sample(WELL)
        does(play, StaffAction.LOCK_DOWN)
        play.journal_works = True
        decision = next(one for one in play.asked(Record) if one.type == entries.DECIDED)
        play.happens(Recorded(play.now, decision.record_id, 1))
        assert play.asked(ReleaseGate) == []
        assert play.result.reason is Reason.LOCKED_DOWN

    def test_no_face_begins_a_passage(self) -> None:
        first = rules_with(access_points=(replace(GATE_IN, temperature=TemperatureCheck.BEFORE), GATE_OUT))
        play = self.locked(Playbook(first))
        play.happens(FaceAppeared(play.now))
        assert isinstance(play.checkpoint.phase(), Idle)

    def test_staff_may_still_let_somebody_in(self) -> None:
        play = does(self.locked(), StaffAction.OPEN_ONCE, reason=StaffReason.RESCUE)
        assert decided(play) == [("grant", "staff.admitted")]

    def test_it_outlasts_a_restart_and_ends_with_its_release(self) -> None:
        play = Playbook(past=Past(mode=Mode.LOCKED_DOWN)).scan(code())
        assert decided(play) == [("deny", "gate.locked_down")]
        does(signed_in(play.wait(9.0)), StaffAction.RELEASE)
        assert play.page() is Page.WELCOME
        play.scan(code(cti=b"somebod2")).sample(WELL)
        assert decided(play)[-1] == ("grant", "granted")

    def test_it_shuts_what_was_held_open(self) -> None:
        play = does(signed_in(), StaffAction.HOLD_OPEN)
        does(play, StaffAction.LOCK_DOWN)
        assert play.asked(SecureGate) == [SecureGate("gate")]
        assert staff(does(play, StaffAction.HOLD_OPEN)).notice is Notice.NOT_POSSIBLE


class TestEvacuation:
    def evacuating(self, play: Playbook | None = None) -> Playbook:
        return does(signed_in(play), StaffAction.EVACUATE, reason=StaffReason.DANGER)

    def test_every_door_opens_and_the_screen_counts_who_is_inside(self) -> None:
        play = self.evacuating(Playbook(TWO, inside=["today-1", "today-2"]))
        assert play.asked(HoldGate) == [HoldGate("gate"), HoldGate("gate-out")]
        assert play.asked(Announce)[-2:] == [Announce(Sound.ALARM), Announce(Sound.ALARM, "out")]
        assert play.page() is Page.EVACUATE
        assert staff(play).occupancy == 2
        assert play.recorded(entries.STAFF_ACTED)[0].data["occupancy"] == 2

    def test_who_leaves_is_counted_without_being_named(self) -> None:
        play = self.evacuating(Playbook(TWO, inside=["today-1", "today-2"]))
        play.scan(b"rubbish", "exit-scanner").wait(9.0)
        assert staff(does(play, StaffAction.SIGN_OUT)).occupancy == 1

    def test_who_wants_in_is_denied_and_told_why(self) -> None:
        play = self.evacuating().scan(code())
        assert decided(play) == [("deny", "site.evacuating")]
        play.wait(9.0)
        assert play.page() is Page.EVACUATE

    def test_it_outlasts_a_restart_and_opens_again(self) -> None:
        play = Playbook(past=Past(mode=Mode.EVACUATING))
        play.happens(Started(play.now, {}, {}))
        assert play.asked(HoldGate) == [HoldGate("gate")]
        does(signed_in(play), StaffAction.RELEASE)
        assert play.asked(SecureGate) == [SecureGate("gate")]

    def test_a_place_without_a_door_is_evacuated_too(self) -> None:
        play = self.evacuating(Playbook(rules_with(access_points=(COUNTER,))))
        assert (play.asked(HoldGate), play.page()) == ([], Page.EVACUATE)


def test_a_fire_during_a_hold_leaves_the_door_free_after_it() -> None:
    play = does(signed_in(Playbook(TWO)), StaffAction.HOLD_OPEN, lane="out")
    play.happens(InputChanged(play.now, Input.FIRE, True)).happens(InputChanged(play.now, Input.FIRE, False))
    play.happens(DoorOpened(play.now, "out")).wait(60.0)
    assert play.recorded(entries.DOOR_ALARM) == []
    assert OUT.output in [hold.output for hold in play.asked(HoldGate)]


def outputs(commands: list[Command]) -> list[str]:
    return [one.output for one in commands if isinstance(one, HoldGate)]


def test_no_door_is_watched_less_for_a_lane_that_is_held_beside_it() -> None:
    play = does(signed_in(Playbook(TWO)), StaffAction.HOLD_OPEN, lane="out")
    play.happens(DoorOpened(play.now))
    assert play.recorded(entries.DOOR_ALARM)[0].data == {"reason": "door.forced_open"}
    assert outputs(play.commands) == ["gate-out"]


def test_a_door_without_contact_is_held_open_all_the_same() -> None:
    play = does(signed_in(Playbook(rules_with(door=DoorRules(contact=False)))), StaffAction.HOLD_OPEN)
    assert play.asked(HoldGate) == [HoldGate("gate")]


# -- what can be done here and now


def test_only_a_lane_with_a_door_says_so_and_only_to_who_is_signed_in() -> None:
    assert staff(Playbook().scan(code())).doors == ()
    assert staff(signed_in()).doors == ("",)
    assert staff(signed_in(counter().staffed())).doors == ()


def test_a_grant_can_be_annulled_until_the_door_opens_and_where_nothing_opens_never() -> None:
    play = signed_in(Playbook().scan(code()).sample(WELL))
    assert staff(play).annullable == ("",)
    play.happens(DoorOpened(play.now))
    assert staff(play).annullable == ()


def test_who_is_told_to_go_on_at_a_point_that_opens_nothing_is_through() -> None:
    opens_nothing = rules_with(
        access_points=(replace(GATE_IN, output="", purpose=Purpose.BOARDING),),
        door=DoorRules(contact=False),
    )
    play = signed_in(Playbook(opens_nothing)).scan(code()).sample(WELL)
    assert play.result.outcome is Outcome.GRANT
    assert staff(play).annullable == ()


def test_the_buzzer_sounds_until_it_is_muted() -> None:
    play = signed_in()
    assert not staff(play).sounds
    play.happens(InputChanged(play.now, Input.TAMPER, True)).wait(1.0)
    assert staff(play).sounds
    does(play, StaffAction.MUTE)
    assert not staff(play).sounds


def test_where_nobody_goes_in_nobody_is_counted() -> None:
    play = signed_in(counter())
    assert staff(play).occupancy is None
    does(play, StaffAction.OCCUPANCY, count=3)
    assert staff(play).notice is Notice.NOT_POSSIBLE
    assert staff(does(play, StaffAction.EVACUATE)).occupancy is None
