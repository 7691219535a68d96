"""The world's sensor and camera, seen from the gatekeeper's end of its socket."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from drivers.camera import Frame
from sim.i2c import SimI2C
from sim.line import Line
from sim.mlx90640_chip import Nack


class RemoteChip:
    """A sensor chip in the world, word for word."""

    def __init__(self, line: Line, lane: str) -> None:
        self._line = line
        self._lane = lane

    def transfer(self, write: bytes, read_len: int) -> bytes:
        request = {"op": "i2c", "lane": self._lane, "write": write.hex(), "read": read_len}
        head, body = self._line.ask(request)
        if head.get("nack"):
            raise Nack
        return body


class RemoteBus(SimI2C):
    """The world's I2C bus with the sensor on it, over a line of its own."""

    def __init__(self, line: Line, lane: str, address: int, sleep: Callable[[float], None]) -> None:
        super().__init__({address: RemoteChip(line, lane)}, sleep)
        self._line = line

    def close(self) -> None:
        self._line.close()


class RemoteCamera:
    """The world's camera in a lane."""

    def __init__(self, line: Line, lane: str) -> None:
        self._line = line
        self._lane = lane

    def open(self) -> None:
        self._line.ask({"op": "hello"})

    def latest(self) -> Frame | None:
        head, body = self._line.ask({"op": "frame", "lane": self._lane})
        if not body:
            return None
        height, width, at_s = head["height"], head["width"], head["at_s"]
        assert isinstance(height, int)
        assert isinstance(width, int)
        assert isinstance(at_s, float)
        return Frame(at_s, np.frombuffer(body, dtype=np.uint8).reshape(height, width))

    def close(self) -> None:
        self._line.close()
