"""`kiosk gate-safe`: every relay to rest, for when the gatekeeper has died (ExecStopPost)."""

from __future__ import annotations

import argparse
import sys
import time
from typing import Any

from drivers.errors import DeviceError
from drivers.pins import open_pin_factory
from kiosk.cli.site_argument import add_site_argument, load_or_explain
from kiosk.config import Site
from kiosk.gatekeeper.gate import make_relays


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("gate-safe", help="bring every relay to rest")
    add_site_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    site = load_or_explain(arguments.site)
    return 2 if site is None else bring_to_rest(site)


def bring_to_rest(site: Site) -> int:
    """Open and close every relay of the site: both drive it low. 0 when all of them did."""
    status = 0
    try:
        relays = make_relays(site.gate, open_pin_factory, time.monotonic)
    except DeviceError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    for relay in relays.values():
        try:
            relay.open()
            relay.close()
        except DeviceError as error:
            sys.stderr.write(f"{error}\n")
            status = 1
    return status
