"""JSON from outside (RFC 8259; as I-JSON, RFC 7493): bounded, no duplicate keys, NaN or lone surrogates."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import NoReturn

MAX_DEPTH = 16

_SURROGATE = re.compile(r"\\u[dD]")
_HOLDERS = (dict, list)


class JsonError(ValueError):
    """The text is not such JSON."""


def loads(raw: bytes | str, *, max_characters: int, max_depth: int = MAX_DEPTH) -> object:
    """The value in `raw`. Raises JsonError with a sentence."""
    if len(raw) > max_characters:
        raise JsonError(f"the JSON has {len(raw)} characters; at most {max_characters} are read")
    try:
        text = raw.decode() if isinstance(raw, bytes) else raw
        value: object = json.loads(text, object_pairs_hook=_object, parse_constant=_refuse_constant)
    except JsonError:
        raise
    except (ValueError, RecursionError) as error:
        raise JsonError(f"not JSON: {type(error).__name__}") from error
    _check_depth(value, max_depth)
    if isinstance(raw, str) or _SURROGATE.search(text):  # in UTF-8 only an escape can stand for half a pair
        _check_texts(value)
    return value


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise JsonError("a key stands twice in a JSON object")
    return result


def _refuse_constant(name: str) -> NoReturn:
    raise JsonError(f"{name} is not JSON")


def _check_depth(value: object, max_depth: int) -> None:
    """Level by level, without recursion; only lists and objects go into the next level."""
    level = [value] if isinstance(value, _HOLDERS) else []
    for _ in range(max_depth):
        level = [child for item in level for child in _children(item) if isinstance(child, _HOLDERS)]
        if not level:
            return
    if any(level):
        raise JsonError(f"the JSON is nested more than {max_depth} deep")


def _check_texts(value: object) -> None:
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            _check_text(item)
        elif isinstance(item, dict):
            waiting.extend(item)
        waiting.extend(_children(item))


def _children(item: object) -> Iterable[object]:
    if isinstance(item, dict):
        return item.values()
    return item if isinstance(item, list) else ()


def _check_text(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise JsonError("a string holds half a surrogate pair") from error
