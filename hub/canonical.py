"""Canonical JSON (RFC 8785) of what was read from strict JSON, mostly by the C encoder of `json`.

For most values that encoder, told to sort keys and to leave out spaces, writes
just what RFC 8785 asks for: it escapes the same characters in the same way.
It differs in three things, and whatever might hold one of them goes through
`rfc8785`, which takes three times as long:

- a number that ECMAScript writes otherwise than Python: one with an exponent,
  one that ends in `.0`, one of 16 digits and more (3.2.2.3);
- keys are sorted by UTF-16 code units (3.2.3), which is another order than
  that of code points from U+D800 on.
"""

from __future__ import annotations

import json
import re

import rfc8785

_encode = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"), check_circular=False
).encode
# In an object or a list a number stands after one of :,[ as does, at worst, some text in a string.
_DOUBTFUL_NUMBER = re.compile(r"[:,\[]-?[0-9]+(?:(?<=[0-9]{16})|\.0(?![0-9])|(?:\.[0-9]+)?e)")
_DOUBTFUL_ORDER = re.compile(r"[\ud800-\U0010ffff]")


def canonical(value: object) -> bytes:
    """The one encoding of a value out of `strict_json`. Raises rfc8785.CanonicalizationError."""
    if isinstance(value, dict | list):
        text = _encode(value)
        if not _DOUBTFUL_NUMBER.search(text) and (text.isascii() or not _DOUBTFUL_ORDER.search(text)):
            return text.encode()
    return rfc8785.dumps(value)  # type: ignore[arg-type]
