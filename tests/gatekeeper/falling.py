"""`kiosk gatekeeper`, whose main thread meets an exception that nobody foresaw when SIGUSR1 comes."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from types import FrameType

from kiosk.config import load
from kiosk.gatekeeper import process


class Unforeseen(Exception):
    """What a mistake in the program looks like from outside."""


def _fall(_number: int, _frame: FrameType | None) -> None:
    raise Unforeseen


if __name__ == "__main__":
    signal.signal(signal.SIGUSR1, _fall)
    site_file = Path(sys.argv[1])
    sys.exit(process.main(load(site_file), site_file))
