"""Two lanes that lead in, and one code shown in both of them: it lets one person in."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.core import passage as entries
from kiosk.core.commands import Record, ReleaseGate
from kiosk.core.events import (
    DeviceFaulted,
    DeviceRecovered,
    DoorClosed,
    DoorOpened,
    RecordFailed,
    StaffAction,
)
from kiosk.core.events import Recorded as OnDisk
from kiosk.core.rules import (
    AccessPoint,
    CredentialRules,
    DoorRules,
    LaneRules,
    PassbackRules,
    Purpose,
    Rules,
    TemperatureCheck,
)
from kiosk.core.view import Page
from kiosk.terms import Reason, Strictness
from tests.core.playbook import GATE_IN, WELL, Playbook, code, rules_with
from tests.core.replay.replaying import Recorded, replayed
from tests.core.staff_play import does, signed_in

DOOR = DoorRules(debounce_s=0.0)
IN_TOO = AccessPoint("gate-in-2", Purpose.ENTRY, "gate-2", "camera-2", lane="two")
BOTH_IN = Rules(
    access_points=(GATE_IN, IN_TOO),
    credential=CredentialRules(paper=Strictness.OFF),
    door=DOOR,
    lanes=(LaneRules("two", DOOR),),
)
UNCOUNTED = replace(BOTH_IN, passback=PassbackRules(Strictness.OFF))
ROTATING, PAPER = code(), code(rotating=False)
GRANTED, SHOWN = ("grant", "granted"), ("refer", "credential.already_shown")


def decided(play: Playbook) -> list[tuple[object, object]]:
    return [(each.data["outcome"], each.data["reason"]) for each in play.recorded(entries.DECIDED)]


def both_measured(rules: Rules, payload: bytes) -> Playbook:
    """The code is accepted in both lanes before either has measured anybody."""
    return Playbook(rules).scan(payload).scan(payload, "camera-2").sample(WELL, 1).sample(WELL, 2)


@pytest.mark.parametrize("payload", [ROTATING, PAPER])
@pytest.mark.parametrize("strictness", [Strictness.SOFT, Strictness.HARD])
def test_a_code_that_is_shown_in_both_lanes_at_once_lets_one_in(
    payload: bytes, strictness: Strictness
) -> None:
    play = both_measured(replace(BOTH_IN, passback=PassbackRules(strictness)), payload)
    assert decided(play) == [GRANTED, SHOWN]
    assert len(play.asked(ReleaseGate)) == 1


@pytest.mark.parametrize("payload", [ROTATING, PAPER])
def test_a_code_that_is_shown_while_its_holder_is_in_the_other_door_lets_nobody_in(payload: bytes) -> None:
    play = Playbook(BOTH_IN).scan(payload).sample(WELL, 1).scan(payload, "camera-2")
    assert decided(play) == [GRANTED, SHOWN]


def test_who_has_come_in_by_the_other_lane_meanwhile_is_inside() -> None:
    play = Playbook(BOTH_IN).scan(PAPER).scan(PAPER, "camera-2").sample(WELL, 1)
    play.happens(DoorOpened(play.now)).happens(DoorClosed(play.now)).sample(WELL, 2)
    assert decided(play) == [GRANTED, ("refer", "passback.already_inside")]
    assert play.checkpoint.occupancy == 1


def test_without_anti_passback_a_rotating_code_is_good_once_and_one_of_paper_always() -> None:
    assert decided(both_measured(UNCOUNTED, ROTATING)) == [GRANTED, SHOWN]
    assert decided(both_measured(UNCOUNTED, PAPER)) == [GRANTED, GRANTED]


def test_two_people_come_in_by_two_lanes_at_once() -> None:
    play = Playbook(BOTH_IN).scan(code()).scan(code(cti=b"somebod2"), "camera-2")
    assert decided(play.sample(WELL, 1).sample(WELL, 2)) == [GRANTED, GRANTED]


@pytest.mark.parametrize("how", ["nobody goes", "it is not recorded", "it is recorded too late"])
def test_a_grant_that_comes_to_nothing_bars_the_other_lane_no_more(how: str) -> None:
    play = Playbook(BOTH_IN, journal_works=how == "nobody goes").scan(PAPER).sample(WELL, 1)
    if how == "nobody goes":
        play.wait(5.0)
    elif how == "it is not recorded":
        play.happens(RecordFailed(play.now, play.asked(Record)[-1].record_id, "disk full"))
    else:
        play.wait(3.1)
    play.journal_works = True
    play.scan(PAPER, "camera-2").sample(WELL, 2)
    assert decided(play)[-1] == GRANTED
    assert play.asked(ReleaseGate)[-1].output == "gate-2"


def test_whoever_leaves_is_never_asked_whether_he_is_on_his_way_elsewhere() -> None:
    out = AccessPoint("out", Purpose.EXIT, "gate-2", "camera-2", TemperatureCheck.OFF, lane="two")
    play = Playbook(replace(BOTH_IN, access_points=(GATE_IN, out))).scan(ROTATING).sample(WELL, 1)
    assert decided(play.scan(ROTATING, "camera-2")) == [GRANTED, ("grant", "exit.recorded")]


def test_what_one_lane_has_refused_for_the_other_comes_out_the_same_in_a_replay() -> None:
    play = Recorded(BOTH_IN)
    play.scan(PAPER).wait(0.5).scan(PAPER, "camera-2").wait(0.5).sample(WELL, 1).wait(0.1).sample(WELL, 2)
    play.goes_through().wait(9.0)
    report = replayed(play.entries())
    assert report.difference is None
    assert (report.decisions, report.passed) == (2, 1)


def test_a_grant_that_never_moved_the_gate_gives_nothing_back_that_another_has_spent() -> None:
    rules = rules_with(passback=PassbackRules(Strictness.OFF))
    play = signed_in(Playbook(rules)).scan(ROTATING).sample(WELL)
    play.happens(DoorOpened(play.now)).happens(DoorClosed(play.now)).wait(9.0).scan(ROTATING)
    assert play.result.reason is Reason.ALREADY_SHOWN
    play.journal_works = False
    does(play, StaffAction.ADMIT, case=play.view.passage_id)
    granting = play.asked(Record)[-1]
    play.journal_works = True
    play.happens(DeviceFaulted(play.now, "gate", "no pins")).happens(OnDisk(play.now, granting.record_id, 99))
    assert play.page() is Page.RESULT
    assert [each.data["passage"] for each in play.recorded(entries.ANNULLED)] == [3]
    play.happens(DeviceRecovered(play.now, "gate")).wait(9.0).scan(ROTATING)
    assert play.result.reason is Reason.ALREADY_SHOWN
