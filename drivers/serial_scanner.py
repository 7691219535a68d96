"""A code scanner on a serial line: USB CDC (`/dev/ttyACM0`), a USB adapter (`/dev/ttyUSB0`) or RS-232.

A code ends with CR, LF, CRLF or Tab, whichever the scanner was set to, or with 100 ms of silence on the
clock that is passed in. Empty codes are skipped, so that the LF of a CRLF is not a second one. A code of
more than `MAX_PAYLOAD_BYTES` is dropped up to its end, counted, and never held in memory whole.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Callable
from typing import Final

import serial

from drivers.errors import DeviceUnavailable

MAX_PAYLOAD_BYTES: Final = 4296
SILENCE_S: Final = 0.1

_READ_BYTES: Final = 4096
_TERMINATOR: Final = re.compile(rb"[\r\n\t]")


class SerialScanner:
    """Reads the codes that a scanner sends. Never waits; one thread at a time.

    `path`: the device file; `baud`: ignored by USB CDC; `now`: monotonic seconds.
    """

    def __init__(self, path: str, baud: int, now: Callable[[], float]) -> None:
        self._path = path
        self._baud = baud
        self._now = now
        self._port: serial.Serial | None = None
        self._pending = bytearray()
        self._last_byte_s = 0.0
        self._dropping = False
        self._refused = 0

    @property
    def refused(self) -> int:
        """How many codes were dropped because they were too long."""
        return self._refused

    def open(self) -> None:
        """Take the line for this process alone.

        Raises:
            DeviceUnavailable: it is not there, in use, not permitted, or not a serial line.
        """
        if self._port is not None:
            return
        self._forget()
        try:
            self._port = serial.Serial(self._path, self._baud, timeout=0, exclusive=True)
        except (OSError, ValueError) as error:
            raise DeviceUnavailable(_why_not_opened(self._path, error)) from error

    def poll_once(self) -> bytes | None:
        """The next code that is complete, or None. Call it again at once while it returns codes.

        Raises:
            DeviceUnavailable: the scanner went away; `open()` may be tried again.
        """
        code = self._next_terminated()
        if code is not None:
            return code  # before reading on, so that waiting codes stay with the operating system
        arrived = self._read()
        if not arrived:
            return self._ended_by_silence()
        self._last_byte_s = self._now()
        self._pending += arrived
        return self._next_terminated()

    def close(self) -> None:
        """Give the line back. Harmless when it is not open."""
        port, self._port = self._port, None
        self._forget()
        if port is not None:
            port.close()

    def __enter__(self) -> SerialScanner:
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _forget(self) -> None:
        self._pending.clear()
        self._dropping = False

    def _read(self) -> bytes:
        if self._port is None:
            raise DeviceUnavailable(f"The scanner {self._path} is not open.")
        try:
            return self._port.read(_READ_BYTES)
        except OSError as error:
            self.close()
            raise DeviceUnavailable(f"The scanner {self._path} went away: check its cable.") from error

    def _next_terminated(self) -> bytes | None:
        while (end := _TERMINATOR.search(self._pending)) is not None:
            code = bytes(self._pending[: end.start()])
            del self._pending[: end.end()]
            if self._accepts(code):
                return code
        if len(self._pending) > MAX_PAYLOAD_BYTES:
            self._dropping = True
            self._pending.clear()
        return None

    def _ended_by_silence(self) -> bytes | None:
        if self._now() - self._last_byte_s < SILENCE_S:
            return None
        code = bytes(self._pending)
        self._pending.clear()
        return code if self._accepts(code) else None

    def _accepts(self, code: bytes) -> bool:
        """Whether `code`, now ended, is one to hand on; ends the dropping of a code that was too long."""
        too_long = self._dropping or len(code) > MAX_PAYLOAD_BYTES
        self._dropping = False
        self._refused += too_long
        return bool(code) and not too_long


def _why_not_opened(path: str, error: OSError | ValueError) -> str:
    number = error.errno if isinstance(error, OSError) else None
    if number == errno.ENOENT:
        return f"There is no scanner at {path}: check its cable and the device's path in site.toml."
    if number == errno.EACCES:
        return f"The scanner {path} may not be read by this user: add the user to the group dialout."
    if number in (errno.EAGAIN, errno.EBUSY):
        return f"The scanner {path} is in use by another program: stop that program."
    return f"The scanner {path} cannot be opened as a serial line: check the device's path in site.toml."
