"""Stored entries as CloudEvents 1.0 over HTTP (HTTP protocol binding 1.0.2: binary 3.1, batched 3.3).

An event is the entry's envelope with its data, and two extension attributes of
the hub's own: `device`, whose key has signed for it, and `sequence`, its number
in that device's log. The two together are unique, whatever a kiosk may write
into `source` and `id`. What in an envelope is no attribute (names of other than
lower-case letters and digits, values of other than text, truth and whole
numbers) is left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from hub.store import StoredEntry

BATCH_TYPE = "application/cloudevents-batch+json; charset=utf-8"
DATA_TYPE = "application/json"
_ATTRIBUTE = re.compile(r"[a-z0-9]{1,64}")
_BODY = ("data", "datacontenttype")
# 3.1.3.2: printable ASCII but space, double quote and percent stands for itself.
_PLAIN = "!#$&'()*+,/:;<=>?@[\\]^`{|}~"

Event = Mapping[str, object]
Message = tuple[dict[str, str], bytes]
"""Headers and body of a request."""


def event_of(stored: StoredEntry) -> Event:
    """The event in the JSON event format."""
    envelope = stored.entry["envelope"]
    attributes = {name: value for name, value in envelope.items() if _is_attribute(name, value)}
    own = {"device": stored.device_id, "sequence": str(stored.seq), "datacontenttype": DATA_TYPE}
    return {**attributes, **own, "data": stored.entry["data"]}


def batched(events: Sequence[Event]) -> Message:
    """All events in one request."""
    return {"Content-Type": BATCH_TYPE}, _json(list(events))


def binary(event: Event) -> Message:
    """One event: its attributes as headers, its data as the body."""
    headers = {f"ce-{name}": _header(value) for name, value in event.items() if name not in _BODY}
    return {**headers, "Content-Type": DATA_TYPE}, _json(event["data"])


def _is_attribute(name: str, value: object) -> bool:
    return _ATTRIBUTE.fullmatch(name) is not None and name != "data" and isinstance(value, str | bool | int)


def _header(value: object) -> str:
    text = json.dumps(value) if isinstance(value, bool) else str(value)
    return quote(text, safe=_PLAIN)


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
