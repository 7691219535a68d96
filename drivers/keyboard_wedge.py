"""A code scanner that plays a keyboard (a "wedge"), read by evdev with an exclusive grab.

While the device is grabbed nobody else sees its keys: a scan never types into the screen or a shell. A code
ends with Enter or Tab, or with 100 ms without a key. Control characters are left out.

The kernel drops events when nobody reads in time and says so by SYN_DROPPED; what has come of that scan is
worth nothing then. It is thrown away up to its end and counted in `torn`, so that the person can be asked
again. Until the next SYN_REPORT events are to be left aside (Linux, Documentation/input/event-codes.rst).

Needs the package evdev (extra `pi`), which is imported when a device is opened.
"""

from __future__ import annotations

import errno
import importlib
from collections.abc import Callable
from typing import Any, Final, Protocol

from drivers import us_keyboard
from drivers.errors import DeviceUnavailable

MAX_PAYLOAD_BYTES: Final = 4296
SILENCE_S: Final = 0.1

EV_SYN, EV_KEY = 0, 1
SYN_REPORT, SYN_DROPPED = 0, 3
_RELEASED, _PRESSED = 0, 1  # 2 is a key that repeats, which no scanner means
_MOST_EVENTS_A_POLL: Final = 4096


class KeyEvent(Protocol):
    """An event as evdev gives it: `struct input_event` of `linux/input.h`."""

    @property
    def type(self) -> int: ...

    @property
    def code(self) -> int: ...

    @property
    def value(self) -> int: ...


class Keys:
    """Events to codes, without a device."""

    def __init__(self) -> None:
        self._held: set[int] = set()
        self._typed: list[str] = []
        self._length = 0
        self._dropping = False
        self._lost_sync = False
        self.torn = 0
        self.refused = 0

    @property
    def is_empty(self) -> bool:
        """Whether no code has begun."""
        return not self._typed and not self._dropping

    def take(self, event: KeyEvent) -> bytes | None:
        """The code that this event ends, or None."""
        if event.type == EV_SYN:
            self._synchronise(event.code)
        elif event.type == EV_KEY and not self._lost_sync:
            return self._key(event.code, event.value)
        return None

    def end(self) -> bytes | None:
        """The code that silence ends, or None."""
        code, was_dropping = "".join(self._typed), self._dropping
        self._typed.clear()
        self._length, self._dropping = 0, False
        return None if was_dropping or not code else code.encode("ascii")

    def _synchronise(self, code: int) -> None:
        if code == SYN_DROPPED:
            self._lost_sync = True
            self._held.clear()
            self._throw_away()
            self.torn += 1
        elif code == SYN_REPORT:
            self._lost_sync = False

    def _throw_away(self) -> None:
        self._typed.clear()
        self._length, self._dropping = 0, True

    def _key(self, code: int, value: int) -> bytes | None:
        if code in us_keyboard.SHIFT or code in us_keyboard.OTHER_MODIFIERS:
            (self._held.discard if value == _RELEASED else self._held.add)(code)
            return None
        if value != _PRESSED:
            return None
        if code in us_keyboard.ENTER or code == us_keyboard.TAB:
            return self.end()
        if not self._held & us_keyboard.OTHER_MODIFIERS:
            self._type(us_keyboard.character(code, shifted=bool(self._held & us_keyboard.SHIFT)))
        return None

    def _type(self, character: str) -> None:
        if self._dropping or not character:
            return
        self._typed.append(character)
        self._length += 1
        if self._length > MAX_PAYLOAD_BYTES:
            self._throw_away()
            self.refused += 1


class KeyboardWedge:
    """Reads the codes that a scanner types. Never waits; one thread at a time.

    `path`: the event device, best its name in /dev/input/by-id; `now`: monotonic seconds.
    """

    def __init__(self, path: str, now: Callable[[], float]) -> None:
        self._path = path
        self._now = now
        self._device: Any = None
        self._keys = Keys()
        self._last_key_s = 0.0
        self._torn_before = 0

    @property
    def torn(self) -> int:
        """How many scans were thrown away since the first opening, because the kernel dropped a part."""
        return self._torn_before + self._keys.torn

    def open(self) -> None:
        """Take the keyboard for this process alone.

        Raises:
            DeviceUnavailable: it is not there, in use, not permitted, no keyboard, or evdev is missing.
        """
        if self._device is not None:
            return
        try:
            evdev = importlib.import_module("evdev")
        except ImportError as error:
            raise DeviceUnavailable(
                f"The scanner {self._path} needs the package evdev ({error}): install the kiosk with its "
                "extra: pip install '.[pi]'."
            ) from error
        try:
            device = evdev.InputDevice(self._path)
        except OSError as error:
            raise DeviceUnavailable(_why_not_opened(self._path, error)) from error
        self._grab(device)

    def poll_once(self) -> bytes | None:
        """The next code that is complete, or None. Call it again at once while it returns codes.

        Raises:
            DeviceUnavailable: the scanner went away; `open()` may be tried again.
        """
        device = self._device
        if device is None:
            raise DeviceUnavailable(f"The scanner {self._path} is not open.")
        for _ in range(_MOST_EVENTS_A_POLL):
            event = self._next(device)
            if event is None:
                break
            self._last_key_s = self._now()
            code = self._keys.take(event)
            if code is not None:
                return code
        if self._keys.is_empty or self._now() - self._last_key_s < SILENCE_S:
            return None
        return self._keys.end()

    def close(self) -> None:
        """Give the keyboard back. Harmless when it is not open."""
        device, self._device = self._device, None
        self._torn_before, self._keys = self.torn, Keys()
        if device is not None:
            try:
                device.ungrab()
            except OSError:
                pass  # it went away, and its grab with it
            finally:
                device.close()

    def __enter__(self) -> KeyboardWedge:
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _grab(self, device: Any) -> None:
        try:
            if us_keyboard.TAB not in device.capabilities().get(EV_KEY, []):
                raise DeviceUnavailable(f"{self._path} is no keyboard: check the device's path in site.toml.")
            device.grab()
        except OSError as error:
            device.close()
            if isinstance(error, DeviceUnavailable):
                raise
            raise DeviceUnavailable(_why_not_opened(self._path, error)) from error
        self._device = device

    def _next(self, device: Any) -> KeyEvent | None:
        try:
            event: KeyEvent | None = device.read_one()
        except OSError as error:
            self.close()
            raise DeviceUnavailable(f"The scanner {self._path} went away: check its cable.") from error
        return event


def _why_not_opened(path: str, error: OSError) -> str:
    if error.errno == errno.ENOENT:
        return f"There is no scanner at {path}: check its cable and the device's path in site.toml."
    if error.errno == errno.EACCES:
        return f"The scanner {path} may not be read by this user: add the user to the group input."
    if error.errno == errno.EBUSY:
        return f"The scanner {path} is in use by another program: stop that program."
    return f"The scanner {path} cannot be opened as a keyboard: check the device's path in site.toml."
