"""The faster way writes what `rfc8785` writes, or leaves it to it."""

from __future__ import annotations

import json
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from hub.canonical import canonical
from kiosk.trust import strict_json

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NUMBERS = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_it_writes_what_rfc8785_writes(value: Any) -> None:
    assert canonical(value) == rfc8785.dumps(value)


@pytest.mark.parametrize(
    "text",
    [
        '{"a":1.0,"b":[-0.0,1e21,1e-7,1E5,0.00001,123456789012345680000.0,36.55]}',
        '{"\\ufb33":1,"\\ud83d\\ude00":2,"\\u20ac":3,"1":4,"\\r":5}',
        '{"zeta":{"b":1,"a":[{"d":1,"c":2}]},"alpha":"\\u0000\\u001f\\u007f\\"\\\\/\\u2028"}',
        '["text, 1e5, with:2.0 numbers, and [1234567890123456"]',
        "36.0",
    ],
)
def test_numbers_keys_and_escapes_are_as_in_the_standard(text: str) -> None:
    value: Any = strict_json.loads(text, max_characters=1000)
    assert canonical(value) == rfc8785.dumps(value)


@pytest.mark.parametrize("text", ["[9007199254740993]", '{"n":-123456789012345678}'])
def test_a_number_that_others_read_otherwise_has_no_canonical_form(text: str) -> None:
    with pytest.raises(rfc8785.CanonicalizationError):
        canonical(json.loads(text))
