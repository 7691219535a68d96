"""I2C buses: one shape, the Linux one, and a door for others.

The shape is busio's (CircuitPython), because that is what device libraries
are written against. A bus is opened by name: `/dev/i2c-1` is the kernel's,
`scheme:rest` is whatever has registered that scheme under the entry-point
group `checkpoint.i2c`, called with the rest.
"""

from __future__ import annotations

import errno
import threading
from importlib.metadata import entry_points
from typing import Protocol, cast, runtime_checkable

from smbus2 import SMBus, i2c_msg

from drivers.errors import DeviceUnavailable

ENTRY_POINT_GROUP = "checkpoint.i2c"


@runtime_checkable
class I2CBus(Protocol):
    """A bus as busio has it. Transactions raise OSError when nothing acknowledges."""

    def try_lock(self) -> bool: ...

    def unlock(self) -> None: ...

    def writeto(
        self, address: int, buffer: bytes | bytearray, *, start: int = 0, end: int | None = None
    ) -> None: ...

    def readfrom_into(
        self, address: int, buffer: bytearray, *, start: int = 0, end: int | None = None
    ) -> None: ...

    def writeto_then_readfrom(
        self,
        address: int,
        out_buffer: bytes | bytearray,
        in_buffer: bytearray,
        *,
        out_start: int = 0,
        out_end: int | None = None,
        in_start: int = 0,
        in_end: int | None = None,
    ) -> None: ...

    def close(self) -> None: ...


class LinuxI2C:
    """The kernel's I2C bus through `I2C_RDWR`, which carries a repeated start.

    The bus's speed is set in the device tree (`dtparam=i2c_arm_baudrate`),
    not here.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._bus: SMBus | None = None
        self._lock = threading.Lock()

    def open(self) -> None:
        """Raises DeviceUnavailable with the path and what to do."""
        bus = SMBus()
        try:
            bus.open(self._path)
        except OSError as error:
            bus.close()  # a file that opens and is no bus would stay open
            raise DeviceUnavailable(error.errno, _why_closed(self._path, error)) from error
        self._bus = bus

    def close(self) -> None:
        if self._bus is not None:
            self._bus.close()
            self._bus = None

    def try_lock(self) -> bool:
        return self._lock.acquire(blocking=False)

    def unlock(self) -> None:
        self._lock.release()

    def writeto(
        self, address: int, buffer: bytes | bytearray, *, start: int = 0, end: int | None = None
    ) -> None:
        self._transfer(i2c_msg.write(address, bytes(buffer[start:end])))

    def readfrom_into(
        self, address: int, buffer: bytearray, *, start: int = 0, end: int | None = None
    ) -> None:
        span = slice(start, len(buffer) if end is None else end)
        message = i2c_msg.read(address, span.stop - span.start)
        self._transfer(message)
        buffer[span] = bytes(message)

    def writeto_then_readfrom(
        self,
        address: int,
        out_buffer: bytes | bytearray,
        in_buffer: bytearray,
        *,
        out_start: int = 0,
        out_end: int | None = None,
        in_start: int = 0,
        in_end: int | None = None,
    ) -> None:
        span = slice(in_start, len(in_buffer) if in_end is None else in_end)
        message = i2c_msg.read(address, span.stop - span.start)
        self._transfer(i2c_msg.write(address, bytes(out_buffer[out_start:out_end])), message)
        in_buffer[span] = bytes(message)

    def _transfer(self, *messages: i2c_msg) -> None:
        if self._bus is None:
            raise DeviceUnavailable(errno.EBADF, f"The I2C bus {self._path} is not open; open it first.")
        self._bus.i2c_rdwr(*messages)


def open_i2c(name: str) -> I2CBus:
    """The bus called `name`, open.

    Raises DeviceUnavailable when the name means nothing here or the bus
    cannot be opened.
    """
    if name.startswith("/"):
        bus = LinuxI2C(name)
        bus.open()
        return bus
    scheme, colon, rest = name.partition(":")
    found = entry_points(group=ENTRY_POINT_GROUP, name=scheme) if colon and scheme else ()
    for entry in found:
        try:
            return cast(I2CBus, entry.load()(rest))
        except DeviceUnavailable:
            raise
        except OSError as error:
            raise DeviceUnavailable(
                error.errno,
                f"The I2C bus {name} is not running ({error.strerror or error}).",
            ) from error
    raise DeviceUnavailable(
        errno.ENODEV, f"The I2C bus {name!r} is not known; give a device such as /dev/i2c-1."
    )


def _why_closed(path: str, error: OSError) -> str:
    if error.errno == errno.ENOENT:
        return f"The I2C bus {path} is not there; turn I2C on (raspi-config, or dtparam=i2c_arm=on)."
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"The I2C bus {path} may not be opened by this user; add the user to the group i2c."
    return f"The I2C bus {path} cannot be opened ({error.strerror}); check the name and the wiring."
