"""What `kiosk doctor` says of the board's watchdog, which it never opens."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from drivers.watchdog import Standing
from kiosk.config import GateConfig
from kiosk.gatekeeper.finding import Finding, State
from kiosk.gatekeeper.watchdog_checkup import check_watchdog, holder_of

PI = "Broadcom BCM2835 Watchdog timer"
UNARMED = Standing(PI, 15, is_armed=False, stays_armed=False)
ARMED = Standing(PI, 30, is_armed=True, stays_armed=False)


@pytest.fixture
def device(tmp_path: Path) -> str:
    path = tmp_path / "watchdog0"
    path.write_bytes(b"")
    return str(path)


def said(
    device: str, is_fed: bool | None, standing: Standing | None, holder: Callable[[str], str] = lambda _: ""
) -> Finding:
    config = GateConfig(hardware_watchdog=device)
    finding = check_watchdog(config, is_fed, look=lambda _: standing, holder=holder)
    assert finding.part == "watchdog"
    assert bool(finding.remedy) is (finding.state is not State.OK)
    return finding


def test_one_that_the_gatekeeper_feeds_is_told_with_its_name_and_time(device: str) -> None:
    finding = said(device, True, ARMED)
    assert finding.state is State.OK
    assert finding.text == f"{device} ({PI}), 30 s, armed, and fed by the running gatekeeper"


def test_one_that_is_not_armed_yet_is_not_called_fed(device: str) -> None:
    finding = said(device, True, UNARMED)
    assert finding.state is State.WARN
    assert "not armed yet" in finding.text


def test_a_simulated_one_of_which_the_kernel_knows_nothing_is_told_with_the_time_asked_for() -> None:
    finding = said("world:here", True, None)
    assert finding.text == "world:here, 30 s, armed, and fed by the running gatekeeper"


def test_one_that_is_free_is_not_opened_to_test_it(device: str) -> None:
    finding = said(device, None, UNARMED)
    assert finding.state is State.OK
    assert "not opened to test it" in finding.text


def test_one_that_is_not_there_fails(tmp_path: Path) -> None:
    finding = said(str(tmp_path / "watchdog0"), None, None)
    assert finding.state is State.FAIL
    assert "dtparam=watchdog=on" in finding.remedy


def test_one_that_another_program_holds_names_it(device: str) -> None:
    finding = said(device, False, ARMED, lambda _: "systemd (RuntimeWatchdogSec=1min)")
    assert finding.state is State.FAIL
    assert "held by systemd (RuntimeWatchdogSec=1min)" in finding.text
    assert "RuntimeWatchdogSec=off" in finding.remedy


def test_one_that_cannot_wait_so_long_fails_with_what_to_write(device: str) -> None:
    finding = said(device, False, Standing(PI, 15, is_armed=True, stays_armed=False))
    assert "15 s, and not the 30 s that were asked for" in finding.text
    assert "gate.hardware_watchdog_s = 15" in finding.remedy


def test_one_that_the_gatekeeper_cannot_feed_fails(device: str) -> None:
    assert "cannot feed it" in said(device, False, UNARMED).text


def test_one_that_is_armed_while_no_gatekeeper_is_seen_is_a_warning(device: str) -> None:
    finding = said(device, None, ARMED)
    assert finding.state is State.WARN
    assert f"printf V | sudo tee {device}" in finding.remedy


def test_one_that_can_never_be_disarmed_is_a_warning(device: str) -> None:
    for_ever = Standing(PI, 30, is_armed=False, stays_armed=True)
    assert said(device, None, for_ever).state is State.WARN
    fed = Standing(PI, 30, is_armed=True, stays_armed=True)
    assert "nowayout" in said(device, True, fed).text


@pytest.mark.skipif(os.geteuid() == 0, reason="root may open everything")
def test_one_that_this_user_may_not_open_fails(device: str) -> None:
    Path(device).chmod(0o400)
    assert "may not be opened by this user" in said(device, None, UNARMED).text


def test_who_holds_it_is_found_by_its_descriptor(tmp_path: Path) -> None:
    path = tmp_path / "held"
    with path.open("wb"):
        assert holder_of(str(path)).endswith(f"(process {os.getpid()})")


def test_a_gatekeeper_that_holds_it_is_nobody_else(tmp_path: Path) -> None:
    process = tmp_path / "77"
    (process / "fd").mkdir(parents=True)
    (process / "fd/5").symlink_to("world:here")
    (process / "cmdline").write_bytes(b"python\0-m\0kiosk\0gatekeeper\0")
    (process / "comm").write_text("python\n")
    assert holder_of("world:here", tmp_path) == ""
    (process / "cmdline").write_bytes(b"/usr/sbin/watchdog\0")
    (process / "comm").write_text("watchdog\n")
    assert holder_of("world:here", tmp_path) == "watchdog (process 77)"


@pytest.mark.parametrize(
    ("answer", "holder"),
    [
        ("1min", "systemd (RuntimeWatchdogSec=1min)"),
        ("0", ""),
        ("infinity", ""),
    ],
)
def test_systemd_tells_of_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str, holder: str
) -> None:
    systemctl = tmp_path / "systemctl"
    systemctl.write_text(f"#!/bin/sh\necho {answer}\n")
    systemctl.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert holder_of("/dev/watchdog77") == holder


def test_without_systemd_nobody_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert holder_of("/dev/watchdog77", tmp_path) == ""
