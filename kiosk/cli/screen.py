"""`kiosk screen`: the window."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from kiosk.cli.site_argument import add_site_argument, load_or_explain


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("screen", help="run the screen process alone")
    add_site_argument(parser)
    parser.add_argument("--headless", action="store_true", help="draw offscreen")
    parser.add_argument("--screenshots", type=Path, metavar="DIR", help="keep a picture of each result")


def run(arguments: argparse.Namespace) -> int:
    site = load_or_explain(arguments.site)
    if site is None:
        return 2
    from kiosk.screen import fatal, process

    with fatal.explained():
        return process.main(
            site.screen_socket,
            screenshots=arguments.screenshots,
            headless=arguments.headless,
            time_zone=site.zone,
            full_screen=site.screen.full_screen,
        )
