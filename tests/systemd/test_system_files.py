"""Users, folders, device rules and the installer."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.systemd.units import FOLDER


def groups_of(user: str) -> set[str]:
    lines = (FOLDER / "checkpoint-kiosk.sysusers").read_text(encoding="utf-8").splitlines()
    return {line.split()[2] for line in lines if line.split()[:2] == ["m", user]}


def installed_files() -> dict[Path, bool]:
    places = (
        "/opt/checkpoint-kiosk",
        "/etc/checkpoint-kiosk",
        "/etc/sysusers.d/checkpoint-kiosk.conf",
        "/etc/systemd/system/checkpoint.target",
        "/usr/local/bin/kiosk",
        "/usr/local/bin/kiosk-calibrate",
        "/usr/local/bin/kiosk-hub",
        "/var/log/checkpoint-kiosk-install.log",
    )
    return {Path(place): Path(place).exists() for place in places}


def install(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", str(FOLDER / "install.sh"), *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_each_user_is_in_the_groups_of_its_own_devices_only() -> None:
    assert groups_of("checkpoint-gatekeeper") == {
        "checkpoint", "gpio", "i2c", "video", "dialout", "input",
    }  # fmt: skip
    assert groups_of("checkpoint-screen") == {"checkpoint", "video", "render", "input", "audio"}
    assert groups_of("checkpoint-uplink") == {"checkpoint"}


def test_systemd_accepts_the_users_and_folders(tmp_path: Path) -> None:
    if shutil.which("systemd-sysusers") is None or shutil.which("systemd-tmpfiles") is None:
        pytest.skip("systemd-sysusers is not installed here (Debian package systemd)")
    if os.geteuid() != 0:
        pytest.skip("only root can make users, even in a folder")
    (tmp_path / "etc").mkdir()
    users = subprocess.run(
        ["systemd-sysusers", f"--root={tmp_path}", str(FOLDER / "checkpoint-kiosk.sysusers")],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert users.returncode == 0, users.stderr
    folders = subprocess.run(
        ["systemd-tmpfiles", f"--root={tmp_path}", "--create", str(FOLDER / "checkpoint-kiosk.tmpfiles")],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert folders.returncode == 0, folders.stderr
    assert (tmp_path / "run/checkpoint-kiosk").stat().st_mode & 0o7777 == 0o2750


def test_device_rules_open_no_device_to_everybody() -> None:
    rules = (FOLDER / "60-checkpoint-kiosk.rules").read_text(encoding="utf-8").splitlines()
    opened = [line for line in rules if line and not line.startswith("#")]
    assert {line.split('"')[1] for line in opened} == {"gpio", "i2c-dev", "hidraw", "watchdog"}
    assert all('MODE="0660"' in line and "GROUP=" in line for line in opened)


def test_the_boards_watchdog_is_for_gatekeeper_alone_and_taken_up_by_the_installer() -> None:
    (rule,) = [
        line
        for line in (FOLDER / "60-checkpoint-kiosk.rules").read_text(encoding="utf-8").splitlines()
        if "watchdog" in line and not line.startswith("#")
    ]
    assert 'KERNEL=="watchdog[0-9]*"' in rule
    assert 'GROUP="checkpoint-gatekeeper"' in rule
    assert "--subsystem-match=watchdog" in (FOLDER / "install.sh").read_text(encoding="utf-8")


@pytest.mark.skipif(shutil.which("dpkg-query") is None, reason="install.sh is for Debian")
def test_a_dry_run_names_every_unit_and_changes_nothing() -> None:
    before = installed_files()
    result = install("--dry-run")
    assert result.returncode == 0, result.stderr
    for unit in [*FOLDER.glob("*.service"), *FOLDER.glob("*.target")]:
        assert unit.name in result.stdout
    assert installed_files() == before


@pytest.mark.skipif(shutil.which("dpkg-query") is None, reason="install.sh is for Debian")
def test_a_dry_run_names_the_commands_that_sudo_will_find() -> None:
    said = install("--dry-run").stdout
    assert "Commands in /usr/local/bin: kiosk kiosk-calibrate kiosk-hub" in said
    for name in ("kiosk", "kiosk-calibrate", "kiosk-hub"):
        place = Path("/usr/local/bin") / name
        target = f"/opt/checkpoint-kiosk/.venv/bin/{name}"
        assert place.exists() or f"ln -sfn {target} {place}\n" in said


def link(target: Path, name: Path) -> str:
    """Call the installer's own function, its noise on standard output instead of in the log."""
    script = 'source "$1"; quietly() { printf "%s " "$@"; "$@"; }; link "$2" "$3"'
    done = subprocess.run(
        ["bash", "-c", script, "a test", str(FOLDER / "install.sh"), str(target), str(name)],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_a_command_is_linked_once_and_corrected_when_it_leads_elsewhere(tmp_path: Path) -> None:
    name, target = tmp_path / "kiosk", tmp_path / "venv" / "kiosk"
    name.symlink_to(tmp_path / "gone")
    assert link(target, name).startswith("ln -sfn")
    assert name.readlink() == target
    assert link(target, name) == ""


def test_somebodys_own_program_of_the_name_is_left_alone(tmp_path: Path) -> None:
    name = tmp_path / "kiosk"
    name.write_text("theirs")
    assert "is another program and is left alone" in link(tmp_path / "venv", name)
    assert name.read_text() == "theirs"


def test_an_unknown_option_is_refused_with_one_sentence() -> None:
    result = install("--force")
    assert result.returncode == 1
    assert len(result.stderr.splitlines()) == 1
    assert "--force" in result.stderr
