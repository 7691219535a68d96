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
_NONE = 255
_DIGITS = np.full(256, _NONE, np.uint8)
_DIGITS[np.frombuffer(_ALPHABET, np.uint8)] = np.arange(len(_ALPHABET))
_WEIGHTS = np.array([1, 45, 45 * 45], np.int64)


def decode(text: bytes) -> bytes:
    """The bytes that `text` stands for. Raises CredentialError."""
    if len(text) > MAX_CHARACTERS:
        raise CredentialError(f"base45 text of {len(text)} characters; a QR code holds {MAX_CHARACTERS}")
    if len(text) % 3 == 1:
        raise CredentialError("base45 text with one character too many at its end")
    digits = _DIGITS[np.frombuffer(text, np.uint8)]
    if len(digits) and digits.max() == _NONE:
        raise CredentialError("base45 text with a character outside of its alphabet")
    whole = len(digits) // 3 * 3
    numbers = digits[:whole].reshape(-1, 3) @ _WEIGHTS
    if len(numbers) and numbers.max() > 0xFFFF:
        raise CredentialError("base45 text with three characters beyond two bytes")
    data = numbers.astype(">u2").tobytes()
    if whole == len(digits):
        return data
    last = int(digits[-2]) + 45 * int(digits[-1])
    if last > 0xFF:
        raise CredentialError("base45 text with two characters beyond one byte")
    return data + bytes([last])


def encode(data: bytes) -> str:
    """The base45 text of `data`."""
    text: bytes = b45encode(data)
    return text.decode("ascii")
