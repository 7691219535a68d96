"""A day with every device missing leaves no more open than its first minute.

The machine's own buses, cameras and lines, at a path where there is something else.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kiosk.config import parse
from kiosk.gatekeeper.backends import SYSTEM
from kiosk.gatekeeper.compose import Gatekeeper
from sim.clock import SimClock
from tests.gatekeeper.rig import site_tree

READERS = [
    {"id": "gate-camera", "kind": "camera", "device": "/dev/null"},
    {"id": "scanner", "kind": "serial", "device": "/dev/./null"},
]
EXIT = {"id": "gate-out", "purpose": "exit", "reader": "scanner", "output": "gate", "temperature": "off"}


def open_descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


@pytest.mark.parametrize("pin_factory", ["mock", "nowhere"])
def test_devices_that_are_tried_again_and_again_leave_no_descriptor_open(
    tmp_path: Path, pin_factory: str
) -> None:
    tree = site_tree(tmp_path, thermal={"bus": "/dev/null"}, gate={"pin_factory": pin_factory})
    tree["readers"] = READERS
    tree["rules"]["access_points"].append(EXIT)
    clock = SimClock()
    before = open_descriptors()
    kiosk = Gatekeeper(parse(tree, tmp_path / "site.toml"), SYSTEM, clock, lambda _message: None)

    def try_again() -> None:
        clock.sleep(1.1)
        kiosk.gate.poll_once()
        for poller in kiosk.pollers:
            poller.poll_once()

    try_again()
    running = open_descriptors()
    for _ in range(30):
        try_again()
    assert open_descriptors() == running
    kiosk.close()
    assert open_descriptors() == before
