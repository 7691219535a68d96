"""What one entry is: a CloudEvents 1.0 envelope that vouches for its data without holding it.

The leaf of the log is the canonical JSON (RFC 8785) of the envelope. Its
attribute `datahash` is SHA-256(salt || data), base64, over the data's canonical
JSON. When data and salt are deleted, the log still verifies, and without the
salt nobody can try out what the data may have been.

`id` is the sequence number and `source` the log's origin (CloudEvents 1.0,
sections "id" and "source": the two together are unique). `timetrusted` says
whether the kiosk had grounds to believe `time`.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import rfc8785

from kiosk.core.commands import JsonValue
from kiosk.journal.errors import EntryRefused
from kiosk.journal.merkle import leaf_hash
from kiosk.journal.tree_head import ORIGIN_PREFIX

SALT_BYTES = 16
MAX_SAFE_INTEGER = 2**53 - 1
MAX_DATA_BYTES = 131_072

_PLAIN = json.JSONEncoder(ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))

Draft = tuple[str, Mapping[str, JsonValue], datetime, bool]
"""An entry before it has a place: CloudEvents type, data, time (aware), whether the time is trusted."""


@dataclass(frozen=True, slots=True)
class SealedEntry:
    """An entry as it stands in the log: canonical bytes, salt and RFC 6962 leaf hash."""

    seq: int
    envelope: bytes
    data: bytes
    salt: bytes
    leaf_hash: bytes


def canonical(value: object) -> bytes:
    """RFC 8785 JSON that every reader takes for the same value. Raises EntryRefused.

    What Python's own encoder writes in the same way is left to it: a person waits at the gate meanwhile.
    """
    try:
        if _is_plain(value):
            return _PLAIN.encode(value).encode()
        encoded: bytes = rfc8785.dumps(value)  # type: ignore[arg-type]
        json.loads(encoded, parse_int=_safe_integer)
    except (ValueError, TypeError, RecursionError) as error:
        raise EntryRefused(f"an entry is not plain JSON: {error}") from error
    return encoded


def _is_plain(value: Any) -> bool:
    """Whether Python's encoder, with sorted keys, writes this as RFC 8785 asks.

    It does but for numbers that either writes with an exponent or without a fraction, integers that others
    can't read back, and keys that sort differently in UTF-16. True for too little costs time only.
    """
    kind = type(value)
    if kind is str or value is None or kind is bool:
        return True
    if kind is int:
        return bool(-MAX_SAFE_INTEGER <= value <= MAX_SAFE_INTEGER)
    if kind is float:
        return bool(1e-3 < abs(value) < 1e15 and value % 1 != 0)
    if kind is dict:
        return all(type(key) is str and key.isascii() and _is_plain(each) for key, each in value.items())
    return kind in (list, tuple) and all(map(_is_plain, value))


def _safe_integer(digits: str) -> int:
    """A float from 2**53 to 10**21 is written as an integer, which no longer reads back (RFC 7493, 2.2)."""
    if not -MAX_SAFE_INTEGER <= int(digits) <= MAX_SAFE_INTEGER:
        raise ValueError(f"the number {digits} is beyond what other JSON readers keep apart")
    return int(digits)


def data_hash(salt: bytes, data: bytes) -> str:
    """The `datahash` attribute for a salt and the data's canonical JSON."""
    return base64.b64encode(sha256(salt + data).digest()).decode()


def seal(device_id: str, seq: int, draft: Draft, random: Callable[[int], bytes]) -> SealedEntry:
    """Give a draft its place in a device's log; `random(n)` gives n unpredictable bytes.

    Raises EntryRefused.
    """
    type_, data, utc, trusted = draft
    data_bytes = canonical(data)
    if len(data_bytes) > MAX_DATA_BYTES:
        raise EntryRefused(f"an entry's data has {len(data_bytes)} bytes; at most {MAX_DATA_BYTES} are kept")
    salt = random(SALT_BYTES)
    envelope = canonical(
        {
            "datacontenttype": "application/json",
            "datahash": data_hash(salt, data_bytes),
            "id": str(seq),
            "source": ORIGIN_PREFIX + device_id,
            "specversion": "1.0",
            "time": rfc3339(utc),
            "timetrusted": trusted,
            "type": type_,
        }
    )
    return SealedEntry(seq, envelope, data_bytes, salt, leaf_hash(envelope))


def wire_entry(envelope: bytes, data: bytes, salt: bytes) -> dict[str, object]:
    """An entry as it travels to the hub."""
    return {
        "envelope": json.loads(envelope),
        "data": json.loads(data),
        "salt": base64.b64encode(salt).decode(),
    }


def rfc3339(utc: datetime) -> str:
    """A moment as RFC 3339 text in UTC, to the microsecond."""
    return utc.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
