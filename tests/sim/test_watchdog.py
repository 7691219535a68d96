"""The simulated board's watchdog across processes: by a socket whose end tells that its holder has died."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from drivers import watchdog as driver
from drivers.errors import DeviceUnavailable
from drivers.watchdog import open_watchdog
from sim import watchdog as simulated
from sim.pins import Edge, Pins
from sim.watchdog import SimWatchdog, WatchdogServer
from tests.processes import wait_until

HOLD = """
import sys, time
from drivers.watchdog import open_watchdog
watchdog = open_watchdog(sys.argv[1], 30)
watchdog.open()
print(watchdog.timeout_s, flush=True)
time.sleep(60)
"""


def test_board_and_driver_have_the_same_numbers_each_by_its_own_way() -> None:
    assert simulated.SUPPORT == driver.GETSUPPORT
    assert simulated.SET_TIMEOUT == driver.SETTIMEOUT
    assert simulated.GET_TIMEOUT == driver.GETTIMEOUT


def test_a_holder_that_is_killed_leaves_it_armed(tmp_path: Path) -> None:
    board = SimWatchdog(time.monotonic)
    with WatchdogServer(tmp_path / "watchdog", board):
        name = f"world:{tmp_path / 'watchdog'}"
        with subprocess.Popen([sys.executable, "-c", HOLD, name], stdout=subprocess.PIPE) as holder:
            assert holder.stdout is not None
            assert holder.stdout.readline() == b"30\n"
            assert board.is_held
            with pytest.raises(DeviceUnavailable, match="held by another program") as caught:
                open_watchdog(name, 30).open()
            assert caught.value.errno == errno.EBUSY
            holder.send_signal(signal.SIGKILL)
        wait_until(lambda: not board.is_held, 5.0, "the board learns of it")
        assert board.is_armed
        watchdog = open_watchdog(name, 30)
        watchdog.open()
        watchdog.disarm()
        wait_until(lambda: not board.is_armed, 5.0, "it is disarmed")


def test_a_board_that_is_reset_lets_every_relay_rest() -> None:
    pins = Pins(lambda: 7.0, lambda _pin: False)
    board = SimWatchdog(lambda: 7.0, pins.reset, timeout_s=0)
    pins.write(17, True)
    pins.write(27, True)
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        board.attach(ours)
        board.poll_once()
    assert board.resets == [7.0]
    assert [edge for edge in pins.edges if not edge.level] == [Edge(7.0, 17, False), Edge(7.0, 27, False)]


def test_an_ioctl_that_a_watchdog_does_not_know_is_refused_as_the_kernel_does() -> None:
    board = SimWatchdog(time.monotonic)
    kernel = simulated.kernel_of(board)
    descriptor = kernel.open("")
    with pytest.raises(OSError, match=os.strerror(errno.ENOTTY)):
        kernel.ioctl(descriptor, fcntl.F_GETFL, b"")
    os.close(descriptor)
    board.take_all()
