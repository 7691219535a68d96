"""`kiosk-hub ca …`: the authority that vouches for devices in TLS; the hub may be running."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography import x509

from hub.device_ca import DeviceCa, drop_old, exchange


def add_parsers(actions: Any) -> None:
    showing = actions.add_parser("show", help="the authorities whose certificates are accepted")
    showing.set_defaults(run=_show)
    exchanging = actions.add_parser("exchange", help="vouch with a new key; the old one is accepted besides")
    exchanging.set_defaults(run=_exchange)
    dropping = actions.add_parser("drop-old", help="accept the present key alone, from the next start on")
    dropping.set_defaults(run=_drop_old)
    for parser in (showing, exchanging, dropping):
        parser.add_argument("--state", type=Path, required=True, metavar="DIR", help="the hub's folder")


def _show(args: argparse.Namespace) -> None:
    for number, each in enumerate(DeviceCa(args.state).certificates):
        sys.stdout.write(f"{'accepted' if number else 'signs'}  {_told(each)}\n")


def _exchange(args: argparse.Namespace) -> None:
    made = exchange(args.state, datetime.now(UTC))
    sys.stdout.write(
        f"signs from now on  {_told(made)}\n"
        "A running hub takes it up within a second. Kiosks change to it when they renew, within 30 days; "
        "then: kiosk-hub ca drop-old.\n"
    )


def _drop_old(args: argparse.Namespace) -> None:
    gone = drop_old(args.state)
    for each in gone:
        sys.stdout.write(f"accepted no more  {_told(each)}\n")
    sys.stdout.write("restart the hub\n" if gone else "there is none but the present one\n")


def _told(certificate: x509.Certificate) -> str:
    since, until = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    return f"{certificate.serial_number:x}  {since:%Y-%m-%d} to {until:%Y-%m-%d}"
