from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from calibration import __main__ as command
from calibration.blackbody import calibrate, fit, residuals_celsius
from calibration.commands import blackbody
from calibration.errors import CalibrationError
from calibration.record import CalibrationRecord, SetPoint
from drivers.errors import DeviceStalled, DeviceUnavailable
from drivers.i2c import I2CBus
from sim.mlx90640_chip import Fault
from sim.radiation import Unit
from tests.drivers.thermal_rig import Rig, StillScene, plain

MADE_AT = datetime(2026, 11, 1, 8, tzinfo=UTC)


def aged_rig(error_celsius: float = 1.2) -> Rig:
    scene = StillScene(plain(25.0), emissivity=0.98, ta_celsius=30.0)
    unit = Unit.random(3).off_by(error_celsius)
    return Rig(scene, unit=unit, noise_seed=5).open()


def calibrated(rig: Rig, *set_points: float, frames: int = 12) -> CalibrationRecord:
    def present(celsius: float) -> None:
        rig.scene.picture = plain(celsius)

    return calibrate(rig.sensor, set_points, present, sleep=rig.clock.sleep, made_at=MADE_AT, frames=frames)


def test_a_sensor_that_is_off_by_a_degree_is_put_right() -> None:
    rig = aged_rig()
    record = calibrated(rig, 32.0, 35.0, 38.0)
    assert record.offset_celsius + (record.gain - 1) * 35.0 == pytest.approx(-1.2, abs=0.15)
    assert max(abs(residual) for residual in residuals_celsius(record)) < 0.1
    assert record.u_fit_celsius < 0.15
    assert record.sensor_serial == rig.sensor.serial_number
    assert record.eeprom_sha256 == rig.sensor.eeprom_sha256
    assert record.made_at == "2026-11-01T08:00:00+00:00"
    assert [point.true_celsius for point in record.set_points] == [32.0, 35.0, 38.0]


def test_the_fit_is_least_squares_over_all_set_points() -> None:
    points = [SetPoint(t, m, 0.01, 8) for t, m in ((30.0, 31.0), (35.0, 36.1), (40.0, 41.0))]
    record = fit(
        points,
        sensor_serial="s",
        eeprom_sha256="5e" * 32,
        made_at=MADE_AT,
        blackbody_emissivity=0.98,
        blackbody_u_celsius=0.1,
    )
    gain, offset = np.polyfit([31.0, 36.1, 41.0], [30.0, 35.0, 40.0], 1)
    assert record.gain == pytest.approx(gain, abs=1e-5)
    assert record.offset_celsius == pytest.approx(offset, abs=1e-5)
    assert sum(residuals_celsius(record)) == pytest.approx(0.0, abs=1e-4)


@pytest.mark.parametrize("set_points", [(35.0,), (35.0, 36.0), (32.0, 80.0)])
def test_set_points_that_cannot_carry_a_fit_are_refused_before_anything_is_measured(
    set_points: tuple[float, ...],
) -> None:
    with pytest.raises(CalibrationError, match="set point"):
        calibrated(aged_rig(), *set_points)


def test_a_blackbody_that_was_not_put_before_the_sensor_is_noticed() -> None:
    rig = aged_rig()
    with pytest.raises(CalibrationError, match="where the blackbody should be at 32"):
        calibrate(
            rig.sensor, [32.0, 38.0], lambda celsius: None, sleep=rig.clock.sleep, made_at=MADE_AT, frames=4
        )


def test_a_blackbody_that_does_not_fill_the_patch_is_noticed() -> None:
    rig = aged_rig()

    def half(celsius: float) -> None:
        rig.scene.picture = plain(celsius)
        rig.scene.picture[:, 16:] -= 4.0

    with pytest.raises(CalibrationError, match="does not fill the middle"):
        calibrate(rig.sensor, [32.0, 38.0], half, sleep=rig.clock.sleep, made_at=MADE_AT, frames=4)


def test_a_sensor_that_stalls_during_the_calibration_ends_it() -> None:
    rig = aged_rig()

    def present(celsius: float) -> None:
        rig.scene.picture = plain(celsius)
        rig.chip.fault = Fault.STALLED if celsius > 35 else None

    with pytest.raises(DeviceStalled):
        calibrate(rig.sensor, [32.0, 38.0], present, sleep=rig.clock.sleep, made_at=MADE_AT, frames=4)


def test_a_sensor_with_faulty_pictures_ends_it_with_the_fault() -> None:
    rig = aged_rig()
    rig.scene.vdd_v = 2.5
    with pytest.raises(CalibrationError, match="vdd_out_of_range"):
        calibrated(rig, 32.0, 38.0, frames=3)


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Rig:
    """The command on a simulated bus and clock; saying what to present presents it."""
    rig = aged_rig()

    def bus(name: str) -> I2CBus:
        if name != "lab:bench":
            raise DeviceUnavailable(f"The I2C bus {name} is not there.")
        return rig.bus

    def present(celsius: float) -> None:
        rig.scene.picture = plain(celsius)

    monkeypatch.setattr(blackbody, "open_i2c", bus)
    monkeypatch.setattr(blackbody, "_say_present", present)
    return rig


def run(rig: Rig, *arguments: str) -> int:
    return command.main(
        ["blackbody", "--yes", "--frames", "6", *arguments], now=rig.clock.now, sleep=rig.clock.sleep
    )


def test_the_command_writes_the_record_and_prints_its_id(
    bench: Rig, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "c.json"
    status = run(bench, "--bus", "lab:bench", "--set-point", "32", "--set-point", "38", "--out", str(out))
    assert status == 0
    printed = capsys.readouterr().out
    assert f"calibration_id {CalibrationRecord.load(out).calibration_id}" in printed
    assert printed.count("residual") == 2


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--bus", "/dev/i2c-9", "--set-point", "32", "--set-point", "38"], "/dev/i2c-9 is not there"),
        (["--bus", "lab:bench", "--set-point", "32"], "two or more set points"),
        (["--bus", "lab:bench", "--set-point", "32", "--set-point", "38", "--refresh-hz", "7"], "7 Hz"),
        (["--bus", "lab:bench", "--set-point", "32", "--set-point", "38", "--frames", "0"], "2 frames"),
        (["--bus", "lab:bench", "--set-point", "32", "--set-point", "38", "--address", "0x34"], "0x34"),
        (
            ["--bus", "lab:bench", "--set-point", "32", "--set-point", "38", "--out", "/absent/c.json"],
            "--out",
        ),
    ],
)
def test_a_users_error_is_one_sentence_and_exit_status_two(
    bench: Rig, arguments: list[str], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if "--out" not in arguments:
        arguments = [*arguments, "--out", str(tmp_path / "c.json")]
    assert run(bench, *arguments) == 2
    error = capsys.readouterr().err
    assert sentence in error
    assert error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("out", "sentence"),
    [
        ("absent/c.json", "There is no folder {0}/absent; make it or choose another --out."),
        ("file/c.json", "There is no folder {0}/file; make it or choose another --out."),
        ("folder", "{0}/folder is a folder; name a file in it with --out."),
        ("x" * 300, "cannot be written (File name too long); choose another --out."),
    ],
)
def test_a_place_that_takes_no_record_is_said_before_the_bench_is_worked_through(
    tmp_path: Path, out: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    arguments = ["blackbody", "--bus", "lab:nobody-opens-it", "--set-point", "32", "--set-point", "38"]
    assert command.main([*arguments, "--out", str(tmp_path / out)]) == 2
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert sentence.format(tmp_path) in said.err


def test_the_pure_modules_import_neither_drivers_nor_time() -> None:
    code = (
        "import sys, calibration.fusion, calibration.face_region, calibration.record,"
        " calibration.radiometry, calibration.uncertainty;"
        "sys.exit(any(name.split('.')[0] in ('drivers', 'sim', 'kiosk', 'smbus2') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
