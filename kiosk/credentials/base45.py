"""base45 (RFC 9285), strict: one spelling for each string of bytes.

Three characters stand for a number below 65,536, two at the end for one below
256. With both bounds and the alphabet checked no text has a second spelling,
so nothing need be encoded again to see that. 4,296 characters is what the
largest QR code (40-L) holds.

Decoding is computed on one long integer, in which every three characters have
a lane of 24 bits: 3 µs for an HC1 code, against 93 with the `base45` package,
which is longer than the check of a signature. It encodes here.
"""

from __future__ import annotations

from base45 import b45encode  # type: ignore[import-untyped]

from kiosk.credentials.errors import CredentialError

MAX_CHARACTERS = 4296
_ALPHABET = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_NONE = 0xFF
_DIGITS = bytes(_ALPHABET.index(character) if character in _ALPHABET else _NONE for character in range(256))
_LANE_BYTES = 3
_LOW_BYTES = int.from_bytes(b"\x00\x00\xff" * (MAX_CHARACTERS // 3), "big")
_HIGH_BYTES = _LOW_BYTES << 16


def decode(text: bytes) -> bytes:
    """The bytes that `text` stands for. Raises CredentialError."""
    if len(text) > MAX_CHARACTERS:
        raise CredentialError(f"base45 text of {len(text)} characters; a QR code holds {MAX_CHARACTERS}")
    left_over = len(text) % 3
    if left_over == 1:
        raise CredentialError("base45 text with one character too many at its end")
    digits = text.translate(_DIGITS)
    if _NONE in digits:
        raise CredentialError("base45 text with a character outside of its alphabet")
    if left_over:
        digits += b"\x00"  # the third digit that the last lane lacks
    lanes = int.from_bytes(digits, "big")
    # The largest number, 44 + 45 * 44 + 2025 * 44 = 91,124, stays in its lane.
    numbers = (lanes >> 16 & _LOW_BYTES) + 45 * (lanes >> 8 & _LOW_BYTES) + 2025 * (lanes & _LOW_BYTES)
    if numbers & _HIGH_BYTES:
        raise CredentialError("base45 text with three characters beyond two bytes")
    data = bytearray(numbers.to_bytes(len(digits), "big"))
    del data[::_LANE_BYTES]
    if left_over and data.pop(-2):
        raise CredentialError("base45 text with two characters beyond one byte")
    return bytes(data)


def encode(data: bytes) -> str:
    """The base45 text of `data`."""
    text: bytes = b45encode(data)
    return text.decode("ascii")
