"""The thermal poller over the real driver, the simulated bus and the simulated chip."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from calibration.fusion import Fusion
from calibration.reading import Missing, NoReading, Reading
from calibration.record import CalibrationRecord
from calibration.reference import BlackbodyReference
from drivers.mlx90640 import Mlx90640, ThermalFrame
from kiosk.core.events import DeviceFaulted, ThermalSampled
from kiosk.gatekeeper.thermal import (
    PICTURE_HIGH_CELSIUS,
    PICTURE_LOW_CELSIUS,
    Measuring,
    ThermalPoller,
)
from kiosk.wire import ThermalPicture
from sim.i2c import SimI2C
from sim.mlx90640_chip import Fault, Mlx90640Chip, ThermalScene
from sim.thermal_scene import Face, empty_scene, scene_with
from tests.gatekeeper.inbox import Posted
from tests.gatekeeper.rig import UNIT, leave_warm, record_of

SERIAL = "-".join(f"{word:04x}" for word in UNIT.eeprom()[7:10])
WELL, FEVER = scene_with(Face(34.0)), scene_with(Face(39.5))


class Bench:
    """A sensor that sees `scene`, or what `seen(t)` gives."""

    folder: Path

    def __init__(
        self,
        *,
        record: CalibrationRecord | None = None,
        idle_hz: float = 4.0,
        refresh_hz: int = 8,
        blackbody: BlackbodyReference | None = None,
        cold: bool = False,
    ) -> None:
        note = self.folder / "thermal-power.json"
        self.posted = Posted()
        self.seen: Callable[[float], ThermalScene] = lambda _t: WELL
        self.pictures: list[ThermalPicture] = []
        self.chip = Mlx90640Chip(UNIT, self, self.posted.time.mono, seed=5)
        bus = SimI2C({0x33: self.chip}, self.posted.time.sleep)
        if not cold:
            leave_warm(bus, self.posted.time, note)
        self.poller = ThermalPoller(
            "",
            lambda: Mlx90640(bus, self.posted.time.mono, self.posted.time.sleep, refresh_hz=refresh_hz),
            self.posted.clock,
            self.posted.post,
            self.pictures.append,
            Measuring(note, record=record, refresh_hz=refresh_hz, idle_hz=idle_hz, blackbody=blackbody),
        )

    def thermal_at(self, t: float) -> ThermalScene:
        return self.seen(t)

    def run(self, seconds: float) -> Bench:
        self.posted.poll(self.poller.poll_once, seconds)
        return self

    def reading(self) -> Reading:
        (reading,) = [sample.reading for sample in self.samples() if isinstance(sample.reading, Reading)]
        return reading

    def samples(self) -> list[ThermalSampled]:
        return self.posted.of(ThermalSampled)


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path) -> None:
    Bench.folder = tmp_path


@pytest.fixture
def bench() -> Bench:
    return Bench(record=record_of(SERIAL))


def test_a_person_before_the_sensor_is_measured_once_for_his_passage(bench: Bench) -> None:
    bench.run(1.0).poller.start(7)
    bench.run(3.0)
    reading = bench.reading()
    assert bench.samples()[-1].passage_id == 7
    assert reading.face_skin_celsius == pytest.approx(34.0, abs=reading.expanded_u_celsius)
    assert reading.calibration_id == record_of(SERIAL).calibration_id
    bench.poller.stop(7)
    assert not bench.poller.is_sampling


@pytest.mark.parametrize("phase_s", [0.0, 0.03, 0.06, 0.09, 0.12, 0.15, 0.18, 0.21, 0.24])
def test_what_was_seen_before_the_start_of_sampling_never_counts(phase_s: float) -> None:
    bench = Bench(record=record_of(SERIAL))
    bench.seen = lambda _t: FEVER
    bench.run(1.0 + phase_s)
    started_s = bench.posted.time.mono()
    bench.seen = lambda t: FEVER if t < started_s else WELL
    bench.poller.start(1)
    bench.run(3.0)
    assert bench.reading().face_skin_celsius < 35.0


@pytest.mark.parametrize("phase_s", [0.0, 0.05, 0.1, 0.15, 0.2])
def test_a_subpage_whose_measurement_had_begun_before_the_start_never_counts(phase_s: float) -> None:
    bench = Bench(record=record_of(SERIAL))
    bench.seen = lambda _t: FEVER
    bench.run(1.0 + phase_s)
    light_from_s = bench.posted.time.mono() + 1 / 8  # a subpage takes an eighth of a second to measure
    bench.seen = lambda t: FEVER if t < light_from_s else WELL
    bench.poller.start(1)
    bench.run(3.0)
    assert bench.reading().face_skin_celsius < 35.0


@pytest.mark.parametrize("stall_s", [0.27, 0.29, 0.33])
@pytest.mark.parametrize("phase_s", [0.0, 0.1, 0.16, 0.18, 0.2])
def test_a_poller_that_stalls_after_the_start_mixes_in_nobody_who_stood_there_before(
    phase_s: float, stall_s: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    hottest: list[float] = []
    add = Fusion.add

    def watched(fusion: Fusion, frame: ThermalFrame) -> None:
        hottest.append(float(frame.celsius.max()))
        add(fusion, frame)

    monkeypatch.setattr(Fusion, "add", watched)
    bench = Bench(record=record_of(SERIAL))
    bench.seen = lambda _t: FEVER
    bench.run(1.0 + phase_s).poller.start(1)
    light_from_s = bench.posted.time.mono() + 1 / 8
    bench.seen = lambda t: FEVER if t < light_from_s else WELL
    bench.poller.poll_once()
    bench.posted.time.sleep(stall_s)
    bench.run(2.0)
    assert max(hottest) < 37.0


def test_the_second_measurement_of_a_passage_starts_anew(bench: Bench) -> None:
    bench.seen = lambda _t: FEVER
    bench.poller.start(1)
    bench.run(2.0)
    bench.poller.stop(1)
    bench.seen = lambda _t: WELL
    bench.poller.start(1)
    bench.run(2.0)
    readings = [sample.reading for sample in bench.samples() if isinstance(sample.reading, Reading)]
    assert [reading.face_skin_celsius > 37.0 for reading in readings] == [True, False]


def test_nothing_is_posted_for_a_passage_that_has_been_stopped(bench: Bench) -> None:
    bench.run(1.0).poller.start(1)
    bench.run(0.4).poller.stop(1)
    bench.posted.events.clear()
    bench.run(3.0)
    assert bench.samples() == []


def test_stopping_another_passage_changes_nothing(bench: Bench) -> None:
    bench.run(1.0).poller.start(2)
    bench.poller.stop(1)
    assert bench.poller.is_sampling


def test_what_is_missing_is_said_when_it_changes_and_not_with_every_frame(bench: Bench) -> None:
    bench.seen = lambda _t: empty_scene()
    bench.run(1.0).poller.start(1)
    bench.run(3.0)
    assert [sample.reading for sample in bench.samples()] == [NoReading(Missing.NO_FACE)]


def test_two_people_are_nobody_s_temperature(bench: Bench) -> None:
    left, right = scene_with(Face(34.0, column=8.0)), scene_with(Face(34.8, column=24.0))
    both = ThermalScene(
        np.maximum(left.to_celsius, right.to_celsius), 0.98, left.reflected_celsius, left.ta_celsius
    )
    bench.seen = lambda _t: both
    bench.run(1.0).poller.start(1)
    bench.run(3.0)
    assert {sample.reading for sample in bench.samples()} == {NoReading(Missing.ONE_PERSON)}


@pytest.mark.parametrize("fault", [Fault.UNPLUGGED, Fault.STALLED])
def test_a_sensor_that_is_gone_is_said_once_and_is_back_by_itself(bench: Bench, fault: Fault) -> None:
    bench.run(1.0)
    bench.chip.fault = fault
    bench.run(8.0)
    assert bench.posted.states() == ["-thermal"]
    assert "thermal sensor at 0x33" in bench.posted.of(DeviceFaulted)[0].detail
    bench.chip.fault = None
    bench.run(3.0)
    assert bench.posted.states() == ["-thermal", "+thermal"]
    bench.poller.start(1)
    bench.run(3.0)
    samples = [sample.reading for sample in bench.samples()]
    if fault is Fault.UNPLUGGED:
        assert samples == [NoReading(Missing.WARMING_UP)], "its supply was away"
    else:
        assert isinstance(samples[-1], Reading)


def test_a_sensor_that_is_lost_while_somebody_is_measured_yields_no_number(bench: Bench) -> None:
    bench.run(1.0).poller.start(1)
    bench.run(0.5)
    bench.chip.fault = Fault.UNPLUGGED
    bench.run(5.0)
    assert not [sample for sample in bench.samples() if isinstance(sample.reading, Reading)]


def test_without_a_record_a_reading_names_no_calibration() -> None:
    bench = Bench().run(1.0)
    bench.poller.start(1)
    bench.run(3.0)
    assert bench.reading().calibration_id is None
    assert bench.posted.states() == []


def test_the_record_of_another_sensor_is_a_fault_and_not_applied() -> None:
    bench = Bench(record=record_of("0000-0000-0000", offset_celsius=5.0)).run(1.0)
    bench.poller.start(1)
    bench.run(3.0)
    assert bench.posted.states() == ["-calibration"]
    detail = bench.posted.of(DeviceFaulted)[0].detail
    assert "0000-0000-0000" in detail
    assert SERIAL in detail
    assert "kiosk-calibrate blackbody" in detail
    assert bench.reading().calibration_id is None
    assert bench.reading().face_skin_celsius < 35.0


def test_an_idle_sensor_is_read_at_the_site_s_idle_rate_and_at_its_own_while_sampling() -> None:
    bench = Bench(record=record_of(SERIAL), idle_hz=0.5).run(10.0)
    idle = len(bench.pictures)
    assert 4 <= idle <= 6
    bench.poller.start(1)
    bench.run(1.2)
    assert len(bench.pictures) - idle >= 4


def test_every_frame_goes_to_the_screen_as_a_picture_between_two_fixed_temperatures(bench: Bench) -> None:
    bench.run(1.0)
    picture = bench.pictures[-1]
    pixels = np.frombuffer(bytes.fromhex(picture.pixels_hex), np.uint8).reshape(24, 32)
    celsius = PICTURE_LOW_CELSIUS + pixels / 255 * (PICTURE_HIGH_CELSIUS - PICTURE_LOW_CELSIUS)
    assert celsius[9:14, 13:19].mean() == pytest.approx(34.0, abs=1.0)
    assert celsius[0, 0] == pytest.approx(23.6, abs=1.5)


@pytest.mark.parametrize("refresh_hz", [1, 2, 4, 16])
def test_a_slow_sensor_and_a_fast_one_come_to_a_reading_too(refresh_hz: int) -> None:
    bench = Bench(record=record_of(SERIAL), refresh_hz=refresh_hz).run(5.0)
    bench.poller.start(1)
    bench.run(60.0 / refresh_hz)
    assert isinstance(bench.reading(), Reading)
