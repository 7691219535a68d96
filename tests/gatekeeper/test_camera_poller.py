"""When a camera counts as back. Its device is at the lowest level that a machine without V4L2 offers."""

from __future__ import annotations

import numpy as np
import pytest

from drivers.camera import STALL_S, Frame
from drivers.errors import DeviceStalled
from drivers.qr import QrDecoder
from kiosk.gatekeeper.pollers import CameraPoller
from tests.gatekeeper.inbox import Posted


class StalledCamera:
    """It can always be opened, and gives frames only while `sends`."""

    def __init__(self, posted: Posted) -> None:
        self._now = posted.time.mono
        self._last_s = 0.0
        self.sends = True
        self.opened = 0

    def open(self) -> None:
        self.opened += 1
        self._last_s = self._now()

    def latest(self) -> Frame | None:
        if self.sends:
            self._last_s = self._now()
            return Frame(self._last_s, np.zeros((48, 64), np.uint8))
        if self._now() - self._last_s > STALL_S:
            raise DeviceStalled("The camera has sent no picture.")
        return None

    def close(self) -> None:
        self._last_s = 0.0


@pytest.fixture
def posted() -> Posted:
    return Posted()


def test_a_stalled_camera_that_can_be_opened_again_and_again_is_one_fault_until_a_frame_comes(
    posted: Posted,
) -> None:
    camera = StalledCamera(posted)
    poller = CameraPoller("gate-camera", lambda: camera, QrDecoder(), posted.clock, posted.post)
    posted.poll(poller.poll_once, 0.1)
    camera.sends = False
    posted.poll(poller.poll_once, 20.0)
    assert camera.opened > 5
    assert posted.states() == ["-gate-camera"]
    camera.sends = True
    posted.poll(poller.poll_once, 4.0)
    assert posted.states() == ["-gate-camera", "+gate-camera"]
