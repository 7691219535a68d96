"""`kiosk staff add | list | remove | unlock`: who of the staff may sign in at this kiosk's screen.

Run as gatekeeper's user, whose files these are: `sudo -u checkpoint-gatekeeper kiosk staff add 07`.
"""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from getpass import getpass
from typing import Any

from kiosk.cli.site_argument import add_site_argument, load_or_explain


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("staff", help="who may sign in at this kiosk's screen, by PIN")
    add_site_argument(parser)
    actions = parser.add_subparsers(dest="action", required=True)
    add = actions.add_parser("add", help="somebody new, or another PIN; it is asked for, never an argument")
    remove = actions.add_parser("remove", help="somebody who is to sign in no more")
    unlock = actions.add_parser("unlock", help="take back five wrong PINs")
    for each in (add, remove, unlock):
        each.add_argument("staff", metavar="NUMBER", help="the staff number, 1 to 8 digits")
    listing = actions.add_parser("list", help="the staff numbers")
    for each in (add, remove, unlock, listing):
        add_site_argument(
            each, default=argparse.SUPPRESS
        )  # behind the action too, and else the one before it


def run(arguments: argparse.Namespace) -> int:
    """0: done; 1: refused, with a sentence; 2: the site file is wrong."""
    site = load_or_explain(arguments.site)
    if site is None:
        return 2
    from kiosk.gatekeeper.staff_register import StaffError, StaffRegister, pepper_of
    from kiosk.journal.device_key import DeviceKeyError, load_or_create

    try:
        site.site.state_dir.mkdir(parents=True, exist_ok=True, mode=0o750)
        key = load_or_create(site.site.state_dir / "device.key")
        register = StaffRegister(site.site.state_dir, pepper_of(key))
        if arguments.action == "list":
            for staff, added in register.listed().items():
                sys.stdout.write(f"{staff}  since {added}\n")
        elif arguments.action == "add":
            register.add(arguments.staff, _new_pin(), datetime.now(UTC))
            sys.stdout.write(f"{arguments.staff} may sign in at the screen now.\n")
        elif arguments.action == "remove":
            register.remove(arguments.staff)
            sys.stdout.write(f"{arguments.staff} may not sign in any more.\n")
        else:
            register.unlock(arguments.staff)
            sys.stdout.write(f"{arguments.staff} may try again.\n")
    except (StaffError, DeviceKeyError) as error:
        sys.stderr.write(f"kiosk staff: {str(error).rstrip('.')}.\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"kiosk staff: {error.filename}: {error.strerror}; run it as gatekeeper's user.\n")
        return 1
    return 0


def _new_pin() -> str:
    """Typed twice without being shown, or a line of standard input."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().strip()
    from kiosk.gatekeeper.staff_register import StaffError

    pin = getpass("PIN, 6 to 12 digits: ")
    if pin != getpass("Once more: "):
        raise StaffError("these are two different PINs; begin again")
    return pin
