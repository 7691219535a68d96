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
    _walk(data, tags)
    try:
        item: object = cbor2.loads(
            data, allow_indefinite=False, allow_duplicate_keys=False, max_depth=MAX_DEPTH + 1
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


def _walk(data: bytes, tags: frozenset[int]) -> None:
    """Rules 1 to 3, head by head, without recursion."""
    end, position = len(data), 0
    left, is_map = [1], [False]  # items still to come, at each depth
    while left:
        if not left[-1]:
            left.pop()
            is_map.pop()
            continue
        if position >= end:
            raise CredentialError("CBOR ends too early")
        head = data[position]
        major, argument = head >> 5, head & 0x1F
        position += 1
        if argument > 23:
            argument, position = _long_argument(data, argument, position)
        if is_map[-1] and left[-1] % 2 == 0 and major > _TEXT:
            raise CredentialError("a CBOR map's key that is no integer or string")
        left[-1] -= 1
        if major < _BYTES:
            continue
        if major <= _TEXT:
            position += argument
        elif major == _SIMPLE:
            raise CredentialError("a CBOR float or simple value where none belongs")
        elif major == _TAG and argument not in tags:
            raise CredentialError(f"unexpected CBOR tag {argument}")
        elif len(left) > MAX_DEPTH:
            raise CredentialError(f"CBOR nested more than {MAX_DEPTH} deep")
        else:
            count = 1 if major == _TAG else argument if major == _ARRAY else 2 * argument
            if count > end - position:  # each takes a byte at least
                raise CredentialError("CBOR ends too early")
            left.append(count)
            is_map.append(major == _MAP)
    if position != end:
        raise CredentialError("CBOR ends too early, or bytes follow its end")


def _long_argument(data: bytes, info: int, position: int) -> tuple[int, int]:
    """The argument that follows a head, and the position after it (RFC 8949, 3)."""
    if info > 27:
        raise CredentialError("CBOR of indefinite or reserved length")
    end = position + (1 << (info - 24))
    if end > len(data):
        raise CredentialError("CBOR ends too early")
    return int.from_bytes(data[position:end], "big"), end
