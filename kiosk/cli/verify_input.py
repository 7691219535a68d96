"""One line of `kiosk verify`, read: `{"payload", "at", "keys"}`, perhaps with a `"policy"`.

`keys` is a JWK set, `{"keys": [...]}`, or a list of X.509 certificates in
base64 DER. A JWK's `kid` is 4 or 8 bytes in base64url (6 or 11 characters) or
in hex (8 or 16). A certificate's kid is the start of SHA-256 over its DER: 4
bytes for HP1, 8 for HC1; its extended key usage limits what it may sign. Keys
of a kind that no format here uses are passed over, so a set may hold others
beside.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from kiosk.credentials.bundle import IssuerKey, TrustBundle
from kiosk.credentials.certificate import CertificateType
from kiosk.credentials.cose import KID_BYTES
from kiosk.credentials.errors import CredentialError
from kiosk.credentials.hc1 import FORMAT as HC1
from kiosk.credentials.policy import Policy, parse
from kiosk.terms import Instant
from kiosk.trust.document import MAX_KEYS, keys_from_jwks
from kiosk.trust.errors import TrustError
from kiosk.trust.jwk import HC1_KID_BYTES, to_base64url
from kiosk.trust.strict_json import JsonError, loads

MAX_LINE_BYTES = 1_048_576
_HC1 = frozenset({HC1})
_HEX_KID = re.compile(rf"[0-9A-Fa-f]{{{2 * KID_BYTES}}}|[0-9A-Fa-f]{{{2 * HC1_KID_BYTES}}}")

# The usages of an HC1 signer (eHealth Network, Guidelines vol. 4, 5), in the arc of today and the first one.
_USAGES = {
    f"{arc}.2021.1.{number}": usage
    for arc in ("1.3.6.1.4.1.1847", "1.3.6.1.4.1.0.1847")
    for number, usage in enumerate(
        (CertificateType.TEST, CertificateType.VACCINATION, CertificateType.RECOVERY), 1
    )
}
_EMPTY_USAGE = bytes.fromhex("0603551d25 0402 3000")
"""An extended key usage without a purpose, which X.509 forbids and some have written: it limits nothing."""


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
    with_policy: bool


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
    bundle = _bundle(fields.get("keys"))
    if "policy" in fields:
        bundle = replace(bundle, policy=_policy(fields["policy"]))
    return Question(payload.encode(errors="replace"), _instant(fields.get("at")), bundle, "policy" in fields)


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


def _policy(value: object) -> Policy:
    try:
        return parse(value)
    except CredentialError as error:
        raise InputError("input.policy", str(error)) from error


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
        for key in _certificate_keys(_der(text)):
            keys[key.kid] = key
    return keys


def _der(text: object) -> bytes:
    try:
        return base64.b64decode(text if isinstance(text, str) else "?", validate=True)
    except ValueError as error:
        raise InputError("input.keys", "a certificate is not base64") from error


def _certificate_keys(der: bytes) -> Iterator[IssuerKey]:
    """The certificate's key under its kid for each format."""
    try:
        certificate = x509.load_der_x509_certificate(der)
        key = certificate.public_key()
        usages = _usages(certificate, der)
        bounds = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    except UnsupportedAlgorithm:
        return
    except ValueError as error:
        raise InputError("input.keys", "a certificate is not X.509 in DER") from error
    if isinstance(key, Ed25519PublicKey | EllipticCurvePublicKey):
        yield IssuerKey(certificate_kid(der), key)
    if isinstance(key, EllipticCurvePublicKey | RSAPublicKey):
        yield IssuerKey(
            certificate_kid(der, HC1_KID_BYTES), key, _HC1, frozenset(), frozenset(), usages, *bounds
        )


def _usages(certificate: x509.Certificate, der: bytes) -> frozenset[str]:
    """The types that it may sign; none named: any. Raises ValueError where that can't be read."""
    if _EMPTY_USAGE in der:
        return frozenset()
    try:
        purposes = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return frozenset()
    return frozenset(
        _USAGES[purpose.dotted_string].value for purpose in purposes if purpose.dotted_string in _USAGES
    )
