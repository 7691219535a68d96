"""`kiosk uplink`: trust down, journal up."""

from __future__ import annotations

import argparse
from typing import Any

from kiosk.cli.site_argument import add_site_argument, load_or_explain


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("uplink", help="run the uplink process alone")
    add_site_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    site = load_or_explain(arguments.site)
    if site is None:
        return 2
    from kiosk.uplink import process
    from kiosk.uplink.tls import Tls

    return process.main(
        process.UplinkOptions(
            site.uplink_socket,
            site.uplink.hub_url,
            site.uplink.cache_dir,
            site.uplink.trusted_root,
            site.uplink.trust_refresh_s,
            tls=None if site.uplink.hub_ca is None else Tls(site.uplink.hub_ca, site.device_identity),
        )
    )
