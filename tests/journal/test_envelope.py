from __future__ import annotations

import base64
import json
import random
from datetime import datetime, timedelta, timezone
from hashlib import sha256
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from kiosk.journal.envelope import MAX_DATA_BYTES, canonical, seal, wire_entry
from kiosk.journal.errors import EntryRefused
from tests.journal.conftest import START, draft


def test_the_envelope_has_the_attributes_of_cloudevents_and_vouches_for_its_data() -> None:
    entry = seal("kiosk-7", 12, draft(3), random.Random(1).randbytes)
    attributes = json.loads(entry.envelope)
    assert {k: v for k, v in attributes.items() if k != "datahash"} == {
        "specversion": "1.0",
        "id": "12",
        "source": "checkpoint-kiosk/kiosk-7",
        "type": "kiosk.passage.decided",
        "time": "2026-11-22T08:00:03.000000Z",
        "timetrusted": True,
        "datacontenttype": "application/json",
    }
    assert base64.b64decode(attributes["datahash"]) == sha256(entry.salt + entry.data).digest()
    assert entry.leaf_hash == sha256(b"\x00" + entry.envelope).digest()


def test_what_travels_over_the_wire_hashes_to_the_same_leaf() -> None:
    entry = seal("kiosk-7", 0, draft(1), random.Random(1).randbytes)
    received: Any = json.loads(json.dumps(wire_entry(entry.envelope, entry.data, entry.salt)))
    assert rfc8785.dumps(received["envelope"]) == entry.envelope
    assert rfc8785.dumps(received["data"]) == entry.data
    assert base64.b64decode(received["salt"]) == entry.salt


def test_the_same_data_twice_does_not_show_in_the_hashes() -> None:
    salts = random.Random(1).randbytes
    first, second = (seal("k", 0, draft(1), salts) for _ in range(2))
    assert json.loads(first.envelope)["datahash"] != json.loads(second.envelope)["datahash"]


def test_a_time_in_another_zone_is_written_in_utc() -> None:
    type_, data, utc, trusted = draft(0)
    local = utc.astimezone(timezone(timedelta(hours=8)))
    entry = seal("k", 0, (type_, data, local, trusted), random.Random(1).randbytes)
    assert json.loads(entry.envelope)["time"] == "2026-11-22T08:00:00.000000Z"


DEEP: Any = []
for _ in range(100_000):
    DEEP = [DEEP]


@pytest.mark.parametrize(
    "data",
    [
        {"a": float("nan")},
        {"a": 2**53},
        {"a": 1e20},
        {"a": b"bytes"},
        {"a": "\ud800"},
        {"a": {1, 2}},
        {"a": "x" * MAX_DATA_BYTES},
        {"a": DEEP},
    ],
    ids=["nan", "large integer", "large float", "bytes", "half a character", "set", "too long", "too deep"],
)
def test_data_that_is_not_plain_json_is_refused(data: dict[str, Any]) -> None:
    with pytest.raises(EntryRefused):
        seal("k", 0, ("t", data, datetime.fromisoformat(START.isoformat()), True), random.Random(1).randbytes)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(-1e14, 1e14) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_the_quick_way_to_canonical_json_gives_what_the_library_gives(value: object) -> None:
    assert canonical(value) == rfc8785.dumps(value)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "number", [0.0, -0.0, 1.0, 1e-7, 1e-3, 0.00099, 1e15, 1e15 + 0.5, 123456789012345.6, 5e-324, 34.12, -0.5]
)
def test_numbers_are_written_as_rfc_8785_asks(number: float) -> None:
    assert canonical([number]) == rfc8785.dumps([number])


@pytest.mark.parametrize("value", [2**53, "\ud800", {"\ud800": 1}, {1: 2}, float("nan"), b"x", {"a": {1}}])
def test_what_other_readers_could_not_take_is_refused(value: object) -> None:
    with pytest.raises(EntryRefused):
        canonical({"x": value})
