"""JSON objects that the hub signs: its receipts.

The signature is Ed25519 over the canonical JSON (RFC 8785) of the object
without its member `signature`, which holds it in base64.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from kiosk.trust.errors import TrustError

SIGNATURE = "signature"


def sign(document: Mapping[str, object], key: Ed25519PrivateKey) -> dict[str, object]:
    """`document` with its signature. Raises TrustError when it has no canonical form."""
    body = {name: value for name, value in document.items() if name != SIGNATURE}
    return {**body, SIGNATURE: base64.b64encode(key.sign(_canonical(body))).decode()}


def check(document: Mapping[str, object], key: Ed25519PublicKey) -> dict[str, object]:
    """The document without its signature, once that has been verified. Raises TrustError."""
    body = {name: value for name, value in document.items() if name != SIGNATURE}
    signature = document.get(SIGNATURE)
    if not isinstance(signature, str):
        raise TrustError("the document carries no signature")
    try:
        key.verify(base64.b64decode(signature, validate=True), _canonical(body))
    except (binascii.Error, ValueError, InvalidSignature) as error:
        raise TrustError("the document is not signed by the hub's key") from error
    return body


def _canonical(body: dict[str, object]) -> bytes:
    try:
        return rfc8785.dumps(body)  # type: ignore[arg-type]  # what is not JSON is refused as such
    except (rfc8785.CanonicalizationError, RecursionError) as error:
        raise TrustError("the document has no canonical JSON form") from error
