"""base45 (RFC 9285), strict: one spelling for each string of bytes.

Three characters stand for a number below 65,536, two at the end for one below
256. With both bounds and the alphabet checked no text has a second spelling,
so nothing need be encoded again to see that. 4,296 characters is what the
largest QR code (40-L) holds.

Decoding is computed on arrays: the `base45` package takes longer than the
check of a signature (93 against 80 µs for an HC1 code). It encodes here.
"""

from __future__ import annotations

import numpy as np
from base45 import b45encode  # type: ignore[import-untyped]

from kiosk.credentials.errors import CredentialError

MAX_CHARACTERS = 4296
_ALPHABET = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_DIGITS = bytes(max(_ALPHABET.find(character), 0) for character in range(256))


def decode(text: bytes) -> bytes:
    """The bytes that `text` stands for. Raises CredentialError."""
    if len(text) > MAX_CHARACTERS:
        raise CredentialError(f"base45 text of {len(text)} characters; a QR code holds {MAX_CHARACTERS}")
    if len(text) % 3 == 1:
        raise CredentialError("base45 text with one character too many at its end")
    if text.translate(None, _ALPHABET):
        raise CredentialError("base45 text with a character outside of its alphabet")
    whole = len(text) // 3 * 3
    digits = np.frombuffer(text.translate(_DIGITS), np.uint8).astype(np.uint32)
    numbers = digits[0:whole:3] + 45 * digits[1:whole:3] + 2025 * digits[2:whole:3]
    if whole and numbers.max() > 0xFFFF:
        raise CredentialError("base45 text with three characters beyond two bytes")
    data = numbers.astype(">u2").tobytes()
    if whole == len(text):
        return data
    last = int(digits[-2]) + 45 * int(digits[-1])
    if last > 0xFF:
        raise CredentialError("base45 text with two characters beyond one byte")
    return data + bytes([last])


def encode(data: bytes) -> str:
    """The base45 text of `data`."""
    text: bytes = b45encode(data)
    return text.decode("ascii")
