from __future__ import annotations

import hashlib
import json
import math
import os
import stat
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from calibration.errors import CalibrationError
from calibration.record import FORMAT, CalibrationRecord, SetPoint
from tests.calibration.records import record


def test_a_record_is_kept_and_found_again(tmp_path: Path) -> None:
    path = tmp_path / "calibration.json"
    record().save(path)
    assert CalibrationRecord.load(path) == record()
    assert [entry.name for entry in tmp_path.iterdir()] == ["calibration.json"]


def test_a_record_made_by_root_is_read_by_the_gatekeepers_user(tmp_path: Path) -> None:
    path = tmp_path / "calibration.json"
    before = os.umask(0o077)
    try:
        record().save(path)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_the_id_is_sixteen_hex_digits_and_follows_every_field() -> None:
    ids = {
        record().calibration_id,
        replace(record(), gain=1.002).calibration_id,
        replace(record(), sensor_serial="other").calibration_id,
        replace(record(), set_points=record().set_points[:1]).calibration_id,
    }
    assert len(ids) == 4
    assert all(len(found) == 16 and int(found, 16) >= 0 for found in ids)


def test_any_changed_byte_is_detected_on_load(tmp_path: Path) -> None:
    path = tmp_path / "calibration.json"
    record().save(path)
    good = path.read_bytes()
    for position in range(len(good)):
        path.write_bytes(good[:position] + bytes([good[position] ^ 1]) + good[position + 1 :])
        with pytest.raises(CalibrationError, match="damaged or was changed by hand"):
            CalibrationRecord.load(path)


@pytest.mark.parametrize(
    "raw",
    [b"", b"[]", b'{"record": "x"}', b'{"record": {"format": 1}}', b"[" * 5000, b" " * 70_000, b"\xff\xfe"],
)
def test_a_file_that_is_no_record_is_refused(raw: bytes, tmp_path: Path) -> None:
    path = tmp_path / "calibration.json"
    path.write_bytes(raw)
    with pytest.raises(CalibrationError):
        CalibrationRecord.load(path)


def test_a_record_of_the_first_format_is_refused_and_says_to_calibrate_again(tmp_path: Path) -> None:
    path = tmp_path / "calibration.json"
    record().save(path)
    plain = json.loads(path.read_bytes())
    del plain["record"]["eeprom_sha256"]
    plain["record"]["format"] = 1
    path.write_text(json.dumps(plain))
    with pytest.raises(CalibrationError, match=r"earlier format.*calibrate again"):
        CalibrationRecord.load(path)


def test_the_sensors_eeprom_is_named_by_a_hash_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "calibration.json"
    replace(record(), eeprom_sha256="").save(path)
    assert CalibrationRecord.load(path).eeprom_sha256 == ""
    replace(record(), eeprom_sha256="5E").save(path)
    with pytest.raises(CalibrationError, match="damaged"):
        CalibrationRecord.load(path)


def test_a_missing_record_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(CalibrationError, match="run kiosk-calibrate blackbody"):
        CalibrationRecord.load(tmp_path / "none.json")


def test_a_write_that_fails_leaves_the_old_record_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "calibration.json"
    record().save(path)

    def full_disk(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(OSError, match="No space"):
        replace(record(), gain=0.9).save(path)
    monkeypatch.undo()
    assert CalibrationRecord.load(path) == record()
    assert len(list(tmp_path.iterdir())) == 1


def test_it_is_applied_to_a_picture_without_changing_the_picture() -> None:
    picture = np.full((24, 32), 30.0, dtype=np.float32)
    corrected = replace(record(), offset_celsius=1.0, gain=1.1).applied_to(picture)
    np.testing.assert_allclose(corrected, 34.0, atol=1e-5)
    assert corrected.dtype == np.float32
    assert (picture == 30.0).all()


def test_a_set_point_is_plain_data() -> None:
    assert SetPoint(32.0, 31.0, 0.01, 32) == SetPoint(32.0, 31.0, 0.01, 32)


@pytest.mark.parametrize(
    "changes",
    [
        {"blackbody_emissivity": math.nan},
        {"gain": 0.0},
        {"gain": -1.0},
        {"u_fit_celsius": -5.0},
        {"set_points": ()},
        {"sensor_serial": {}},
    ],
)
def test_a_record_that_no_calibration_has_made_is_refused_though_its_id_fits(
    changes: dict[str, object], tmp_path: Path
) -> None:
    path = tmp_path / "calibration.json"
    plain = {"format": FORMAT, **asdict(replace(record(), **changes))}  # type: ignore[arg-type]
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    whole = {"calibration_id": hashlib.sha256(text.encode()).hexdigest()[:16], "record": plain}
    path.write_text(json.dumps(whole, sort_keys=True, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    with pytest.raises(CalibrationError, match="damaged or was changed"):
        CalibrationRecord.load(path)
