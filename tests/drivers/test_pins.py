from __future__ import annotations

import sys
from types import ModuleType

import pytest
from gpiozero import Factory

from drivers.errors import DeviceUnavailable
from drivers.pins import SharedPins, open_pin_factory, pin_errors
from sim.clock import SimClock
from sim.pins import BoardPinFactory, Pins


def test_the_factory_that_was_named_is_opened() -> None:
    factory = open_pin_factory("mock")
    assert type(factory).__name__ == "MockFactory"
    factory.close()


def test_a_name_that_nobody_registered_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(DeviceUnavailable, match=r"no pin factory 'lgpoi'; known are .*lgpio.*mock"):
        open_pin_factory("lgpoi")


@pytest.mark.skipif("lgpio" in sys.modules, reason="lgpio is installed here")
def test_a_missing_library_names_the_extra_and_no_other_factory_takes_its_place() -> None:
    with pytest.raises(DeviceUnavailable, match=r"needs a package that is missing \(lgpio\).*\[pi\]"):
        open_pin_factory("lgpio")


def test_a_simulated_world_that_was_not_started_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KIOSK_WORLD", raising=False)
    with pytest.raises(DeviceUnavailable, match=r"KIOSK_WORLD .* start `kiosk sim`"):
        open_pin_factory("world")


def test_lgpio_s_error_counts_as_a_pin_s_where_lgpio_is_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    lgpio = ModuleType("lgpio")
    error = type("error", (Exception,), {})
    lgpio.error = error  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "lgpio", lgpio)
    assert error in pin_errors()
    monkeypatch.delitem(sys.modules, "lgpio")
    assert error not in pin_errors()


class Opener:
    def __init__(self) -> None:
        self.opened = 0
        self.fails = False

    def __call__(self) -> Factory:
        if self.fails:
            raise DeviceUnavailable("gate: no pins")
        self.opened += 1
        return BoardPinFactory(Pins(SimClock().mono, lambda _pin: False))


def test_all_who_share_the_pins_get_one_factory_however_often_they_ask() -> None:
    opener = Opener()
    shared = SharedPins(opener)
    assert shared.factory() is shared.factory()
    assert opener.opened == 1
    shared.close()


def test_pins_that_cannot_be_had_are_asked_for_again() -> None:
    opener = Opener()
    opener.fails = True
    shared = SharedPins(opener)
    with pytest.raises(DeviceUnavailable):
        shared.factory()
    opener.fails = False
    shared.factory()
    shared.close()
    shared.close()
    assert opener.opened == 1
