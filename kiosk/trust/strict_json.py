"""JSON from outside (RFC 8259; as I-JSON, RFC 7493): bounded, no duplicate keys, NaN or lone surrogates."""

from __future__ import annotations

import json
from typing import NoReturn

MAX_DEPTH = 16


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
    _check(value, max_depth)
    return value


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise JsonError("a key stands twice in a JSON object")
    return result


def _refuse_constant(name: str) -> NoReturn:
    raise JsonError(f"{name} is not JSON")


def _check(value: object, max_depth: int) -> None:
    """Depth and text, without recursion."""
    waiting: list[tuple[object, int]] = [(value, max_depth)]
    while waiting:
        item, depth = waiting.pop()
        if depth < 0:
            raise JsonError(f"the JSON is nested more than {max_depth} deep")
        if isinstance(item, str):
            _check_text(item)
        elif isinstance(item, dict):
            for key, child in item.items():
                _check_text(key)
                waiting.append((child, depth - 1))
        elif isinstance(item, list):
            waiting.extend((child, depth - 1) for child in item)


def _check_text(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise JsonError("a string holds half a surrogate pair") from error
