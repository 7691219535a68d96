"""Who is inside as staff count it, and how often staff overrule the kiosk."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kiosk.core import passage as entries
from kiosk.core.commands import Announce, Sound
from kiosk.core.events import DoorClosed, DoorOpened, StaffAction, Tick
from kiosk.core.past import Past
from kiosk.core.rules import StaffRules
from kiosk.core.view import Notice
from tests.core.playbook import MORNING, WELL, Playbook, code, rules_with
from tests.core.staff_play import acts, decided, does, signed_in, staff


class TestOccupancy:
    def test_staff_correct_it_when_they_have_counted(self) -> None:
        play = does(signed_in(Playbook(inside=["today-1"])), StaffAction.OCCUPANCY, count=5)
        assert (play.checkpoint.occupancy, staff(play).occupancy) == (5, 5)
        data = play.recorded(entries.STAFF_ACTED)[0].data
        assert (data["before"], data["count"], data["unnamed"]) == (1, 5, 4)

    def test_an_empty_house_has_nobody_with_a_name_in_it(self) -> None:
        name = f"today-{b'somebody'.hex()}"
        play = does(signed_in(Playbook(inside=[name])), StaffAction.OCCUPANCY, count=0)
        assert play.checkpoint.occupancy == 0
        play.scan(code()).sample(WELL)
        assert decided(play) == [("grant", "granted")]

    @pytest.mark.parametrize("count", [None, -1, 100_001])
    def test_a_number_that_can_be_none_is_not_taken(self, count: int | None) -> None:
        play = does(signed_in(), StaffAction.OCCUPANCY, count=count)
        assert (staff(play).notice, acts(play)) == (Notice.NOT_POSSIBLE, [])

    def test_who_leaves_unnamed_is_never_fewer_than_nobody(self) -> None:
        play = Playbook().scan(b"rubbish", "exit-scanner")
        play.happens(DoorOpened(play.now)).happens(DoorClosed(play.now))
        assert play.checkpoint.occupancy == 0

    def test_who_leaves_without_having_come_is_no_debt_of_those_who_come_next(self) -> None:
        play = Playbook()
        for _ in range(2):
            play.scan(b"rubbish", "exit-scanner")
            play.happens(DoorOpened(play.now)).happens(DoorClosed(play.now)).wait(9.0)
        play.scan(code()).sample(WELL)
        play.happens(DoorOpened(play.now)).happens(DoorClosed(play.now))
        assert play.checkpoint.occupancy == 1

    def test_who_left_unnamed_and_leaves_once_more_is_no_debt_either(self) -> None:
        play = Playbook(inside=[f"today-{b'somebody'.hex()}"])
        for shown in (b"rubbish", code()):
            play.scan(shown, "exit-scanner")
            play.happens(DoorOpened(play.now)).happens(DoorClosed(play.now)).wait(9.0)
        assert play.checkpoint.occupancy == 0
        does(signed_in(play), StaffAction.OPEN_ONCE)
        play.happens(DoorOpened(play.now)).happens(DoorClosed(play.now))
        assert play.checkpoint.occupancy == 1


class TestOverrides:
    RULES = rules_with(staff=StaffRules(overrides_per_hour=2, session_s=900.0))

    def test_more_than_the_sites_number_in_an_hour_are_an_alarm_until_the_hour_is_over(self) -> None:
        play = signed_in(Playbook(self.RULES))
        for _ in range(3):
            does(play.wait(9.0), StaffAction.OPEN_ONCE)
        assert staff(play).overrides == 3
        assert staff(play).too_many_overrides
        raised = {"reason": "staff.overrides", "in_an_hour": 3}
        assert play.recorded(entries.ALARM_RAISED)[0].data == raised
        assert Announce(Sound.ALARM) in play.asked(Announce)
        play.wait(3600.0)
        assert play.recorded(entries.ALARM_CLEARED)[0].data["reason"] == "staff.overrides"
        assert not staff(play).too_many_overrides

    def test_an_hour_that_cannot_be_told_exactly_is_over_when_it_is_due(self) -> None:
        play = signed_in(Playbook(self.RULES).passes(0.4))
        began_s = play.now.mono
        assert (began_s + 3600.0) - began_s < 3600.0, "choose another moment, whose hour is rounded down"
        does(play, StaffAction.OPEN_ONCE)
        play.passes(3600.0).happens(Tick(play.now))
        assert play.checkpoint.wake_at is None or play.checkpoint.wake_at > play.now.mono

    def test_what_only_closes_counts_for_nothing(self) -> None:
        play = signed_in()
        for action in (StaffAction.LOCK_DOWN, StaffAction.RELEASE, StaffAction.MUTE):
            does(play, action)
        assert staff(play).overrides == 0

    def test_those_of_before_a_restart_count_as_long_as_they_are_of_the_last_hour(self) -> None:
        old, recent, future = -61, -20, 5
        past = Past(overrides=tuple(MORNING + timedelta(minutes=one) for one in (old, recent, future)))
        play = signed_in(Playbook(past=past))
        assert staff(play).overrides == 1
        play.wait(40.5 * 60)
        assert staff(signed_in(play)).overrides == 0

    def test_a_clock_that_came_up_behind_forgets_none_of_them(self) -> None:
        past = Past(overrides=(MORNING + timedelta(minutes=5),))
        assert staff(signed_in(Playbook(past=past, utc_trusted=False))).overrides == 1
