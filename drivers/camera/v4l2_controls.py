"""The controls of a V4L2 device: which there are, and setting them, by ioctl(2).

Numbers and structures are those of `linux/videodev2.h` and `linux/v4l2-controls.h`. A second descriptor may
set controls while another one streams.
"""

from __future__ import annotations

import fcntl
import os
import struct
from dataclasses import dataclass
from typing import Final, Self

from drivers.camera.exposure import Alternation

CENTRE_WEIGHTED: Final = 1  # V4L2_EXPOSURE_METERING_CENTER_WEIGHTED
MANUAL: Final = 1  # V4L2_EXPOSURE_MANUAL
EXPOSURE_AUTO: Final = 0x009A0901
EXPOSURE_ABSOLUTE: Final = 0x009A0902  # in units of 100 microseconds
EXPOSURE_METERING: Final = 0x009A0913

_UNIT_S: Final = 100e-6
_CONTROL: Final = struct.Struct("=Ii")  # v4l2_control: id, value
_QUERY: Final = struct.Struct("=II32siiiiI8x")  # v4l2_queryctrl: id, type, name, minimum, maximum, ...
_GET: Final = 0xC0000000 | _CONTROL.size << 16 | ord("V") << 8 | 27
_SET: Final = 0xC0000000 | _CONTROL.size << 16 | ord("V") << 8 | 28
_ASK: Final = 0xC0000000 | _QUERY.size << 16 | ord("V") << 8 | 36
_UNUSABLE: Final = 0x0001 | 0x0004  # disabled, read only


@dataclass(frozen=True, slots=True)
class Range:
    """What values a control takes."""

    minimum: int
    maximum: int


class V4L2Controls:
    """One more descriptor of the device."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @classmethod
    def opened(cls, path: str) -> Self | None:
        """None where the device cannot be opened once more: it then exposes as it likes."""
        try:
            return cls(os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC))
        except OSError:
            return None

    def close(self) -> None:
        """Give the descriptor back; harmless a second time."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def range_of(self, control: int) -> Range | None:
        """None where the device has no such control, or it cannot be set."""
        try:
            answer = fcntl.ioctl(self._descriptor, _ASK, _QUERY.pack(control, 0, b"", 0, 0, 0, 0, 0))
        except (OSError, ValueError):
            return None
        _, _, _, minimum, maximum, _, _, flags = _QUERY.unpack(answer)
        return None if flags & _UNUSABLE else Range(minimum, maximum)

    def get(self, control: int) -> int | None:
        try:
            answer = fcntl.ioctl(self._descriptor, _GET, _CONTROL.pack(control, 0))
        except (OSError, ValueError):
            return None
        return int(_CONTROL.unpack(answer)[1])

    def set(self, control: int, value: int) -> bool:
        """Whether the device has taken the value."""
        try:
            fcntl.ioctl(self._descriptor, _SET, _CONTROL.pack(control, value))
        except (OSError, ValueError):
            return False
        return True

    def alternation(self) -> Alternation | None:
        """Exposure taken in hand; None where it cannot be, but metering by the middle where there is that."""
        self.set(EXPOSURE_METERING, CENTRE_WEIGHTED)
        exposures = self.range_of(EXPOSURE_ABSOLUTE)
        if exposures is None or not self.set(EXPOSURE_AUTO, MANUAL):
            return None
        return Alternation(max(1, exposures.minimum) * _UNIT_S, exposures.maximum * _UNIT_S)

    def expose(self, seconds: float) -> bool:
        """Whether the device has taken the exposure."""
        return self.set(EXPOSURE_ABSOLUTE, max(1, round(seconds / _UNIT_S)))
