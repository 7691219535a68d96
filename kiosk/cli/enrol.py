"""`kiosk enrol`: a certificate for this kiosk, by a token that the hub's administrator has made.

Run as the uplink's user while gatekeeper runs: `sudo -u checkpoint-uplink kiosk enrol --token …`.
"""

from __future__ import annotations

import argparse
import sys
from contextlib import closing
from typing import Any

from kiosk.cli.site_argument import add_site_argument, load_or_explain


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("enrol", help="get this kiosk's certificate from the hub")
    add_site_argument(parser)
    parser.add_argument("--hub", metavar="URL", help="the hub's address (default: uplink.hub_url)")
    parser.add_argument(
        "--token", help="what `kiosk-hub device invite` has printed (default: a line of standard input)"
    )


def run(arguments: argparse.Namespace) -> int:
    """0: enrolled; 1: refused, or nobody there; 2: the site file is wrong."""
    site = load_or_explain(arguments.site)
    if site is None:
        return 2
    from kiosk.uplink.desk import UnixDesk
    from kiosk.uplink.enrolment import enrol
    from kiosk.uplink.errors import DeskRefused, DeskUnavailable, HubUnreachable
    from kiosk.uplink.hub_client import HubClient, new_session
    from kiosk.uplink.tls import Tls

    token = arguments.token or sys.stdin.readline().strip()
    url = arguments.hub or site.uplink.hub_url
    tls = None if site.uplink.hub_ca is None else Tls(site.uplink.hub_ca)
    try:
        with closing(UnixDesk(site.uplink_socket)) as desk, new_session(tls) as session:
            good_until = enrol(desk, HubClient(url, session), token, site.device_identity)
    except (DeskUnavailable, DeskRefused) as error:
        return _failed(
            f"{error}; start gatekeeper, which holds the log's key, and run this as the uplink's user"
        )
    except HubUnreachable:
        return _failed(f"{url} does not answer; check the address, its http or https, and uplink.hub_ca")
    except OSError as error:
        return _failed(str(error))
    sys.stdout.write(f"{site.site.device_id} is enrolled at {url}, until {good_until:%Y-%m-%d %H:%M} UTC\n")
    return 0


def _failed(sentence: str) -> int:
    sys.stderr.write(f"kiosk enrol: {sentence}.\n")
    return 1
