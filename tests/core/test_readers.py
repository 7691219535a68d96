"""Whose turn it is at the readers of a lane, and what is heard there."""

from __future__ import annotations

import dataclasses

import pytest

from kiosk.core.commands import Announce, Command, Light, Sound
from kiosk.core.events import CodeScanned
from kiosk.core.readers import Readers
from kiosk.core.rules import AccessPoint, Purpose, TemperatureCheck
from kiosk.core.view import Guidance
from kiosk.credentials.credential import Credential
from kiosk.terms import Instant
from tests.core.playbook import GATE_IN, GATE_OUT, MORNING
from tests.core.test_decision import GREEN, REFUSED

COOK, PACKER = 3, 4
COOKS = AccessPoint("kitchen", Purpose.CHECKIN, "lamp", "counter", roles=(COOK,))
PACKERS = AccessPoint("bench", Purpose.CHECKIN, "lamp", "counter", roles=(PACKER,))
BUS = AccessPoint("door", Purpose.BOARDING, reader="camera")
READ = Announce(Sound.READ)


def at(second: float) -> Instant:
    return Instant(second, MORNING, True)


def scan(source: str, second: float, payload: bytes = b"somebody") -> CodeScanned:
    return CodeScanned(at(second), source, payload, "test")


@pytest.fixture
def gate() -> Readers:
    return Readers((GATE_IN, GATE_OUT))


def waits(readers: Readers, source: str, second: float, payload: bytes = b"somebody") -> list[Command]:
    return readers.keep_waiting(scan(source, second, payload), REFUSED)


def holding(role: int) -> Credential:
    return dataclasses.replace(GREEN, roles=frozenset({role}))


def test_one_reader_serves_each_role_where_it_belongs_and_others_at_its_first_place() -> None:
    counter = Readers((COOKS, PACKERS))
    assert [counter.access_point("counter", holding(role)) for role in (COOK, PACKER, 99)] == [
        COOKS,
        PACKERS,
        COOKS,
    ]
    assert counter.access_point("counter", REFUSED) is COOKS


def test_a_reader_of_orders_alone_shows_no_passes() -> None:
    counter = Readers((dataclasses.replace(COOKS, order_reader="orders"), PACKERS))
    assert counter.sources == ("counter", "orders")
    assert not counter.is_new(scan("orders", 0.0), GREEN)
    assert counter.is_new(scan("counter", 0.0), GREEN)


def test_who_wants_out_comes_before_whoever_wants_in_and_then_who_came_first(gate: Readers) -> None:
    waits(gate, "camera", 1.0)
    waits(gate, "exit-scanner", 2.0)
    first, second = gate.next_waiting(at(3.0)), gate.next_waiting(at(3.0))
    assert (first and first.source, second and second.source) == ("exit-scanner", "camera")
    assert gate.next_waiting(at(3.0)) is None
    two_in = Readers((GATE_IN, dataclasses.replace(GATE_IN, id="second", reader="another")))
    waits(two_in, "another", 1.0)
    waits(two_in, "camera", 0.5)
    turn = two_in.next_waiting(at(3.0))
    assert turn is not None
    assert turn.source == "camera"


def test_the_newest_code_of_a_reader_is_the_one_that_waits(gate: Readers) -> None:
    waits(gate, "camera", 1.0, b"one")
    waits(gate, "camera", 2.0, b"two")
    turn = gate.next_waiting(at(3.0))
    assert turn is not None
    assert turn.payload == b"two"
    assert gate.next_waiting(at(3.0)) is None


def test_a_code_waits_for_ten_seconds_and_is_heard_anew_when_it_comes_after_them(gate: Readers) -> None:
    assert waits(gate, "camera", 1.0) == [READ]
    assert gate.next_waiting(at(11.0)) == scan("camera", 1.0)
    assert waits(gate, "camera", 12.0, b"another") == [READ]
    assert gate.next_waiting(at(22.1)) is None
    assert waits(gate, "camera", 22.1, b"another") == [READ]


def test_a_code_that_has_waited_too_long_keeps_nobody_behind_it_from_his_turn(gate: Readers) -> None:
    waits(gate, "exit-scanner", 0.0)
    waits(gate, "camera", 5.0)
    assert gate.next_waiting(at(12.0)) == scan("camera", 5.0)


def test_whose_code_is_awaited_at_one_reader_is_not_asked_for_at_another(gate: Readers) -> None:
    waits(gate, "exit-scanner", 1.0)
    assert gate.next_waiting(at(2.0), "camera") is None
    waits(gate, "camera", 2.0)
    assert gate.next_waiting(at(3.0), "camera") == scan("camera", 2.0)
    assert gate.exit_waits(at(3.0))


def test_somebody_wants_out_only_as_long_as_his_code_waits_at_the_way_out(gate: Readers) -> None:
    told = [gate.exit_waits(at(1.0))]
    waits(gate, "camera", 1.0)
    told.append(gate.exit_waits(at(1.0)))
    waits(gate, "exit-scanner", 1.0)
    told.append(gate.exit_waits(at(1.0)))
    gate.take(at(2.0), scan("exit-scanner", 1.0), REFUSED)
    assert [*told, gate.exit_waits(at(2.0))] == [False, False, True, False]


def test_a_code_is_heard_once_whether_it_waits_or_not_and_puts_the_lamp_out(gate: Readers) -> None:
    assert waits(gate, "camera", 1.0) == [READ]
    assert waits(gate, "camera", 1.1) == []
    assert waits(gate, "exit-scanner", 1.1) == [READ], "at another reader it is another showing"
    assert gate.take(at(2.0), scan("camera", 1.1), REFUSED) == [Light(None)]
    assert gate.next_waiting(at(2.0), "camera") is None, "it is being dealt with"
    assert gate.take(at(9.0), scan("camera", 9.0), REFUSED) == [READ, Light(None)]


def test_of_a_pass_its_holder_counts_and_of_anything_else_its_bytes(gate: Readers) -> None:
    gate.take(at(0.0), scan("camera", 0.0, b"one"), GREEN)
    assert not gate.is_new(scan("camera", 0.5, b"two"), GREEN)
    assert gate.is_new(scan("camera", 0.5, b"one"), REFUSED)
    for other in (dataclasses.replace(GREEN, subject=b"another"), dataclasses.replace(GREEN, kid=b"\x09")):
        assert gate.is_new(scan("camera", 0.5, b"one"), other)


def test_it_is_a_boarding_where_nothing_else_is_done() -> None:
    assert Readers((BUS,)).boards
    assert not Readers((BUS, dataclasses.replace(GATE_OUT, reader="camera"))).boards
    assert not Readers((BUS, GATE_OUT)).boards


@pytest.mark.parametrize("temperature", TemperatureCheck)
def test_a_place_invites_to_the_sensor_where_a_face_begins_a_passage(temperature: TemperatureCheck) -> None:
    point = dataclasses.replace(GATE_IN, temperature=temperature)
    readers = Readers((GATE_OUT, point))
    by_face = temperature in (TemperatureCheck.BEFORE, TemperatureCheck.ONLY)
    assert readers.face_point == (point if by_face else None)
    assert readers.invites is (Guidance.LOOK_AT_SENSOR if by_face else Guidance.NONE)
