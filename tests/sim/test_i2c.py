from __future__ import annotations

import errno

import pytest

from drivers.i2c import I2CBus
from sim.i2c import SimI2C
from sim.mlx90640_chip import Mlx90640Chip, Nack
from sim.radiation import Unit
from tests.drivers.thermal_rig import ManualClock, StillScene, plain


def bench(bus_hz: int = 400_000) -> tuple[ManualClock, SimI2C]:
    clock = ManualClock(0.0)
    chip = Mlx90640Chip(Unit.random(1), StillScene(plain(30.0)), clock.now, seed=1)
    return clock, SimI2C({0x33: chip}, clock.sleep, bus_hz)


def test_it_has_the_shape_of_a_bus() -> None:
    assert isinstance(bench()[1], I2CBus)


@pytest.mark.parametrize(("bus_hz", "milliseconds"), [(100_000, 150.2), (400_000, 37.5), (1_000_000, 15.0)])
def test_a_page_of_ram_takes_the_time_of_its_bits(bus_hz: int, milliseconds: float) -> None:
    clock, bus = bench(bus_hz)
    bus.writeto_then_readfrom(0x33, b"\x04\x00", bytearray(1664))
    assert clock.t * 1000 == pytest.approx(milliseconds, abs=0.1)


def test_nobody_at_an_address_is_a_nack_and_costs_one_byte() -> None:
    clock, bus = bench()
    with pytest.raises(Nack) as caught:
        bus.writeto(0x34, b"\x04\x00")
    assert caught.value.errno == errno.ENXIO
    assert clock.t == pytest.approx(11 / 400_000)


def test_reading_goes_into_the_slice_that_was_asked_for() -> None:
    _, bus = bench()
    buffer = bytearray(b"\xaa" * 6)
    bus.writeto_then_readfrom(0x33, b"..\x80\x0d", buffer, out_start=2, in_start=2, in_end=4)
    assert bytes(buffer) == b"\xaa\xaa\x19\x01\xaa\xaa"
    bus.writeto(0x33, b"..\x80\x0d..", start=2, end=4)
    bus.readfrom_into(0x33, buffer, start=4)
    assert bytes(buffer) == b"\xaa\xaa\x19\x01\x19\x01"


def test_it_is_locked_by_one_at_a_time() -> None:
    _, bus = bench()
    assert bus.try_lock()
    assert not bus.try_lock()
    bus.unlock()
    assert bus.try_lock()
