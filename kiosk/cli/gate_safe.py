"""`kiosk gate-safe`: every relay to rest, for when the gatekeeper has died (ExecStopPost)."""

from __future__ import annotations

import argparse
from typing import Any

from kiosk.cli.site_argument import add_site_argument, load_or_explain
from kiosk.gatekeeper.gate_safe import bring_to_rest


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("gate-safe", help="bring every relay to rest")
    add_site_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    site = load_or_explain(arguments.site)
    return 2 if site is None else bring_to_rest(site)
