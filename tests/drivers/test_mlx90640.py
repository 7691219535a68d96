from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from drivers.errors import DeviceStalled, DeviceUnavailable
from drivers.mlx90640 import Mlx90640, ThermalFrame
from drivers.mlx90640.frame import fill_from_neighbours
from drivers.mlx90640.library import Library
from sim.i2c import SimI2C
from sim.mlx90640_chip import Fault, Mlx90640Chip
from sim.radiation import Unit
from tests.drivers.thermal_rig import ManualClock, Rig, StillScene, plain

VECTORS = Path(os.environ.get("CHECKPOINT_VECTORS", Path(__file__).parents[2] / "../shared/vectors"))


def ramp() -> StillScene:
    return StillScene(np.linspace(20.0, 40.0, 768).reshape(24, 32))


def test_a_picture_comes_after_both_subpages_and_shows_the_scene() -> None:
    rig = Rig(ramp()).open()
    frame = rig.frame()
    assert frame.celsius.shape == (24, 32)
    assert frame.celsius.dtype == np.float32
    np.testing.assert_allclose(frame.celsius, rig.scene.picture, atol=0.05)
    assert frame.ta_celsius == pytest.approx(30.0, abs=0.02)
    assert frame.vdd_v == pytest.approx(3.3, abs=0.002)
    assert frame.emissivity == 0.95
    assert frame.faults == ()


def test_every_further_picture_takes_two_new_subpages() -> None:
    rig = Rig(ramp()).open()
    times = [rig.frame().at_s for _ in range(4)]
    np.testing.assert_allclose(np.diff(times), 0.25, atol=0.02)


def test_with_nothing_new_the_driver_reads_one_register_and_returns() -> None:
    rig = Rig(ramp()).open()
    rig.frame()
    before_s, slept = rig.clock.t, rig.clock.slept
    assert rig.sensor.read_if_ready() is None
    assert rig.clock.slept == slept + 1
    assert rig.clock.t - before_s < 0.0005


def test_two_sensors_do_not_disturb_each_other() -> None:
    scene = ramp()
    alone = Rig(scene, unit_seed=1).open().frame().celsius
    first, second = Rig(scene, unit_seed=1).open(), Rig(scene, unit_seed=2).open()
    frames = [first.frame(), second.frame(), first.frame(), second.frame()]
    for frame in frames:
        np.testing.assert_allclose(frame.celsius, scene.picture, atol=0.05)
    np.testing.assert_array_equal(frames[0].celsius, alone)
    assert first.sensor.serial_number != second.sensor.serial_number


def test_two_sensors_share_one_bus_by_address() -> None:
    clock, scene = ManualClock(), ramp()
    chips = {
        address: Mlx90640Chip(Unit.random(address), scene, clock.now, seed=None) for address in (0x32, 0x33)
    }
    bus = SimI2C(chips, clock.sleep)
    sensors = [Mlx90640(bus, clock.now, clock.sleep, refresh_hz=4, address=a) for a in chips]
    for sensor in sensors:
        sensor.open()
    found: dict[int, ThermalFrame] = {}
    while len(found) < 2:
        clock.sleep(0.02)
        found |= {i: frame for i, sensor in enumerate(sensors) if (frame := sensor.read_if_ready())}
    for frame in found.values():
        np.testing.assert_allclose(frame.celsius, scene.picture, atol=0.05)


def test_a_stalled_sensor_is_reported_after_three_periods_and_not_waited_for() -> None:
    rig = Rig(ramp()).open()
    rig.frame()
    rig.chip.fault = Fault.STALLED
    stalled_s = rig.clock.t
    with pytest.raises(DeviceStalled, match="has sent nothing for"):
        rig.frame()
    assert 0.3 < rig.clock.t - stalled_s < 0.5


def test_a_sensor_that_stops_between_flag_and_data_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Rig(ramp()).open()
    rig.clock.sleep(0.13)
    take = Library.take_subpage

    def stop_then_take(library: Library) -> int:
        rig.chip.fault = Fault.STALLED
        return take(library)

    monkeypatch.setattr(Library, "take_subpage", stop_then_take)
    before_s = rig.clock.t
    with pytest.raises(DeviceStalled, match="stopped in the middle"):
        rig.sensor.read_if_ready()
    assert rig.clock.t - before_s < 1.1


def test_a_sensor_that_repeats_one_subpage_is_reported() -> None:
    rig = Rig(ramp()).open()
    control = int.from_bytes(rig.chip.transfer(b"\x80\x0d", 2), "big")
    rig.chip.transfer(b"\x80\x0d" + (control | 0x0008).to_bytes(2, "big"), 0)
    with pytest.raises(DeviceStalled, match="only one half"):
        rig.frame()


def test_an_absent_sensor_is_unavailable_in_one_sentence() -> None:
    clock = ManualClock()
    sensor = Mlx90640(SimI2C({}, clock.sleep), clock.now, clock.sleep)
    with pytest.raises(DeviceUnavailable) as caught:
        sensor.open()
    assert str(caught.value).startswith("The thermal sensor at 0x33 does not answer")


def test_an_unplugged_sensor_is_unavailable_and_works_again_once_reopened() -> None:
    rig = Rig(ramp()).open()
    rig.frame()
    rig.chip.fault = Fault.UNPLUGGED
    with pytest.raises(DeviceUnavailable, match="plugged in"):
        rig.frame()
    rig.chip.fault = None
    rig.sensor.close()
    rig.sensor.open()
    np.testing.assert_allclose(rig.frame().celsius, rig.scene.picture, atol=0.05)


@pytest.mark.parametrize(("fault", "what"), [(Fault.ALL_ONES, "ones"), (Fault.ALL_ZEROS, "zeros")])
def test_a_dead_bus_is_refused_at_once(fault: Fault, what: str) -> None:
    rig = Rig(ramp())
    rig.chip.fault = fault
    with pytest.raises(DeviceUnavailable, match=f"gives only {what}"):
        rig.open()


@pytest.mark.parametrize("fault", [Fault.ALL_ONES, Fault.ALL_ZEROS])
def test_a_bus_that_dies_while_running_gives_no_clean_picture(fault: Fault) -> None:
    rig = Rig(ramp()).open()
    rig.frame()
    rig.chip.fault = fault
    try:
        frame = rig.frame()
    except DeviceStalled:
        return
    assert frame.faults


@pytest.mark.parametrize("word", [33, 48, 52])
def test_an_eeprom_without_a_calibration_is_refused_instead_of_looping(
    word: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = list(Unit.random(1).eeprom())
    words[word] = 0
    monkeypatch.setattr(Unit, "eeprom", lambda unit: tuple(words))
    with pytest.raises(DeviceUnavailable, match="EEPROM"):
        Rig(ramp()).open()


def test_broken_and_outlier_pixels_are_filled_from_their_neighbours_and_named() -> None:
    fields = replace(Unit.random(1).fields, broken=frozenset({0, 400}), outliers=frozenset({767}))
    rig = Rig(ramp(), unit=Unit.of(fields)).open()
    frame = rig.frame()
    assert frame.filled_pixels == (0, 400, 767)
    assert frame.faults == ()
    np.testing.assert_allclose(frame.celsius, rig.scene.picture, atol=0.7)


def test_too_many_broken_pixels_are_no_sensor() -> None:
    fields = replace(Unit.random(1).fields, broken=frozenset(range(0, 600, 100)))
    with pytest.raises(DeviceUnavailable, match="More than 4 broken"):
        Rig(ramp(), unit=Unit.of(fields)).open()


def test_filling_uses_only_neighbours_within_the_picture() -> None:
    picture = np.zeros((24, 32), dtype=np.float32)
    picture[0, 1] = picture[1, 0] = picture[1, 1] = 6.0
    picture[0, 0] = -273.15
    fill_from_neighbours(picture, (0,))
    assert picture[0, 0] == pytest.approx(6.0)


@pytest.mark.parametrize(("vdd_v", "ta_celsius", "fault"), [(2.5, 30, "vdd"), (3.3, 95, "ta")])
def test_a_frame_outside_the_datasheets_limits_carries_its_fault(
    vdd_v: float, ta_celsius: float, fault: str
) -> None:
    scene = StillScene(plain(30.0), ta_celsius=ta_celsius)
    scene.vdd_v = vdd_v
    assert f"{fault}_out_of_range" in Rig(scene).open().frame().faults


@pytest.mark.parametrize(("bus_hz", "refresh_hz"), [(100_000, 8), (400_000, 32)])
def test_a_refresh_rate_that_the_bus_cannot_carry_is_refused(bus_hz: int, refresh_hz: float) -> None:
    with pytest.raises(DeviceUnavailable, match="too long for"):
        Rig(ramp(), bus_hz=bus_hz, refresh_hz=refresh_hz).open()


@pytest.mark.parametrize(("bus_hz", "refresh_hz"), [(100_000, 4), (400_000, 16), (1_000_000, 32)])
def test_a_refresh_rate_that_the_bus_carries_gives_pictures(bus_hz: int, refresh_hz: float) -> None:
    rig = Rig(ramp(), bus_hz=bus_hz, refresh_hz=refresh_hz).open()
    rig.frame()
    start_s = rig.clock.t
    assert rig.frame().at_s - start_s < 2.5 / refresh_hz


def test_an_unknown_refresh_rate_is_a_value_error_that_lists_the_known_ones() -> None:
    clock = ManualClock()
    with pytest.raises(ValueError, match=r"cannot run at 10 Hz; choose one of 0\.5, 1, 2, 4, 8"):
        Mlx90640(SimI2C({}, clock.sleep), clock.now, clock.sleep, refresh_hz=10)


def test_a_poller_that_comes_back_after_an_idle_second_gets_a_picture_and_no_stall() -> None:
    rig = Rig(ramp()).open()
    rig.frame()
    rig.clock.sleep(1.0)
    assert rig.sensor.read_if_ready() is None
    np.testing.assert_allclose(rig.frame().celsius, rig.scene.picture, atol=0.05)


def test_the_makers_example_is_decoded_to_the_makers_temperatures() -> None:
    path = VECTORS / "mlx90640" / "melexis_example.json"
    if not path.exists():
        pytest.skip(f"{path} is absent")
    example = json.loads(path.read_text())
    clock = ManualClock()
    library = Library(SimI2C({}, clock.sleep), 0x33, clock.now, clock.sleep)
    library.restore(example["eeprom"])
    for words in example["frames"]:
        library.frame_words[:] = words
        reflected = library.ta_celsius() - 8.0
        library._CalculateTo(words, example["emissivity"], reflected, library.to_celsius)
    stated = np.array(example["to_celsius_after_frame_1"]).reshape(24, 32)
    np.testing.assert_allclose(np.array(library.to_celsius).reshape(24, 32), stated, atol=0.01)


@pytest.mark.parametrize("stalled_s", [0.0, 0.06, 0.13, 0.2, 0.28, 0.37])
def test_no_light_in_a_frame_is_from_before_its_oldest_instant_however_late_its_halves_were_read(
    stalled_s: float,
) -> None:
    rig = Rig(ramp()).open()
    rig.frame()
    rig.scene.asked_at.clear()
    frames = 0
    for step in range(100):
        rig.clock.sleep(0.02 if step % 5 else stalled_s)
        frame = rig.sensor.read_if_ready()
        if frame is not None:
            complete_s = rig.scene.asked_at[-2:]
            assert frame.oldest_at_s <= min(complete_s) - 1 / 8
            assert frame.oldest_at_s > frame.at_s - 6 / 8
            rig.scene.asked_at.clear()
            frames += 1
    assert frames > 3


def test_a_subpage_that_lay_in_the_ram_before_the_opening_is_dropped() -> None:
    rig = Rig(ramp())
    rig.clock.sleep(60.0)
    opened_s = rig.clock.t
    rig.open()
    frame = rig.frame()
    assert min(rig.scene.asked_at) > opened_s
    assert frame.oldest_at_s >= opened_s
