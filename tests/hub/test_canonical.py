from __future__ import annotations

import json
import math
import random
import struct
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from hub import canonical

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.text('0123456789.e-,:[]{}"\\ \x7f'),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=10,
)


def outcome(dumps: Any, value: object) -> object:
    try:
        return dumps(value)
    except ValueError as error:
        return type(error)


@given(VALUES)
def test_it_writes_and_refuses_what_the_library_does(value: object) -> None:
    assert outcome(canonical.dumps, value) == outcome(rfc8785.dumps, value)


def test_numbers_of_every_size_are_written_as_the_library_writes_them() -> None:
    rng = random.Random(1)
    numbers: list[float] = [
        sign * digits * 10.0**power for sign in (1, -1) for digits in (1, 1.5) for power in range(-12, 24)
    ]
    numbers += [struct.unpack("d", rng.randbytes(8))[0] for _ in range(2000)]
    numbers += [round(rng.uniform(-50, 50), rng.randrange(6)) for _ in range(2000)]
    numbers += [-0.0, 0.0, 1e15, 1e16, 2.0**53, 123456789012345.6]
    for number in filter(math.isfinite, numbers):
        for value in (number, [number], {"n": number}, [1, number, 2]):
            assert canonical.dumps(value) == rfc8785.dumps(value)


@pytest.mark.parametrize("number", [10**14, 10**15, 10**16, 2**53 - 1, 2**53, -(2**53), 10**30])
def test_whole_numbers_that_others_may_not_keep_are_left_to_the_library(number: int) -> None:
    for value in (number, [number], {"n": number}):
        assert outcome(canonical.dumps, value) == outcome(rfc8785.dumps, value)


def test_an_ordinary_entry_needs_no_library(monkeypatch: pytest.MonkeyPatch) -> None:
    entry: Any = {
        "type": "kiosk.passage.decided",
        "data": {"u": 0.2887, "roles": [1], "slot": 59849166, "x": None},
    }
    expected = rfc8785.dumps(entry)
    monkeypatch.setattr(rfc8785, "dumps", None)
    assert canonical.dumps(json.loads(json.dumps(entry))) == expected
