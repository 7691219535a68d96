"""The hub's receipts: its signature over the size and root of a log that it holds.

A receipt is `{"device", "size", "root", "time", "signature"}`. The signature
(Ed25519, base64) is over the canonical JSON (RFC 8785) of the rest; `root` is
base64, `time` RFC 3339.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kiosk.journal.errors import JournalError
from kiosk.journal.merkle import HASH_BYTES
from kiosk.journal.tree_head import MAX_SIZE

_FIELDS = {"device": str, "size": int, "root": str, "time": str, "signature": str}
_MAX_FIELDS = 16
_SIGNATURE_BYTES = 64
_MAX_FIELD_CHARACTERS = 256


class ReceiptError(JournalError):
    """A document is not a receipt that the hub has signed."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The hub holds the first `size` entries of a device's log, under this root, since `time` (UTC)."""

    device_id: str
    size: int
    root: bytes
    time: datetime


def open_receipt(document: object, hub_key: Ed25519PublicKey) -> Receipt:
    """The receipt in a JSON object, once the hub has been found to have signed it. Raises ReceiptError."""
    fields = _checked(document)
    signature = _base64(fields["signature"], "signature")
    try:
        hub_key.verify(signature, rfc8785.dumps({k: v for k, v in fields.items() if k != "signature"}))
    except (InvalidSignature, ValueError):
        raise ReceiptError("the receipt is not signed by this kiosk's hub") from None
    return _receipt(fields)


def read_unverified(document: object) -> Receipt:
    """What a document says, of the shape of a receipt, whoever signed it. Raises ReceiptError."""
    fields = _checked(document)
    if len(_base64(fields["signature"], "signature")) != _SIGNATURE_BYTES:
        raise ReceiptError("the receipt's signature is none")
    return _receipt(fields)


def signed_time_s(document: bytes) -> int | None:
    """When the hub signed a receipt, in Unix seconds; None where it does not say."""
    try:
        return int(datetime.fromisoformat(json.loads(document)["time"]).timestamp())
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None


def _receipt(fields: Mapping[str, Any]) -> Receipt:
    root = _base64(fields["root"], "root")
    if len(root) != HASH_BYTES or not 0 <= fields["size"] <= MAX_SIZE:
        raise ReceiptError("the receipt's size or root is none that a log can have")
    return Receipt(fields["device"], fields["size"], root, _moment(fields["time"]))


def _checked(document: object) -> Mapping[str, Any]:
    if not isinstance(document, dict) or not _FIELDS.keys() <= document.keys() or len(document) > _MAX_FIELDS:
        raise ReceiptError(f"a receipt is an object of {', '.join(_FIELDS)}")
    for name, value in document.items():
        if type(value) is not _FIELDS.get(name, type(value)) or not isinstance(value, str | int):
            raise ReceiptError(f"the receipt's {name!r:.40} is of the wrong type")
        if isinstance(value, str) and len(value) > _MAX_FIELD_CHARACTERS:
            raise ReceiptError(f"the receipt's {name!r:.40} is too long")
    return document


def _base64(text: str, name: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ReceiptError(f"the receipt's {name} is not base64") from None


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ReceiptError("the receipt's time is not RFC 3339") from None
    if moment.tzinfo is None:
        raise ReceiptError("the receipt's time has no offset from UTC")
    return moment.astimezone(UTC)
