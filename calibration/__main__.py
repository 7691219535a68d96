"""`kiosk-calibrate`: what a technician does with a sensor and its words."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from calibration.commands import blackbody, decode, oral
from calibration.errors import CalibrationError
from drivers.errors import DeviceError

COMMANDS: Final = (blackbody, decode, oral)
USER_ERROR: Final = 2


def main(
    arguments: list[str] | None = None,
    *,
    now: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> int:
    """The command; its exit status. What a user can cause is one sentence on stderr and status 2."""
    options = _parser().parse_args(arguments)
    options.made_at = datetime.now(UTC)
    try:
        return int(options.run(options, now, sleep))
    except (CalibrationError, DeviceError, ValueError) as error:
        return _complain(str(error))
    except (KeyboardInterrupt, EOFError):
        return _complain("Stopped; no record was written.")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="kiosk-calibrate", description="Calibrate the thermal sensor.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in COMMANDS:
        own = commands.add_parser(command.NAME, help=command.HELP, description=command.HELP)
        command.add_arguments(own)
        own.set_defaults(run=command.run)
    return parser


def _complain(text: str) -> int:
    sys.stderr.write(f"kiosk-calibrate: {text}\n")
    return USER_ERROR


if __name__ == "__main__":
    sys.exit(main())
