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
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from kiosk.credentials.bundle import IssuerKey, TrustBundle
from kiosk.credentials.cose import KID_BYTES
from kiosk.credentials.errors import CredentialError
from kiosk.credentials.policy import Policy, parse
from kiosk.terms import Instant
from kiosk.trust.certificates import keys_from_certificates
from kiosk.trust.content import MAX_KEYS
from kiosk.trust.errors import TrustError
from kiosk.trust.jwk import HC1_KID_BYTES, keys_from_jwks, to_base64url
from kiosk.trust.strict_json import JsonError, loads

MAX_LINE_BYTES = 1_048_576
_HEX_KID = re.compile(rf"[0-9A-Fa-f]{{{2 * KID_BYTES}}}|[0-9A-Fa-f]{{{2 * HC1_KID_BYTES}}}")


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


def read_line(line: bytes) -> Mapping[str, object]:
    """The object in a line. Raises InputError."""
    if len(line) > MAX_LINE_BYTES:
        raise InputError("input.too_long", f"the line has more than {MAX_LINE_BYTES} bytes")
    try:
        fields = loads(line, max_characters=MAX_LINE_BYTES)
    except JsonError as error:
        raise InputError("input.json", str(error)) from error
    if not isinstance(fields, Mapping):
        raise InputError("input.json", "the line is not a JSON object")
    return fields


def read_question(fields: Mapping[str, object]) -> Question:
    """The question in a line's object. Raises InputError."""
    payload = fields.get("payload")
    if not isinstance(payload, str):
        raise InputError("input.payload", "payload is missing or not a text")
    bundle = _bundle(fields.get("keys"))
    if "policy" in fields:
        bundle = replace(bundle, policy=_policy(fields["policy"]))
    return Question(
        payload.encode(errors="replace"), read_instant(fields.get("at")), bundle, "policy" in fields
    )


def read_instant(value: object) -> Instant:
    """A time of day with its zone, as the moment of the check. Raises InputError."""
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
        keys = _from_jwks(listed) if isinstance(value, Mapping) else keys_from_certificates(map(_der, listed))
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


def _der(text: object) -> bytes:
    try:
        return base64.b64decode(text if isinstance(text, str) else "?", validate=True)
    except ValueError as error:
        raise InputError("input.keys", "a certificate is not base64") from error
