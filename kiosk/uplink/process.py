"""The uplink process: runs one `Uplink` until it is told to stop."""

from __future__ import annotations

import logging
import random
from dataclasses import dataclass
from pathlib import Path

import requests

from kiosk.clock import Clock, SystemClock
from kiosk.supervisor import on_stop_signals
from kiosk.uplink.desk import UnixDesk
from kiosk.uplink.enrolment import Renewal
from kiosk.uplink.hub_client import HubClient, new_session
from kiosk.uplink.tls import Tls
from kiosk.uplink.trouble import PASSING_S
from kiosk.uplink.trust_mirror import TrustMirror
from kiosk.uplink.uplink import TRUST_REFRESH_S, Uplink


@dataclass(frozen=True, slots=True)
class UplinkOptions:
    """Where desk and hub are, the mirror's folder, the pinned root, TLS; the rest as `Uplink`."""

    desk_socket: Path
    hub_url: str
    cache_dir: Path
    root_file: Path
    trust_refresh_s: float = TRUST_REFRESH_S
    passing_s: float = PASSING_S
    tls: Tls | None = None


class _Stopped(BaseException):
    """A signal asks to end. Raised wherever the process is: it holds nothing that could be left half done."""


def main(options: UplinkOptions, clock: Clock | None = None) -> int:
    """Run until SIGTERM or SIGINT; gives the exit status. Needs the main thread."""
    logging.basicConfig(format="uplink: %(message)s", level=logging.WARNING)
    clock = clock or SystemClock()
    desk = UnixDesk(options.desk_socket)
    try:
        on_stop_signals(_stop)
        with new_session(options.tls) as session:
            hub = HubClient(options.hub_url, session, now=clock.mono)
            uplink = Uplink(
                desk,
                hub,
                TrustMirror(options.cache_dir, options.root_file, hub, clock.mono),
                clock,
                random.SystemRandom(),
                trust_refresh_s=options.trust_refresh_s,
                passing_s=options.passing_s,
            )
            renewal = _renewal(options.tls, desk, hub, session, clock)
            while True:
                wait_s = uplink.run_once()
                if renewal is not None:
                    renewal.run_once()
                clock.sleep(wait_s)
    except _Stopped:
        return 0
    finally:
        desk.close()


def _renewal(
    tls: Tls | None, desk: UnixDesk, hub: HubClient, session: requests.Session, clock: Clock
) -> Renewal | None:
    if tls is None or tls.identity is None:
        return None
    return Renewal(desk, hub, session, tls.identity, clock, random.SystemRandom())


def _stop() -> None:
    raise _Stopped
