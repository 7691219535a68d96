"""`kiosk-hub device …`: the kiosks that the hub takes entries from; the hub may be running."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from hub.decisions import add_who_and_why, who_and_why
from hub.registration import decide_on_device, invite, register
from hub.tables import read_url


def add_parsers(actions: Any) -> list[argparse.ArgumentParser]:
    """The parsers of all commands; the options that name the hub's database are the caller's to add."""
    adding = actions.add_parser("add", help="register a kiosk")
    adding.set_defaults(run=_add)
    inviting = actions.add_parser("invite", help="make a token by which a kiosk enrols itself, once")
    inviting.set_defaults(run=_invite)
    revoking = actions.add_parser("revoke", help="take no more entries of a kiosk, and renew no certificate")
    revoking.set_defaults(run=partial(_decide, is_revoked=True))
    reinstating = actions.add_parser("reinstate", help="take the entries of a revoked kiosk again")
    reinstating.set_defaults(run=partial(_decide, is_revoked=False))
    parsers = [adding, inviting, revoking, reinstating]
    for parser in parsers:
        parser.add_argument("--state", type=Path, required=True, metavar="DIR", help="the hub's folder")
        parser.add_argument("device_id", metavar="DEVICE_ID", help="site.device_id of the kiosk's site file")
    adding.add_argument(
        "public_key", metavar="PUBLIC_KEY", help="as kiosk doctor shows it: 32 bytes in base64"
    )
    for parser in (revoking, reinstating):
        add_who_and_why(parser, "why")
    return parsers


def _add(args: argparse.Namespace) -> None:
    database = args.database and read_url(args.database)
    is_new = register(args.state, args.device_id, args.public_key, datetime.now(UTC), database)
    sys.stdout.write(
        f"{args.device_id} is {'registered' if is_new else 'registered already, with this key'}\n"
    )


def _invite(args: argparse.Namespace) -> None:
    database = args.database and read_url(args.database)
    token = invite(args.state, args.device_id, datetime.now(UTC), database)
    sys.stdout.write(f"{token}\n")
    sys.stderr.write(f"For {args.device_id}, once, within 15 minutes: kiosk enrol --token {token}\n")


def _decide(args: argparse.Namespace, *, is_revoked: bool) -> None:
    by, note = who_and_why(args)
    database = args.database and read_url(args.database)
    decide_on_device(
        args.state, args.device_id, datetime.now(UTC), database, is_revoked=is_revoked, by=by, note=note
    )
    what = "is revoked: nothing of it is taken any more" if is_revoked else "is taken again"
    sys.stdout.write(f"{args.device_id} {what}\n")
