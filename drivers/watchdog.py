"""The board's watchdog: a timer in hardware that resets the board unless it is fed in time.

Source: Linux, Documentation/watchdog/watchdog-api.rst, and include/uapi/linux/watchdog.h
for the numbers.

- Opening arms it. Whatever is written feeds it.
- Closed, or let go by the kernel because its holder has died, it stays armed: who opens it
  in time goes on feeding.
- "V" as the last thing that is written disarms it, unless the kernel was built or told not
  to (nowayout).
- One program at a time can have it. systemd is one, where RuntimeWatchdogSec is set.

The Pi's own counter (drivers/watchdog/bcm2835_wdt.c) ends after 16 s. Newer kernels feed it
in between for as long as they are well themselves (max_hw_heartbeat_ms), so that a longer
time can be set; older ones refuse more than 15 s.

`/dev/watchdogN` is the kernel's; `scheme:rest` is whatever has registered that scheme under
the entry-point group `checkpoint.watchdogs`, called with the rest and the time.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import cast

from drivers.errors import DeviceUnavailable

ENTRY_POINT_GROUP = "checkpoint.watchdogs"
GETSUPPORT, SETTIMEOUT, GETTIMEOUT = 0x80285700, 0xC0045706, 0x80045707
CLASS_FOLDER = Path("/sys/class/watchdog")
_INFO, _SECONDS = struct.Struct("=II32s"), struct.Struct("=i")
_FEED, _DISARM = b"\0", b"V"
_WATCHDOG = re.compile(r"/dev/(watchdog\d+)")


@dataclass(frozen=True, slots=True)
class Kernel:
    """open(2) and ioctl(2), or a simulated board's. The descriptor is a real one either way."""

    open: Callable[[str], int]
    ioctl: Callable[[int, int, bytes], bytes]


def _open(path: str) -> int:
    return os.open(path, os.O_WRONLY | os.O_CLOEXEC)


def _ioctl(descriptor: int, request: int, argument: bytes) -> bytes:
    return fcntl.ioctl(descriptor, request, argument)


LINUX = Kernel(_open, _ioctl)


class HardwareWatchdog:
    """One watchdog, asked to wait `timeout_s` from one feed to the next."""

    def __init__(self, path: str, timeout_s: int, kernel: Kernel = LINUX) -> None:
        self._path = path
        self._asked_s = timeout_s
        self._kernel = kernel
        self._descriptor: int | None = None
        self.identity = ""
        self.timeout_s = timeout_s

    def open(self) -> None:
        """Arm it. Raises DeviceUnavailable.

        A time that it can't do is no error, since what has been armed can perhaps not be disarmed again:
        it keeps its own, which `timeout_s` tells then, and `complaint` says so.
        """
        try:
            descriptor = self._kernel.open(self._path)
        except OSError as error:
            raise DeviceUnavailable(error.errno, _why_closed(self._path, error)) from error
        try:
            _, _, identity = _INFO.unpack(self._kernel.ioctl(descriptor, GETSUPPORT, bytes(_INFO.size)))
            self.timeout_s = self._set_timeout(descriptor)
        except OSError as error:
            os.close(descriptor)  # without a "V", and with no other word: it may be anything
            sentence = f"watchdog: {self._path} does not answer as one ({error.strerror}); name another."
            raise DeviceUnavailable(error.errno, sentence) from error
        self.identity = identity.rstrip(b"\0").decode("ascii", "replace")
        self._descriptor = descriptor

    @property
    def complaint(self) -> str | None:
        """What is not as it was asked for, though the watchdog is armed and can be fed."""
        if self.timeout_s == self._asked_s:
            return None
        return (
            f"watchdog: {self._path} ({self.identity}) can't wait {self._asked_s} s, and resets the board "
            f"after {self.timeout_s} s; write gate.hardware_watchdog_s = {self.timeout_s}, or update the "
            "system."
        )

    def feed(self) -> None:
        """Raises DeviceUnavailable."""
        self._write(_FEED)

    def disarm(self) -> None:
        """Let it wait for nothing any more, and let it go. Raises DeviceUnavailable."""
        if self._descriptor is None:
            return
        try:
            self._write(_DISARM)
        finally:
            self.close()

    def close(self) -> None:
        """Let it go as it is: armed, for whoever opens it next, or for the board's reset."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)

    def _set_timeout(self, descriptor: int) -> int:
        try:
            self._kernel.ioctl(descriptor, SETTIMEOUT, _SECONDS.pack(self._asked_s))
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.EOPNOTSUPP):
                raise
        answer: tuple[int] = _SECONDS.unpack(self._kernel.ioctl(descriptor, GETTIMEOUT, bytes(_SECONDS.size)))
        return answer[0]

    def _write(self, word: bytes) -> None:
        if self._descriptor is None:
            raise DeviceUnavailable(errno.EBADF, f"watchdog: {self._path} is not open; open it first.")
        try:
            os.write(self._descriptor, word)
        except OSError as error:
            raise DeviceUnavailable(
                error.errno, f"watchdog: {self._path} takes nothing ({error.strerror}); restart the board."
            ) from error


def open_watchdog(name: str, timeout_s: int) -> HardwareWatchdog:
    """The watchdog called `name`, not yet open, so that it is not armed. Raises DeviceUnavailable."""
    if _WATCHDOG.fullmatch(name):
        return HardwareWatchdog(name, timeout_s)
    scheme, colon, rest = name.partition(":")
    for entry in entry_points(group=ENTRY_POINT_GROUP, name=scheme) if colon and scheme else ():
        return cast(HardwareWatchdog, entry.load()(rest, timeout_s))
    raise DeviceUnavailable(errno.ENODEV, f"watchdog: {name!r} is none; give one such as /dev/watchdog0.")


@dataclass(frozen=True, slots=True)
class Standing:
    """How a watchdog is, without opening it, which would arm it. `stays_armed`: nowayout."""

    identity: str
    timeout_s: int
    is_armed: bool
    stays_armed: bool


def standing_of(path: str, folder: Path = CLASS_FOLDER) -> Standing | None:
    """What sysfs says of `/dev/watchdogN`; None where it says nothing (sysfs-class-watchdog)."""
    found = _WATCHDOG.fullmatch(path)
    if found is None:
        return None
    told = folder / found.group(1)
    try:
        return Standing(
            _line(told / "identity"),
            int(_line(told / "timeout")),
            _line(told / "state") == "active",
            _line(told / "nowayout") == "1",
        )
    except (OSError, ValueError):
        return None


def _line(path: Path) -> str:
    return path.read_text(encoding="ascii", errors="replace").strip()


def _why_closed(path: str, error: OSError) -> str:
    match error.errno:
        case errno.ENOENT | errno.ENXIO | errno.ENODEV:
            return (
                f"watchdog: {path} is not there; turn it on (dtparam=watchdog=on in "
                "/boot/firmware/config.txt), or leave out gate.hardware_watchdog."
            )
        case errno.EACCES | errno.EPERM:
            return (
                f"watchdog: {path} may not be opened by this user; install the kiosk's udev rules "
                "(systemd/install.sh), and run it by its unit."
            )
        case errno.EBUSY:
            return (
                f"watchdog: {path} is held by another program, mostly systemd itself; leave one of both: "
                "RuntimeWatchdogSec=off in /etc/systemd/system.conf.d/, or no gate.hardware_watchdog."
            )
        case _:
            return f"watchdog: {path} cannot be opened ({error.strerror}); name another."
