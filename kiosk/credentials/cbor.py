"""CBOR (RFC 8949), strict enough for hostile bytes.

Rules, in the order of the code

1. Bounded: at most `MAX_BYTES`, nested at most `MAX_DEPTH` deep.
2. The heads are walked before anything is built: cbor2 turns tags into
   objects while it decodes (an 8-byte decimal fraction can cost minutes), so
   a tag that the caller did not name never reaches it. Neither do indefinite
   lengths, floats, simple values, keys that are not integers or strings, or
   lengths beyond the end of the data.
3. The item ends where the data ends.
4. What was decoded must encode to the same bytes, which refuses duplicate
   keys, and integers and lengths that are not in their shortest form
   (RFC 8949, 4.2.1).
"""

from __future__ import annotations

import cbor2

from kiosk.credentials.errors import CredentialError

MAX_BYTES = 4096
MAX_DEPTH = 8

_BYTES, _TEXT, _ARRAY, _MAP, _TAG, _SIMPLE = 2, 3, 4, 5, 6, 7


def decode(data: bytes, *, tags: frozenset[int] = frozenset()) -> object:
    """The one item that `data` holds, with `tags` alone allowed. Raises CredentialError."""
    if len(data) > MAX_BYTES:
        raise CredentialError(f"CBOR of {len(data)} bytes; at most {MAX_BYTES} are read")
    if _walk(data, 0, tags, MAX_DEPTH) != len(data):
        raise CredentialError("bytes after the end of the CBOR item")
    try:
        item: object = cbor2.loads(
            data, allow_indefinite=False, allow_duplicate_keys=False, max_depth=MAX_DEPTH
        )
        again = cbor2.dumps(item)
    except (cbor2.CBORError, ValueError, TypeError) as error:
        raise CredentialError("not CBOR") from error
    if again != data:
        raise CredentialError("CBOR that does not encode to itself")
    return item


def encode(item: object) -> bytes:
    """`item` in the form that `decode` accepts."""
    return cbor2.dumps(item)


def _walk(data: bytes, start: int, tags: frozenset[int], depth: int) -> int:
    """The position after the item at `start`."""
    if depth == 0:
        raise CredentialError(f"CBOR nested more than {MAX_DEPTH} deep")
    major, argument, position = _head(data, start)
    if major in (_BYTES, _TEXT):
        position += argument
    elif major == _SIMPLE:
        raise CredentialError("a CBOR float or simple value where none belongs")
    elif major == _TAG and argument not in tags:
        raise CredentialError(f"unexpected CBOR tag {argument}")
    else:
        for i in range(_children(major, argument, len(data) - position)):
            if major == _MAP and i % 2 == 0:
                _check_key(data, position)
            position = _walk(data, position, tags, depth - 1)
    if position > len(data):
        raise CredentialError("CBOR ends too early")
    return position


def _check_key(data: bytes, position: int) -> None:
    if position < len(data) and data[position] >> 5 > _TEXT:
        raise CredentialError("a CBOR map's key that is no integer or string")


def _children(major: int, argument: int, left: int) -> int:
    """How many items follow a head. Each takes a byte at least, so more than `left` can't be."""
    count = {_ARRAY: argument, _MAP: 2 * argument, _TAG: 1}.get(major, 0)
    if count > left:
        raise CredentialError("CBOR ends too early")
    return count


def _head(data: bytes, start: int) -> tuple[int, int, int]:
    """Major type, argument, and the position after the head (RFC 8949, 3)."""
    if start >= len(data):
        raise CredentialError("CBOR ends too early")
    major, info = data[start] >> 5, data[start] & 0x1F
    if info < 24:
        return major, info, start + 1
    if info > 27:
        raise CredentialError("CBOR of indefinite or reserved length")
    end = start + 1 + (1 << (info - 24))
    if end > len(data):
        raise CredentialError("CBOR ends too early")
    return major, int.from_bytes(data[start + 1 : end], "big"), end
