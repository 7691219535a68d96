from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.uplink.columns import ColumnsError, pack, unpack

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=24)
VALUES = st.recursive(
    SCALARS | st.binary(min_size=16, max_size=16).map(bytes.hex),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=12,
)
LIMITS = {"max_values": 100, "max_characters": 100_000}


def there_and_back(values: list[Any]) -> list[object]:
    packed, raw = pack(values)
    return unpack(json.loads(json.dumps(packed)), raw, **LIMITS)


@given(st.lists(VALUES, max_size=8))
def test_whatever_is_packed_comes_out_as_it_was(values: list[Any]) -> None:
    assert json.dumps(there_and_back(values)) == json.dumps(values)


def test_random_bytes_leave_the_text_whatever_they_were_written_in() -> None:
    values = [{"salt": "Ej7/GgkzmuwXTkSjcqDzbw==", "name": "1d7706660619f1640ab34e376eea7bc5"}] * 2
    packed, raw = pack(values)
    assert packed["shapes"][0]["columns"] == [{"base64": 16}, {"hex": 16}]
    assert len(raw) == 64


def test_numbers_that_count_on_travel_as_steps() -> None:
    packed, _ = pack([{"n": 1_000_000 + n} for n in range(3)])
    assert packed["shapes"][0]["columns"] == [{"step": [1_000_000, 1, 1]}]


GOOD: dict[str, Any] = {"shapes": [{"like": {"n": None}, "columns": [[1, 2]]}], "order": [0, 0]}


@pytest.mark.parametrize(
    "packed",
    [
        [],
        GOOD | {"more": 1},
        GOOD | {"order": [0, 1]},
        GOOD | {"order": [0, True]},
        GOOD | {"order": [0, -1]},
        GOOD | {"order": [0]},
        GOOD | {"order": [0] * 101},
        GOOD | {"shapes": [{"like": {"n": None}}]},
        GOOD | {"shapes": [{"like": {"n": 1}, "columns": []}]},
        GOOD | {"shapes": [{"like": {"n": 1}, "columns": [[1, 2]]}]},
        GOOD | {"shapes": [{"like": {"n": None}, "columns": []}]},
        GOOD | {"shapes": [{"like": {"n": None}, "columns": [[1, 2], [1, 2]]}]},
        GOOD | {"shapes": [{"like": {"n": None}, "columns": [[1, [2]]]}]},
        GOOD | {"shapes": [{"like": {"n": None}, "columns": [{"step": [1, 0.5]}]}]},
        GOOD | {"shapes": [{"like": {"n": None}, "columns": [{"step": [1, 2**80]}]}]},
        GOOD | {"shapes": [{"like": {"n": None}, "columns": [{"hex": 16}]}]},
        GOOD | {"shapes": [{"like": {"n": None}, "columns": [{"hex": 10**12}]}]},
        GOOD | {"shapes": [{"like": {"n": None}, "columns": [{"zip": 16}]}]},
        GOOD | {"shapes": [{"like": ["x" * 60_000], "columns": []}]},
    ],
)
def test_what_are_no_columns_is_refused_with_a_sentence(packed: object) -> None:
    assert unpack(GOOD, b"", **LIMITS) == [{"n": 1}, {"n": 2}]
    with pytest.raises(ColumnsError):
        unpack(packed, b"", **LIMITS)


def test_raw_bytes_that_belong_to_nothing_are_refused() -> None:
    with pytest.raises(ColumnsError):
        unpack(GOOD, b"x", **LIMITS)
