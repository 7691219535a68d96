"""All relays of a site on a simulated board whose wires can break, one pin at a time."""

from __future__ import annotations

import pytest
from gpiozero import Factory

from drivers.errors import DeviceUnavailable
from kiosk.config import GateConfig, LaneConfig, OutputConfig
from kiosk.core.commands import Lamp
from kiosk.core.events import DeviceFaulted
from kiosk.gatekeeper.gate import Gate, make_relays
from sim.pins import BoardPinFactory, Pins
from tests.gatekeeper.inbox import Posted

GATE, LAMP, BUZZER, GREEN, RED = 17, 27, 22, 9, 10
CONFIG = GateConfig(
    outputs=(OutputConfig("gate", GATE), OutputConfig("lamp", LAMP)),
    pin_factory="world",
    buzzer_pin=BUZZER,
    granted_lamp_pin=GREEN,
    refused_lamp_pin=RED,
)


class Board(Pins):
    def __init__(self, posted: Posted) -> None:
        super().__init__(posted.time.mono, lambda _pin: False)
        self.broken: set[int] = set()

    def write(self, pin: int, level: bool) -> None:
        if pin in self.broken:
            raise OSError(f"line {pin} is cut")
        super().write(pin, level)


class Bench:
    def __init__(self) -> None:
        self.posted = Posted()
        self.board = Board(self.posted)
        self.no_pins = False
        self.factory: Factory = BoardPinFactory(self.board)
        self.gate = Gate(
            lambda: make_relays(CONFIG, self._factory(), self.posted.time.mono),
            self.posted.clock,
            self.posted.post,
        )

    def _factory(self) -> Factory:
        if self.no_pins:
            raise DeviceUnavailable("gate: there are no pins here")
        return self.factory

    def on(self) -> list[int]:
        return [pin for pin in (GATE, LAMP, BUZZER, GREEN, RED) if self.board.level(pin)]

    def wait(self, seconds: float) -> None:
        self.posted.poll(self.gate.poll_once, seconds, every_s=0.1)


@pytest.fixture
def bench() -> Bench:
    bench = Bench()
    bench.gate.poll_once()
    return bench


def test_the_first_poll_brings_every_relay_to_rest() -> None:
    bench = Bench()
    bench.board.write(GATE, True)
    bench.board.write(LAMP, True)
    bench.gate.poll_once()
    assert bench.on() == []


def test_a_release_moves_the_output_that_was_named_and_ends_by_itself(bench: Bench) -> None:
    bench.gate.release("lamp", 4.0)
    assert bench.on() == [LAMP]
    assert bench.gate.lease_ends_s == pytest.approx(4.0)
    bench.wait(4.2)
    assert bench.on() == []
    assert bench.gate.lease_ends_s is None


def test_the_next_lease_to_end_is_the_earliest(bench: Bench) -> None:
    bench.gate.release("lamp", 4.0)
    bench.gate.release("gate", 2.0)
    assert bench.gate.lease_ends_s == pytest.approx(2.0)


def test_securing_ends_a_release_at_once_and_is_harmless_at_rest(bench: Bench) -> None:
    bench.gate.release("gate", 4.0)
    bench.gate.secure("gate")
    bench.gate.secure("gate")
    assert bench.on() == []
    assert bench.posted.events == []


def test_closing_brings_every_relay_to_rest(bench: Bench) -> None:
    bench.gate.release("gate", 4.0)
    bench.gate.release("lamp", 4.0)
    bench.gate.close()
    assert bench.on() == []


def test_a_relay_that_does_not_answer_keeps_no_other_from_resting(bench: Bench) -> None:
    bench.gate.release("gate", 4.0)
    bench.gate.release("lamp", 4.0)
    bench.board.broken = {GATE}
    bench.gate.close()
    assert bench.on() == [GATE]
    assert bench.posted.states() == ["-gate"]
    assert "GPIO 17 does not answer" in bench.posted.of(DeviceFaulted)[0].detail


def test_a_release_that_fails_is_a_lost_gate_and_leaves_nothing_energised(bench: Bench) -> None:
    bench.gate.release("lamp", 4.0)
    bench.board.broken = {GATE}
    bench.gate.release("gate", 4.0)
    assert bench.on() == []
    assert bench.posted.states() == ["-gate"]


def test_a_relay_that_could_not_be_secured_is_brought_to_rest_as_soon_as_it_answers(bench: Bench) -> None:
    bench.gate.release("gate", 4.0)
    bench.board.broken = {GATE}
    bench.gate.secure("gate")
    assert bench.on() == [GATE]
    bench.board.broken = set()
    bench.wait(1.5)
    assert bench.on() == []
    assert bench.posted.states() == ["-gate", "+gate"]


def test_a_release_while_the_gate_is_lost_moves_nothing_and_says_nothing_new(bench: Bench) -> None:
    bench.board.broken = {GATE}
    bench.gate.release("gate", 4.0)
    bench.gate.release("lamp", 4.0)
    bench.gate.secure("lamp")
    assert bench.on() == []
    assert bench.posted.states() == ["-gate"]


def test_pins_that_are_not_there_are_said_once_and_taken_when_they_come() -> None:
    bench = Bench()
    bench.no_pins = True
    bench.wait(5.0)
    assert bench.posted.states() == ["-gate"]
    bench.no_pins = False
    bench.wait(1.5)
    assert bench.posted.states() == ["-gate", "+gate"]
    bench.gate.release("gate", 1.0)
    assert bench.on() == [GATE]


def test_a_relay_that_fails_at_the_opening_leaves_the_others_free_for_the_next_try() -> None:
    bench = Bench()
    bench.board.broken = {LAMP}
    bench.wait(3.0)
    assert bench.posted.states() == ["-gate"]
    bench.board.broken = set()
    bench.wait(1.5)
    assert bench.posted.states() == ["-gate", "+gate"]


def test_an_output_that_the_site_does_not_have_is_a_fault_with_its_name(bench: Bench) -> None:
    bench.gate.release("barrier", 1.0)
    assert "'barrier'" in bench.posted.of(DeviceFaulted)[0].detail
    assert bench.on() == []


def test_the_buzzer_sounds_without_a_gap_until_it_is_told_not_to(bench: Bench) -> None:
    bench.gate.buzz(True)
    bench.wait(35.0)
    assert bench.on() == [BUZZER]
    assert len([edge for edge in bench.board.edges if edge.pin == BUZZER]) == 1
    bench.gate.buzz(False)
    assert bench.on() == []


def test_a_buzzer_that_nobody_looks_after_falls_silent_with_its_lease(bench: Bench) -> None:
    bench.gate.buzz(True)
    assert bench.gate.lease_ends_s == pytest.approx(10.0)


def test_a_buzzer_sounds_again_when_the_gate_is_back(bench: Bench) -> None:
    bench.gate.buzz(True)
    bench.board.broken = {GATE}
    bench.gate.release("gate", 4.0)
    assert bench.on() == []
    bench.board.broken = set()
    bench.wait(1.5)
    assert bench.on() == [BUZZER]


def test_a_buzzer_that_does_not_answer_is_a_fault_of_the_gate(bench: Bench) -> None:
    bench.board.broken = {BUZZER}
    bench.gate.buzz(True)
    assert bench.posted.states() == ["-gate"]


def test_a_site_without_a_buzzer_is_silent() -> None:
    posted = Posted()
    board = Board(posted)
    config = GateConfig(outputs=(OutputConfig("gate", GATE),), pin_factory="world")
    gate = Gate(
        lambda: make_relays(config, BoardPinFactory(board), posted.time.mono), posted.clock, posted.post
    )
    gate.poll_once()
    gate.buzz(True)
    gate.poll_once()
    gate.buzz(False)
    assert board.edges == []
    assert posted.events == []


@pytest.mark.parametrize(("lamp", "pin"), [(Lamp.GRANTED, GREEN), (Lamp.REFUSED, RED)])
@pytest.mark.parametrize("for_s", [0.6, 4.0, 25.0])
def test_a_lamp_burns_without_a_gap_for_its_time_and_no_longer(
    bench: Bench, lamp: Lamp, pin: int, for_s: float
) -> None:
    bench.gate.light(lamp, for_s)
    assert bench.on() == [pin]
    bench.wait(for_s - 0.2)
    assert bench.on() == [pin]
    bench.wait(0.4)
    assert bench.on() == []
    bench.wait(30.0)
    assert [edge.level for edge in bench.board.edges if edge.pin == pin] == [True, False]


def test_another_answer_puts_the_lamp_of_the_one_before_out(bench: Bench) -> None:
    bench.gate.light(Lamp.GRANTED, 4.0)
    bench.gate.light(Lamp.REFUSED, 4.0)
    assert bench.on() == [RED]
    bench.gate.light(Lamp.REFUSED, 4.0)
    assert [edge.level for edge in bench.board.edges if edge.pin == RED] == [True, False, True]
    bench.gate.light(None, 0.0)
    assert bench.on() == []
    bench.wait(1.0)
    assert bench.on() == []


def test_the_lamps_of_two_lanes_burn_side_by_side_and_each_answer_puts_out_its_own_lane_s() -> None:
    posted = Posted()
    board = Board(posted)
    config = GateConfig(granted_lamp_pin=GREEN, refused_lamp_pin=RED)
    out = LaneConfig("out", granted_lamp_pin=20, refused_lamp_pin=21)
    gate = Gate(
        lambda: make_relays(config, BoardPinFactory(board), posted.time.mono, [out]),
        posted.clock,
        posted.post,
    )
    gate.poll_once()
    gate.light(Lamp.GRANTED, 12.0)
    gate.light(Lamp.REFUSED, 4.0, "out")
    assert {pin for pin in (GREEN, RED, 20, 21) if board.level(pin)} == {GREEN, 21}
    gate.light(Lamp.GRANTED, 12.0, "out")
    assert {pin for pin in (GREEN, RED, 20, 21) if board.level(pin)} == {GREEN, 20}
    gate.light(None, 0.0)
    posted.poll(gate.poll_once, 11.5)
    assert {pin for pin in (GREEN, RED, 20, 21) if board.level(pin)} == {20}
    posted.poll(gate.poll_once, 1.0)
    assert not board.level(20)


def test_a_lamp_that_nobody_looks_after_goes_out_with_its_lease(bench: Bench) -> None:
    bench.gate.light(Lamp.GRANTED, 25.0)
    assert bench.gate.lease_ends_s == pytest.approx(10.0)


def test_a_lamp_that_does_not_answer_is_a_fault_of_the_gate_and_an_old_answer_is_not_shown_later(
    bench: Bench,
) -> None:
    bench.board.broken.add(GREEN)
    bench.gate.light(Lamp.GRANTED, 20.0)
    (fault,) = bench.posted.of(DeviceFaulted)
    assert "GPIO 9 does not answer" in fault.detail
    bench.board.broken.clear()
    bench.wait(3.0)
    assert bench.on() == []


def test_a_site_without_outputs_and_lamps_stays_dark() -> None:
    posted = Posted()
    board = Board(posted)
    gate = Gate(
        lambda: make_relays(GateConfig(), BoardPinFactory(board), posted.time.mono), posted.clock, posted.post
    )
    gate.poll_once()
    gate.light(Lamp.REFUSED, 4.0)
    gate.poll_once()
    assert board.edges == []
    assert posted.events == []
