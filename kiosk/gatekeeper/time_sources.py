"""What speaks for the system's clock besides itself: a time server, or a clock chip with a battery.

The kernel says through adjtimex(2) whether something keeps its clock
synchronised (chrony, systemd-timesyncd and ntpd all tell it; after a start it
is not until one has). A clock chip is one that the kernel has set its clock
from (`hctosys`, Documentation/ABI/testing/sysfs-class-rtc). A container or a
simulation has neither of its own, although its host may: there the site says
that the host keeps the time.
"""

from __future__ import annotations

import contextlib
import ctypes
from dataclasses import dataclass
from pathlib import Path

from kiosk.config import TimeSource
from kiosk.trust.files import write_atomically

RTC = Path("/sys/class/rtc/rtc0")
TIMESYNC = Path("/run/systemd/timesync/synchronized")
"""systemd-timesyncd makes it when it has set the clock (systemd-timesyncd.service(8))."""
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
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
    timesync: Path = TIMESYNC

    def __call__(self) -> bool:
        if self.source is TimeSource.HOST:
            return True
        is_kept = kernel_clock_state() not in (-1, TIME_ERROR) or self.timesync.exists()
        return is_kept or has_set_the_clock(self.rtc)


class BootMark:
    """In which boot of the machine the clock was last believed, in a file of the kiosk's."""

    def __init__(self, path: Path, boot_id: Path = BOOT_ID) -> None:
        self._path = path
        self._boot_id = boot_id

    def is_of_this_boot(self) -> bool:
        now = self._now()
        try:
            return now != "" and self._path.read_text(encoding="ascii").strip() == now
        except (OSError, ValueError):
            return False

    def set(self) -> None:
        """Without the mark a restart asks for a witness again, which is the safe side."""
        with contextlib.suppress(OSError):
            write_atomically(self._path, f"{self._now()}\n".encode())

    def _now(self) -> str:
        try:
            return self._boot_id.read_text(encoding="ascii").strip()
        except (OSError, ValueError):
            return ""
