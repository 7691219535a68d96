"""COSE_Sign1 (RFC 9052, 4.2) with EdDSA, ES256 (RFC 9053, 2) or PS256 (RFC 8230, 2), strict.

    tag 18 [ protected: bstr .cbor {1: alg, 4: kid}, unprotected: {}, payload: bstr, signature: bstr ]

Algorithm and kid stand in the protected header and nothing stands beside
them, so every byte of the message but the signature is signed. The algorithm
must fit the key that the kid names: the header alone never chooses how a key
is used.

`read_hc1` takes what the HC1 format allows besides: the CWT tag around the
message (RFC 8392, 6), a kid of another length, and algorithm and kid in the
unprotected header where the protected one has none.

A kiosk sees messages of one shape under few protected headers. Those of that
shape are taken apart without building a CBOR item, and what the last headers
say is remembered; what is accepted is the same with it and without.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from kiosk.credentials import cbor
from kiosk.credentials.bundle import PublicKey
from kiosk.credentials.errors import CredentialError

SIGN1_TAG, CWT_TAG = 18, 61
KID_BYTES = 4
SIGNATURE_BYTES = 64
MAX_KID_BYTES = 32
_ALG, _CRIT, _KID = 1, 2, 4
_TAGS, _HC1_TAGS = frozenset({SIGN1_TAG}), frozenset({SIGN1_TAG, CWT_TAG})
TAGGED = bytes([0xC0 | SIGN1_TAG])
"""How a COSE_Sign1 begins."""
_USUAL_BEGIN = TAGGED + b"\x84"  # an array of four
_EMPTY_MAP = 0xA0
_HEADERS = 64  # of at most 4096 bytes each, whoever made them


class Algorithm(IntEnum):
    """IANA COSE Algorithms."""

    ES256 = -7
    EDDSA = -8
    PS256 = -37


_Parts = tuple[bytes, Mapping[object, object], bytes, bytes]
_ALGORITHMS = {algorithm.value: algorithm for algorithm in Algorithm}
_SHA256 = SHA256()
_ES256 = ECDSA(_SHA256)
_PS256 = PSS(MGF1(_SHA256), salt_length=32)


class Sign1(NamedTuple):
    """One message as read, not yet verified."""

    algorithm: Algorithm
    kid: bytes
    protected: bytes
    payload: bytes
    signature: bytes


def protected_header(algorithm: Algorithm, kid: bytes) -> bytes:
    """The encoded protected header."""
    return cbor.encode({_ALG: int(algorithm), _KID: kid})


def sig_structure(protected: bytes, payload: bytes) -> bytes:
    """What is signed (RFC 9052, 4.4): `["Signature1", protected, external_aad, payload]`."""
    return cbor.encode(["Signature1", protected, b"", payload])


def assemble(protected: bytes, payload: bytes, signature: bytes) -> cbor2.CBORTag:
    """The message as a CBOR item, for `cbor.encode`."""
    return cbor2.CBORTag(SIGN1_TAG, [protected, {}, payload, signature])


def decode(data: bytes) -> Sign1:
    """The message that `data` holds and nothing else. Raises CredentialError."""
    parts = _usual_parts(data)
    return read(cbor.decode(data, tags=_TAGS)) if parts is None else _message(parts)


def decode_hc1(data: bytes) -> Sign1:
    """The message of an HC1 code that `data` holds and nothing else. Raises CredentialError."""
    parts = _usual_parts(data)
    return read_hc1(cbor.decode(data, tags=_HC1_TAGS)) if parts is None else _hc1_message(parts)


def read(item: object) -> Sign1:
    """A decoded CBOR item as a COSE_Sign1. Raises CredentialError."""
    return _message(_parts(item))


def read_hc1(item: object) -> Sign1:
    """A decoded CBOR item as the COSE_Sign1 of an HC1 code. Raises CredentialError."""
    return _hc1_message(_parts(item.value if type(item) is cbor2.CBORTag and item.tag == CWT_TAG else item))


def verify(message: Sign1, key: PublicKey) -> bool:
    """Whether `key` made the message's signature."""
    algorithm, _, protected, payload, signature = message
    length = len(signature)
    try:
        if algorithm is Algorithm.ES256:
            if length != SIGNATURE_BYTES or not isinstance(key, EllipticCurvePublicKey):
                return False
            if type(key.curve) is not SECP256R1:
                return False
            key.verify(_der(signature), sig_structure(protected, payload), _ES256)
        elif algorithm is Algorithm.EDDSA:
            if length != SIGNATURE_BYTES or not isinstance(key, Ed25519PublicKey):
                return False
            key.verify(signature, sig_structure(protected, payload))
        else:
            if not isinstance(key, RSAPublicKey) or length != key.key_size // 8:
                return False
            key.verify(signature, sig_structure(protected, payload), _PS256, _SHA256)
    except InvalidSignature:
        return False
    return True


def _usual_parts(data: bytes) -> _Parts | None:
    """The parts of a tagged COSE_Sign1 with an empty unprotected header, strictly encoded, that fills `data`.

    None for all else: another shape, or what is not strict.
    """
    if not data.startswith(_USUAL_BEGIN) or len(data) > cbor.MAX_BYTES:
        return None
    try:
        protected, at = cbor.byte_string_at(data, len(_USUAL_BEGIN))
        if data[at] != _EMPTY_MAP:
            return None
        payload, at = cbor.byte_string_at(data, at + 1)
        signature, at = cbor.byte_string_at(data, at)
    except IndexError:
        return None
    return (protected, {}, payload, signature) if at == len(data) else None


def _parts(item: object) -> _Parts:
    if type(item) is not cbor2.CBORTag or item.tag != SIGN1_TAG:
        raise CredentialError("not a tagged COSE_Sign1")
    value: object = item.value
    if not isinstance(value, list | tuple) or len(value) != 4:  # cbor2 makes what a tag holds immutable
        raise CredentialError("a COSE_Sign1 has four parts")
    protected, unprotected, payload, signature = value
    if not isinstance(unprotected, Mapping):
        raise CredentialError("the unprotected header is a map")
    if not (type(protected) is bytes and type(payload) is bytes and type(signature) is bytes):
        raise CredentialError("protected header, payload and signature are byte strings")
    return protected, unprotected, payload, signature


def _message(parts: _Parts) -> Sign1:
    protected, unprotected, payload, signature = parts
    if unprotected:
        raise CredentialError("the unprotected header must be empty")
    algorithm, kid = _header(protected)
    return Sign1(algorithm, kid, protected, payload, signature)


def _hc1_message(parts: _Parts) -> Sign1:
    protected, unprotected, payload, signature = parts
    algorithm, kid = _hc1_headers(protected, unprotected) if unprotected else _hc1_header(protected)
    return Sign1(algorithm, kid, protected, payload, signature)


@lru_cache(_HEADERS)
def _header(protected: bytes) -> tuple[Algorithm, bytes]:
    """What a protected header of HP1 says. Raises CredentialError."""
    header = cbor.decode(protected)
    if type(header) is not dict or set(header) != {_ALG, _KID}:
        raise CredentialError("the protected header holds algorithm and kid, nothing else")
    if header[_ALG] == Algorithm.PS256:
        raise CredentialError("the algorithm is neither EdDSA nor ES256")
    kid = header[_KID]
    if type(kid) is not bytes or len(kid) != KID_BYTES:
        raise CredentialError(f"a kid has {KID_BYTES} bytes")
    return _algorithm(header[_ALG]), kid


@lru_cache(_HEADERS)
def _hc1_header(protected: bytes) -> tuple[Algorithm, bytes]:
    """What a protected header of HC1 says by itself. Raises CredentialError."""
    return _hc1_headers(protected, {})


def _hc1_headers(protected: bytes, unprotected: Mapping[object, object]) -> tuple[Algorithm, bytes]:
    header = cbor.decode(protected) if protected else {}
    if type(header) is not dict or _CRIT in header or _CRIT in unprotected:
        raise CredentialError("the protected header is no map, or asks for what is not known here")
    kid = header.get(_KID, unprotected.get(_KID))
    if type(kid) is not bytes or not 1 <= len(kid) <= MAX_KID_BYTES:
        raise CredentialError(f"a kid has 1 to {MAX_KID_BYTES} bytes")
    return _algorithm(header.get(_ALG, unprotected.get(_ALG))), kid


def _algorithm(value: object) -> Algorithm:
    if type(value) is not int or value not in _ALGORITHMS:
        raise CredentialError("the algorithm is none of EdDSA, ES256 and PS256")
    return _ALGORITHMS[value]


def _der(signature: bytes) -> bytes:
    """r || s (RFC 9053, 2.1) as the DER that cryptography takes."""
    half = SIGNATURE_BYTES // 2
    return encode_dss_signature(
        int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big")
    )
