"""base45 (RFC 9285), strict: what decodes must encode to the very same characters.

The `base45` package forgives a trailing newline; a code that has two spellings
could be shown twice as two different ones, so the text is encoded again and
compared. 4,296 characters is what the largest QR code (40-L) holds.
"""

from __future__ import annotations

from base45 import b45decode, b45encode  # type: ignore[import-untyped]

from kiosk.credentials.errors import CredentialError

MAX_CHARACTERS = 4296


def decode(text: bytes) -> bytes:
    """The bytes that `text` stands for. Raises CredentialError."""
    if len(text) > MAX_CHARACTERS:
        raise CredentialError(f"base45 text of {len(text)} characters; a QR code holds {MAX_CHARACTERS}")
    try:
        data: bytes = b45decode(text)
    except ValueError as error:
        raise CredentialError("not base45") from error
    if b45encode(data) != text:
        raise CredentialError("base45 text that does not encode to itself")
    return data


def encode(data: bytes) -> str:
    """The base45 text of `data`."""
    text: bytes = b45encode(data)
    return text.decode("ascii")
