"""`kiosk journal verify`: every entry, hash, tree head and receipt, and what they are held against.

The device's key and the site file beside the journal are used where they can
be read; where not, the result says what it was not held against.
"""

from __future__ import annotations

import argparse
import base64
import json
import sys
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kiosk.cli.journal_keys import at_hand
from kiosk.config import ConfigError, load
from kiosk.journal.verify import Trusted, VerifyReport, verify

JOURNAL_FILE, SITE_FILE = "journal.db", "site.toml"
MAX_NOTE_BYTES = 65_536


def add_parser(actions: Any) -> None:
    parser = actions.add_parser("verify", help="check every entry, hash, tree head and receipt")
    parser.add_argument("--state", type=Path, required=True, help="the kiosk's state folder")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--site", type=Path, metavar="FILE", help=f"site file (default STATE/{SITE_FILE})")
    parser.add_argument("--hub-key", type=public_key, metavar="BASE64", help="instead of the site file's")
    parser.add_argument("--device-key", type=public_key, metavar="BASE64", help="where it can't be read")
    parser.add_argument(
        "--tree-head",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="a signed tree head of this journal that was kept elsewhere (may be repeated)",
    )


def run(arguments: argparse.Namespace) -> int:
    path = arguments.state / JOURNAL_FILE
    trusted, lacking = _trusted(arguments)
    report = verify(path, trusted)
    if arguments.json:
        sys.stdout.write(json.dumps(_document(report, lacking)) + "\n")
        return 0 if report.ok else 1
    for problem, (first, end) in zip(report.problems, report.places, strict=True):
        where = f" (entries {first} to {end - 1})" if end - first > 1 else ""
        sys.stdout.write(f"{problem}{where}\n")
    sys.stdout.write(
        f"{path}: the journal is {'whole' if report.ok else 'NOT whole'}: {report.entries} entries, "
        f"{report.acknowledged} acknowledged, {report.vouched_for} under the device's tree heads, "
        f"data of {report.forgotten} deleted, root {root_text(report.root)}\n"
    )
    for each in lacking:
        sys.stdout.write(f"Not held against {each}.\n")
    return 0 if report.ok else 1


def _trusted(arguments: argparse.Namespace) -> tuple[Trusted, list[str]]:
    """What `at_hand` gives. Raises OSError for a --tree-head."""
    hub_key = arguments.hub_key or hub_key_of(arguments.site or arguments.state / SITE_FILE)
    notes = tuple(_note(path) for path in arguments.tree_head)
    return at_hand(arguments.state, hub_key, device_key=arguments.device_key, tree_heads=notes)


def hub_key_of(site_file: Path) -> Ed25519PublicKey | None:
    """None where the site file is not there or can't be read."""
    try:
        return load(site_file).hub_key
    except ConfigError:
        return None


def _note(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(MAX_NOTE_BYTES).decode(errors="replace")


def _document(report: VerifyReport, lacking: list[str]) -> dict[str, object]:
    return {
        "ok": report.ok,
        "log": report.log,
        "entries": report.entries,
        "root": root_text(report.root),
        "acknowledged": report.acknowledged,
        "forgotten": report.forgotten,
        "vouched_for": report.vouched_for,
        "problems": list(report.problems),
        "places": [{"first": first, "end": end} for first, end in report.places],
        "not_held_against": lacking,
    }


def root_text(root: bytes) -> str:
    """As it stands in tree heads and receipts."""
    return base64.b64encode(root).decode()


def public_key(text: str) -> Ed25519PublicKey:
    """For argparse."""
    try:
        return Ed25519PublicKey.from_public_bytes(base64.b64decode(text, validate=True))
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"{text!r:.60} is not an Ed25519 key of 32 bytes in base64"
        ) from error
