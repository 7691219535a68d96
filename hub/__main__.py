"""`kiosk-hub serve`: the hub as an HTTP server; `forward`: its events; `device …`; `alarm …`; `trust …`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from hub import alarm_commands, ca_commands, device_commands, forward, tls
from hub.errors import HubError
from hub.server import ServeOptions, serve
from hub.state import DATABASE_FILE
from hub.tables import POSTGRESQL, read_url
from hub.trust import cli

MAX_WORKERS = 64


def main(argv: Sequence[str] | None = None) -> int:
    """The exit status: 0 after an orderly end, 2 when what was asked for can't be done."""
    args = _parser().parse_args(argv)
    try:
        args.run(args)
    except HubError as error:
        sys.stderr.write(f"kiosk-hub: {error}\n")
        return 2
    return 0


def _serve(args: argparse.Namespace) -> None:
    database = args.database and read_url(args.database)
    options = ServeOptions(
        args.state, args.host, args.port, args.ready_fd, database, args.workers, tls.chosen(args)
    )
    serve(options, lambda: datetime.now(UTC))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="kiosk-hub", description="The kiosks' upstream.")
    commands = parser.add_subparsers(dest="command", required=True)
    serving = commands.add_parser("serve", help="issue passes, publish trust, take the kiosks' entries")
    serving.add_argument("--state", type=Path, required=True, metavar="DIR", help="keys and database")
    serving.add_argument("--host", default="127.0.0.1", help="address to listen on (default %(default)s)")
    serving.add_argument("--port", type=_port, default=8080, help="0 takes a free one (default %(default)s)")
    serving.add_argument(
        "--ready-fd", type=int, metavar="N", help="write the address to this descriptor once it is served"
    )
    serving.add_argument(
        "--workers", type=_workers, default=1, metavar="N", help="processes that serve (default %(default)s)"
    )
    _add_database(serving)
    tls.add_arguments(serving)
    serving.set_defaults(run=_serve)
    _add_database(forward.add_parser(commands))
    devices = commands.add_parser("device", help="the kiosks that the hub takes entries from")
    for parser_of_device in device_commands.add_parsers(devices.add_subparsers(dest="action", required=True)):
        _add_database(parser_of_device)
    authority = commands.add_parser("ca", help="the authority that vouches for kiosks in TLS")
    ca_commands.add_parsers(authority.add_subparsers(dest="action", required=True))
    alarm = commands.add_parser("alarm", help="what people must see, and who has dealt with it")
    for parser_of_alarm in alarm_commands.add_parsers(alarm.add_subparsers(dest="action", required=True)):
        _add_database(parser_of_alarm)
    trust = commands.add_parser(
        "trust", help="what kiosks judge by, and who signs it; the hub may be running"
    )
    cli.add_parsers(trust.add_subparsers(dest="action", required=True))
    return parser


def _add_database(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--database",
        metavar="URL",
        help=f"PostgreSQL, as {POSTGRESQL}://USER@HOST/NAME, with the password in ~/.pgpass; "
        f"else {DATABASE_FILE} in --state",
    )


def _workers(text: str) -> int:
    count = int(text)
    if not 1 <= count <= MAX_WORKERS:
        raise argparse.ArgumentTypeError(f"1 to {MAX_WORKERS} processes, and not {count}")
    return count


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65_535:
        raise argparse.ArgumentTypeError(f"a port is 0 to 65535, and not {port}")
    return port


if __name__ == "__main__":
    sys.exit(main())
