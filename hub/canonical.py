"""Canonical JSON (RFC 8785), fast for the values that nearly every entry holds.

CPython's own encoder with sorted keys writes just what RFC 8785 asks for as
long as all text is ASCII, all whole numbers have fewer than 16 digits and no other
number is whole or written with an exponent (ECMAScript and Python agree on the
shortest digits, not on how the extremes are spelled). Text is ASCII or not at
one glance, numbers that may differ are searched for; where there is any doubt,
also because a text merely looks like such a number, the library decides.
"""

from __future__ import annotations

import json
import re

import rfc8785

_DOUBTFUL = re.compile(r"(?:^|[:,\[])-?(?:[0-9]{16}|[0-9]+\.0[,}\]]|[0-9]+\.0$|[0-9.]+e|NaN|Infinity)")


def dumps(value: object) -> bytes:
    """Raises rfc8785.CanonicalizationError, ValueError where a value has no canonical form."""
    try:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    except (TypeError, RecursionError):
        return _slowly(value)
    if not text.isascii() or _DOUBTFUL.search(text):
        return _slowly(value)
    return text.encode()


def _slowly(value: object) -> bytes:
    encoded: bytes = rfc8785.dumps(value)  # type: ignore[arg-type]
    return encoded
