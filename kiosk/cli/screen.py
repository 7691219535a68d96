"""`kiosk screen`: the window of one lane."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from kiosk.cli.site_argument import add_site_argument, load_or_explain


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("screen", help="run the screen process alone")
    add_site_argument(parser)
    parser.add_argument(
        "--lane", default="", metavar="ID", help="the lane that it stands at; default: the first"
    )
    parser.add_argument("--headless", action="store_true", help="draw offscreen")
    parser.add_argument("--screenshots", type=Path, metavar="DIR", help="keep a picture of each result")


def run(arguments: argparse.Namespace) -> int:
    site = load_or_explain(arguments.site)
    if site is None:
        return 2
    from kiosk.screen import fatal, process
    from kiosk.screen.lane_sign import lane_text

    if arguments.lane not in site.rules.doors:
        there = ", ".join(lane.id for lane in site.lanes)
        remedy = f"choose one of: {there}" if there else "leave --lane out: there is only one"
        sys.stderr.write(f"kiosk screen: the site file has no lane {arguments.lane!r}; {remedy}.\n")
        return 2
    with fatal.explained():
        return process.main(
            site.screen_socket,
            screenshots=arguments.screenshots,
            headless=arguments.headless,
            time_zone=site.zone,
            full_screen=site.screen.full_screen,
            lane=arguments.lane,
            lane_text=lane_text(site.rules, arguments.lane),
        )
