"""COSE_Sign1 (RFC 9052, 4.2) with EdDSA or ES256 (RFC 9053, 2), strict.

    tag 18 [ protected: bstr .cbor {1: alg, 4: kid}, unprotected: {}, payload: bstr, signature: bstr ]

Algorithm and kid stand in the protected header and nothing stands beside
them, so every byte of the message but the signature is signed. The algorithm
must fit the key that the kid names: the header alone never chooses how a key
is used.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from kiosk.credentials import cbor
from kiosk.credentials.bundle import PublicKey
from kiosk.credentials.errors import CredentialError

SIGN1_TAG = 18
KID_BYTES = 4
SIGNATURE_BYTES = 64
_ALG, _KID = 1, 4


class Algorithm(IntEnum):
    """IANA COSE Algorithms."""

    ES256 = -7
    EDDSA = -8


@dataclass(frozen=True, slots=True)
class Sign1:
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


def read(item: object) -> Sign1:
    """A decoded CBOR item as a COSE_Sign1. Raises CredentialError."""
    if type(item) is not cbor2.CBORTag or item.tag != SIGN1_TAG:
        raise CredentialError("not a tagged COSE_Sign1")
    value: object = item.value
    if not isinstance(value, list | tuple) or len(value) != 4:  # cbor2 makes what a tag holds immutable
        raise CredentialError("a COSE_Sign1 has four parts")
    protected, unprotected, payload, signature = value
    if not isinstance(unprotected, Mapping) or unprotected:
        raise CredentialError("the unprotected header must be empty")
    if not (type(protected) is bytes and type(payload) is bytes and type(signature) is bytes):
        raise CredentialError("protected header, payload and signature are byte strings")
    algorithm, kid = _read_header(protected)
    return Sign1(algorithm, kid, protected, payload, signature)


def verify(message: Sign1, key: PublicKey) -> bool:
    """Whether `key` made the message's signature."""
    if len(message.signature) != SIGNATURE_BYTES:
        return False
    signed = sig_structure(message.protected, message.payload)
    try:
        if message.algorithm is Algorithm.EDDSA and isinstance(key, Ed25519PublicKey):
            key.verify(message.signature, signed)
            return True
        if message.algorithm is Algorithm.ES256 and isinstance(key, EllipticCurvePublicKey):
            if not isinstance(key.curve, SECP256R1):
                return False
            key.verify(_der(message.signature), signed, ECDSA(SHA256()))
            return True
    except InvalidSignature:
        return False
    return False


def _read_header(protected: bytes) -> tuple[Algorithm, bytes]:
    header = cbor.decode(protected)
    if type(header) is not dict or set(header) != {_ALG, _KID}:
        raise CredentialError("the protected header holds algorithm and kid, nothing else")
    algorithm, kid = header[_ALG], header[_KID]
    if type(algorithm) is not int or algorithm not in {a.value for a in Algorithm}:
        raise CredentialError("the algorithm is neither EdDSA nor ES256")
    if type(kid) is not bytes or len(kid) != KID_BYTES:
        raise CredentialError(f"a kid has {KID_BYTES} bytes")
    return Algorithm(algorithm), kid


def _der(signature: bytes) -> bytes:
    """r || s (RFC 9053, 2.1) as the DER that cryptography takes."""
    half = SIGNATURE_BYTES // 2
    return encode_dss_signature(
        int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big")
    )
