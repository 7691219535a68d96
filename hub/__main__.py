"""`kiosk-hub serve --state DIR`: the hub as an HTTP server."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from hub.errors import HubError
from hub.server import ServeOptions, serve
from kiosk.supervisor import die_with_parent


def main(argv: Sequence[str] | None = None) -> int:
    """The exit status: 0 after an orderly end, 2 when the hub can't be started as asked."""
    die_with_parent()
    args = _parser().parse_args(argv)
    options = ServeOptions(args.state, args.host, args.port, args.ready_fd)
    try:
        serve(options, lambda: datetime.now(UTC))
    except HubError as error:
        sys.stderr.write(f"kiosk-hub: {error}\n")
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="kiosk-hub", description="The kiosks' upstream.")
    commands = parser.add_subparsers(dest="command", required=True)
    serving = commands.add_parser("serve", help="issue passes, publish keys, take the kiosks' entries")
    serving.add_argument("--state", type=Path, required=True, metavar="DIR", help="keys and database")
    serving.add_argument("--host", default="127.0.0.1", help="address to listen on (default %(default)s)")
    serving.add_argument("--port", type=_port, default=8080, help="0 takes a free one (default %(default)s)")
    serving.add_argument(
        "--ready-fd", type=int, metavar="N", help="write the address to this descriptor once it is served"
    )
    return parser


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65_535:
        raise argparse.ArgumentTypeError(f"a port is 0 to 65535, and not {port}")
    return port


if __name__ == "__main__":
    sys.exit(main())
