"""Which character a key gives on a US keyboard, by its code in `linux/input-event-codes.h`.

A scanner that plays a keyboard sends key codes, not characters; nearly all are delivered with the US layout.
The codes are taken here as they come from the device, so no layout of a console or a desktop changes what was
scanned.
"""

from __future__ import annotations

from typing import Final

ENTER: Final = frozenset({28, 96})
TAB: Final = 15
SHIFT: Final = frozenset({42, 54})
OTHER_MODIFIERS: Final = frozenset({29, 97, 56, 100, 125, 126})
"""Control, Alt and Meta, left and right: what is typed while one is held is a control character, and none."""

_ROWS: Final = (
    (2, "1234567890-=", "!@#$%^&*()_+"),
    (16, "qwertyuiop[]", "QWERTYUIOP{}"),
    (30, "asdfghjkl;'`", 'ASDFGHJKL:"~'),
    (43, "\\zxcvbnm,./", "|ZXCVBNM<>?"),
    (57, " ", " "),
    (55, "*", "*"),
    (98, "/", "/"),
)
_KEYPAD: Final = {71: "7", 72: "8", 73: "9", 74: "-", 75: "4", 76: "5", 77: "6", 78: "+"} | {
    79: "1",
    80: "2",
    81: "3",
    82: "0",
    83: ".",
}
_PLAIN: Final = _KEYPAD | {
    first + at: character for first, plain, _ in _ROWS for at, character in enumerate(plain)
}
_SHIFTED: Final = _KEYPAD | {
    first + at: character for first, _, shifted in _ROWS for at, character in enumerate(shifted)
}


def character(code: int, *, shifted: bool) -> str:
    """The character, printable ASCII; empty for a key that gives none."""
    return (_SHIFTED if shifted else _PLAIN).get(code, "")
