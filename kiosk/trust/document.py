"""The signed key document: issuer keys and what each may assert, the policy, and what is revoked.

    {"version": 3, "issued_at": "2026-11-22T08:00:00Z", "keys": [JWK, …],
     "policy": {…}, "revocations": {"bitmaps": {kid: base64}, "hashes": [base64, …]},
     "tracing_key": base64, "signature": base64}

signed as `signed` says. Keys of a kind that this kiosk doesn't know are
passed over; a wrong one condemns the document. `policy` is read by
`kiosk.credentials.policy`; a bitmap is as `kiosk.credentials.revocation` says,
by the kid in hex; a hash has 16 bytes. `tracing_key` is the HPKE key (X25519,
32 bytes) that subjects are sealed to. All three may be absent: then there is
no policy beside the site's, nobody asks for revocations, nothing is sealed.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from kiosk.credentials.bundle import IssuerKey, TrustBundle
from kiosk.credentials.errors import CredentialError
from kiosk.credentials.policy import Policy, parse
from kiosk.credentials.revocation import HASH_BYTES, Revocations
from kiosk.trust import signed, strict_json
from kiosk.trust.errors import TrustError
from kiosk.trust.jwk import UnknownKeyType, issuer_key_from_jwk, jwk_from_issuer_key

MAX_DOCUMENT_BYTES = 262_144
MAX_KEYS = 1000
TRACING_KEY_BYTES = 32


def open_document(raw: bytes, hub_key: Ed25519PublicKey) -> TrustBundle:
    """The keys in a document that `hub_key` has signed. Raises TrustError with a sentence."""
    try:
        document = strict_json.loads(raw, max_characters=MAX_DOCUMENT_BYTES)
    except strict_json.JsonError as error:
        raise TrustError(f"the key document can't be read: {error}") from error
    if not isinstance(document, dict):
        raise TrustError("the key document is not a JSON object")
    body = signed.check(document, hub_key)
    return TrustBundle(
        _version(body),
        _keys(body),
        _issued_at(body),
        policy=_policy(body),
        revocations=_revocations(body),
        tracing_key=_tracing_key(body),
    )


def make_document(
    version: int,
    issued_at: datetime,
    keys: Iterable[IssuerKey],
    hub_key: Ed25519PrivateKey,
    *,
    policy: Mapping[str, object] | None = None,
    revocations: Revocations | None = None,
    tracing_key: bytes | None = None,
) -> dict[str, object]:
    """The document, signed. What is None stands not in it."""
    body: dict[str, object] = {
        "version": version,
        "issued_at": issued_at.astimezone(UTC).isoformat(),
        "keys": [jwk_from_issuer_key(key) for key in keys],
    }
    if policy is not None:
        body["policy"] = policy
    if revocations is not None:
        body["revocations"] = {
            "bitmaps": {kid.hex(): _b64(bits) for kid, bits in sorted(revocations.bitmaps.items())},
            "hashes": sorted(_b64(each) for each in revocations.hashes),
        }
    if tracing_key is not None:
        body["tracing_key"] = _b64(tracing_key)
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


def _policy(body: Mapping[str, object]) -> Policy:
    try:
        return parse(body.get("policy", {}))
    except CredentialError as error:
        raise TrustError(f"the key document's policy: {error}") from error


def _revocations(body: Mapping[str, object]) -> Revocations | None:
    if "revocations" not in body:
        return None
    lists = body["revocations"]
    bitmaps = lists.get("bitmaps", {}) if isinstance(lists, Mapping) else None
    hashes = lists.get("hashes", []) if isinstance(lists, Mapping) else None
    if not isinstance(bitmaps, Mapping) or not isinstance(hashes, list):
        raise TrustError("the key document's revocations are not bitmaps and hashes")
    named = frozenset(_bytes(each, "a hash") for each in hashes)
    if any(len(each) != HASH_BYTES for each in named):
        raise TrustError(f"a hash of the key document's revocations has no {HASH_BYTES} bytes")
    return Revocations({_kid(kid): _bytes(bits, "a bitmap") for kid, bits in bitmaps.items()}, named)


def _tracing_key(body: Mapping[str, object]) -> bytes | None:
    if "tracing_key" not in body:
        return None
    key = _bytes(body["tracing_key"], "the tracing key")
    if len(key) != TRACING_KEY_BYTES:
        raise TrustError(f"the key document's tracing key has no {TRACING_KEY_BYTES} bytes")
    return key


def _kid(text: object) -> bytes:
    try:
        return bytes.fromhex(text if isinstance(text, str) else "?")
    except ValueError as error:
        raise TrustError(f"a kid of the key document's revocations is no hex: {str(text)[:40]!r}") from error


def _bytes(text: object, what: str) -> bytes:
    try:
        return base64.b64decode(text if isinstance(text, str) else "?", validate=True)
    except ValueError as error:
        raise TrustError(f"{what} of the key document is not base64") from error


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


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
