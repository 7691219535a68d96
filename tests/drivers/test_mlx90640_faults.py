"""Sensors that fail: every fault is said, none passes for a picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from drivers.errors import DeviceError, DeviceStalled, DeviceUnavailable
from drivers.mlx90640 import Driver, layout
from sim.mlx90640_chip import Fault
from sim.radiation import Unit
from tests.drivers.test_mlx90640 import ramp
from tests.drivers.thermal_rig import Rig, StillScene, plain

RUNNING_FAULTS = [fault for fault in Fault if fault not in (Fault.BROWN_OUT, Fault.UNPLUGGED)]


@pytest.mark.parametrize(("fault", "what"), [(Fault.ALL_ONES, "ones"), (Fault.ALL_ZEROS, "zeros")])
def test_a_dead_bus_is_refused_at_once(fault: Fault, what: str) -> None:
    rig = Rig(ramp())
    rig.chip.fault = fault
    with pytest.raises(DeviceUnavailable, match=f"give only {what}"):
        rig.open()


def said(rig: Rig, seconds: float) -> tuple[set[str], int]:
    """Poll as the kiosk does; the faults said (errors by name), and how many sound pictures there were."""
    names, sound, end_s = set[str](), 0, rig.clock.t + seconds
    while rig.clock.t < end_s:
        try:
            frame = rig.sensor.read_if_ready()
            names.update(frame.faults if frame else ())
            sound += bool(frame and not frame.faults)
        except DeviceError as error:
            names.add(type(error).__name__)
            rig.clock.sleep(0.5)
            try:
                rig.sensor.open()
            except DeviceError as again:
                names.add(type(again).__name__)
        rig.clock.sleep(0.01)
    return names, sound


@pytest.mark.parametrize("driver", Driver)
@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize("seed", [1, 2])
def test_every_ordered_fault_is_said_gives_no_sound_picture_and_is_over_three_seconds_after_its_end(
    fault: Fault, driver: Driver, seed: int
) -> None:
    rig = Rig(ramp(), noise_seed=seed, driver=driver).open()
    rig.frame()
    rig.frame()
    rig.chip.fault = fault
    names, _ = said(rig, 0.4)  # what was measured before may still be given out
    more, sound = said(rig, 4.0)
    assert names | more
    assert sound == 0
    rig.chip.fault = None
    _, sound = said(rig, 3.0)
    assert sound > 0


@pytest.mark.parametrize(
    ("fault", "name"),
    [
        (Fault.DEAD_ROWS, "dead_row"),
        (Fault.REPEATED_SUBPAGE, "repeated_subpage"),
        (Fault.TORN, "torn_read"),
        (Fault.BIT_FLIPS, "words_disagree"),
        (Fault.STALLED, "DeviceStalled"),
        (Fault.UNPLUGGED, "DeviceUnavailable"),
        (Fault.ALL_ONES, "DeviceUnavailable"),
        (Fault.ALL_ZEROS, "DeviceStalled"),
    ],
)
def test_a_fault_is_called_by_its_name(fault: Fault, name: str) -> None:
    rig = Rig(ramp(), noise_seed=3).open()
    rig.frame()
    rig.chip.fault = fault
    assert name in said(rig, 1.5)[0]


def test_a_sensor_that_repeats_one_subpage_stalls_in_the_end() -> None:
    rig = Rig(ramp()).open()
    rig.chip.fault = Fault.REPEATED_SUBPAGE
    seen = [rig.frame().faults, rig.frame().faults]
    with pytest.raises(DeviceStalled, match="only one half"):
        rig.frame()
    assert seen == [("repeated_subpage",)] * 2


@pytest.mark.parametrize(("vdd_v", "ta_celsius", "fault"), [(2.5, 30, "vdd"), (3.3, 95, "ta")])
def test_a_frame_outside_the_datasheets_limits_carries_its_fault(
    vdd_v: float, ta_celsius: float, fault: str
) -> None:
    scene = StillScene(plain(30.0), ta_celsius=ta_celsius)
    scene.vdd_v = vdd_v
    assert f"{fault}_out_of_range" in Rig(scene).open().frame().faults


Change = Callable[[np.ndarray[tuple[int], np.dtype[np.uint16]]], None]


def changed_ram(rig: Rig, change: Change) -> None:
    """From now on the chip itself holds other words, so that every read agrees."""

    def tamper(register: int, answer: bytearray) -> None:
        if register in (layout.RAM, layout.RAM + 768):
            words = np.zeros(832, np.uint16)
            first = register - layout.RAM
            words[first : first + len(answer) // 2] = np.frombuffer(answer, ">u2")
            change(words)
            answer[:] = words[first : first + len(answer) // 2].astype(">u2").tobytes()

    rig.bus.tamper = tamper


def put(word: int, value: int) -> Change:
    def change(words: np.ndarray[tuple[int], np.dtype[np.uint16]]) -> None:
        words[word] = value

    return change


def factor(word: int, by: float) -> Change:
    def change(words: np.ndarray[tuple[int], np.dtype[np.uint16]]) -> None:
        words[word] = round(int(words[word]) * by)

    return change


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (put(778, 0), "gain_out_of_range"),
        (put(778, 0xFFFF), "gain_out_of_range"),
        (factor(778, 1.3), "gain_out_of_range"),
        (factor(778, 1.02), "gain_jumped"),
        (put(800, 0), "ta_out_of_range"),
        (factor(800, 1.02), "ta_jumped"),
        (put(810, 0), "vdd_out_of_range"),
        (put(333, 0x7FFF), "dead_row"),
        (put(333, 0x7FFE), "pixel_out_of_range"),
        (put(333, 0x8000), "not_decodable"),
        (lambda words: words.fill(0), "gain_out_of_range"),
    ],
)
@pytest.mark.parametrize("driver", Driver)
def test_words_that_cannot_be_true_are_a_fault_though_every_read_agrees(
    driver: Driver, change: Change, fault: str
) -> None:
    fields = replace(Unit.random(1).fields, broken=frozenset(), outliers=frozenset())
    rig = Rig(ramp(), unit=Unit.of(fields), driver=driver).open()
    rig.frame()
    changed_ram(rig, change)
    seen = [name for _ in range(3) for name in rig.frame().faults]
    assert fault in seen


def test_a_gain_that_stays_where_it_has_jumped_to_is_taken_after_the_sensor_was_set_up_anew() -> None:
    rig = Rig(ramp()).open()
    rig.frame()
    changed_ram(rig, factor(778, 1.02))
    faults = [rig.frame().faults for _ in range(12)]
    assert faults[:8] == [("gain_jumped",)] * 8
    assert faults[-1] == ()


def test_too_many_broken_pixels_are_no_sensor() -> None:
    fields = replace(Unit.random(1).fields, broken=frozenset(range(0, 600, 100)))
    with pytest.raises(DeviceUnavailable, match="word 64 of the EEPROM says that pixel 0 is broken, one of"):
        Rig(ramp(), unit=Unit.of(fields)).open()
