"""JSON values of a few shapes, taken apart into columns, and put together again.

Two thousand numbers of one kind in a row compress far better than the same
numbers scattered over two hundred objects, and random bytes (salts, sealed
subjects, pseudonyms) not at all, whatever text they are written in. So:

    {"shapes": [{"like": <value>, "columns": [<column>, …]}, …], "order": [0, 1, 0, …]}, and raw bytes

`order` names every value's shape, an index into `shapes`. A shape's `like` is
a value of it with `null` in place of every scalar; it has a column for each of
these, in the order of the JSON text. A column holds as many values as the
shape has in `order`:

    [v, …]           the values themselves
    {"step": [n, …]} whole numbers, each but the first as the difference from the one before
    {"base64": n}    texts in base64 of n bytes each, which are the next ones of the raw bytes
    {"hex": n}       texts in lower-case hexadecimal of n bytes each, likewise

What is unpacked is bounded before it is made: the size of a shape's `like`
times how often it occurs is held against a limit.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate, pairwise
from typing import Any

SHORTEST_RAW_BYTES = 8
MAX_SAFE_INTEGER = 2**53 - 1


class ColumnsError(ValueError):
    """What was sent are no such columns; the message is a sentence without its end."""


def pack(values: Sequence[object]) -> tuple[dict[str, Any], bytes]:
    """The JSON part and the raw bytes of some JSON values."""
    shapes: dict[str, int] = {}
    likes: list[object] = []
    rows: list[list[list[object]]] = []
    order = []
    for value in values:
        leaves: list[object] = []
        like = _take_apart(value, leaves)
        number = shapes.setdefault(json.dumps(like), len(shapes))
        if number == len(rows):
            likes.append(like)
            rows.append([])
        rows[number].append(leaves)
        order.append(number)
    raw: list[bytes] = []
    packed = [
        {"like": like, "columns": [_pack_column(column, raw) for column in zip(*table, strict=True)]}
        for like, table in zip(likes, rows, strict=True)
    ]
    return {"shapes": packed, "order": order}, b"".join(raw)


def unpack(packed: object, raw: bytes, *, max_values: int, max_characters: int) -> list[object]:
    """The values. Raises ColumnsError, also where they are more than `max_values`, or longer than allowed."""
    if not isinstance(packed, dict) or set(packed) != {"shapes", "order"}:
        raise ColumnsError("a packed batch is an object with shapes and order")
    shapes, order = packed["shapes"], packed["order"]
    if not isinstance(shapes, list) or not isinstance(order, list):
        raise ColumnsError("shapes and order are lists")
    if len(order) > max_values:
        raise ColumnsError(f"{len(order)} entries are packed; at most {max_values} are taken")
    if not all(type(number) is int and 0 <= number < len(shapes) for number in order):
        raise ColumnsError("an entry in order names no shape")
    likes = [_like_of(shape) for shape in shapes]
    counts = [0] * len(shapes)
    for number in order:
        counts[number] += 1
    if sum(len(json.dumps(like)) * n for like, n in zip(likes, counts, strict=True)) > max_characters:
        raise ColumnsError(f"the entries are longer than {max_characters} characters")
    bytes_left = _Raw(raw)
    tables = [_table(shape, count, bytes_left) for shape, count in zip(shapes, counts, strict=True)]
    if not bytes_left.is_used_up:
        raise ColumnsError("more raw bytes came than belong to columns")
    made = [_put_together(likes[number], iter(next(tables[number]))) for number in order]
    if any(next(table, None) is not None for table in tables):
        raise ColumnsError("a shape has columns of another length than it has entries")
    return made


def _take_apart(value: object, leaves: list[object]) -> object:
    if isinstance(value, dict):
        return {key: _take_apart(child, leaves) for key, child in value.items()}
    if isinstance(value, list):
        return [_take_apart(child, leaves) for child in value]
    leaves.append(value)
    return None


class _TooFew(ColumnsError):
    """A shape has fewer columns than places."""

    def __init__(self) -> None:
        super().__init__("a shape has fewer columns than places for them")


def _put_together(like: object, leaves: Iterator[object]) -> object:
    value = _filled(like, leaves)
    if next(leaves, leaves) is not leaves:
        raise ColumnsError("a shape has more columns than places for them")
    return value


def _filled(like: object, leaves: Iterator[object]) -> object:
    if isinstance(like, dict):
        return {key: _filled(child, leaves) for key, child in like.items()}
    if isinstance(like, list):
        return [_filled(child, leaves) for child in like]
    if like is not None:
        raise ColumnsError("a shape holds something else than null where its values go")
    try:
        return next(leaves)
    except StopIteration as error:
        raise _TooFew from error


def _pack_column(column: Sequence[object], raw: list[bytes]) -> object:
    if all(type(value) is int and abs(value) <= MAX_SAFE_INTEGER for value in column):
        return _shorter(column)  # type: ignore[arg-type]
    for name, decode in _DECODERS.items():
        length = len(_decoded(column[0], decode))
        if length >= SHORTEST_RAW_BYTES:
            decoded = [_decoded(value, decode) for value in column]
            if all(len(each) == length for each in decoded):
                raw.extend(decoded)
                return {name: length}
    return list(column)


def _decoded(value: object, decode: Callable[[str], bytes | None]) -> bytes:
    """Empty for what is no such text."""
    return (decode(value) or b"") if isinstance(value, str) else b""


def _shorter(column: Sequence[int]) -> object:
    steps = [column[0], *(b - a for a, b in pairwise(column))]
    step = sum(len(str(n)) for n in steps) < sum(len(str(n)) for n in column)
    return {"step": steps} if step else list(column)


def _from_base64(text: str) -> bytes | None:
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        return None
    return data if base64.b64encode(data).decode() == text else None


def _from_hex(text: str) -> bytes | None:
    try:
        data = binascii.unhexlify(text)
    except ValueError:
        return None
    return data if data.hex() == text else None


_DECODERS = {"hex": _from_hex, "base64": _from_base64}


class _Raw:
    """The raw bytes, taken from the front."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def is_used_up(self) -> bool:
        return self._at == len(self._data)

    def take(self, length: object, count: int) -> list[bytes]:
        left = len(self._data) - self._at
        if type(length) is not int or not length >= SHORTEST_RAW_BYTES or length * count > left:
            raise ColumnsError("fewer raw bytes came than belong to columns")
        begun_at = self._at
        self._at += length * count
        return [self._data[at : at + length] for at in range(begun_at, self._at, length)]


def _like_of(shape: object) -> object:
    if not isinstance(shape, dict) or set(shape) != {"like", "columns"}:
        raise ColumnsError("a shape is an object with like and columns")
    if not isinstance(shape["columns"], list):
        raise ColumnsError("a shape's columns are a list")
    return shape["like"]


def _table(shape: dict[str, Any], count: int, raw: _Raw) -> Iterator[tuple[object, ...]]:
    columns = [_unpack_column(column, count, raw) for column in shape["columns"]]
    return zip(*columns, strict=True) if columns else iter([()] * count)


def _unpack_column(column: object, count: int, raw: _Raw) -> list[object]:
    match column:
        case list():
            values = column
        case {"step": [*steps], **rest} if not rest and all(map(_is_safe, steps)):
            values = list(accumulate(steps))
        case {"base64": length, **rest} if not rest:
            values = [base64.b64encode(each).decode() for each in raw.take(length, count)]
        case {"hex": length, **rest} if not rest:
            values = [each.hex() for each in raw.take(length, count)]
        case _:
            raise ColumnsError("a column is of no known kind")
    if len(values) != count or any(isinstance(value, (dict, list)) for value in values):
        raise ColumnsError("a column holds something else than a scalar for each of its entries")
    return values


def _is_safe(number: object) -> bool:
    return type(number) is int and abs(number) <= 2 * MAX_SAFE_INTEGER
