"""The board's watchdog for `kiosk doctor`: looked at and never opened, which would arm it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

from drivers.watchdog import Standing, standing_of
from kiosk.config import GateConfig
from kiosk.gatekeeper.board_watchdog import WATCHDOG
from kiosk.gatekeeper.finding import Finding, fail, ok, warn

PART = WATCHDOG
SYSTEMD_S = 3.0
OFF = ("", "0", "infinity")
LEAVE_ONE = (
    "leave one of both: RuntimeWatchdogSec=off in /etc/systemd/system.conf.d/, or no gate.hardware_watchdog"
)
TURN_ON = "turn it on: dtparam=watchdog=on in /boot/firmware/config.txt, or leave out gate.hardware_watchdog"


def check_watchdog(
    config: GateConfig,
    is_fed: bool | None,
    *,
    look: Callable[[str], Standing | None] = standing_of,
    holder: Callable[[str], str] = lambda device: holder_of(device),
) -> Finding:
    """`is_fed`: what a running gatekeeper says; None where none runs, or says nothing."""
    device, standing = config.hardware_watchdog, look(config.hardware_watchdog)
    text = device if standing is None else f"{device} ({standing.identity}), {standing.timeout_s} s"
    if is_fed and standing is not None and not standing.is_armed:
        remedy = "wait a moment and look again; if it stays so, see the lines of the other parts"
        return warn(PART, f"{text}, not armed yet: some part of the gatekeeper has not begun", remedy)
    if is_fed:
        asked = "" if standing is not None else f", {config.watchdog_timeout_s} s"
        return _stays_armed(standing, f"{text}{asked}, armed, and fed by the running gatekeeper")
    if device.startswith("/") and not Path(device).exists():
        return fail(PART, f"{device} is not there", TURN_ON)
    held_by = holder(device)
    if held_by:
        return fail(PART, f"{text}, held by {held_by}", LEAVE_ONE)
    if device.startswith("/") and not os.access(device, os.W_OK):
        remedy = "run as checkpoint-gatekeeper, and install the kiosk's udev rules: systemd/install.sh"
        return fail(PART, f"{text}, may not be opened by this user", remedy)
    if is_fed is False:
        return fail(PART, *_cause(config, standing, text))
    if standing is not None and standing.is_armed:
        remedy = f"start the gatekeeper, or disarm it: printf V | sudo tee {device}"
        return warn(
            PART, f"{text}, armed, and no gatekeeper is seen that feeds it: the board is reset", remedy
        )
    return _stays_armed(standing, f"{text}, not armed; it was not opened to test it, which would arm it")


def holder_of(device: str, processes: Path = Path("/proc")) -> str:
    """Who has it open but a gatekeeper, as far as this user may see; systemd tells of itself."""
    for link in processes.glob("[0-9]*/fd/*"):
        try:
            if os.readlink(link) == device:
                return _name_of(link.parent.parent)
        except OSError:
            continue  # it has just ended
    every = _runtime_watchdog() if device.startswith("/") else ""
    return "" if every in OFF else f"systemd (RuntimeWatchdogSec={every})"


def _name_of(process: Path) -> str:
    words = (process / "cmdline").read_bytes().split(b"\0")
    if b"gatekeeper" in words:
        return ""
    return f"{(process / 'comm').read_text().strip()} (process {process.name})"


def _runtime_watchdog() -> str:
    try:
        said = subprocess.run(
            ["systemctl", "show", "--property=RuntimeWatchdogUSec", "--value"],
            capture_output=True,
            text=True,
            check=False,
            timeout=SYSTEMD_S,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return said.stdout.strip() if said.returncode == 0 else ""


def _cause(config: GateConfig, standing: Standing | None, text: str) -> tuple[str, str]:
    if standing is not None and standing.is_armed and standing.timeout_s != config.watchdog_timeout_s:
        return (
            f"{text}, and not the {config.watchdog_timeout_s} s that were asked for",
            f"write gate.hardware_watchdog_s = {standing.timeout_s}, or update the system",
        )
    return f"{text}, and the running gatekeeper cannot feed it", "see why: kiosk journal show"


def _stays_armed(standing: Standing | None, text: str) -> Finding:
    if standing is not None and standing.stays_armed:
        remedy = "load its module with nowayout=0; till then stop the kiosk by shutting down"
        return warn(
            PART, f"{text}; it stays armed for ever (nowayout), so whoever stops the kiosk resets it", remedy
        )
    return ok(PART, text)
