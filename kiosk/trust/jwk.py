"""Issuer keys as JSON Web Keys (RFC 7517; Ed25519 after RFC 8037, P-256 and RSA after RFC 7518, 6.2 and 6.3).

Beside the standard members: `kid`, base64url of 4 bytes (HP1) or 8 (HC1), and
what the key may assert: `formats`, `areas`, `roles` and `usages` (absent or
empty: any; formats: HP1), between `not_before` and `not_after` (RFC 3339).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePublicKey,
    EllipticCurvePublicNumbers,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers

from kiosk.credentials.bundle import IssuerKey, PublicKey
from kiosk.credentials.cose import KID_BYTES
from kiosk.trust.errors import TrustError

HC1_KID_BYTES = 8
DEFAULT_FORMATS = ["HP1"]
MAX_LIST = 1000
RSA_BITS = (2048, 4096)
RSA_EXPONENT = 65537
_COORDINATE_BYTES = 32


class UnknownKeyType(TrustError):
    """A key of a kind that this kiosk can't use; RFC 7517, 5 asks to pass over it."""


def issuer_key_from_jwk(jwk: Mapping[str, object]) -> IssuerKey:
    """The issuer key that a JWK holds. Raises TrustError, UnknownKeyType."""
    return IssuerKey(
        kid=read_kid(jwk.get("kid")),
        public_key=_public_key(jwk),
        formats=frozenset(_texts(jwk, "formats", DEFAULT_FORMATS)),
        areas=frozenset(_texts(jwk, "areas", [])),
        roles=frozenset(_numbers(jwk, "roles")),
        usages=frozenset(_texts(jwk, "usages", [])),
        not_before=_moment(jwk, "not_before"),
        not_after=_moment(jwk, "not_after"),
    )


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


def jwk_from_issuer_key(key: IssuerKey) -> dict[str, object]:
    """The inverse of `issuer_key_from_jwk`."""
    bounds = {"not_before": key.not_before, "not_after": key.not_after}
    return {
        **_public_members(key.public_key),
        "kid": to_base64url(key.kid),
        "formats": sorted(key.formats),
        "areas": sorted(key.areas),
        "roles": sorted(key.roles),
        "usages": sorted(key.usages),
        **{name: moment.isoformat() for name, moment in bounds.items() if moment is not None},
    }


def read_kid(value: object) -> bytes:
    """A kid of 4 or 8 bytes from base64url (6 or 11 characters). Raises TrustError."""
    kid = from_base64url(value)
    if len(kid) not in (KID_BYTES, HC1_KID_BYTES):
        raise TrustError(f"a kid is base64url of {KID_BYTES} or {HC1_KID_BYTES} bytes, and not {value!r}")
    return kid


def from_base64url(value: object) -> bytes:
    """Unpadded base64url (RFC 7515, 2), one spelling only. Raises TrustError."""
    if isinstance(value, str):
        try:
            data = base64.b64decode(value + "=" * (-len(value) % 4), b"-_", validate=True)
        except (binascii.Error, ValueError):
            pass
        else:
            if to_base64url(data) == value:
                return data
    raise TrustError(f"not base64url: {str(value)[:80]!r}")


def to_base64url(data: bytes) -> str:
    """Unpadded base64url."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _public_key(jwk: Mapping[str, object]) -> PublicKey:
    kind = (jwk.get("kty"), jwk.get("crv"))
    try:
        if kind == ("OKP", "Ed25519"):
            return Ed25519PublicKey.from_public_bytes(from_base64url(jwk.get("x")))
        if kind == ("EC", "P-256"):
            x, y = _coordinate(jwk, "x"), _coordinate(jwk, "y")
            return EllipticCurvePublicNumbers(x, y, SECP256R1()).public_key()
    except TrustError:
        raise
    except ValueError as error:
        raise TrustError(f"the {kind[1]} key {jwk.get('kid')!r} is not a point of its curve") from error
    if kind[0] == "RSA":
        return _rsa(jwk)
    raise UnknownKeyType(f"a key of kind {kind!r}; this kiosk knows Ed25519, P-256 and RSA")


def _rsa(jwk: Mapping[str, object]) -> RSAPublicKey:
    n, e = (int.from_bytes(from_base64url(jwk.get(name)), "big") for name in ("n", "e"))
    if not RSA_BITS[0] <= n.bit_length() <= RSA_BITS[1] or e != RSA_EXPONENT:
        raise TrustError(f"the RSA key {jwk.get('kid')!r} has no {RSA_BITS[0]} to {RSA_BITS[1]} bits")
    try:
        return RSAPublicNumbers(e, n).public_key()
    except ValueError as error:
        raise TrustError(f"the RSA key {jwk.get('kid')!r} is none: {error}") from error


def _public_members(key: PublicKey) -> dict[str, object]:
    if isinstance(key, EllipticCurvePublicKey):
        numbers = key.public_numbers()
        x, y = (to_base64url(n.to_bytes(_COORDINATE_BYTES, "big")) for n in (numbers.x, numbers.y))
        return {"kty": "EC", "crv": "P-256", "x": x, "y": y}
    if isinstance(key, RSAPublicKey):
        rsa = key.public_numbers()
        n, e = (
            to_base64url(number.to_bytes((number.bit_length() + 7) // 8, "big")) for number in (rsa.n, rsa.e)
        )
        return {"kty": "RSA", "n": n, "e": e}
    return {"kty": "OKP", "crv": "Ed25519", "x": to_base64url(key.public_bytes_raw())}


def _coordinate(jwk: Mapping[str, object], name: str) -> int:
    data = from_base64url(jwk.get(name))
    if len(data) != _COORDINATE_BYTES:
        raise TrustError(f"the coordinate {name!r} has {len(data)} bytes; P-256 has {_COORDINATE_BYTES}")
    return int.from_bytes(data, "big")


def _texts(jwk: Mapping[str, object], name: str, default: list[str]) -> list[str]:
    value = jwk.get(name, default)
    if not isinstance(value, list) or len(value) > MAX_LIST or not all(isinstance(v, str) for v in value):
        raise TrustError(f"{name!r} of a key is not a list of texts")
    return value


def _moment(jwk: Mapping[str, object], name: str) -> datetime | None:
    value = jwk.get(name)
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value if isinstance(value, str) else "")
    except ValueError as error:
        raise TrustError(f"{name!r} of a key is no time: {str(value)[:40]!r}") from error
    if moment.tzinfo is None:
        raise TrustError(f"{name!r} of a key has no time zone")
    return moment.astimezone(UTC)


def _numbers(jwk: Mapping[str, object], name: str) -> list[int]:
    value = jwk.get(name, [])
    if not isinstance(value, list) or len(value) > MAX_LIST or not all(type(v) is int for v in value):
        raise TrustError(f"{name!r} of a key is not a list of integers")
    return value
