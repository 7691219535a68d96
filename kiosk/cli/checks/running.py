"""Does a gatekeeper run for this site, and what does it say of its parts?"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kiosk import wire
from kiosk.config import Site
from kiosk.core.view import ViewState
from kiosk.gatekeeper.fault_log import FaultLog
from kiosk.gatekeeper.finding import Finding, fail, ok, warn
from kiosk.gatekeeper.reload import CONFIGURATION
from kiosk.uplink.desk import UnixDesk
from kiosk.uplink.errors import DeskUnavailable

TIMEOUT_S = 2.0
MOST_LINES = 100
LONGEST_SOCKET_PATH = 107  # sun_path in unix(7)


@dataclass(frozen=True, slots=True)
class Running:
    """`views` are those of the lanes, by name; none where no gatekeeper runs, or lets this user in."""

    is_running: bool
    finding: Finding
    views: Mapping[str, ViewState] = field(default_factory=dict)


def ask_gatekeeper(site: Site) -> Running:
    """Connect to the screen's socket, and take the greeting as a screen would."""
    part, path = "gatekeeper", site.screen_socket
    if len(str(path).encode()) > LONGEST_SOCKET_PATH:
        text = f"{path} is too long a name for a socket"
        return Running(False, fail(part, text, "choose a shorter site.runtime_dir"))
    try:
        views = _views(path, {lane.lane for lane in site.lane_parts})
    except (FileNotFoundError, ConnectionRefusedError):
        return Running(False, ok(part, "does not run; its devices are tried here"))
    except TimeoutError:
        text = f"holds {path} but says nothing"
        return Running(True, fail(part, text, "restart it: systemctl restart checkpoint-gatekeeper"))
    except OSError as error:
        text = f"{path} cannot be asked: {error.strerror or error}"
        return Running(True, fail(part, text, "run as a user of the group checkpoint"))
    except wire.WireError:
        text = "runs, but does not let this user in, so its devices cannot be judged"
        return Running(True, warn(part, text, "run as its own user: sudo -u checkpoint-gatekeeper …"))
    return Running(True, _judge(site, views), views)


def judge_in_use(part: str, name: str, view: ViewState | None) -> Finding:
    """The finding for a device that a running gatekeeper holds: it is not taken from it."""
    if view is None:
        return ok(part, "in use by the running gatekeeper")
    if name in view.faults:
        remedy = "stop the gatekeeper and run kiosk doctor again for the cause, or see: kiosk journal show"
        return fail(part, "in use by the running gatekeeper, which says that it does not work", remedy)
    return ok(part, "in use by the running gatekeeper, which reports no fault")


def judge_configuration(view: ViewState | None) -> list[Finding]:
    """A site file that a running gatekeeper was told of and has not taken up, though it is right now."""
    if view is None or CONFIGURATION not in view.faults:
        return []
    text = "the running gatekeeper has not taken up the changed site file; its log says what was in the way"
    return [fail(CONFIGURATION, text, "tell it again: systemctl reload checkpoint-gatekeeper")]


def _judge(site: Site, views: Mapping[str, ViewState]) -> Finding:
    desk = UnixDesk(site.uplink_socket, timeout_s=TIMEOUT_S)
    try:
        desk.request({"op": "status"})
    except DeskUnavailable as error:
        return fail("gatekeeper", f"runs, but {error}", "restart it: systemctl restart checkpoint-gatekeeper")
    finally:
        desk.close()
    log = FaultLog()
    for view in views.values():
        log.take(view)
    faults = ", ".join(sorted(log.standing))
    if faults:
        return warn(
            "gatekeeper", f"runs, and says that these do not work: {faults}", "see the lines of those parts"
        )
    return ok("gatekeeper", "runs, and reports no fault")


def _views(path: Path, lanes: set[str]) -> dict[str, ViewState]:
    """The views of these lanes, as a screen is greeted with them; of those that there are.

    Raises TimeoutError where nothing comes, WireError where it is not what a gatekeeper says, or OSError.
    """
    views: dict[str, ViewState] = {}
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(TIMEOUT_S)
        connection.connect(str(path))
        lines = connection.makefile("rb")
        for _ in range(MOST_LINES):
            try:
                line = lines.readline(wire.MAX_LINE_BYTES)
            except TimeoutError:
                if not views:
                    raise
                break
            message = wire.decode(line.rstrip())
            if isinstance(message, wire.ViewMessage):
                views[message.view.lane] = message.view
            if lanes <= views.keys():
                break
    return views
