from __future__ import annotations

import pytest

from kiosk.core.events import DeviceFaulted
from kiosk.gatekeeper.device_state import RETRY_S, DeviceState
from tests.gatekeeper.inbox import Posted


@pytest.fixture
def posted() -> Posted:
    return Posted()


@pytest.fixture
def state(posted: Posted) -> DeviceState:
    return DeviceState("camera", posted.clock, posted.post)


def test_a_device_that_works_is_no_news(state: DeviceState, posted: Posted) -> None:
    state.works()
    assert posted.events == []
    assert state.may_try


def test_a_device_that_stays_lost_is_told_once_and_once_when_it_is_back(
    state: DeviceState, posted: Posted
) -> None:
    for _ in range(5):
        state.lost("unplugged")
    for _ in range(5):
        state.works()
    assert posted.states() == ["-camera", "+camera"]
    assert posted.of(DeviceFaulted)[0].detail == "unplugged"


def test_a_lost_device_is_tried_again_after_a_second_and_not_before(
    state: DeviceState, posted: Posted
) -> None:
    state.lost("unplugged")
    assert not state.may_try
    posted.time.sleep(RETRY_S - 0.01)
    assert not state.may_try
    posted.time.sleep(0.01)
    assert state.may_try


def test_each_failed_try_is_followed_by_another_wait(state: DeviceState, posted: Posted) -> None:
    state.lost("unplugged")
    posted.time.sleep(RETRY_S)
    state.lost("still unplugged")
    assert not state.may_try
    assert state.is_lost
