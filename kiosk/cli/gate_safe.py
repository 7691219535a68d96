"""`kiosk gate-safe`: every relay to rest, for when the gatekeeper has died (ExecStopPost).

The relays first, by what the file says of them; then the file as a whole,
which takes four times as long to import and to check, and what is wrong with
it or with a relay.
"""

from __future__ import annotations

import argparse
from typing import Any

from kiosk.cli.site_argument import add_site_argument, load_or_explain
from kiosk.gatekeeper.rest_at_once import rest_at_once


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("gate-safe", help="bring every relay to rest")
    add_site_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    rest_at_once(arguments.site)
    site = load_or_explain(arguments.site)
    if site is None:
        return 2
    from kiosk.gatekeeper.gate_safe import bring_to_rest

    return bring_to_rest(site)
