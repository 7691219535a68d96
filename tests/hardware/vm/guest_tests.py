"""The drivers over the kernel's own devices. Run in the guest by `make vm-test`, on no machine in use."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from drivers.camera import Frame, open_camera
from drivers.camera.v4l2_controls import EXPOSURE_ABSOLUTE, V4L2Controls
from drivers.errors import DeviceError, DeviceUnavailable
from drivers.keyboard_wedge import KeyboardWedge
from drivers.serial_scanner import SerialScanner
from drivers.us_keyboard import SHIFT, character
from kiosk.clock import SystemClock
from kiosk.core.events import CodeScanned, CodeUnread, DeviceFaulted, Event
from kiosk.core.view import CodeHint
from kiosk.gatekeeper.clock import TrustedClock
from kiosk.gatekeeper.pollers import AnyPoller, KeyboardPoller, SerialPoller

pytestmark = pytest.mark.skipif(
    os.environ.get("CHECKPOINT_VM") != "1", reason="runs in a guest: make vm-test"
)

PASS = (
    "HP1:6BF+70790T9WJWG.FKY*4GO0.O1CV2 O5 N2FBBRW1*70HS8WY04AC*WIFN0AHCD8KD97TK0F90$PC5$CUZCY$5Y$5JPCT3E/:?"
)
PRESS, RELEASE, EV_KEY, ENTER = 1, 0, 1, 28
LEFT_SHIFT = min(SHIFT)
BRIGHTNESS, NEXT_CONTROL = 0x00980900, 0x80000000
ACM, GADGET, VIDEO = Path("/dev/ttyACM0"), Path("/dev/ttyGS0"), Path("/dev/video0")
REPLUG_S = 2.0


def within(seconds: float, look: Callable[[], Any]) -> Any:
    """What `look` gives as soon as it gives something."""
    ends_s = time.monotonic() + seconds
    while not (found := look()) and time.monotonic() < ends_s:
        time.sleep(0.005)
    return found


def module(verb: str, name: str) -> None:
    target = name if verb == "rmmod" else f"/tmp/modules/{name}.ko"
    subprocess.run(["/tmp/busybox", verb, target], check=True)


class Scanner:
    """A keyboard of uinput."""

    def __init__(self) -> None:
        from evdev import UInput, ecodes

        self._device = UInput({ecodes.EV_KEY: list(range(1, 128))}, name="scanner")
        self.path = str(self._device.device.path)

    def key(self, code: int, value: int) -> None:
        self._device.write(EV_KEY, code, value)
        self._device.syn()

    def scan(self, text: str, meanwhile: Callable[[], object] = lambda: None) -> None:
        """Type it; `meanwhile` is called after each character: the kernel keeps 64 events and no more."""
        for letter in text:
            meanwhile()
            code, shifted = next(
                (code, shifted)
                for shifted in (False, True)
                for code in range(1, 71)
                if character(code, shifted=shifted) == letter
            )
            if shifted:
                self.key(LEFT_SHIFT, PRESS)
            self.key(code, PRESS)
            self.key(code, RELEASE)
            if shifted:
                self.key(LEFT_SHIFT, RELEASE)
        self.key(ENTER, PRESS)
        self.key(ENTER, RELEASE)

    def unplug(self) -> None:
        self._device.close()


@pytest.fixture
def scanner() -> Iterator[Scanner]:
    scanner = Scanner()
    yield scanner
    scanner.unplug()


class Posted:
    """What a poller has posted, in real time."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.clock = TrustedClock(SystemClock())

    def post(self, event: Event) -> None:
        self.events.append(event)

    def of(self, kind: type[Event]) -> list[Event]:
        return [event for event in self.events if isinstance(event, kind)]

    def until(self, poller: AnyPoller, kind: type[Event], seconds: float = 5.0) -> Event:
        def look() -> list[Event]:
            poller.poll_once()
            return self.of(kind)

        found = within(seconds, look)
        assert found, f"no {kind.__name__} within {seconds} s: {self.events}"
        return self.events[-1]


def test_a_wedge_reads_a_whole_pass_and_nobody_else_sees_a_key(scanner: Scanner) -> None:
    from evdev import InputDevice

    with KeyboardWedge(scanner.path, time.monotonic) as wedge, closing(InputDevice(scanner.path)) as shell:
        cut_short = list[bytes | None]()
        scanner.scan(PASS, lambda: cut_short.append(wedge.poll_once()))
        assert set(cut_short) == {None}
        assert within(5, wedge.poll_once) == PASS.encode()
        assert shell.read_one() is None
        with pytest.raises(DeviceUnavailable, match="in use by another program"):
            KeyboardWedge(scanner.path, time.monotonic).open()
    with closing(InputDevice(scanner.path)) as shell:
        scanner.key(ENTER, PRESS)
        assert within(5, shell.read_one) is not None, "given back"


def test_a_wedge_that_nobody_read_in_time_is_torn_and_asked_for_again(scanner: Scanner) -> None:
    posted = Posted()
    poller = KeyboardPoller(
        "desk", lambda: KeyboardWedge(scanner.path, time.monotonic), posted.clock, posted.post
    )
    poller.poll_once()
    for _ in range(20):
        scanner.scan(PASS)  # far more than the kernel keeps
    unread = posted.until(poller, CodeUnread)
    assert isinstance(unread, CodeUnread)
    assert unread.hint is CodeHint.SCAN_AGAIN
    within(0.4, lambda: poller.poll_once())
    assert all(
        isinstance(scan, CodeScanned) and scan.payload == PASS.encode() for scan in posted.of(CodeScanned)
    )
    posted.events.clear()
    scanner.scan("NEXT ONE", poller.poll_once)
    scan = posted.until(poller, CodeScanned)
    assert isinstance(scan, CodeScanned)
    assert scan.payload == b"NEXT ONE"
    poller.close()


def test_a_wedge_that_is_plugged_in_again_is_read_within_two_seconds() -> None:
    scanner, posted = Scanner(), Posted()
    path = scanner.path
    poller = KeyboardPoller("desk", lambda: KeyboardWedge(path, time.monotonic), posted.clock, posted.post)
    poller.poll_once()
    scanner.unplug()
    posted.until(poller, DeviceFaulted)
    again = Scanner()
    assert again.path == path
    began_s = time.monotonic()

    def scan_and_look() -> bool:
        again.scan("AGAIN")
        poller.poll_once()
        return bool(posted.of(CodeScanned))

    assert within(5, scan_and_look), posted.events
    assert time.monotonic() - began_s < REPLUG_S
    poller.close()
    again.unplug()


@pytest.fixture
def gadget() -> Iterator[int]:
    assert within(10, lambda: ACM.exists() and GADGET.exists())
    descriptor = os.open(GADGET, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    yield descriptor
    os.close(descriptor)


def raw(descriptor: int) -> None:
    import tty

    tty.setraw(descriptor)


@pytest.mark.parametrize("terminator", [b"\r", b"\n", b"\r\n", b"\t", b""])
def test_a_scanner_on_usb_is_read_whatever_ends_its_codes(gadget: int, terminator: bytes) -> None:
    raw(gadget)
    with SerialScanner(str(ACM), 115_200, time.monotonic) as serial:
        os.write(gadget, PASS.encode() + terminator)
        assert within(5, serial.poll_once) == PASS.encode()
        with pytest.raises(DeviceUnavailable, match="in use by another program"):
            SerialScanner(str(ACM), 115_200, time.monotonic).open()


def test_a_scanner_on_usb_that_is_plugged_in_again_is_read_within_two_seconds() -> None:
    posted = Posted()
    poller = SerialPoller(
        "exit", lambda: SerialScanner(str(ACM), 115_200, time.monotonic), posted.clock, posted.post
    )
    assert within(10, ACM.exists)
    poller.poll_once()
    module("rmmod", "g_serial")
    posted.until(poller, DeviceFaulted)
    module("insmod", "g_serial")
    assert within(10, lambda: ACM.exists() and GADGET.exists())
    began_s = time.monotonic()
    descriptor = os.open(GADGET, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    raw(descriptor)

    def scan_and_look() -> bool:
        with suppress(OSError):  # the line fills while nobody reads it
            os.write(descriptor, b"AGAIN\r")
        poller.poll_once()
        return bool(posted.of(CodeScanned))

    assert within(5, scan_and_look), posted.events
    assert time.monotonic() - began_s < REPLUG_S
    poller.close()
    os.close(descriptor)


def frame_of(name: str) -> Frame:
    camera = open_camera(name, time.monotonic)
    camera.open()
    try:
        frame = within(5, camera.latest)
        taken_s = time.monotonic()
    finally:
        camera.close()
    assert isinstance(frame, Frame)
    assert 0 <= taken_s - frame.at_s < 1.0, "stamped when it was captured; an emulated guest is slow"
    return frame


def test_a_camera_of_v4l2_gives_frames_stamped_at_capture() -> None:
    assert within(10, VIDEO.exists)
    frame = frame_of(str(VIDEO))
    assert frame.grey.ndim == 2
    assert frame.grey.std() > 10, "the test pattern"
    frame_of(str(VIDEO))


def test_controls_are_found_set_and_read_back_by_ioctl() -> None:
    controls = V4L2Controls.opened(str(VIDEO))
    assert controls is not None
    brightness = controls.range_of(BRIGHTNESS)
    assert brightness is not None
    assert (brightness.minimum, brightness.maximum) == (0, 255)
    for value in (40, 200):
        assert controls.set(BRIGHTNESS, value)
        assert controls.get(BRIGHTNESS) == value
    assert controls.range_of(EXPOSURE_ABSOLUTE) is None, "vivid has no exposure"
    assert controls.alternation() is None
    controls.close()


def disconnect_control(controls: V4L2Controls) -> int:
    """Vivid's button that pulls the camera's plug, found by its name."""
    import fcntl

    from drivers.camera import v4l2_controls as own

    control = NEXT_CONTROL
    while True:
        answer = fcntl.ioctl(controls._descriptor, own._ASK, own._QUERY.pack(control, 0, b"", 0, 0, 0, 0, 0))
        number, _, name, *_ = own._QUERY.unpack(answer)
        if name.rstrip(b"\0") == b"Disconnect":
            return int(number)
        control = number | NEXT_CONTROL


def test_a_camera_that_is_pulled_out_is_told_and_read_again_within_two_seconds_when_it_is_back() -> None:
    camera = open_camera(str(VIDEO), time.monotonic)
    camera.open()
    assert within(5, camera.latest) is not None
    controls = V4L2Controls.opened(str(VIDEO))
    assert controls is not None
    controls.set(disconnect_control(controls), 1)
    controls.close()
    with pytest.raises(DeviceError):
        within(8, lambda: camera.latest() and None)
    camera.close()
    assert within(5, lambda: subprocess.run(["/tmp/busybox", "rmmod", "vivid"], check=False).returncode == 0)
    module("insmod", "vivid")
    assert within(10, VIDEO.exists)
    began_s = time.monotonic()
    frame_of(str(VIDEO))
    assert time.monotonic() - began_s < REPLUG_S
