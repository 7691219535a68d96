from __future__ import annotations

import pytest
from gpiozero import DigitalInputDevice, DigitalOutputDevice

from sim.clock import SimClock
from sim.pins import BoardPinFactory, Edge, Pins


class Bench:
    def __init__(self) -> None:
        self.clock = SimClock()
        self.high: set[int] = set()
        self.pins = Pins(self.clock.mono, lambda pin: pin in self.high)
        self.factory = BoardPinFactory(self.pins)

    def output(self, pin: int) -> DigitalOutputDevice:
        return DigitalOutputDevice(pin, pin_factory=self.factory)


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_what_is_driven_stands_on_the_board_at_once(bench: Bench) -> None:
    device = bench.output(17)
    bench.clock.advance_to(2.0)
    device.on()
    assert bench.pins.level(17)
    assert bench.pins.edges == [Edge(2.0, 17, True)]
    device.close()


def test_a_level_outlives_whoever_drove_it(bench: Bench) -> None:
    device = bench.output(17)
    device.on()
    device.close()
    bench.factory.close()
    assert bench.pins.level(17)


def test_whoever_comes_next_can_bring_a_stuck_pin_low(bench: Bench) -> None:
    bench.pins.write(17, True)
    bench.output(17).close()
    assert not bench.pins.level(17)


def test_driving_a_level_that_stands_already_is_no_edge(bench: Bench) -> None:
    device = bench.output(17)
    device.on()
    device.on()
    device.off()
    assert [edge.level for edge in bench.pins.edges] == [True, False]
    device.close()


def test_every_listener_feels_every_edge(bench: Bench) -> None:
    felt: list[Edge] = []
    bench.pins.listeners.append(felt.append)
    device = bench.output(27)
    device.on()
    device.close()
    assert felt == bench.pins.edges


def test_an_input_reads_what_the_world_drives_now(bench: Bench) -> None:
    device = DigitalInputDevice(23, pull_up=None, active_state=True, pin_factory=bench.factory)
    assert device.value == 0
    bench.high.add(23)
    assert device.value == 1
    device.close()


def test_a_pin_that_nobody_has_driven_is_low(bench: Bench) -> None:
    assert not bench.pins.level(5)
