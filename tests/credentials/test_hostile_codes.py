"""Whatever the bytes: a result, and none that was not issued is accepted."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.issuing import Issuer
from kiosk.credentials import base45, cbor
from kiosk.credentials.credential import Credential, Refusal
from kiosk.credentials.verifier import verify
from tests.credentials.issuers import BUNDLE, EDDSA, ES256, NOON, at, green

MUTANTS_OF_EACH = 1500

ITEMS = st.recursive(
    st.integers(-(2**64), 2**64 - 1) | st.binary(max_size=70) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.integers(-70000, 10), inner, max_size=5),
    max_leaves=6,
)


@pytest.mark.slow
@settings(max_examples=2000, deadline=None, derandomize=True, database=None)
@given(st.binary(max_size=400))
def test_no_bytes_raise(data: bytes) -> None:
    for payload in (data, b"HP1:" + data, b"HP1:" + base45.encode(data).encode()):
        assert isinstance(verify(payload, BUNDLE, at()), Refusal)


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(ITEMS)
def test_no_signed_claims_raise(item: object) -> None:
    payload = b"HP1:" + base45.encode(EDDSA.sign(cbor.encode(item))).encode()
    assert isinstance(verify(payload, BUNDLE, at()), Refusal)


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(ITEMS, ITEMS, st.sampled_from([18, 4, 2, 61, 28]))
def test_no_cbor_raises(left: object, right: object, tag: int) -> None:
    for data in (
        cbor.encode(left),
        cbor.encode([left, right, left]),
        bytes([0xC0 | 24 & 0x1F, tag]) + cbor.encode(right),
    ):
        assert isinstance(verify(b"HP1:" + base45.encode(data).encode(), BUNDLE, at()), Refusal)


@pytest.mark.parametrize("issuer", [EDDSA, ES256], ids=["EdDSA", "ES256"])
@pytest.mark.parametrize("rotating", [True, False], ids=["rotating", "static"])
def test_no_mutant_of_a_valid_code_is_accepted(issuer: Issuer, rotating: bool) -> None:
    code = green(issuer, rotating=rotating).code_at(NOON)
    assert isinstance(verify(code.encode(), BUNDLE, at()), Credential)
    for mutant in mutants(code, random.Random(7)):
        assert isinstance(verify(mutant, BUNDLE, at()), Refusal), mutant


def mutants(code: str, rng: random.Random) -> Iterator[bytes]:
    """Bit flips, changed bytes, truncations and additions, in the text and under the base45."""
    text = code.encode()
    inner = base45.decode(text[4:])
    for data, wrap in ((text, bytes), (inner, as_code)):
        for length in range(0, len(data), 3):
            yield wrap(data[:length])
        for _ in range(MUTANTS_OF_EACH // 2):
            changed = bytearray(data)
            changed[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
            yield wrap(bytes(changed))
        for extra in (b"\x00", b"0", b"\n", b" ", b"0000"):
            yield wrap(data + extra)
            yield wrap(extra + data)


def as_code(data: bytes) -> bytes:
    return b"HP1:" + base45.encode(data).encode()
