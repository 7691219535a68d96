"""A relay on gpiozero's own lgpio pins, its lease ended by a thread of lgpio, which is itself simulated."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from drivers.errors import DeviceUnavailable
from drivers.gate import Relay
from drivers.one_shot import one_shot_of
from sim.clock import SimClock
from sim.pins import BoardPinFactory, Pins
from tests.drivers.lgpio_library import LgpioLibrary

PIN = 17
PI_4B = 0xC03112


class Bench:
    """A relay on simulated lgpio; `pass_time` leaves the interpreter blocked, `poll` is a loop that lives."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.clock = SimClock()
        self.board = Pins(self.clock.mono, lambda _pin: True)
        self.library = LgpioLibrary(self.board, self.clock.mono)
        patch.setitem(sys.modules, "lgpio", self.library)
        patch.delitem(sys.modules, "gpiozero.pins.lgpio", raising=False)
        from gpiozero.pins.lgpio import LGPIOFactory

        patch.setattr(LGPIOFactory, "_get_revision", lambda _self: PI_4B)
        self.factory = LGPIOFactory(chip=0)
        self.relay = Relay(self.factory, PIN, self.clock.mono)

    def pass_time(self, seconds: float) -> None:
        end_s = self.clock.mono() + seconds
        while self.clock.mono() < end_s:
            self.clock.advance_to(min(self.clock.mono() + 0.001, end_s))
            self.library.run_thread()

    def is_on(self) -> bool:
        return self.board.level(PIN)


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    bench = Bench(monkeypatch)
    bench.relay.open()
    yield bench
    bench.library.fails.clear()
    bench.relay.close()
    bench.factory.close()
    sys.modules.pop("gpiozero.pins.lgpio", None)


def test_a_relay_is_on_at_once_and_off_within_25_ms_of_its_lease_while_the_interpreter_is_blocked(
    bench: Bench,
) -> None:
    bench.pass_time(0.777)  # not at a second's beginning
    bench.relay.energise(4.0)
    assert bench.is_on()
    bench.pass_time(3.999)
    assert bench.is_on()
    bench.pass_time(0.025)
    assert not bench.is_on()
    assert [edge.level for edge in bench.board.edges] == [True, False]


def test_what_ends_a_lease_is_handed_over_before_the_relay_moves(bench: Bench) -> None:
    bench.library.calls.clear()
    bench.relay.energise(4.0)
    assert bench.library.calls.index("tx_pulse") < bench.library.calls.index("gpio_write")


def test_a_relay_whose_end_can_not_be_handed_over_is_not_energised(bench: Bench) -> None:
    bench.library.fails = {"tx_pulse"}
    with pytest.raises(DeviceUnavailable, match="GPIO 17 does not answer"):
        bench.relay.energise(4.0)
    assert bench.board.edges == []
    assert bench.relay.lease_ends_s is None


def test_no_lease_in_the_library_is_longer_than_the_cap(bench: Bench) -> None:
    bench.relay.energise(3600.0)
    bench.pass_time(10.03)
    assert not bench.is_on()


def test_a_lease_that_is_renewed_ends_once_and_late(bench: Bench) -> None:
    bench.relay.energise(4.0)
    bench.pass_time(3.0)
    bench.relay.energise(4.0)
    bench.pass_time(3.9)
    assert bench.is_on()
    bench.pass_time(0.2)
    assert [edge.level for edge in bench.board.edges] == [True, False]


def test_a_relay_that_was_brought_to_rest_early_takes_nothing_from_the_next_lease(bench: Bench) -> None:
    bench.relay.energise(4.0)
    bench.pass_time(1.0)
    bench.relay.rest()
    assert not bench.is_on()
    bench.relay.energise(4.0)
    bench.pass_time(3.5)
    assert bench.is_on()


def test_a_relay_rests_even_if_what_is_armed_can_not_be_stopped(bench: Bench) -> None:
    bench.relay.energise(4.0)
    bench.library.fails = {"tx_busy"}
    with pytest.raises(DeviceUnavailable):
        bench.relay.rest()
    assert not bench.is_on()


def test_an_end_that_comes_while_it_is_being_stopped_is_no_fault(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.relay.energise(1.0)
    bench.pass_time(2.0)
    answers = [1, 0]  # busy when asked, over when it is stopped
    with monkeypatch.context() as patch:
        patch.setattr(bench.library, "tx_busy", lambda *_: answers.pop(0))
        bench.relay.rest()
    assert answers == []
    assert not bench.is_on()


def test_closing_stops_what_is_armed_before_the_pin_is_let_go(bench: Bench) -> None:
    bench.relay.energise(4.0)
    bench.library.calls.clear()
    bench.relay.close()
    assert bench.library.calls == ["gpio_write", "tx_busy", "tx_pulse", "gpio_claim_input"]
    assert not bench.is_on()


def test_pins_of_another_library_have_no_one_shot_and_keep_the_lease_of_the_loop(bench: Bench) -> None:
    assert one_shot_of(bench.factory) is not None
    assert one_shot_of(BoardPinFactory(bench.board)) is None


def test_without_lgpio_there_is_no_one_shot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "gpiozero.pins.lgpio", raising=False)
    clock = SimClock()
    assert one_shot_of(BoardPinFactory(Pins(clock.mono, lambda _pin: True))) is None
