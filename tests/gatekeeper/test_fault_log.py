"""The faults of all lanes as lines of a log: each once as it comes, and once as it goes."""

from __future__ import annotations

from kiosk.core.view import Page, ViewState
from kiosk.gatekeeper.fault_log import FaultLog


def view(lane: str, *faults: str) -> ViewState:
    return ViewState(Page.WELCOME, lane=lane, faults=faults)


def test_a_fault_is_said_as_it_comes_and_as_it_goes() -> None:
    log = FaultLog()
    assert log.take(view("", "thermal")) == ["fault: thermal; kiosk doctor says why and what to do."]
    assert log.take(view("", "thermal")) == []
    assert log.take(view("")) == ["no more fault: thermal."]


def test_a_lane_s_own_device_is_named_with_it_and_the_other_lane_s_screen_ends_nothing() -> None:
    log = FaultLog()
    assert log.take(view("out", "thermal")) == ["fault: thermal@out; kiosk doctor says why and what to do."]
    assert log.take(view("")) == []
    assert log.take(view("", "thermal")) == ["fault: thermal; kiosk doctor says why and what to do."]
    assert log.standing == {"thermal", "thermal@out"}
    assert log.take(view("out")) == ["no more fault: thermal@out."]


def test_what_all_lanes_share_is_said_once() -> None:
    log = FaultLog()
    assert len(log.take(view("", "journal"))) == 1
    assert log.take(view("out", "journal")) == []
    assert log.take(view("")) == []
    assert log.take(view("out")) == ["no more fault: journal."]


def test_several_at_once_come_before_those_that_go() -> None:
    log = FaultLog()
    log.take(view("", "keys"))
    said = log.take(view("", "gate", "exit-scanner"))
    assert [line.split(";")[0] for line in said] == [
        "fault: exit-scanner",
        "fault: gate",
        "no more fault: keys.",
    ]
