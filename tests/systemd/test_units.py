"""Each process gets its own privileges and no more, and the relay rests whenever gatekeeper does not run."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from kiosk.__main__ import COMMANDS
from kiosk.gatekeeper import relays_note
from tests.systemd.units import FOLDER, PROCESSES, one, read_unit, service

KIOSK = "/opt/checkpoint-kiosk/.venv/bin/kiosk"
SITE = "--site /etc/checkpoint-kiosk/site.toml"


def test_the_relay_is_brought_to_rest_before_the_start_and_after_every_end() -> None:
    gatekeeper = service("gatekeeper")
    assert one(gatekeeper, "ExecStopPost") == f"{KIOSK} gate-safe {SITE}"
    assert one(gatekeeper, "ExecStartPre") == f"-{KIOSK} gate-safe {SITE}"


def test_gate_safe_finds_the_note_that_the_gatekeeper_leaves_of_its_relays() -> None:
    words = " ".join(service("gatekeeper")["Service", "Environment"]).split()
    assert f"{relays_note.VARIABLE}=/run/checkpoint-kiosk/relays" in words
    assert "/run/checkpoint-kiosk" in service("gatekeeper")["Service", "ReadWritePaths"]


def test_a_reload_tells_the_gatekeeper_itself_of_another_site_file() -> None:
    assert one(service("gatekeeper"), "ExecReload") == f"{KIOSK} reload {SITE} --pid $MAINPID"
    assert one(service("gatekeeper"), "Restart") == "always", "it ends well, and must come back"


def test_a_hung_gatekeeper_is_killed_after_twelve_seconds() -> None:
    gatekeeper = service("gatekeeper")
    assert one(gatekeeper, "Type") == "notify"
    assert one(gatekeeper, "NotifyAccess") == "main"
    assert one(gatekeeper, "WatchdogSec") == "12"
    assert one(gatekeeper, "WatchdogSignal") == "SIGKILL"


@pytest.mark.parametrize("process", PROCESSES)
def test_each_process_runs_its_own_command_as_its_own_user(process: str) -> None:
    unit = service(process)
    assert process in COMMANDS
    assert one(unit, "ExecStart") == f"{KIOSK} {process} {SITE}"
    assert one(unit, "User") == f"checkpoint-{process}"


@pytest.mark.parametrize("process", PROCESSES)
def test_a_process_that_falls_is_started_again_without_end(process: str) -> None:
    unit = service(process)
    assert one(unit, "Restart") == "always"
    assert int(one(unit, "RestartSec")) >= 1
    assert one(unit, "StartLimitIntervalSec", "Unit") == "0"


@pytest.mark.parametrize(
    ("process", "families"),
    [("gatekeeper", "AF_UNIX"), ("screen", "AF_UNIX"), ("uplink", "AF_UNIX AF_INET AF_INET6")],
)
def test_each_process_has_only_its_address_families(process: str, families: str) -> None:
    assert one(service(process), "RestrictAddressFamilies") == families


@pytest.mark.parametrize("process", ["gatekeeper", "screen"])
def test_a_process_without_a_network_has_an_empty_one(process: str) -> None:
    assert one(service(process), "PrivateNetwork") == "yes"


def test_uplink_keeps_its_copy_where_gatekeepers_folder_is_not_to_be_seen() -> None:
    uplink = service("uplink")
    assert one(uplink, "StateDirectory") == "checkpoint-kiosk-uplink"
    assert one(uplink, "InaccessiblePaths") == "-/var/lib/checkpoint-kiosk"
    example = (FOLDER / "site.example.toml").read_text(encoding="utf-8")
    assert 'cache_dir = "/var/lib/checkpoint-kiosk-uplink"' in example
    assert 'trusted_root = "/etc/checkpoint-kiosk/root.json"' in example


def test_uplink_has_no_devices() -> None:
    uplink = service("uplink")
    assert one(uplink, "PrivateDevices") == "yes"
    assert one(uplink, "DevicePolicy") == "closed"
    assert uplink["Service", "DeviceAllow"] == []


def test_screen_reaches_no_sensor_and_no_pin() -> None:
    allowed = {value.split()[0] for value in service("screen")["Service", "DeviceAllow"]}
    assert allowed == {"char-drm", "char-fb", "char-input", "char-alsa"}


def test_gatekeeper_reaches_no_display() -> None:
    allowed = {value.split()[0] for value in service("gatekeeper")["Service", "DeviceAllow"]}
    assert {"char-gpiochip", "char-i2c", "char-video4linux", "char-hidraw"} <= allowed
    assert not allowed & {"char-drm", "char-fb"}


def test_only_gatekeeper_reaches_the_boards_watchdog() -> None:
    assert "char-watchdog rw" in service("gatekeeper")["Service", "DeviceAllow"]
    assert "char-watchdog rw" not in service("screen")["Service", "DeviceAllow"]


def test_only_gatekeeper_sees_the_journal() -> None:
    assert one(service("gatekeeper"), "StateDirectory") == "checkpoint-kiosk"
    for process in ("screen", "uplink"):
        assert one(service(process), "InaccessiblePaths") == "-/var/lib/checkpoint-kiosk"


@pytest.mark.parametrize("process", PROCESSES)
def test_no_process_may_write_to_the_system_or_gain_privileges(process: str) -> None:
    unit = service(process)
    assert one(unit, "ProtectSystem") == "strict"
    assert one(unit, "NoNewPrivileges") == "yes"
    assert one(unit, "CapabilityBoundingSet") == ""
    assert one(unit, "LimitCORE") == "0"


def test_the_target_starts_and_stops_all_three() -> None:
    wanted = one(read_unit("checkpoint.target"), "Wants", "Unit").split()
    assert wanted == [f"checkpoint-{process}.service" for process in PROCESSES]
    assert all(one(service(process), "PartOf", "Unit") == "checkpoint.target" for process in PROCESSES)


def test_the_screen_of_a_further_lane_runs_as_the_first_ones_and_reaches_no_display_by_itself() -> None:
    first, further = service("screen"), read_unit("checkpoint-screen@.service")
    assert one(further, "ExecStart") == f"{KIOSK} screen {SITE} --lane %i"
    assert "checkpoint-display.service" in one(further, "After", "Unit").split()
    assert further["Service", "DeviceAllow"] == ["char-alsa rw"]
    its_own = {"ExecStart", "Environment", "DeviceAllow"}
    section = "Service"
    shared = {key: value for (where, key), value in first.items() if where == section and key not in its_own}
    assert shared == {key: further[section, key] for key in shared}


def test_the_display_server_puts_each_lanes_window_where_the_unit_looks_for_it() -> None:
    display, further = read_unit("checkpoint-display.service"), read_unit("checkpoint-screen@.service")
    socket = f"/run/{one(display, 'RuntimeDirectory')}/wayland-0"
    assert f"--socket={socket}" in one(display, "ExecStart").split()
    assert f"WAYLAND_DISPLAY={socket}" in one(further, "Environment").split()
    assert one(display, "User") == one(further, "User") == "checkpoint-screen"
    assert one(display, "RestrictAddressFamilies") == "AF_UNIX AF_NETLINK"
    example = (FOLDER / "weston.example.ini").read_text(encoding="utf-8")
    assert "app-ids=checkpoint-screen\n" in example
    assert "app-ids=checkpoint-screen-out\n" in example


def test_systemd_itself_finds_nothing_wrong_with_the_units(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed here (Debian package systemd)")
    for source in [*FOLDER.glob("*.service"), *FOLDER.glob("*.target")]:
        text = source.read_text(encoding="utf-8")
        runnable = text.replace(KIOSK, "/bin/true").replace("/usr/bin/weston", "/bin/true")
        (tmp_path / source.name).write_text(runnable, encoding="utf-8")
    result = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *sorted(map(str, tmp_path.iterdir()))],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    ours = [line for line in result.stderr.splitlines() if "checkpoint" in line]
    assert ours == []
