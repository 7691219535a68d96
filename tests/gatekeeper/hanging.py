"""`kiosk gatekeeper`, whose scanner's poller hangs for good when SIGUSR1 comes, or from the start."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from threading import Event
from types import FrameType

from kiosk.config import load
from kiosk.gatekeeper import process, readers
from kiosk.gatekeeper.pollers import SerialPoller

HANGS = Event()
FROM_THE_START = "KIOSK_TEST_HANGS"


class HangingPoller(SerialPoller):
    def poll_once(self) -> None:
        while HANGS.is_set():
            Event().wait(60.0)
        super().poll_once()


def _hang(_number: int, _frame: FrameType | None) -> None:
    HANGS.set()


if __name__ == "__main__":
    vars(readers)["SerialPoller"] = HangingPoller
    signal.signal(signal.SIGUSR1, _hang)
    if FROM_THE_START in os.environ:
        HANGS.set()
    site_file = Path(sys.argv[1])
    sys.exit(process.main(load(site_file), site_file))
