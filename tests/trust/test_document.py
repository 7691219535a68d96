from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.credentials.bundle import IssuerKey
from kiosk.trust import signed
from kiosk.trust.document import make_document, open_document
from kiosk.trust.errors import TrustError

HUB = Ed25519PrivateKey.from_private_bytes(bytes(32))
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
CITY = IssuerKey(b"city", derive_private_key(7, SECP256R1()).public_key(), areas=frozenset({"330100"}))
STAFF = IssuerKey(
    b"stff",
    Ed25519PrivateKey.from_private_bytes(b"s" * 32).public_key(),
    formats=frozenset({"HP1", "HC1"}),
    roles=frozenset({9}),
)


def document(version: int = 3) -> dict[str, Any]:
    return make_document(version, NOON, [CITY, STAFF], HUB)


def resigned(**changes: object) -> bytes:
    return json.dumps(signed.sign(document() | changes, HUB)).encode()


def with_key(**changes: object) -> bytes:
    return resigned(keys=[document()["keys"][0] | changes])


def test_a_document_gives_back_the_keys_and_what_they_may_assert() -> None:
    bundle = open_document(json.dumps(document(), indent=3).encode(), HUB.public_key())
    assert (bundle.version, bundle.issued_at) == (3, NOON)
    assert bundle.keys == {b"city": CITY, b"stff": STAFF}


@pytest.mark.parametrize("member", ["version", "issued_at", "keys", "signature"])
def test_a_changed_document_is_refused(member: str) -> None:
    for changed in (
        {**document(), member: document(4)[member] if member == "version" else "x"},
        dict(document()),
    ):
        if changed == document():
            del changed[member]
        with pytest.raises(TrustError, match=r"not signed by the hub's key|no signature"):
            open_document(json.dumps(changed).encode(), HUB.public_key())


def test_a_document_by_another_hub_is_refused() -> None:
    other = Ed25519PrivateKey.from_private_bytes(b"o" * 32)
    with pytest.raises(TrustError, match="not signed by the hub's key"):
        open_document(json.dumps(document()).encode(), other.public_key())


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"{}",
        b"null",
        b"\xff",
        b"{" * 9999,
        b'{"a":1,"a":1}',
        b" " * 300_000,
        b'{"signature":1}',
        b'{"x":' + b"9" * 400 + b',"signature":""}',
        b'{"x":1.5e999,"signature":""}',
    ],
)
def test_what_is_no_document_is_refused(raw: bytes) -> None:
    with pytest.raises(TrustError):
        open_document(raw, HUB.public_key())


@pytest.mark.parametrize(
    "raw",
    [
        resigned(version=0),
        resigned(version=True),
        resigned(version=1.5),
        resigned(issued_at="2026-11-22T12:00:00"),
        resigned(issued_at=7),
        resigned(keys={}),
        resigned(keys=["x"]),
        resigned(keys=[document()["keys"][0]] * 2),
        with_key(kid="AAAA"),
        with_key(kid=None),
        with_key(x="AAAA"),
        with_key(y=document()["keys"][0]["x"]),
        with_key(areas="330100"),
        with_key(areas=[1]),
        with_key(roles=[True]),
    ],
)
def test_a_signed_document_of_another_shape_is_refused(raw: bytes) -> None:
    with pytest.raises(TrustError) as caught:
        open_document(raw, HUB.public_key())
    assert "signed by" not in str(caught.value)


def test_a_key_of_an_unknown_kind_is_passed_over() -> None:
    raw = resigned(keys=[*document()["keys"], {"kty": "oct", "kid": "AAAAAA", "n": "AQAB"}])
    assert set(open_document(raw, HUB.public_key()).keys) == {b"city", b"stff"}
