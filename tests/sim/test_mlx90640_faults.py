from __future__ import annotations

import numpy as np
import pytest

from sim.mlx90640_chip import Fault, Nack
from sim.mlx90640_faults import AUXILIARY, dead_rows
from sim.radiation import subpage_mask
from tests.sim.chip_bench import CONTROL, EEPROM, STATUS, Bench

NEW_DATA = 0x0008


def test_a_dead_bus_reads_as_all_ones_or_all_zeros() -> None:
    bench = Bench()
    for fault, word in ((Fault.ALL_ONES, 0xFFFF), (Fault.ALL_ZEROS, 0)):
        bench.chip.fault = fault
        assert bench.read(STATUS) == word
        assert set(bench.words()) == {word}


def test_dead_rows_are_at_their_end_stop_and_the_others_are_as_they_were() -> None:
    bench = Bench()
    bench.next_subpage()
    bench.next_subpage()
    sound = bench.words()
    bench.chip.fault = Fault.DEAD_ROWS
    damaged = bench.words()
    changed = np.flatnonzero((damaged != sound)[:768].reshape(24, 32).any(axis=1))
    assert 1 <= len(changed) <= 4
    assert (damaged[:768].reshape(24, 32)[changed] == 0x7FFF).all()
    np.testing.assert_array_equal(bench.words(), damaged)
    bench.chip.fault = None
    np.testing.assert_array_equal(bench.words(), sound)


def test_which_rows_are_dead_follows_from_the_seed() -> None:
    assert {len(dead_rows(seed)) for seed in range(40)} == {1, 2, 3, 4}
    np.testing.assert_array_equal(dead_rows(3), dead_rows(3))


def test_bits_flip_in_words_that_count_at_every_read_of_the_ram() -> None:
    bench = Bench()
    bench.next_subpage()
    sound = bench.words()
    bench.chip.fault = Fault.BIT_FLIPS
    auxiliary = 0
    for _ in range(60):
        flipped = np.flatnonzero(bench.words() != sound)
        assert len(flipped) >= 1
        assert all(index < 768 or index in AUXILIARY for index in flipped)
        auxiliary += bool((flipped >= 768).any())
    assert 15 < auxiliary < 50


def test_bits_flip_in_the_second_reading_of_the_auxiliary_words_too() -> None:
    bench = Bench()
    bench.next_subpage()
    sound = bench.chip.transfer(b"\x07\x00", 128)
    bench.chip.fault = Fault.BIT_FLIPS
    assert all(bench.chip.transfer(b"\x07\x00", 128) != sound for _ in range(40))


def test_bits_flip_now_and_then_in_registers_and_eeprom() -> None:
    bench = Bench()
    eeprom = bench.chip.transfer(EEPROM, 1664)
    bench.chip.fault = Fault.BIT_FLIPS
    assert 5 < sum(bench.read(CONTROL) != 0x1901 for _ in range(60)) < 40
    assert 20 < sum(bench.chip.transfer(EEPROM, 1664) != eeprom for _ in range(60)) < 55


def test_a_repeated_subpage_is_the_last_one_over_and_over() -> None:
    bench = Bench()
    last = [bench.next_subpage() for _ in range(3)][-1]
    bench.chip.fault = Fault.REPEATED_SUBPAGE
    assert [bench.next_subpage() for _ in range(4)] == [last] * 4
    bench.chip.fault = None
    assert len({bench.next_subpage() for _ in range(2)}) == 2


def test_a_torn_read_is_old_at_first_and_new_from_some_pixel_on_and_raises_the_flag() -> None:
    bench = Bench()
    bench.next_subpage()
    bench.next_subpage()
    old = bench.words()
    bench.chip.fault = Fault.TORN
    torn = bench.words()
    assert bench.read(STATUS) & NEW_DATA
    bench.chip.fault = None
    new = bench.words()
    cut = int(np.flatnonzero(torn != old)[0])
    assert 0 < cut < 768
    np.testing.assert_array_equal(torn[:cut], old[:cut])
    np.testing.assert_array_equal(torn[cut:], new[cut:])
    assert ((torn != old)[:768] <= subpage_mask(0, chess=True)).all()


def test_a_brown_out_begins_at_once_and_comes_back_with_the_settings_of_power_on() -> None:
    bench = Bench()
    bench.write(CONTROL, b"\x1a\x11")
    bench.next_subpage()
    bench.chip.fault = Fault.BROWN_OUT
    with pytest.raises(Nack):
        bench.read(CONTROL)
    assert bench.clock.t < bench.chip.next_ready_at() < bench.clock.t + 1.5
    bench.clock.sleep(0.6)
    assert bench.read(CONTROL) == 0x1901
    assert not bench.words().any()


def test_while_it_browns_out_the_supply_is_too_low_and_drops_again() -> None:
    bench = Bench()
    bench.write(CONTROL, b"\x1a\x01")
    bench.next_subpage()
    sound = int(bench.words().astype(np.int16)[810])
    bench.chip.fault = Fault.BROWN_OUT
    drops, was_on, sagging = 0, True, []
    for _ in range(400):
        bench.clock.sleep(0.05)
        try:
            words = bench.words()
        except Nack:
            drops += was_on
            was_on = False
            continue
        was_on = True
        if words.any():
            sagging.append(int(words.astype(np.int16)[810]))
    assert drops >= 4
    assert sagging
    assert min(sagging) > sound + 1000, "a word per 0.3 mV"


def test_after_a_brown_out_the_chip_is_powered_and_its_supply_is_right() -> None:
    bench = Bench(seed=None)
    bench.write(CONTROL, b"\x1a\x01")
    bench.next_subpage()
    sound = bench.words()[810]
    bench.chip.fault = Fault.BROWN_OUT
    bench.chip.fault = None
    assert bench.read(CONTROL) == 0x1901
    bench.next_subpage()
    assert bench.words()[810] == sound


@pytest.mark.parametrize("fault", list(Fault))
def test_one_order_at_one_moment_does_the_same_damage(fault: Fault) -> None:
    def told() -> list[object]:
        bench = Bench()
        bench.next_subpage()
        bench.chip.fault = fault
        said: list[object] = []
        for _ in range(20):
            bench.clock.sleep(0.21)
            try:
                said += [bench.ram(), bench.read(STATUS), bench.read(CONTROL)]
            except Nack:
                said.append("nack")
        return said

    assert told() == told()


@pytest.mark.parametrize("fault", list(Fault))
def test_when_a_fault_ends_the_chip_measures_again(fault: Fault) -> None:
    bench = Bench()
    bench.next_subpage()
    bench.chip.fault = fault
    bench.clock.sleep(2.0)
    bench.chip.fault = None
    assert {bench.next_subpage() for _ in range(2)} == {0, 1}
    assert (bench.words()[:768] != 0x7FFF).all()
