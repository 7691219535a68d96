"""One line of `kiosk verify`, read: `{"payload", "at", "keys"}`.

`keys` is a JWK set, `{"keys": [...]}`, or a list of X.509 certificates in
base64 DER. A JWK's `kid` is 4 bytes in base64url (6 characters) or in hex (8
characters). A certificate's kid is the start of SHA-256 over its DER: 4 bytes
for HP1. Keys of a kind that no format here uses are passed over, so a set may
hold others beside.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kiosk.credentials.bundle import IssuerKey, TrustBundle
from kiosk.credentials.cose import KID_BYTES
from kiosk.terms import Instant
from kiosk.trust.document import MAX_KEYS, keys_from_jwks
from kiosk.trust.errors import TrustError
from kiosk.trust.jwk import to_base64url
from kiosk.trust.strict_json import JsonError, loads

MAX_LINE_BYTES = 1_048_576
_HEX_KID = re.compile(rf"[0-9A-Fa-f]{{{2 * KID_BYTES}}}")


class InputError(ValueError):
    """A line that can't be judged; `reason` is its code, the text says why."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Question:
    """What to judge, with which keys, at which moment."""

    payload: bytes
    at: Instant
    bundle: TrustBundle


def read_line(line: bytes) -> Question:
    """The question in a line. Raises InputError."""
    if len(line) > MAX_LINE_BYTES:
        raise InputError("input.too_long", f"the line has more than {MAX_LINE_BYTES} bytes")
    try:
        fields = loads(line, max_characters=MAX_LINE_BYTES)
    except JsonError as error:
        raise InputError("input.json", str(error)) from error
    if not isinstance(fields, Mapping):
        raise InputError("input.json", "the line is not a JSON object")
    payload = fields.get("payload")
    if not isinstance(payload, str):
        raise InputError("input.payload", "payload is missing or not a text")
    return Question(payload.encode(), _instant(fields.get("at")), _bundle(fields.get("keys")))


def certificate_kid(der: bytes, length: int = KID_BYTES) -> bytes:
    """The kid of a certificate: the first `length` bytes of SHA-256 over its DER."""
    return sha256(der).digest()[:length]


def _instant(value: object) -> Instant:
    try:
        utc = datetime.fromisoformat(value if isinstance(value, str) else "")
        if utc.tzinfo is None:
            raise InputError("input.at", "at has no time zone; end it in Z")
        return Instant(0.0, utc.astimezone(UTC), True)
    except (ValueError, OverflowError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError("input.at", "at is not a time such as 2026-11-22T08:00:00Z") from error


def _bundle(value: object) -> TrustBundle:
    listed = value.get("keys") if isinstance(value, Mapping) else value
    if not isinstance(listed, list) or len(listed) > MAX_KEYS:
        raise InputError("input.keys", f"keys is a JWK set or a list of certificates, at most {MAX_KEYS}")
    try:
        keys = _from_jwks(listed) if isinstance(value, Mapping) else _from_certificates(listed)
    except TrustError as error:
        raise InputError("input.keys", str(error)) from error
    return TrustBundle(version=1, keys=keys)


def _from_jwks(jwks: list[object]) -> dict[bytes, IssuerKey]:
    return keys_from_jwks(_hex_kid_as_base64url(jwk) for jwk in jwks)


def _hex_kid_as_base64url(jwk: object) -> object:
    if isinstance(jwk, Mapping):
        kid = jwk.get("kid")
        if isinstance(kid, str) and _HEX_KID.fullmatch(kid):
            return {**jwk, "kid": to_base64url(bytes.fromhex(kid))}
    return jwk


def _from_certificates(certificates: list[object]) -> dict[bytes, IssuerKey]:
    keys = {}
    for text in certificates:
        der = _der(text)
        key = _certificate_key(der)
        if isinstance(key, Ed25519PublicKey | EllipticCurvePublicKey):
            kid = certificate_kid(der)
            keys[kid] = IssuerKey(kid, key)
    return keys


def _der(text: object) -> bytes:
    try:
        return base64.b64decode(text if isinstance(text, str) else "?", validate=True)
    except ValueError as error:
        raise InputError("input.keys", "a certificate is not base64") from error


def _certificate_key(der: bytes) -> object:
    try:
        return x509.load_der_x509_certificate(der).public_key()
    except UnsupportedAlgorithm:
        return None
    except ValueError as error:
        raise InputError("input.keys", "a certificate is not X.509 in DER") from error
