"""What a site can ask of the thermal poller: a blackbody in the picture, faces, a mirrored picture."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from calibration.__main__ import main as calibrate
from calibration.oral import PUBLISHED
from calibration.reading import Missing, NoReading, Reading
from calibration.record import CalibrationRecord
from calibration.reference import BlackbodyReference
from drivers.mlx90640 import Mlx90640, ThermalFrame
from drivers.mlx90640.eeprom_check import checked
from kiosk.core.events import DeviceFaulted, FaceAppeared, FaceGone, SensorWarming, ThermalSampled
from kiosk.core.temperature import temperature_data
from kiosk.gatekeeper.thermal import Measuring, ThermalPoller
from kiosk.wire import ThermalPicture
from sim.i2c import SimI2C
from sim.mlx90640_chip import Fault, Mlx90640Chip, ThermalScene
from sim.thermal_scene import Face, Patch, Room, empty_scene, scene_with
from tests.gatekeeper.inbox import Posted
from tests.gatekeeper.rig import UNIT, leave_warm, record_of

SERIAL = "-".join(f"{word:04x}" for word in UNIT.eeprom()[7:10])
RECORD = record_of(SERIAL)
BLACKBODY = BlackbodyReference(top=2, left=26, height_px=4, width_px=4, celsius=36.0, u_celsius=0.15)
WITH_BLACKBODY = Room(blackbody=Patch(2, 26, 4, 4, 36.0))
SKIN_CELSIUS = 34.0


class Site:
    """A kiosk's thermal side. `seen(t)` is what stands before the sensor."""

    def __init__(
        self, folder: Path, measuring: Measuring | None = None, *, aged_by_celsius: float = 0.0
    ) -> None:
        self.posted = Posted()
        self.pictures: list[ThermalPicture] = []
        self.seen: Callable[[float], ThermalScene] = lambda _t: empty_scene(WITH_BLACKBODY)
        unit = UNIT.off_by(aged_by_celsius)
        self.chip = Mlx90640Chip(unit, self, self.posted.time.mono, seed=5)
        bus = SimI2C({0x33: self.chip}, self.posted.time.sleep)
        note = folder / "note.json"
        leave_warm(bus, self.posted.time, note)
        self.poller = ThermalPoller(
            "",
            lambda: Mlx90640(bus, self.posted.time.mono, self.posted.time.sleep),
            self.posted.clock,
            self.posted.post,
            self.pictures.append,
            replace(measuring or Measuring(note, record=RECORD, blackbody=BLACKBODY), power_note=note),
        )

    def thermal_at(self, t: float) -> ThermalScene:
        return self.seen(t)

    def run(self, seconds: float) -> Site:
        self.posted.poll(self.poller.poll_once, seconds)
        return self

    def somebody(self, room: Room = WITH_BLACKBODY, *, column: float = Face(SKIN_CELSIUS).column) -> Site:
        scene = scene_with(Face(SKIN_CELSIUS, column=column), room=room)
        self.seen = lambda _t: scene
        return self

    def nobody(self, room: Room = WITH_BLACKBODY) -> Site:
        self.seen = lambda _t: empty_scene(room)
        return self

    def measured(self) -> Reading | NoReading:
        """Sample for as long as it takes; what came last."""
        self.posted.events.clear()
        self.poller.start(1)
        self.run(4.0)
        self.poller.stop(1)
        return self.posted.of(ThermalSampled)[-1].reading

    def reading(self) -> Reading:
        reading = self.measured()
        assert isinstance(reading, Reading), reading
        return reading


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def test_a_blackbody_in_the_picture_corrects_a_sensor_that_has_drifted(tmp_path: Path) -> None:
    drifted = Site(tmp_path, aged_by_celsius=1.2).run(20.0).somebody().reading()
    assert drifted.face_skin_celsius == pytest.approx(SKIN_CELSIUS, abs=0.4)
    assert drifted.calibration_id not in (None, RECORD.calibration_id)
    assert 0.8 < drifted.expanded_u_celsius < 1.0


def test_a_blackbody_that_is_hidden_for_a_minute_leaves_nothing_calibrated(site: Site) -> None:
    site.run(20.0).nobody(Room()).run(30.0).somebody(Room())
    assert site.reading().calibration_id is not None
    site.nobody(Room()).run(40.0).somebody(Room())
    assert site.reading().calibration_id is None


def test_a_blackbody_that_was_never_seen_is_told_and_when_it_comes_too(site: Site) -> None:
    site.nobody(Room()).run(70.0)
    assert site.posted.states() == ["-blackbody"]
    assert "thermal.blackbody" in site.posted.of(DeviceFaulted)[0].detail
    assert site.somebody(Room()).reading().calibration_id is None
    site.posted.events.clear()
    site.nobody().run(20.0)
    assert site.posted.states() == ["+blackbody"]


def test_a_blackbody_needs_no_record(tmp_path: Path) -> None:
    site = Site(tmp_path, Measuring(tmp_path, blackbody=BLACKBODY), aged_by_celsius=0.9)
    reading = site.run(20.0).somebody().reading()
    assert reading.calibration_id is not None
    assert reading.face_skin_celsius == pytest.approx(SKIN_CELSIUS, abs=0.4)


def test_a_record_alone_is_known_less_well(tmp_path: Path) -> None:
    reading = Site(tmp_path, Measuring(tmp_path, record=RECORD)).run(1.0).somebody(Room()).reading()
    assert reading.calibration_id == RECORD.calibration_id
    assert 1.7 < reading.expanded_u_celsius < 2.1


def test_a_model_that_cannot_be_read_leaves_nothing_calibrated(tmp_path: Path) -> None:
    site = Site(tmp_path, Measuring(tmp_path, record=RECORD, oral=None)).run(1.0)
    assert site.somebody(Room()).reading().calibration_id is None


def test_a_record_of_the_same_number_with_another_eeprom_is_not_applied(tmp_path: Path) -> None:
    other: CalibrationRecord = replace(RECORD, eeprom_sha256="0" * 64)
    site = Site(tmp_path, Measuring(tmp_path, record=other)).run(1.0)
    assert site.posted.states() == ["-calibration"]
    assert site.somebody(Room()).reading().calibration_id is None


def test_left_and_right_follow_a_mirrored_sensor(tmp_path: Path) -> None:
    plain, mirrored = tmp_path / "plain", tmp_path / "mirrored"
    for folder in (plain, mirrored):
        folder.mkdir()
    straight = Site(plain, Measuring(plain, record=RECORD)).run(1.0).somebody(Room(), column=2.0)
    turned = Site(mirrored, Measuring(mirrored, record=RECORD, mirrored=True)).run(1.0)
    turned.somebody(Room(), column=2.0)
    assert straight.measured() == NoReading(Missing.STEP_LEFT)
    assert turned.measured() == NoReading(Missing.STEP_RIGHT)


def test_faces_are_told_once_when_they_come_and_once_when_they_go(tmp_path: Path) -> None:
    site = Site(tmp_path, Measuring(tmp_path, record=RECORD, watches_faces=True)).nobody(Room()).run(3.0)
    assert site.posted.of(FaceAppeared) == []
    site.somebody(Room()).run(4.0)
    assert len(site.posted.of(FaceAppeared)) == 1
    site.nobody(Room()).run(3.0)
    assert len(site.posted.of(FaceGone)) == 1


def test_a_face_that_jumps_may_be_somebody_else(tmp_path: Path) -> None:
    site = Site(tmp_path, Measuring(tmp_path, record=RECORD, watches_faces=True))
    site.somebody(Room(), column=10.0).run(3.0).somebody(Room(), column=20.0).run(3.0)
    assert (len(site.posted.of(FaceAppeared)), len(site.posted.of(FaceGone))) == (2, 1)


@pytest.mark.parametrize("fault", [Fault.UNPLUGGED, Fault.STALLED, Fault.DEAD_ROWS, Fault.TORN])
def test_while_the_sensor_is_blind_whoever_stood_there_is_not_followed(tmp_path: Path, fault: Fault) -> None:
    site = Site(tmp_path, Measuring(tmp_path, record=RECORD, watches_faces=True))
    site.somebody(Room()).run(3.0)
    site.chip.fault = fault
    site.run(3.0)
    assert len(site.posted.of(FaceGone)) >= 1


@pytest.mark.parametrize("idle_hz", [0.2, 0.7, 1.3, 2.9, 4.0])
def test_a_sensor_that_is_looked_at_now_and_then_has_no_faults(tmp_path: Path, idle_hz: float) -> None:
    site = Site(tmp_path, Measuring(tmp_path, record=RECORD, idle_hz=idle_hz)).run(60.0)
    assert site.posted.states() == []
    assert len(site.pictures) > 60 * idle_hz / 3


def test_a_supply_that_was_away_is_a_warm_up_again(site: Site) -> None:
    site.run(2.0).posted.events.clear()
    site.chip.fault = Fault.BROWN_OUT
    site.run(3.0)
    site.chip.fault = None
    site.run(3.0)
    assert site.posted.states() == ["-thermal", "+thermal"]
    assert site.posted.of(SensorWarming)[-1].remaining_s > 230.0
    assert site.somebody().measured() == NoReading(Missing.WARMING_UP)


def test_an_elevated_reading_s_export_is_decoded_to_the_very_picture(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    reading = site.run(20.0).somebody().reading()
    data = temperature_data(reading, with_raw=True)
    assert data is not None
    export = tmp_path / "export.json"
    export.write_text(json.dumps(data["raw"]), encoding="utf-8")
    assert calibrate(["decode", str(export)]) == 0
    frames = json.loads(capsys.readouterr().out)["frames"]
    assert len(frames) == 2 * reading.frames
    assert all(frame["faults"] == [] for frame in frames)
    assert max(frames[-1]["to"]) == pytest.approx(36.0, abs=3.0)


def test_an_export_gives_the_pictures_again_to_the_byte_though_the_sensor_warms(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    measuring = Measuring(tmp_path, record=RECORD, blackbody=BLACKBODY, settled_celsius_per_minute=10.0)
    site = Site(tmp_path, measuring).run(20.0)
    taken: list[ThermalFrame] = []
    read = Mlx90640.read_if_ready

    def reading_and_keeping(sensor: Mlx90640) -> ThermalFrame | None:
        frame = read(sensor)
        if frame is not None:
            taken.append(frame)
        return frame

    monkeypatch.setattr(Mlx90640, "read_if_ready", reading_and_keeping)
    started_s = site.posted.time.mono()
    scene = scene_with(Face(SKIN_CELSIUS), room=WITH_BLACKBODY)
    site.seen = lambda t: replace(scene, ta_celsius=scene.ta_celsius + 0.03 * (t - started_s))
    reading = site.reading()
    assert reading.reflected_celsius is None
    export = tmp_path / "export.json"
    data = temperature_data(reading, with_raw=True)
    assert data is not None
    export.write_text(json.dumps(data["raw"]), encoding="utf-8")
    assert calibrate(["decode", str(export)]) == 0
    decoded = json.loads(capsys.readouterr().out)["frames"][1::2]
    pictures = {frame.raw: frame.celsius.ravel() for frame in taken}
    for number, frame in enumerate(decoded):
        picture = pictures[reading.raw[2 * number : 2 * number + 2]]
        np.testing.assert_array_equal(np.array(frame["to"], dtype=np.float32), picture)


def test_a_reading_says_what_the_blackbody_added_which_model_spoke_and_how_many_pixels_were_filled(
    site: Site,
) -> None:
    data = temperature_data(site.run(20.0).somebody().reading(), with_raw=False)
    assert data is not None
    assert isinstance(data["reference_offset_celsius"], float)
    assert data["oral_model_id"] == PUBLISHED.model_id
    assert data["filled_pixels"] == len(checked(UNIT.eeprom()).bad_pixels)
