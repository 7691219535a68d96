"""`kiosk reload`: tell a running gatekeeper, or `kiosk run`, of another site file.

The file is checked here as well, so that whoever asks sees what is wrong with it; the gatekeeper hears of
it all the same, and shows it.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from typing import Any

from kiosk.cli.site_argument import add_site_argument, load_or_explain


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("reload", help="tell a running kiosk of another site file")
    add_site_argument(parser)
    parser.add_argument(
        "--pid", type=int, default=0, help="the process id of kiosk gatekeeper, or of kiosk run"
    )


def run(arguments: argparse.Namespace) -> int:
    """0: told, and the file is right; 1: told, and it is wrong; 2: nobody could be told."""
    is_right = load_or_explain(arguments.site) is not None
    if arguments.pid <= 0:  # kill(2) would tell a whole group
        sys.stderr.write(
            f"kiosk reload: {arguments.pid} is no process id; give that of the gatekeeper with --pid.\n"
        )
        return 2
    try:
        os.kill(arguments.pid, signal.SIGHUP)
    except (OSError, OverflowError) as error:
        sys.stderr.write(f"kiosk reload: process {arguments.pid} cannot be told: {error}; does it run?\n")
        return 2
    return 0 if is_right else 1
