from __future__ import annotations

import errno
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path

import pytest

import drivers.i2c
from drivers.errors import DeviceError, DeviceUnavailable
from drivers.i2c import I2CBus, LinuxI2C, open_i2c
from sim.i2c import SimI2C


def lab_bus(rest: str) -> I2CBus:
    if rest == "gone":
        raise ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")
    return SimI2C({}, lambda seconds: None)


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = EntryPoint("lab", f"{__name__}:lab_bus", "checkpoint.i2c")
    monkeypatch.setattr(drivers.i2c, "entry_points", lambda **which: EntryPoints([entry]).select(**which))


def test_a_missing_bus_is_one_sentence_that_names_it_and_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(DeviceUnavailable) as caught:
        open_i2c(str(tmp_path / "i2c-1"))
    assert "i2c-1 is not there; turn I2C on" in str(caught.value)
    assert "Errno" not in str(caught.value)
    assert isinstance(caught.value, DeviceError)


def test_a_device_that_is_no_bus_is_told_from_one_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(DeviceUnavailable, match="cannot be opened"):
        open_i2c(str(tmp_path))


def test_an_unknown_scheme_is_refused_by_name() -> None:
    with pytest.raises(DeviceUnavailable, match="'nowhere:1' is not known"):
        open_i2c("nowhere:1")


@pytest.mark.usefixtures("lab")
def test_a_scheme_opens_what_has_registered_for_it() -> None:
    assert isinstance(open_i2c("lab:bench"), I2CBus)


@pytest.mark.usefixtures("lab")
def test_a_registered_bus_that_is_not_running_is_unavailable() -> None:
    with pytest.raises(DeviceUnavailable, match="lab:gone is not running"):
        open_i2c("lab:gone")


def test_the_linux_bus_has_the_shape_of_a_bus_and_opens_nothing_when_made() -> None:
    bus = LinuxI2C("/dev/i2c-absent")
    assert isinstance(bus, I2CBus)
    with pytest.raises(DeviceUnavailable, match="not open"):
        bus.writeto(0x33, b"\x80\x00")


def test_a_bus_is_locked_by_one_at_a_time() -> None:
    bus = LinuxI2C("/dev/i2c-absent")
    assert bus.try_lock()
    assert not bus.try_lock()
    bus.unlock()
    assert bus.try_lock()
