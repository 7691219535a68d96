"""Key events to codes, and the device around them. The real evdev device is tested in tests/hardware/vm."""

from __future__ import annotations

import errno
import string
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import ModuleType

import pytest

from drivers.errors import DeviceUnavailable
from drivers.keyboard_wedge import (
    EV_KEY,
    EV_SYN,
    MAX_PAYLOAD_BYTES,
    SYN_DROPPED,
    SYN_REPORT,
    KeyboardWedge,
    Keys,
)
from drivers.us_keyboard import character

LEFT_SHIFT, LEFT_CONTROL, RIGHT_ALT, ENTER, TAB = 42, 29, 100, 28, 15
DOWN, UP, REPEATS = 1, 0, 2
PASS = (
    "HP1:6BF+70790T9WJWG.FKY*4GO0.O1CV2 O5 N2FBBRW1*70HS8WY04AC*WIFN0AHCD8KD97TK0F90$PC5$CUZCY$5Y$5JPCT3E/:?"
)


@dataclass(frozen=True)
class Event:
    type: int
    code: int
    value: int


def stroke(code: int) -> Iterator[Event]:
    for value in (DOWN, UP):
        yield Event(EV_KEY, code, value)
        yield Event(EV_SYN, SYN_REPORT, 0)


def key_of(letter: str) -> tuple[int, bool]:
    return next(
        (code, shifted)
        for shifted in (False, True)
        for code in range(1, 71)
        if character(code, shifted=shifted) == letter
    )


def typed(text: str, ending: int | None = ENTER) -> list[Event]:
    """As a scanner sends it: shift is held around each character that needs it."""
    events: list[Event] = []
    for letter in text:
        code, shifted = key_of(letter)
        around = [Event(EV_KEY, LEFT_SHIFT, DOWN), *stroke(code), Event(EV_KEY, LEFT_SHIFT, UP)]
        events += around if shifted else stroke(code)
    return events if ending is None else [*events, *stroke(ending)]


def codes(keys: Keys, events: Iterable[Event]) -> list[bytes]:
    taken = (keys.take(event) for event in events)
    return [code for code in taken if code is not None]


def test_every_printable_character_can_be_typed_and_comes_out_as_it_is() -> None:
    text = "".join(chr(code) for code in range(32, 127))
    assert codes(Keys(), typed(text)) == [text.encode()]


@pytest.mark.parametrize("ending", [ENTER, 96, TAB])
def test_enter_and_tab_end_a_code(ending: int) -> None:
    assert codes(Keys(), [*typed(PASS, ending), *typed("NEXT", ending)]) == [PASS.encode(), b"NEXT"]


def test_the_keypad_types_digits_whatever_is_shifted() -> None:
    keypad = [79, 80, 81, 75, 76, 77, 71, 72, 73, 82, 83]
    events = [event for code in keypad for event in stroke(code)]
    assert codes(Keys(), [*events, *stroke(ENTER)]) == [b"1234567890."]


@pytest.mark.parametrize("modifier", [LEFT_CONTROL, RIGHT_ALT])
def test_control_characters_and_keys_without_a_character_are_left_out(modifier: int) -> None:
    held = [Event(EV_KEY, modifier, DOWN), *stroke(46), Event(EV_KEY, modifier, UP)]  # as control-C
    function_keys = [event for code in (1, 14, 59, 102, 111, 240) for event in stroke(code)]
    assert codes(Keys(), [*typed("AB", None), *held, *function_keys, *typed("CD")]) == [b"ABCD"]


def test_a_key_that_repeats_counts_once() -> None:
    held = [Event(EV_KEY, 30, DOWN), Event(EV_KEY, 30, REPEATS), Event(EV_KEY, 30, UP)]
    assert codes(Keys(), [*held, *stroke(ENTER)]) == [b"a"]


def test_an_empty_line_is_no_code() -> None:
    assert codes(Keys(), [*stroke(ENTER), *stroke(ENTER)]) == []


def test_what_the_kernel_dropped_a_part_of_is_thrown_away_to_its_end_and_counted() -> None:
    keys = Keys()
    whole = typed(PASS)
    torn = [*whole[:40], Event(EV_SYN, SYN_DROPPED, 0), *whole[100:]]
    assert codes(keys, [*torn, *typed("NEXT ONE")]) == [b"NEXT ONE"]
    assert keys.torn == 1


def test_a_shift_whose_release_was_dropped_does_not_change_the_next_code() -> None:
    keys = Keys()
    torn = [Event(EV_KEY, LEFT_SHIFT, DOWN), Event(EV_SYN, SYN_DROPPED, 0), Event(EV_SYN, SYN_REPORT, 0)]
    assert codes(keys, [*torn, *stroke(ENTER), *typed("abc")]) == [b"abc"]


def test_events_after_a_drop_count_again_only_from_the_next_report_on() -> None:
    keys = Keys()
    events = [
        Event(EV_SYN, SYN_DROPPED, 0),
        Event(EV_KEY, ENTER, DOWN),  # belongs to the packet that was cut: it ends nothing
        Event(EV_SYN, SYN_REPORT, 0),
        *typed("REST OF IT"),
        *typed("NEXT"),
    ]
    assert codes(keys, events) == [b"NEXT"]


def test_a_code_of_4296_characters_is_read_and_one_more_is_refused() -> None:
    keys = Keys()
    longest = "7" * MAX_PAYLOAD_BYTES
    assert codes(keys, typed(longest)) == [longest.encode()]
    assert codes(keys, [*typed(longest + "7"), *typed("NEXT")]) == [b"NEXT"]
    assert (keys.refused, keys.torn) == (1, 0)


class FakeDevice:
    """Answers as evdev.InputDevice does."""

    def __init__(self, path: str) -> None:
        if path == "/dev/input/absent":
            raise OSError(errno.ENOENT, "No such file or directory")
        self.keys = [] if path == "/dev/input/mouse" else list(range(1, 120))
        self.taken_by_another = path == "/dev/input/taken"
        self.events: list[Event] = []
        self.is_grabbed = self.is_closed = self.is_gone = False

    def capabilities(self) -> dict[int, list[int]]:
        return {EV_KEY: self.keys}

    def grab(self) -> None:
        if self.taken_by_another:
            raise OSError(errno.EBUSY, "Device or resource busy")
        self.is_grabbed = True

    def ungrab(self) -> None:
        if self.is_gone:
            raise OSError(errno.ENODEV, "No such device")
        self.is_grabbed = False

    def read_one(self) -> Event | None:
        if self.is_gone:
            raise OSError(errno.ENODEV, "No such device")
        return self.events.pop(0) if self.events else None

    def close(self) -> None:
        self.is_closed = True


class Bench:
    """A wedge, the devices that it opened, and the time."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.at_s = 10.0
        self.devices: list[FakeDevice] = []
        module = ModuleType("evdev")
        module.InputDevice = self._open  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "evdev", module)
        self.wedge = KeyboardWedge("/dev/input/event7", lambda: self.at_s)

    def _open(self, path: str) -> FakeDevice:
        self.devices.append(FakeDevice(path))
        return self.devices[-1]

    @property
    def device(self) -> FakeDevice:
        return self.devices[-1]


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    return Bench(monkeypatch)


def test_the_keyboard_is_taken_for_the_kiosk_alone_and_given_back(bench: Bench) -> None:
    grabbed = []
    with bench.wedge:
        grabbed.append(bench.device.is_grabbed)
        bench.device.events = typed(PASS)
        assert bench.wedge.poll_once() == PASS.encode()
        assert bench.wedge.poll_once() is None
    grabbed.append(bench.device.is_grabbed)
    assert grabbed == [True, False]
    assert bench.device.is_closed


def test_a_hundred_milliseconds_without_a_key_end_a_code(bench: Bench) -> None:
    bench.wedge.open()
    bench.device.events = typed("NO ENTER", None)
    assert bench.wedge.poll_once() is None
    bench.at_s += 0.09
    assert bench.wedge.poll_once() is None
    bench.at_s += 0.02
    assert bench.wedge.poll_once() == b"NO ENTER"
    assert bench.wedge.poll_once() is None


def test_a_scanner_that_is_pulled_out_and_plugged_in_again_reads_again(bench: Bench) -> None:
    bench.wedge.open()
    bench.device.events = [*typed("HALF A CO", None), Event(EV_SYN, SYN_DROPPED, 0)]
    bench.wedge.poll_once()
    bench.device.is_gone = True
    with pytest.raises(DeviceUnavailable, match=r"^The scanner /dev/input/event7 went away: "):
        bench.wedge.poll_once()
    assert bench.device.is_closed
    bench.wedge.open()
    bench.device.events = typed("WHOLE")
    assert bench.wedge.poll_once() == b"WHOLE"
    assert bench.wedge.torn == 1, "counted since the first opening"


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/dev/input/absent", r"^There is no scanner at .*site\.toml\.$"),
        ("/dev/input/taken", r"is in use by another program: stop that program\.$"),
        ("/dev/input/mouse", r"is no keyboard: check the device's path in site\.toml\.$"),
    ],
)
def test_what_cannot_be_opened_is_one_sentence_and_left_closed(
    bench: Bench, path: str, sentence: str
) -> None:
    with pytest.raises(DeviceUnavailable, match=sentence):
        KeyboardWedge(path, lambda: 0.0).open()
    assert all(device.is_closed for device in bench.devices)


def test_without_evdev_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "evdev", None)
    with pytest.raises(
        DeviceUnavailable, match=r"needs the package evdev .*extra: pip install '\.\[pi\]'\.$"
    ):
        KeyboardWedge("/dev/input/event7", lambda: 0.0).open()


def test_the_layout_knows_every_printable_character_once() -> None:
    letters = [
        character(code, shifted=shifted) for shifted in (False, True) for code in range(1, 54) if code != 55
    ]
    assert sorted("".join(letters)) == sorted(set(string.printable[:94]))
