"""Pictures from a sound sensor: when they come, what they show, what they carry."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np
import pytest

from drivers.mlx90640 import Driver, Mlx90640, ThermalFrame, layout
from drivers.mlx90640.decoder import NativeDecoder
from drivers.mlx90640.eeprom import restore
from drivers.mlx90640.frame import fill_from_neighbours
from sim.i2c import SimI2C
from sim.mlx90640_chip import Mlx90640Chip
from sim.radiation import Unit
from tests.drivers.thermal_rig import ManualClock, Rig, StillScene, plain


def sound(seed: int) -> Unit:
    """A unit without a bad pixel."""
    return Unit.of(replace(Unit.random(seed).fields, broken=frozenset(), outliers=frozenset()))


def ramp(emissivity: float = 0.95) -> StillScene:
    return StillScene(np.linspace(20.0, 40.0, 768).reshape(24, 32), emissivity=emissivity)


@pytest.mark.parametrize("driver", Driver)
def test_a_picture_comes_after_both_subpages_and_shows_the_scene(driver: Driver) -> None:
    rig = Rig(ramp(), driver=driver).open()
    frame = rig.frame()
    assert frame.celsius.shape == (24, 32)
    assert frame.celsius.dtype == np.float32
    np.testing.assert_allclose(frame.celsius, rig.scene.picture, atol=0.05)
    assert frame.ta_celsius == pytest.approx(30.0, abs=0.02)
    assert frame.vdd_v == pytest.approx(3.3, abs=0.002)
    assert frame.emissivity == 0.95
    assert frame.faults == ()


@pytest.mark.parametrize("driver", Driver)
@pytest.mark.parametrize(("emissivity", "reflected_celsius"), [(0.98, 12.0), (0.9, None)])
def test_emissivity_and_reflected_temperature_are_taken_into_account(
    driver: Driver, emissivity: float, reflected_celsius: float | None
) -> None:
    scene = StillScene(plain(36.0), emissivity=emissivity, reflected_celsius=reflected_celsius)
    rig = Rig(scene, driver=driver, emissivity=emissivity, reflected_celsius=reflected_celsius).open()
    frame = rig.frame()
    np.testing.assert_allclose(frame.celsius, 36.0, atol=0.05)
    assert frame.emissivity == emissivity
    assert frame.reflected_celsius == pytest.approx(12.0 if reflected_celsius else 22.0, abs=0.02)


@pytest.mark.parametrize("bits", [16, 17, 18, 19])
def test_every_resolution_shows_the_same_scene(bits: int) -> None:
    rig = Rig(ramp(), resolution_bits=bits).open()
    frame = rig.frame()
    np.testing.assert_allclose(frame.celsius, rig.scene.picture, atol=0.2)
    assert frame.vdd_v == pytest.approx(3.3, abs=0.002)
    assert frame.faults == ()
    assert int.from_bytes(rig.chip.transfer(b"\x80\x0d", 2), "big") >> 10 & 3 == bits - 16


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


def test_the_words_behind_a_picture_give_the_same_picture_to_the_byte() -> None:
    rig = Rig(ramp(), noise_seed=7, unit=sound(1)).open()
    frame = rig.frame()
    older, newer = frame.raw
    assert len(older) == len(newer) == 2 * 834
    words = np.frombuffer(rig.sensor.eeprom, ">u2").tolist()
    again = NativeDecoder(restore(words), frame.emissivity).decode(older, newer)
    assert again.celsius.astype(np.float32).tobytes() == frame.celsius.tobytes()


def test_the_eeprom_and_its_hash_are_the_unit_s() -> None:
    rig = Rig(ramp())
    assert (rig.sensor.eeprom, rig.sensor.eeprom_sha256, rig.sensor.serial_number) == (b"", "", "")
    rig.open()
    words = np.array(rig.unit.eeprom(), ">u2").tobytes()
    assert rig.sensor.eeprom == words
    assert rig.sensor.eeprom_sha256 == hashlib.sha256(words).hexdigest()
    assert rig.sensor.serial_number == "-".join(f"{word:04x}" for word in rig.unit.eeprom()[7:10])


def test_two_sensors_do_not_disturb_each_other() -> None:
    scene = ramp()
    alone = Rig(scene, unit_seed=1).open().frame().celsius
    first, second = Rig(scene, unit_seed=1).open(), Rig(scene, unit_seed=2).open()
    frames = [first.frame(), second.frame(), first.frame(), second.frame()]
    for frame in frames:
        np.testing.assert_allclose(frame.celsius, scene.picture, atol=0.7)
    np.testing.assert_array_equal(frames[0].celsius, alone)
    assert first.sensor.serial_number != second.sensor.serial_number


@pytest.mark.parametrize("driver", Driver)
def test_two_sensors_share_one_bus_by_address(driver: Driver) -> None:
    clock, scene = ManualClock(), ramp(0.98)
    chips = {address: Mlx90640Chip(sound(address), scene, clock.now, seed=None) for address in (0x32, 0x33)}
    bus = SimI2C(chips, clock.sleep)
    sensors = [Mlx90640(bus, clock.now, clock.sleep, refresh_hz=4, address=a, driver=driver) for a in chips]
    for sensor in sensors:
        sensor.open()
    found: dict[int, ThermalFrame] = {}
    while len(found) < 2:
        clock.sleep(0.02)
        found |= {i: frame for i, sensor in enumerate(sensors) if (frame := sensor.read_if_ready())}
    for frame in found.values():
        np.testing.assert_allclose(frame.celsius, scene.picture, atol=0.05)


def test_broken_and_outlier_pixels_are_filled_from_their_neighbours_and_named() -> None:
    fields = replace(Unit.random(1).fields, broken=frozenset({0, 400}), outliers=frozenset({767}))
    rig = Rig(ramp(), unit=Unit.of(fields)).open()
    frame = rig.frame()
    assert frame.filled_pixels == (0, 400, 767)
    assert frame.faults == ()
    np.testing.assert_allclose(frame.celsius, rig.scene.picture, atol=0.7)


@pytest.mark.parametrize("driver", Driver)
@pytest.mark.parametrize("word", [b"\x7f\xff", b"\x80\x00", b"\x00\x00"])
def test_whatever_a_broken_pixel_reads_it_spoils_no_picture(word: bytes, driver: Driver) -> None:
    fields = replace(Unit.random(1).fields, broken=frozenset({31, 32}), outliers=frozenset({400}))
    rig = Rig(ramp(), unit=Unit.of(fields), driver=driver)

    def broken(register: int, answer: bytearray) -> None:
        if register == layout.RAM:
            for pixel in (31, 32, 400):
                answer[2 * pixel : 2 * pixel + 2] = word

    rig.bus.tamper = broken
    frame = rig.open().frame()
    assert frame.faults == ()
    np.testing.assert_allclose(frame.celsius, rig.scene.picture, atol=0.7)


def test_filling_uses_only_neighbours_within_the_picture() -> None:
    picture = np.zeros((24, 32), dtype=np.float32)
    picture[0, 1] = picture[1, 0] = picture[1, 1] = 6.0
    picture[0, 0] = -273.15
    fill_from_neighbours(picture, (0,))
    assert picture[0, 0] == pytest.approx(6.0)


def test_a_pixel_without_a_measured_neighbour_is_no_number() -> None:
    picture = np.zeros((24, 32), dtype=np.float64)
    fill_from_neighbours(picture, (40,), np.zeros((24, 32), dtype=bool))
    assert np.isnan(picture[1, 8])


@pytest.mark.parametrize(("bus_hz", "refresh_hz"), [(100_000, 4), (400_000, 16), (1_000_000, 32)])
def test_a_refresh_rate_that_the_bus_carries_gives_pictures(bus_hz: int, refresh_hz: float) -> None:
    rig = Rig(ramp(), bus_hz=bus_hz, refresh_hz=refresh_hz).open()
    rig.frame()
    times = []
    for _ in range(4):
        while (frame := rig.sensor.read_if_ready()) is None:
            rig.clock.sleep(0.005)
        assert frame.faults == ()
        times.append(frame.at_s)
    np.testing.assert_allclose(np.diff(times), 2 / refresh_hz, atol=0.01)


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"refresh_hz": 10}, r"cannot run at 10 Hz; choose one of 0\.5, 1, 2, 4, 8"),
        ({"resolution_bits": 20}, "no resolution of 20 bits"),
        ({"emissivity": 0.0}, "Emissivity lies above 0"),
        ({"emissivity": float("nan")}, "Emissivity lies above 0"),
        ({"reflected_celsius": float("nan")}, "reflected temperature lies between"),
    ],
)
def test_what_no_sensor_can_do_is_a_value_error_that_says_what_can(
    settings: dict[str, float], why: str
) -> None:
    clock = ManualClock()
    with pytest.raises(ValueError, match=why):
        Mlx90640(SimI2C({}, clock.sleep), clock.now, clock.sleep, **settings)  # type: ignore[arg-type]


def test_a_poller_that_comes_back_after_an_idle_second_gets_a_picture_and_no_stall() -> None:
    rig = Rig(ramp()).open()
    rig.frame()
    for _ in range(3):
        rig.clock.sleep(1.0)
        assert rig.sensor.read_if_ready() is None
        frame = rig.frame()
        assert frame.faults == ()
        np.testing.assert_allclose(frame.celsius, rig.scene.picture, atol=0.05)


def test_a_subpage_that_lay_in_the_ram_before_the_opening_is_dropped() -> None:
    rig = Rig(ramp())
    rig.clock.sleep(60.0)
    opened_s = rig.clock.t
    rig.open()
    frame = rig.frame()
    assert min(rig.scene.asked_at) > opened_s
    assert frame.oldest_at_s >= opened_s


@pytest.mark.parametrize("stalled_s", [0.0, 0.06, 0.13, 0.2, 0.28, 0.37])
def test_no_light_in_a_frame_is_from_before_its_oldest_instant_however_late_its_halves_were_read(
    stalled_s: float,
) -> None:
    rig = Rig(StillScene(plain(20.0), moving=lambda t: plain(20.0 + (t - 1000.0))), unit=sound(2)).open()
    sound_frames = 0
    for step in range(400):
        rig.clock.sleep(0.02 if step % 11 else stalled_s)
        frame = rig.sensor.read_if_ready()
        if frame is not None and not frame.faults:
            complete_s = 1000.0 + float(frame.celsius.min()) - 20.0
            assert frame.oldest_at_s <= complete_s - 1 / 8 + 0.06
            assert frame.oldest_at_s > frame.at_s - 6 / 8
            sound_frames += 1
    assert sound_frames > 3
