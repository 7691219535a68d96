"""Pollers: each owns one device, never waits, and posts what it finds.

`poll_once()` opens its device when it is not open, looks whether there is
something new, and returns. A device that fails is closed, reported once and
tried again each second. Threads are put around pollers in
`kiosk.gatekeeper.process` only, so a simulated day can call them one by one.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Generic, Protocol, TypeVar

from drivers.camera import Camera, Frame
from drivers.errors import DeviceError
from drivers.gate import Contact
from drivers.keyboard_wedge import KeyboardWedge
from drivers.qr import QrDecoder
from drivers.serial_scanner import SerialScanner
from kiosk.core.devices import device_in
from kiosk.core.events import (
    CodeScanned,
    CodeUnread,
    DoorClosed,
    DoorOpened,
    Event,
    Input,
    InputChanged,
)
from kiosk.core.view import CodeHint
from kiosk.gatekeeper.clock import TrustedClock
from kiosk.gatekeeper.device_state import RETRY_S, DeviceState, Post
from kiosk.gatekeeper.unread import UnreadCode
from kiosk.gatekeeper.viewfinder import Viewfinder
from kiosk.terms import Instant

STALE_FRAME_S = 0.2


class Device(Protocol):
    def open(self) -> None: ...

    def close(self) -> None: ...


D = TypeVar("D", bound=Device)


class Poller(ABC, Generic[D]):
    """Opens, reads and reopens one device. `make` builds it and may itself raise DeviceError."""

    period_s = 0.02
    retry_s = RETRY_S

    def __init__(self, name: str, make: Callable[[], D], clock: TrustedClock, post: Post) -> None:
        self.name = name
        self._make = make
        self._clock = clock
        self._post = post
        self._device: D | None = None
        self._state = DeviceState(name, clock, post, retry_s=self.retry_s)

    def poll_once(self) -> None:
        if not self._state.may_try:
            return
        try:
            if self._device is None:
                self._device = self._make()  # kept before it is opened: who fails half-way is closed
                self._device.open()
                self._opened(self._device)
            if self._read(self._device):
                self._state.works()
            else:
                self._state.reconnecting()
        except DeviceError as error:
            self._state.lost(error)
            self.close()

    def close(self) -> None:
        """Let the device go; errors of a device that is gone already say nothing new."""
        device, self._device = self._device, None
        if device is not None:
            try:
                device.close()
            except DeviceError as error:
                self._state.lost(error)

    def _opened(self, device: D) -> None:
        """The device has just been opened."""

    @abstractmethod
    def _read(self, device: D) -> bool:
        """Look once; whether the device has shown that it works. Raises DeviceError."""


AnyPoller = Poller[Any]


class CameraPoller(Poller[Camera]):
    """Frames to codes. More than one code in view is nobody's code: the person is asked for one.

    Only a frame shows that a camera works: a stalled one can be opened again and again.
    """

    period_s = 0.01

    def __init__(
        self,
        name: str,
        make: Callable[[], Camera],
        decoder: QrDecoder,
        clock: TrustedClock,
        post: Post,
        viewfinder: Viewfinder | None = None,
    ) -> None:
        super().__init__(name, make, clock, post)
        self._decoder = decoder
        self._viewfinder = viewfinder
        self._unread = UnreadCode()

    def _read(self, device: Camera) -> bool:
        frame = device.latest()
        if frame is None:
            return False
        if self._clock.mono() - frame.at_s <= STALE_FRAME_S:
            self._decode(frame)
            if self._viewfinder is not None:
                self._viewfinder.show(frame)
        return True

    def _decode(self, frame: Frame) -> None:
        codes = self._decoder.decode(frame.grey)
        if len({code.payload for code in codes}) == 1:
            code = codes[0]
            self._unread.read()
            instant = self._clock.instant()
            self._post(CodeScanned(instant, self.name, code.payload, code.decoder, code.quad))
            return
        missed = self._unread.too_many(frame.at_s) if codes else self._unread.missed(frame.grey, frame.at_s)
        if missed is not None:
            self._post(CodeUnread(self._clock.instant(), self.name, missed))


class SerialPoller(Poller[SerialScanner]):
    def _read(self, device: SerialScanner) -> bool:
        payload = device.poll_once()
        if payload is not None:
            self._post(CodeScanned(self._clock.instant(), self.name, payload, "serial"))
        return True


class KeyboardPoller(Poller[KeyboardWedge]):
    """Codes that are typed; a scan of which the kernel dropped a part is asked for once more."""

    period_s = 0.005

    def __init__(self, name: str, make: Callable[[], KeyboardWedge], clock: TrustedClock, post: Post) -> None:
        super().__init__(name, make, clock, post)
        self._torn = 0

    def _opened(self, device: KeyboardWedge) -> None:
        self._torn = device.torn

    def _read(self, device: KeyboardWedge) -> bool:
        payload = device.poll_once()
        if payload is not None:
            self._post(CodeScanned(self._clock.instant(), self.name, payload, "keyboard"))
        if device.torn > self._torn:
            self._torn = device.torn
            self._post(CodeUnread(self._clock.instant(), self.name, CodeHint.SCAN_AGAIN))
        return True


class ContactPoller(Poller[Contact]):
    """Posts each change of a lane's contact, and its state at start where that is not at rest.

    The core debounces: what is posted is the raw level, every 20 ms at most. `active_when_open`: a cut
    wire reads as active too.
    """

    def __init__(
        self,
        which: Input,
        make: Callable[[], Contact],
        clock: TrustedClock,
        post: Post,
        *,
        active_when_open: bool,
        lane: str = "",
    ) -> None:
        super().__init__(device_in(lane, which.value), make, clock, post)
        self._which = which
        self._lane = lane
        self._active_when_open = active_when_open
        self._active = False

    def _opened(self, _device: Contact) -> None:
        """Whatever was known of the contact before it was lost is known no more."""
        self._active = False

    def _read(self, device: Contact) -> bool:
        active = device.is_open() is self._active_when_open
        if active is not self._active:
            self._active = active
            self._post(self._event(self._clock.instant(), active))
        return True

    def _event(self, at: Instant, active: bool) -> Event:
        if self._which is Input.DOOR:
            return DoorOpened(at, self._lane) if active else DoorClosed(at, self._lane)
        return InputChanged(at, self._which, active, self._lane)
