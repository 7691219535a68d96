"""What speaks for the system's clock besides itself: a time server, or a clock chip with a battery.

The kernel says through adjtimex(2) whether something keeps its clock
synchronised (chrony, systemd-timesyncd and ntpd all tell it; after a start it
is not until one has). A clock chip is one that the kernel has set its clock
from (`hctosys`, Documentation/ABI/testing/sysfs-class-rtc). A container or a
simulation has neither of its own, although its host may: there the site says
that the host keeps the time.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from pathlib import Path

from kiosk.config import TimeSource

RTC = Path("/sys/class/rtc/rtc0")
TIME_ERROR = 5
TIMEX_BYTES = 512
"""More than `struct timex` has (adjtimex(2)); all zero, its `modes` ask for nothing to be changed."""


def kernel_clock_state() -> int:
    """What adjtimex(2) returns: -1 when it may not be asked, TIME_ERROR when not synchronised."""
    state: int = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(TIMEX_BYTES))
    return state


def has_set_the_clock(rtc: Path = RTC) -> bool:
    """Whether the kernel took its time from this chip at the start."""
    try:
        return (rtc / "hctosys").read_text(encoding="ascii").strip() == "1"
    except (OSError, ValueError):
        return False


@dataclass(frozen=True, slots=True)
class TimeSources:
    """Whether anything bears the system's clock out, asked anew each time."""

    source: TimeSource
    rtc: Path = RTC

    def __call__(self) -> bool:
        if self.source is TimeSource.HOST:
            return True
        return kernel_clock_state() not in (-1, TIME_ERROR) or has_set_the_clock(self.rtc)
