from __future__ import annotations

import math

import numpy as np
import pytest

from sim.mlx90640_chip import Fault, Nack
from sim.radiation import Unit
from tests.sim.chip_bench import CLEAR_AND_HOLD, CLEAR_AND_OVERWRITE, CONTROL, STATUS, Bench


def test_it_powers_on_at_two_hertz_in_chess_pattern_with_nothing_measured() -> None:
    bench = Bench()
    assert bench.read(CONTROL) == 0x1901
    assert bench.chip.refresh_hz == 2.0
    assert bench.read(STATUS) & 0x0008 == 0
    assert bench.chip.next_ready_at() == bench.clock.t + 0.5


def test_the_new_data_flag_rises_each_period_and_falls_when_it_is_written() -> None:
    bench = Bench()
    bench.clock.t = bench.chip.next_ready_at()
    assert bench.read(STATUS) & 0x0008
    bench.write(STATUS, CLEAR_AND_OVERWRITE)
    assert bench.read(STATUS) == 0x0010
    bench.clock.t = bench.chip.next_ready_at()
    assert bench.read(STATUS) == 0x0019


def test_subpages_alternate() -> None:
    bench = Bench()
    pages = []
    for _ in range(6):
        bench.clock.t = bench.chip.next_ready_at()
        bench.write(STATUS, CLEAR_AND_OVERWRITE)
        pages.append(bench.read(STATUS) & 0x7)
    assert pages == [0, 1, 0, 1, 0, 1]


@pytest.mark.parametrize(("code", "hertz"), [(0, 0.5), (4, 8), (7, 64)])
def test_the_control_register_sets_the_refresh_rate(code: int, hertz: float) -> None:
    bench = Bench()
    bench.write(CONTROL, (0x1801 | code << 7).to_bytes(2, "big"))
    assert bench.chip.next_ready_at() == pytest.approx(bench.clock.t + 1 / hertz)


def test_the_flag_is_up_exactly_at_the_announced_time_for_a_whole_day() -> None:
    bench = Bench()
    bench.clock.t = 86_400.0
    bench.write(CONTROL, b"\x1a\x01")
    for _ in range(500):
        bench.clock.t = bench.chip.next_ready_at()
        assert bench.read(STATUS) & 0x0008
        bench.write(STATUS, CLEAR_AND_OVERWRITE)


def test_without_overwriting_the_first_subpage_stays_until_the_flag_is_cleared() -> None:
    bench = Bench()
    bench.write(STATUS, CLEAR_AND_HOLD)
    bench.clock.sleep(0.6)
    held = bench.ram()
    bench.clock.sleep(5.0)
    assert bench.ram() == held
    bench.write(STATUS, CLEAR_AND_OVERWRITE)
    assert bench.ram() != held


def test_a_subpage_leaves_the_other_half_of_the_pixels_alone() -> None:
    bench = Bench()
    bench.write(STATUS, CLEAR_AND_OVERWRITE)
    bench.clock.sleep(0.6)
    first = np.frombuffer(bench.ram(), ">u2")[:768].reshape(24, 32)
    bench.clock.sleep(0.5)
    second = np.frombuffer(bench.ram(), ">u2")[:768].reshape(24, 32)
    chess = np.indices((24, 32)).sum(axis=0) % 2
    np.testing.assert_array_equal(first[chess == 0], second[chess == 0])
    assert (first[chess == 1] == 0).all()
    assert (second[chess == 1] != 0).any()


def test_the_scene_is_asked_only_when_the_ram_is_read_and_for_the_moment_of_the_subpage() -> None:
    bench = Bench()
    bench.write(STATUS, CLEAR_AND_OVERWRITE)
    for _ in range(50):
        bench.clock.sleep(0.1)
        bench.read(STATUS)
    assert bench.scene.asked_at == []
    bench.clock.t = 1005.3
    bench.ram()
    bench.ram()
    assert bench.scene.asked_at == [pytest.approx(1005.0)]


def test_noise_is_the_same_however_often_somebody_looks() -> None:
    eager, lazy = Bench(), Bench()
    for bench in (eager, lazy):
        bench.write(STATUS, CLEAR_AND_OVERWRITE)
    for _ in range(9):
        eager.clock.sleep(0.5)
        eager.ram()
    lazy.clock.sleep(4.5)
    mine = np.indices((24, 32)).sum(axis=0).reshape(768) % 2 == 0
    eager_words, lazy_words = (np.frombuffer(bench.ram(), ">u2") for bench in (eager, lazy))
    np.testing.assert_array_equal(eager_words[:768][mine], lazy_words[:768][mine])
    np.testing.assert_array_equal(eager_words[768:], lazy_words[768:])


def test_another_seed_gives_other_noise() -> None:
    benches = [Bench(seed=seed) for seed in (1, 2)]
    for bench in benches:
        bench.clock.sleep(0.6)
    assert benches[0].ram() != benches[1].ram()


def test_resolution_doubles_the_words_and_leaves_the_ambient_ratio() -> None:
    words = []
    for control in (b"\x19\x01", b"\x1d\x01"):
        bench = Bench(seed=None)
        bench.write(CONTROL, control)
        bench.clock.sleep(0.6)
        words.append(np.frombuffer(bench.ram(), ">i2").astype(int))
    assert words[1][778] == pytest.approx(2 * words[0][778], abs=1)
    assert words[1][800] == words[0][800]


def test_the_eeprom_is_read_back_word_for_word_and_cannot_be_written() -> None:
    bench = Bench()
    bench.chip.transfer(b"\x24\x00\x12\x34", 0)
    words = np.frombuffer(bench.chip.transfer(b"\x24\x00", 1664), ">u2")
    assert tuple(int(word) for word in words) == Unit.random(1).eeprom()


def test_a_stalled_chip_answers_and_never_raises_its_flag() -> None:
    bench = Bench()
    bench.chip.fault = Fault.STALLED
    bench.clock.sleep(60.0)
    assert bench.read(STATUS) & 0x0008 == 0
    assert bench.chip.next_ready_at() == math.inf
    bench.chip.fault = None
    bench.clock.t = bench.chip.next_ready_at()
    assert bench.read(STATUS) & 0x0008


def test_an_unplugged_chip_does_not_acknowledge_and_comes_back_as_after_power_on() -> None:
    bench = Bench()
    bench.write(CONTROL, b"\x1a\x01")
    bench.chip.fault = Fault.UNPLUGGED
    with pytest.raises(Nack):
        bench.read(STATUS)
    assert bench.chip.next_ready_at() == math.inf
    bench.clock.sleep(3.0)
    bench.chip.fault = None
    assert bench.read(CONTROL) == 0x1901
    assert bench.read(STATUS) & 0x0008 == 0
    assert bench.chip.next_ready_at() == bench.clock.t + 0.5
