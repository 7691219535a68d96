"""The board's watchdog over the kernel's own softdog, told not to restart the guest."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from drivers.errors import DeviceUnavailable
from drivers.watchdog import HardwareWatchdog, Standing, standing_of
from kiosk.config import GateConfig
from kiosk.gatekeeper.finding import State
from kiosk.gatekeeper.watchdog_checkup import check_watchdog
from tests.gatekeeper.watched_gate import WatchedGate
from tests.hardware.vm.guest_tests import within

pytestmark = pytest.mark.skipif(
    os.environ.get("CHECKPOINT_VM") != "1", reason="runs in a guest: make vm-test"
)

DEVICE = "/dev/watchdog0"
WOULD_RESET = "softdog: Triggered - Reboot ignored"
STARTS_WITHIN_S = 120.0
HOLD = """
import time
from drivers.watchdog import HardwareWatchdog
HardwareWatchdog("/dev/watchdog0", 30).open()
print("armed", flush=True)
time.sleep(600)
"""


class KernelLog:
    """What the kernel says from now on (Documentation/ABI/testing/dev-kmsg)."""

    def __init__(self) -> None:
        self._descriptor = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK)
        os.lseek(self._descriptor, 0, os.SEEK_END)
        self._said = ""

    def says(self, words: str) -> bool:
        with suppress(BlockingIOError):
            while True:
                self._said += os.read(self._descriptor, 8192).decode(errors="replace")
        return words in self._said

    def close(self) -> None:
        os.close(self._descriptor)


@pytest.fixture
def log() -> Iterator[KernelLog]:
    """Of a softdog that has just been loaded, and is disarmed in the end."""
    busybox = "/tmp/busybox"
    subprocess.run([busybox, "rmmod", "softdog"], check=True)
    subprocess.run([busybox, "insmod", "/tmp/modules/softdog.ko", "soft_noboot=1"], check=True)
    assert within(10, Path(DEVICE).exists)
    log = KernelLog()
    yield log
    log.close()
    with suppress(DeviceUnavailable):  # a test that failed may hold it still
        watchdog = HardwareWatchdog(DEVICE, 30)
        watchdog.open()
        watchdog.disarm()


def is_held_by(process: int | None) -> bool:
    """Without opening it, which would take it from whoever is about to."""
    links = Path(f"/proc/{process}/fd").glob("*")
    with suppress(OSError):
        return any(os.readlink(link) == DEVICE for link in links)
    return False


def standing() -> Standing:
    found = standing_of(DEVICE)
    assert found is not None
    return found


def test_it_is_armed_for_the_time_asked_for_and_disarmed(log: KernelLog) -> None:
    assert not standing().is_armed
    watchdog = HardwareWatchdog(DEVICE, 30)
    watchdog.open()
    assert watchdog.identity == "Software Watchdog"
    assert watchdog.complaint is None
    assert standing() == Standing("Software Watchdog", 30, is_armed=True, stays_armed=False)
    with pytest.raises(DeviceUnavailable, match="held by another program"):
        HardwareWatchdog(DEVICE, 30).open()
    watchdog.disarm()
    assert not standing().is_armed
    assert not log.says("watchdog did not stop")


def test_a_board_that_is_fed_runs_on_and_one_that_is_not_is_reset_in_time(log: KernelLog) -> None:
    watchdog = HardwareWatchdog(DEVICE, 3)
    watchdog.open()
    for _ in range(12):
        time.sleep(0.5)
        watchdog.feed()
    fed_s = time.monotonic()
    assert not log.says(WOULD_RESET)
    assert within(10, lambda: log.says(WOULD_RESET))
    assert 2.5 < time.monotonic() - fed_s < 5.0
    watchdog.disarm()


def test_a_time_that_it_cannot_do_leaves_it_its_own(log: KernelLog) -> None:
    watchdog = HardwareWatchdog(DEVICE, 100_000)
    watchdog.open()
    assert watchdog.timeout_s == 60
    assert watchdog.complaint is not None
    watchdog.disarm()


def test_a_holder_that_is_killed_leaves_it_armed_for_the_next_one(log: KernelLog) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"armed\n"
        named = check_watchdog(GateConfig(hardware_watchdog=DEVICE), None)
        assert named.state is State.FAIL
        assert f"(process {holder.pid})" in named.text
        holder.kill()
    assert within(5, lambda: log.says("watchdog did not stop"))
    assert standing().is_armed
    watchdog = HardwareWatchdog(DEVICE, 30)
    watchdog.open()
    watchdog.disarm()
    assert not standing().is_armed


class OnThisKernel(WatchedGate):
    """The gatekeeper's watchdog is the kernel's own."""

    def configure(self, *, pulse_s: float) -> None:
        super().configure(pulse_s=pulse_s)
        path = self.state / "site.toml"
        text = path.read_text(encoding="utf-8").replace(f"world:{self.state / 'watchdog'}", DEVICE)
        path.write_text(text, encoding="utf-8")


def test_a_whole_gatekeeper_arms_it_and_a_reload_disarms_it(log: KernelLog, tmp_path: Path) -> None:
    """By a reload, since an emulated processor is too slow for the grace that another end has."""
    with OnThisKernel(tmp_path / "kiosk") as gate:
        gate.start().watchdog_s = STARTS_WITHIN_S
        assert gate.run_until(lambda: is_held_by(gate.pid), STARTS_WITHIN_S)
        assert within(5, lambda: standing().timeout_s == 30)
        assert standing().is_armed
        gate.kill(signal.SIGHUP)
        assert gate.run_until(lambda: not standing().is_armed, STARTS_WITHIN_S)
        assert not log.says("watchdog did not stop")
