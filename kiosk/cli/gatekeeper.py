"""`kiosk gatekeeper`: devices, decision, gate and journal."""

from __future__ import annotations

import argparse
from typing import Any

from kiosk.cli.site_argument import add_site_argument, load_or_explain
from kiosk.supervisor import hold_reload_signal


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("gatekeeper", help="run the gatekeeper process alone")
    add_site_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    hold_reload_signal()
    site = load_or_explain(arguments.site)
    if site is None:
        return 2
    from kiosk.gatekeeper import process

    return process.main(site, arguments.site)
