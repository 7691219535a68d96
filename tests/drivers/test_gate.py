"""The real drivers on gpiozero pins that write through to a simulated board."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest

from drivers.errors import DeviceUnavailable
from drivers.gate import LEASE_CAP_S, Contact, Relay
from sim.clock import SimClock
from sim.pins import BoardPinFactory, Pins

PIN, DOOR_PIN = 17, 23


class Board(Pins):
    """A board whose wires can break, with whatever error the library in use has."""

    def __init__(self, clock: SimClock) -> None:
        super().__init__(clock.mono, lambda pin: self.door_open)
        self.door_open = False
        self.broken: Exception | None = None

    def write(self, pin: int, level: bool) -> None:
        if self.broken is not None:
            raise self.broken
        super().write(pin, level)

    def read(self, pin: int) -> bool:
        if self.broken is not None:
            raise self.broken
        return super().read(pin)


@pytest.fixture
def clock() -> SimClock:
    return SimClock()


@pytest.fixture
def board(clock: SimClock) -> Board:
    return Board(clock)


@pytest.fixture
def relay(board: Board, clock: SimClock) -> Relay:
    return Relay(BoardPinFactory(board), PIN, clock.mono)


@pytest.fixture
def contact(board: Board) -> Contact:
    return Contact(BoardPinFactory(board), DOOR_PIN)


@pytest.fixture
def lgpio_error(monkeypatch: pytest.MonkeyPatch) -> Exception:
    """lgpio's own error, which derives from Exception alone; the module itself is there on a Pi only."""
    lgpio = ModuleType("lgpio")
    error = type("error", (Exception,), {})
    lgpio.error = error  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "lgpio", lgpio)
    made: Exception = error("'GPIO not allocated'")
    return made


def test_a_relay_rests_when_it_is_opened(relay: Relay, board: Board) -> None:
    board.write(PIN, True)  # as a process that was killed has left it
    relay.open()
    assert not board.level(PIN)
    assert relay.lease_ends_s is None


def test_an_energised_relay_is_on_until_its_lease_is_over(
    relay: Relay, board: Board, clock: SimClock
) -> None:
    relay.open()
    relay.energise(4.0)
    assert board.level(PIN)
    assert relay.lease_ends_s == 4.0
    clock.advance_to(3.99)
    relay.poll_once()
    assert board.level(PIN)
    clock.advance_to(4.0)
    relay.poll_once()
    assert not board.level(PIN)
    assert relay.lease_ends_s is None


def test_no_lease_is_longer_than_the_cap_however_long_it_is_asked_for(relay: Relay) -> None:
    relay.open()
    relay.energise(3600.0)
    assert relay.lease_ends_s == LEASE_CAP_S == 10.0


@pytest.mark.parametrize("hold_s", [0.0, -1.0, float("nan")])
def test_a_lease_whose_end_is_not_ahead_moves_nothing(relay: Relay, board: Board, hold_s: float) -> None:
    relay.open()
    edges = len(board.edges)
    with pytest.raises(DeviceUnavailable, match="GPIO 17 is not energised"):
        relay.energise(hold_s)
    assert (len(board.edges), relay.lease_ends_s) == (edges, None)


def test_energising_again_renews_the_lease(relay: Relay, board: Board, clock: SimClock) -> None:
    relay.open()
    relay.energise(4.0)
    clock.advance_to(3.0)
    relay.energise(4.0)
    clock.advance_to(6.9)
    relay.poll_once()
    assert board.level(PIN)
    assert len(board.edges) == 1


def test_a_relay_that_is_closed_is_off_before_it_is_let_go(relay: Relay, board: Board) -> None:
    relay.open()
    relay.energise(4.0)
    relay.close()
    assert not board.level(PIN)
    assert relay.lease_ends_s is None


def test_closing_twice_or_without_opening_is_harmless(relay: Relay) -> None:
    relay.close()
    relay.open()
    relay.close()
    relay.close()


def test_a_relay_can_be_opened_again_after_it_was_closed(relay: Relay, board: Board) -> None:
    for _ in range(2):
        relay.open()
        relay.energise(1.0)
        relay.close()
    assert [edge.level for edge in board.edges] == [True, False, True, False]


def test_a_relay_that_is_not_open_cannot_be_energised(relay: Relay) -> None:
    with pytest.raises(DeviceUnavailable, match="GPIO 17 is not open"):
        relay.energise(1.0)


def test_two_relays_on_one_pin_are_refused_with_the_pin_and_what_to_do(board: Board, clock: SimClock) -> None:
    factory = BoardPinFactory(board)
    first = Relay(factory, PIN, clock.mono)
    first.open()
    with pytest.raises(DeviceUnavailable, match=r"GPIO 17 cannot be opened: .*; end what else uses it"):
        Relay(factory, PIN, clock.mono).open()
    first.close()


def test_a_pin_that_fails_is_the_relay_s_own_error_whatever_the_library_raises(
    relay: Relay, board: Board, lgpio_error: Exception
) -> None:
    relay.open()
    for broken in (OSError("gone"), lgpio_error, DeviceUnavailable("the world does not answer")):
        board.broken = broken
        with pytest.raises(DeviceUnavailable, match="GPIO 17 does not answer"):
            relay.energise(1.0)
        assert relay.lease_ends_s is None
    with pytest.raises(DeviceUnavailable, match="GPIO 17 does not answer"):
        relay.close()
    board.broken = None
    relay.open()  # the pin was let go all the same
    relay.close()


def test_a_relay_that_cannot_be_opened_holds_no_pin(
    relay: Relay, board: Board, lgpio_error: Exception
) -> None:
    board.broken = lgpio_error
    with pytest.raises(DeviceUnavailable, match="GPIO 17 cannot be opened"):
        relay.open()
    board.broken = None
    relay.open()
    relay.close()


def test_the_contact_says_whether_the_door_is_open(contact: Contact, board: Board) -> None:
    contact.open()
    assert not contact.is_open()
    board.door_open = True
    assert contact.is_open()
    contact.close()


def test_a_contact_that_fails_is_its_own_error_whatever_the_library_raises(
    contact: Contact, board: Board, lgpio_error: Exception
) -> None:
    with pytest.raises(DeviceUnavailable, match="GPIO 23 is not open"):
        contact.is_open()
    contact.open()
    board.broken = lgpio_error
    with pytest.raises(DeviceUnavailable, match="GPIO 23 does not answer"):
        contact.is_open()
    contact.close()
