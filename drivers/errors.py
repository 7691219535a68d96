"""What can go wrong with a device. Each error says in one sentence what, where, and what to do."""

from __future__ import annotations


class DeviceError(OSError):
    """Base of all errors that a driver raises. As text it is its sentence, without an error number."""

    def __str__(self) -> str:
        return str(self.strerror) if self.strerror else super().__str__()


class DeviceUnavailable(DeviceError):
    """The device is not there, cannot be opened, or does not answer."""


class DeviceStalled(DeviceError):
    """The device answers, but what it should deliver does not come."""
