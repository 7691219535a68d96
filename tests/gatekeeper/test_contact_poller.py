from __future__ import annotations

import pytest

from drivers.gate import Contact
from kiosk.core.events import DoorClosed, DoorOpened, Input, InputChanged
from kiosk.gatekeeper.pollers import ContactPoller
from sim.pins import BoardPinFactory, Pins
from tests.gatekeeper.inbox import Posted


@pytest.fixture
def posted() -> Posted:
    return Posted()


class Doorway:
    def __init__(self, posted: Posted) -> None:
        self.is_open = False
        self.wire_cut = False
        pins = Pins(posted.time.mono, self._level)
        factory = BoardPinFactory(pins)
        self.poller = ContactPoller(
            Input.DOOR, lambda: Contact(factory, 23), posted.clock, posted.post, active_when_open=True
        )

    def _level(self, _pin: int) -> bool:
        if self.wire_cut:
            raise OSError("line 23 is cut")
        return self.is_open


def test_each_change_of_the_door_is_posted_once(posted: Posted) -> None:
    door = Doorway(posted)
    for is_open in (False, True, True, False, False):
        door.is_open = is_open
        door.poller.poll_once()
        door.poller.poll_once()
    assert [type(event) for event in posted.events] == [DoorOpened, DoorClosed]


def test_a_door_that_stands_open_at_the_start_is_posted(posted: Posted) -> None:
    door = Doorway(posted)
    door.is_open = True
    door.poller.poll_once()
    assert [type(event) for event in posted.events] == [DoorOpened]


def test_a_contact_that_is_lost_is_said_once_and_tells_what_changed_meanwhile(posted: Posted) -> None:
    door = Doorway(posted)
    door.poller.poll_once()
    door.wire_cut = True
    posted.poll(door.poller.poll_once, 3.0)
    assert posted.states() == ["-door"]
    door.wire_cut, door.is_open = False, True
    posted.poll(door.poller.poll_once, 2.0)
    assert posted.states() == ["-door", "+door"]
    assert len(posted.of(DoorOpened)) == 1


@pytest.mark.parametrize("which", [Input.REQUEST_TO_EXIT, Input.TAMPER])
def test_a_contact_is_active_when_it_leaves_its_rest(posted: Posted, which: Input) -> None:
    closed_at_rest = which is Input.TAMPER
    level = {"open": not closed_at_rest}
    pins = Pins(posted.time.mono, lambda _pin: level["open"])
    poller = ContactPoller(
        which,
        lambda: Contact(BoardPinFactory(pins), 24),
        posted.clock,
        posted.post,
        active_when_open=closed_at_rest,
    )
    for _ in range(2):
        poller.poll_once()
    assert posted.events == []
    level["open"] = closed_at_rest
    poller.poll_once()
    level["open"] = not closed_at_rest
    poller.poll_once()
    assert [event.active for event in posted.of(InputChanged)] == [True, False]
    assert {event.input for event in posted.of(InputChanged)} == {which}
