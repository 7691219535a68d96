"""What every decision of a person is asked: who has made it, and why."""

from __future__ import annotations

import argparse
import getpass

from hub.errors import HubError

MAX_CHARACTERS = 2_000


def add_who_and_why(parser: argparse.ArgumentParser, why: str) -> None:
    """The options `--by` and `--note`."""
    parser.add_argument("--note", required=True, metavar="TEXT", help=why)
    parser.add_argument("--by", metavar="NAME", help="who (default: the user that runs this)")


def who_and_why(args: argparse.Namespace) -> tuple[str, str]:
    """The name and the note. Raises HubError."""
    return _line(args.by or getpass.getuser(), "--by"), _line(args.note, "--note")


def _line(text: str, option: str) -> str:
    if not text.strip() or len(text) > MAX_CHARACTERS or not text.isprintable():
        raise HubError(f"{option} is one line of 1 to {MAX_CHARACTERS} characters")
    return text.strip()
