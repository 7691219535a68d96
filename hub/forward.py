"""`kiosk-hub forward`: a process of its own beside the hub, which may be running or not."""

from __future__ import annotations

import argparse
import random
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from hub.errors import StateError
from hub.forwarder import Forwarder
from hub.registration import sqlite_file
from hub.store import Store
from hub.tables import read_url
from hub.webhook import Mode, Webhook
from kiosk.uplink.backoff import Backoff


def add_parser(commands: Any) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(
        "forward", help="send what is recorded to a city's own bus, as CloudEvents over HTTP"
    )
    parser.add_argument("--state", type=Path, required=True, metavar="DIR", help="the hub's folder")
    parser.add_argument("--to", required=True, metavar="URL", help="where to POST events")
    parser.add_argument(
        "--mode",
        type=Mode,
        choices=list(Mode),
        default=Mode.BATCHED,
        metavar="MODE",
        help="batched: up to 256 events a request (default); binary: one, its attributes as headers",
    )
    parser.add_argument("--token-file", type=Path, metavar="FILE", help="sent as a bearer token")
    parser.add_argument("--ca", metavar="FILE", help="certificates that an https target is checked with")
    parser.set_defaults(run=run)
    return parser


def run(args: argparse.Namespace) -> None:
    """Until SIGTERM or SIGINT. Raises HubError when it can't start."""
    webhook = Webhook(args.to, args.mode, token=_token(args.token_file), ca_file=args.ca)
    store = Store(read_url(args.database) if args.database else sqlite_file(args.state))
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: stopping.set())
    try:
        store.open()
        forwarder = Forwarder(store, webhook, Backoff(random.Random()), _say)
        while not stopping.is_set():
            stopping.wait(forwarder.run_once())
    finally:
        webhook.close()
        store.close()


def _token(path: Path | None) -> str | None:
    if path is None:
        return None
    try:
        token = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise StateError(f"{path}: the token can't be read: {error}") from error
    if not token.isprintable() or not token:
        raise StateError(f"{path}: holds no token; it is one line of text")
    return token


def _say(sentence: str) -> None:
    sys.stderr.write(f"kiosk-hub: {sentence}\n")
    sys.stderr.flush()
