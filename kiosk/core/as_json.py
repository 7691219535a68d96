"""Frozen rules as the journal keeps them: a dataclass as an object, an enum as its value, a set sorted.

Durations become seconds and moments RFC 3339 text, so that a reader that knows
the classes (pydantic's TypeAdapter, see `kiosk.core.replay`) gets equal ones back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum
from typing import Any

from kiosk.core.json_value import JsonValue


def as_json(value: Any) -> JsonValue:
    """Raises TypeError for what has no form here."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Enum):
        return as_json(value.value)
    if isinstance(value, int | float | str):
        return value
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Mapping):
        return {str(as_json(key)): as_json(each) for key, each in value.items()}
    if isinstance(value, set | frozenset):
        return [as_json(each) for each in sorted(value)]
    if isinstance(value, list | tuple):
        return [as_json(each) for each in value]
    if is_dataclass(value):
        return {each.name: as_json(getattr(value, each.name)) for each in fields(value)}
    raise TypeError(f"{type(value).__name__} has no form in the journal")
