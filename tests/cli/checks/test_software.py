from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

from kiosk.cli.checks import software
from kiosk.gatekeeper.finding import State
from tests.cli.bench import failed


def test_an_old_python_fails() -> None:
    failed(software.check_python((3, 10, 2)), "3.10.2", "install Python 3.11")
    assert software.check_python().state is State.OK


def test_a_missing_package_is_named() -> None:
    def version_of(name: str) -> str:
        if name == "apsw":
            raise PackageNotFoundError(name)
        return version(name)

    failed(software.check_packages(version_of), "apsw")
    assert software.check_packages().state is State.OK


@pytest.mark.parametrize("qt", ["6.7.3", "6.12.0", "7.0"])
def test_a_qt_that_is_not_in_range_fails(qt: str) -> None:
    failed(
        software.check_packages(lambda name: qt if name.startswith("PySide6") else "1.0"), qt, ">=6.8,<6.12"
    )


def test_a_missing_zbar_is_named_with_its_package() -> None:
    def load_module(name: str) -> object:
        if name.startswith("pyzbar"):
            raise ImportError("Unable to find zbar shared library")
        return object()

    failed(software.check_libraries(load_module), "zbar", "apt-get install libzbar0")
    assert software.check_libraries().state is State.OK


def test_lgpio_is_asked_for_where_the_site_or_the_machine_needs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(software, "find_spec", lambda _: None)
    model = tmp_path / "model"
    failed(software.check_lgpio("lgpio", model), "[pi]")
    assert software.check_lgpio("world", model).state is State.OK
    model.write_bytes(b"Raspberry Pi 5 Model B Rev 1.0\0")
    assert software.check_lgpio("world", model).state is State.WARN
