"""CBOR (RFC 8949), strict enough for hostile bytes.

Rules, in the order of the code

1. Bounded: at most `MAX_BYTES`, nested at most `MAX_DEPTH` deep. cbor2 builds
   no more than the bytes that are there, whatever lengths they announce.
2. No tag that the caller did not name: cbor2 turns tags into objects while it
   decodes (an 8-byte decimal fraction can cost minutes), so each one that it
   might know is refused before what it holds is looked at. No indefinite
   lengths, no duplicate keys.
3. The item ends where the data ends, and what was decoded encodes to the same
   bytes, which refuses integers and lengths that are not in their shortest
   form (RFC 8949, 4.2.1).
4. Integers, texts, bytes, arrays and maps alone: no floats, no simple values,
   no keys but integers and texts.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache
from typing import Any, NoReturn

import cbor2

from kiosk.credentials.errors import CredentialError

MAX_BYTES = 4096
MAX_DEPTH = 8

_SCALARS = frozenset({int, str, bytes})
_KEYS = frozenset({int, str})


class _Refusing(dict[int, Any]):
    """The semantic decoders of every tag there is: all refuse, but those that are `allowed` have none."""

    def __init__(self, allowed: frozenset[int]) -> None:
        super().__init__()
        self._allowed = allowed

    def __contains__(self, tag: object) -> bool:
        return tag not in self._allowed

    def __missing__(self, tag: int) -> Any:
        if tag in self._allowed:
            raise KeyError(tag)
        return _refuse

    def get(self, tag: int, default: Any = None) -> Any:
        return default if tag in self._allowed else _refuse


def decode(data: bytes, *, tags: frozenset[int] = frozenset()) -> object:
    """The one item that `data` holds, with `tags` alone allowed. Raises CredentialError."""
    if len(data) > MAX_BYTES:
        raise CredentialError(f"CBOR of {len(data)} bytes; at most {MAX_BYTES} are read")
    try:
        item: object = cbor2.loads(
            data,
            semantic_decoders=_decoders(tags),
            allow_indefinite=False,
            allow_duplicate_keys=False,
            max_depth=MAX_DEPTH,
        )
        again = cbor2.dumps(item)
    except (cbor2.CBORError, ValueError, TypeError) as error:
        raise CredentialError("CBOR: none, or not of the strict kind") from error
    if again != data:
        raise CredentialError("CBOR that does not encode to itself, or with bytes after its end")
    _check_types(item)
    return item


def encode(item: object) -> bytes:
    """`item` in the form that `decode` accepts."""
    return cbor2.dumps(item)


def byte_string_at(data: bytes, at: int) -> tuple[bytes, int]:
    """The byte string that begins there, and where it ends. Raises IndexError where there is none that ends
    within `data`, is shorter than 65,536 bytes, and gives its length in the shortest form.
    """
    head = data[at]
    if 0x40 <= head < 0x58:
        begin, length = at + 1, head - 0x40
    elif head == 0x58 and data[at + 1] >= 24:
        begin, length = at + 2, data[at + 1]
    elif head == 0x59 and data[at + 1]:
        begin, length = at + 3, data[at + 1] << 8 | data[at + 2]
    else:
        raise IndexError(at)
    end = begin + length
    if end > len(data):
        raise IndexError(end)
    return data[begin:end], end


@cache
def _decoders(tags: frozenset[int]) -> _Refusing:
    return _Refusing(tags)


def _refuse(*_: object) -> NoReturn:
    raise CredentialError("an unexpected CBOR tag")


def _check_types(item: object) -> None:
    """Rule 4, by a recursion as deep as rule 1 lets it be."""
    values: Collection[object]
    if type(item) is list or type(item) is tuple:
        values = item
    elif type(item) is dict or isinstance(item, Mapping):  # inside of a tag cbor2 makes it immutable
        if not _KEYS.issuperset(map(type, item)):
            raise CredentialError("CBOR with a map's key that is no integer or text")
        values = item.values()
    elif type(item) is cbor2.CBORTag:
        values = (item.value,)
    elif type(item) in _SCALARS:
        return
    else:
        raise CredentialError("CBOR with a float or simple value where none belongs")
    if not _SCALARS.issuperset(map(type, values)):  # most often all of them are
        for value in values:
            if type(value) not in _SCALARS:
                _check_types(value)
