"""site.toml: the board's watchdog."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.config import parse
from tests.gatekeeper.rig import site_tree
from tests.test_config import SITE, wrong


def test_there_is_none_unless_it_is_named() -> None:
    assert parse(site_tree(Path("/state")), SITE).gate.hardware_watchdog == ""


def test_one_that_is_named_has_half_a_minute_unless_told_otherwise() -> None:
    gate: dict[str, object] = {"hardware_watchdog": "/dev/watchdog0"}
    assert parse(site_tree(Path("/state"), gate=gate), SITE).gate.watchdog_timeout_s == 30
    gate["hardware_watchdog_s"] = 15
    assert parse(site_tree(Path("/state"), gate=gate), SITE).gate.watchdog_timeout_s == 15


@pytest.mark.parametrize("seconds", [14, 61, 20.5])
def test_a_time_out_of_bounds_is_refused(seconds: float) -> None:
    (line,) = wrong(gate={"hardware_watchdog": "/dev/watchdog0", "hardware_watchdog_s": seconds})
    assert line.startswith("gate.hardware_watchdog_s: ")


@pytest.mark.parametrize("device", ["/dev/watchdog", "/dev/sda", "watchdog0", "on", "/dev/watchdog0\n"])
def test_what_is_no_watchdog_is_refused(device: str) -> None:
    (line,) = wrong(gate={"hardware_watchdog": device})
    assert line.startswith("gate.hardware_watchdog: ")
    assert line.endswith("is no watchdog of the kernel; write '/dev/watchdog0', or leave it out.")


def test_a_time_without_a_watchdog_is_said_beside_all_else_that_contradicts() -> None:
    said = wrong(gate={"hardware_watchdog_s": 20}, site={"time_zone": "Mars"})
    assert said[0] == (
        "gate.hardware_watchdog_s: 20 counts for nothing without a watchdog; write "
        "hardware_watchdog = '/dev/watchdog0', or remove it."
    )
    assert said[1].startswith("site.time_zone: ")


def test_no_reader_may_have_its_name() -> None:
    readers = [{"id": "watchdog", "kind": "camera", "device": "world:here"}]
    said = wrong(readers=readers)  # type: ignore[arg-type]
    assert "readers: the id 'watchdog' is the name of a part of the kiosk; choose another." in said
