"""What the driver does on the bus so that nothing that crosses it is believed at once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from drivers.errors import DeviceStalled, DeviceUnavailable
from drivers.mlx90640 import Mlx90640, layout
from sim.i2c import SimI2C
from sim.mlx90640_chip import Fault
from sim.radiation import Unit
from tests.drivers.test_mlx90640 import ramp
from tests.drivers.thermal_rig import ManualClock, Rig, StillScene, flip_once, plain

AUXILIARY = [768, 776, 778, 800, 808, 810]


def control_of(rig: Rig) -> int:
    return int.from_bytes(rig.chip.transfer(b"\x80\x0d", 2), "big")


def set_control(rig: Rig, word: int) -> None:
    rig.chip.transfer(b"\x80\x0d" + word.to_bytes(2, "big"), 0)


def sound_after(rig: Rig, within: int = 4) -> None:
    """The next pictures are sound again, after `within` of them at most."""
    for _ in range(within):
        frame = rig.frame()
        if not frame.faults:
            np.testing.assert_allclose(frame.celsius, rig.scene.picture, atol=0.05)
            return
    raise AssertionError(frame.faults)


def test_refresh_rate_and_resolution_are_set_with_the_marker() -> None:
    rig = Rig(ramp(), refresh_hz=16, resolution_bits=19).open()
    assert control_of(rig) == 0x1000 | 3 << 10 | 5 << 7 | 0x10 | 1


def test_a_chip_that_does_not_keep_its_settings_is_refused() -> None:
    rig = Rig(ramp())

    def stubborn(register: int, answer: bytearray) -> None:
        if register == layout.CONTROL:
            answer[:] = b"\x19\x01"

    rig.bus.tamper = stubborn
    with pytest.raises(DeviceUnavailable, match="does not keep its settings"):
        rig.open()


def test_kept_power_tells_a_restarted_process_from_a_chip_that_was_switched_off() -> None:
    rig = Rig(ramp()).open()
    assert not rig.sensor.kept_power
    restarted = rig.another_sensor()
    restarted.open()
    assert restarted.kept_power
    rig.chip.fault = Fault.UNPLUGGED
    rig.chip.fault = None
    restarted.open()
    assert not restarted.kept_power


@pytest.mark.parametrize("word", [10, 48, 50, 63, 64, 400, 831])
def test_a_bit_that_flips_in_one_of_three_reads_of_the_eeprom_is_outvoted(word: int) -> None:
    rig = Rig(ramp())
    rig.bus.tamper = flip_once(layout.EEPROM, word, 7)
    rig.open()
    assert rig.sensor.eeprom == np.array(rig.unit.eeprom(), ">u2").tobytes()


def test_a_word_of_the_eeprom_that_is_never_read_alike_is_refused_and_named() -> None:
    rig, reads = Rig(ramp()), iter(range(9))

    def restless(register: int, answer: bytearray) -> None:
        if register == layout.EEPROM:
            answer[2 * 50] ^= next(reads)

    rig.bus.tamper = restless
    with pytest.raises(DeviceUnavailable, match=r"word 50 of the EEPROM read as .* never the same twice"):
        rig.open()


@pytest.mark.parametrize(("bus_hz", "refresh_hz"), [(100_000, 8), (400_000, 32), (1_000_000, 64)])
def test_a_refresh_rate_that_the_bus_cannot_carry_is_refused(bus_hz: int, refresh_hz: float) -> None:
    with pytest.raises(DeviceUnavailable, match="too long for"):
        Rig(ramp(), bus_hz=bus_hz, refresh_hz=refresh_hz).open()


def test_a_stalled_sensor_is_reported_after_three_periods_and_not_waited_for() -> None:
    rig = Rig(ramp()).open()
    rig.frame()
    rig.chip.fault = Fault.STALLED
    stalled_s = rig.clock.t
    with pytest.raises(DeviceStalled, match="has sent nothing for"):
        rig.frame()
    assert 0.3 < rig.clock.t - stalled_s < 0.5


def test_a_bus_that_somebody_else_never_lets_go_is_reported_after_three_periods() -> None:
    rig = Rig(ramp()).open()
    rig.bus.try_lock()
    before_s = rig.clock.t
    with pytest.raises(DeviceStalled, match="too long to answer"):
        rig.sensor.read_if_ready()
    assert rig.clock.t - before_s < 0.4


def test_an_absent_sensor_is_unavailable_in_one_sentence() -> None:
    clock = ManualClock()
    sensor = Mlx90640(SimI2C({}, clock.sleep), clock.now, clock.sleep)
    with pytest.raises(DeviceUnavailable) as caught:
        sensor.open()
    assert str(caught.value).startswith("The thermal sensor at 0x33 does not answer")
    with pytest.raises(DeviceUnavailable, match="is not open"):
        sensor.read_if_ready()


def test_a_transaction_that_fails_once_or_twice_is_tried_again() -> None:
    rig = Rig(ramp())
    rig.bus.nacks = 2
    rig.open()
    for _ in range(3):
        rig.bus.nacks = 2
        assert rig.frame().faults == ()


def test_a_transaction_that_fails_three_times_is_an_unavailable_device() -> None:
    rig = Rig(ramp()).open()
    rig.bus.nacks = 3
    with pytest.raises(DeviceUnavailable, match="does not answer"):
        rig.sensor.read_if_ready()


def test_an_unplugged_sensor_is_unavailable_and_works_again_once_reopened() -> None:
    rig = Rig(ramp()).open()
    rig.frame()
    rig.chip.fault = Fault.UNPLUGGED
    with pytest.raises(DeviceUnavailable, match="plugged in"):
        rig.frame()
    rig.chip.fault = None
    rig.sensor.open()
    sound_after(rig, 1)


def test_a_chip_that_lost_its_supply_between_two_polls_is_set_anew_and_says_so() -> None:
    rig = Rig(ramp()).open()
    rig.frame()
    set_control(rig, 0x1901)
    rig.clock.sleep(0.6)
    frame = rig.sensor.read_if_ready()
    assert frame is not None
    assert {"control_changed", "lost_power"} <= set(frame.faults)
    assert not rig.sensor.kept_power
    assert control_of(rig) == layout.control_word(8.0, 18)
    sound_after(rig, 1)


def test_a_control_register_that_was_only_read_wrong_loses_no_power() -> None:
    rig = Rig(ramp()).open()
    restarted = rig.another_sensor()
    rig.sensor = restarted
    restarted.open()
    rig.bus.tamper = flip_once(layout.CONTROL, 0, 9)
    assert rig.frame().faults == ("control_changed",)
    assert restarted.kept_power
    sound_after(rig, 1)


def test_a_chip_that_was_exchanged_in_use_is_not_taken_for_the_one_before() -> None:
    rig = Rig(ramp()).open()
    rig.frame()
    rig.chip._eeprom[:] = Unit.random(2).eeprom()
    set_control(rig, 0x1901)
    rig.clock.sleep(0.6)
    with pytest.raises(DeviceUnavailable, match="another one than a moment ago"):
        rig.sensor.read_if_ready()


def test_a_subpage_that_arrives_during_a_read_that_began_in_time_makes_it_a_torn_one() -> None:
    rig = Rig(ramp()).open()
    rig.frame()
    rig.chip.fault = Fault.TORN
    frame = rig.frame()
    assert "torn_read" in frame.faults
    rig.chip.fault = None
    sound_after(rig, 2)


def test_a_read_that_began_too_late_is_no_fault_of_the_sensor_and_no_picture() -> None:
    rig = Rig(ramp()).open()
    rig.frame()
    rig.clock.t = rig.chip.next_ready_at() + 0.1  # a read takes 0.04 s, and the next comes in 0.025
    assert rig.sensor.read_if_ready() is None
    sound_after(rig, 1)


@pytest.mark.parametrize("word", AUXILIARY)
@pytest.mark.parametrize("bit", [0, 4, 9, 15])
@pytest.mark.parametrize("register", [layout.RAM, layout.RAM + 768])
def test_a_bit_that_flips_in_an_auxiliary_word_is_seen_at_once(register: int, word: int, bit: int) -> None:
    rig = Rig(ramp(), noise_seed=2).open()
    rig.frame()
    rig.bus.tamper = flip_once(register, word if register == layout.RAM else word - 768, bit)
    assert "words_disagree" in rig.frame().faults


@pytest.mark.parametrize("bit", [0, 3, 15])
@pytest.mark.parametrize("skip", [0, 1, 2, 3])
def test_a_bit_that_flips_in_a_pixel_never_reaches_a_sound_picture(skip: int, bit: int) -> None:
    rig, clean = Rig(ramp(), noise_seed=2).open(), Rig(ramp(), noise_seed=2).open()
    flip, reads = flip_once(layout.RAM, 333, bit), iter(range(1000))

    def later(register: int, answer: bytearray) -> None:
        if register == layout.RAM and next(reads) >= skip:
            flip(register, answer)

    rig.bus.tamper = later
    by_time = {round(frame.at_s, 1): frame for frame in (clean.frame() for _ in range(8))}
    faulty = 0
    for frame in (rig.frame() for _ in range(5)):
        if frame.faults:
            faulty += 1
        elif (same := by_time.get(round(frame.at_s, 1))) is not None:
            assert abs(frame.celsius - same.celsius).max() < 1.5, "noise, and nothing worse"
    assert faulty == (1 if skip else 0), "the very first subpage after the settings is dropped unseen"


def gone_mad(register: int, word: int) -> Callable[[int, bytearray], None]:
    """A register that from now on reads as one word."""

    def tamper(read_from: int, answer: bytearray) -> None:
        if read_from == register:
            answer[:] = word.to_bytes(2, "big")

    return tamper


@pytest.mark.parametrize("status", [0x0008, 0x0009, 0x0018, 0x001B, 0x003F, 0xFFFF])
def test_a_status_register_that_stands_still_gives_no_sound_picture(status: int) -> None:
    rig = Rig(ramp(), noise_seed=2).open()
    rig.bus.tamper = gone_mad(layout.STATUS, status)
    for _ in range(40):
        try:
            frame = rig.sensor.read_if_ready()
        except DeviceStalled:
            return
        assert frame is None or frame.faults
        rig.clock.sleep(0.02)


@pytest.mark.parametrize("bit", range(5))
def test_one_flipped_bit_in_the_status_gives_no_wrong_picture(bit: int) -> None:
    scene = StillScene(plain(20.0), moving=lambda t: plain(20.0 + 3 * (t - 1000.0)))
    rig = Rig(scene).open()
    rig.frame()
    rig.bus.tamper = flip_once(layout.STATUS, 0, bit)
    for _ in range(6):
        frame = rig.frame()
        if not frame.faults:
            assert np.ptp(frame.celsius) < 3 * 0.125 + 0.1, "both halves are of the same quarter of a second"


def test_who_polls_too_seldom_for_a_picture_is_told() -> None:
    rig = Rig(ramp()).open()
    faults = set[str]()
    for _ in range(30):
        rig.clock.t = rig.chip.next_ready_at() + 3.1 / 8
        if (frame := rig.sensor.read_if_ready()) is not None:
            faults.update(frame.faults)
    assert "missed_subpage" in faults


def test_who_opens_the_sensor_in_passing_leaves_no_mark_and_takes_none_away() -> None:
    rig = Rig(ramp())

    def opened(*, marks: bool) -> bool:
        sensor = Mlx90640(rig.bus, rig.clock.now, rig.clock.sleep, marks=marks)
        sensor.open()
        return sensor.kept_power

    assert [opened(marks=False), opened(marks=False), opened(marks=True)] == [False, False, False]
    assert [opened(marks=False), opened(marks=True)] == [True, True]
