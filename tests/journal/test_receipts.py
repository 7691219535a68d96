from __future__ import annotations

import base64
from typing import Any

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.journal.receipts import Receipt, ReceiptError, open_receipt
from tests.journal.conftest import START

HUB = Ed25519PrivateKey.from_private_bytes(b"h" * 32)
FIELDS = {
    "device": "kiosk-7",
    "size": 3,
    "root": base64.b64encode(b"r" * 32).decode(),
    "time": "2026-11-22T08:00:00Z",
}


def signed(fields: dict[str, Any], key: Ed25519PrivateKey = HUB) -> dict[str, Any]:
    return fields | {"signature": base64.b64encode(key.sign(rfc8785.dumps(fields))).decode()}


def test_a_receipt_of_the_hub_opens() -> None:
    assert open_receipt(signed(FIELDS), HUB.public_key()) == Receipt("kiosk-7", 3, b"r" * 32, START)


def test_a_field_of_a_later_hub_is_covered_by_the_signature_and_passed_over() -> None:
    assert open_receipt(signed(FIELDS | {"region": "330100"}), HUB.public_key()).size == 3
    with pytest.raises(ReceiptError, match="not signed"):
        open_receipt(signed(FIELDS) | {"region": "330100"}, HUB.public_key())


@pytest.mark.parametrize("name", list(FIELDS))
def test_a_changed_field_is_refused(name: str) -> None:
    other: dict[str, Any] = {"device": "kiosk-8", "size": 4, "root": "AAAA", "time": "2026-11-22T08:00:01Z"}
    with pytest.raises(ReceiptError, match="not signed"):
        open_receipt(signed(FIELDS) | {name: other[name]}, HUB.public_key())


def test_the_signature_of_another_hub_is_refused() -> None:
    with pytest.raises(ReceiptError, match="not signed"):
        open_receipt(signed(FIELDS, Ed25519PrivateKey.from_private_bytes(b"x" * 32)), HUB.public_key())


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        {},
        FIELDS,
        signed(FIELDS) | {"size": True},
        signed(FIELDS) | {"size": 2**80},
        signed(FIELDS) | {"signature": "!"},
        signed(FIELDS) | {"signature": "é"},
        signed(FIELDS) | {"device": "\ud800"},
        signed(FIELDS) | {"device": "x" * 300},
        signed(FIELDS) | {"more": []},
        signed(FIELDS) | {str(n): n for n in range(20)},
        signed(FIELDS | {"size": -1}),
        signed(FIELDS | {"root": "AAAA"}),
        signed(FIELDS | {"root": "!"}),
        signed(FIELDS | {"time": "yesterday"}),
        signed(FIELDS | {"time": "2026-11-22T08:00:00"}),
    ],
)
def test_what_is_no_receipt_is_refused(document: object) -> None:
    with pytest.raises(ReceiptError):
        open_receipt(document, HUB.public_key())
