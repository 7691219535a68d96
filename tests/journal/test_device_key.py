from __future__ import annotations

import stat
from pathlib import Path

import pytest

from kiosk.journal.device_key import DeviceKeyError, load_or_create


def test_a_key_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "device.key"
    made = load_or_create(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_or_create(path).private_bytes_raw() == made.private_bytes_raw()
    assert list(tmp_path.iterdir()) == [path]


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "device.key"
    load_or_create(path)
    path.chmod(0o640)
    with pytest.raises(DeviceKeyError, match="chmod 600"):
        load_or_create(path)


@pytest.mark.parametrize(
    "content", [b"", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", b"\xff" * 99]
)
def test_a_damaged_key_is_said_and_never_replaced(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "device.key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(DeviceKeyError, match=r"device\.key"):
        load_or_create(path)
    assert path.read_bytes() == content


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(DeviceKeyError, match="cannot be read or made"):
        load_or_create(tmp_path / "no" / "device.key")
