"""The signed key document: which issuer keys are in force, and what each may assert.

    {"version": 3, "issued_at": "2026-11-22T08:00:00Z", "keys": [JWK, …], "signature": base64}

signed as `signed` says. Keys of a kind that this kiosk doesn't know are
passed over; a wrong one condemns the document.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from kiosk.credentials.bundle import IssuerKey, TrustBundle
from kiosk.trust import signed, strict_json
from kiosk.trust.errors import TrustError
from kiosk.trust.jwk import UnknownKeyType, issuer_key_from_jwk, jwk_from_issuer_key

MAX_DOCUMENT_BYTES = 262_144
MAX_KEYS = 1000


def open_document(raw: bytes, hub_key: Ed25519PublicKey) -> TrustBundle:
    """The keys in a document that `hub_key` has signed. Raises TrustError with a sentence."""
    try:
        document = strict_json.loads(raw, max_characters=MAX_DOCUMENT_BYTES)
    except strict_json.JsonError as error:
        raise TrustError(f"the key document can't be read: {error}") from error
    if not isinstance(document, dict):
        raise TrustError("the key document is not a JSON object")
    body = signed.check(document, hub_key)
    return TrustBundle(_version(body), _keys(body), _issued_at(body))


def make_document(
    version: int, issued_at: datetime, keys: Iterable[IssuerKey], hub_key: Ed25519PrivateKey
) -> dict[str, object]:
    """The document for these keys, signed."""
    body = {
        "version": version,
        "issued_at": issued_at.astimezone(UTC).isoformat(),
        "keys": [jwk_from_issuer_key(key) for key in keys],
    }
    return signed.sign(body, hub_key)


def keys_from_jwks(jwks: Iterable[object]) -> dict[bytes, IssuerKey]:
    """Keys by kid. Raises TrustError for one that is wrong and for a kid that stands twice."""
    keys: dict[bytes, IssuerKey] = {}
    for jwk in jwks:
        if not isinstance(jwk, Mapping):
            raise TrustError("a key is not a JSON object")
        try:
            key = issuer_key_from_jwk(jwk)
        except UnknownKeyType:
            continue
        if key.kid in keys:
            raise TrustError(f"the kid {key.kid.hex()} stands twice")
        keys[key.kid] = key
    return keys


def _version(body: Mapping[str, object]) -> int:
    version = body.get("version")
    if type(version) is not int or version < 1:
        raise TrustError(f"the key document's version is not a positive integer: {version!r}")
    return version


def _keys(body: Mapping[str, object]) -> dict[bytes, IssuerKey]:
    jwks = body.get("keys")
    if not isinstance(jwks, list) or len(jwks) > MAX_KEYS:
        raise TrustError(f"the key document has no list of at most {MAX_KEYS} keys")
    return keys_from_jwks(jwks)


def _issued_at(body: Mapping[str, object]) -> datetime:
    value = body.get("issued_at")
    try:
        issued_at = datetime.fromisoformat(value if isinstance(value, str) else "")
    except ValueError as error:
        raise TrustError(f"the key document's issued_at is not a time: {value!r}") from error
    if issued_at.tzinfo is None:
        raise TrustError("the key document's issued_at has no time zone")
    return issued_at.astimezone(UTC)
