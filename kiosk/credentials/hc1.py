"""HC1, the EU Digital COVID Certificate and the WHO network's: `HC1:`, base45, zlib, COSE, CWT, certificate.

As in the Electronic Health Certificate Specification (eHealth Network,
Guidelines on Technical Specifications, vol. 1, 3 and vol. 3): a COSE_Sign1
with ES256 or PS256, perhaps under the CWT tag 61, whose payload is the claims

    1 iss       country of the issuer, optional here
    4 exp       not valid after this Unix second
    6 iat       not valid before this one
    -260        {1: the certificate}, see `hc1_schema`

The kid is taken from the protected header, from the unprotected one only
where the other has none, and names one key: none is ever tried. The checks
stand in the order in which `open_certificate` makes them:

1. MALFORMED         base45, zlib, CBOR, COSE
2. UNKNOWN_ISSUER
3. BAD_SIGNATURE
4. MALFORMED, SCHEMA the claims; the certificate in them
5. NOT_ASSERTABLE    the key is not listed for HC1
6. KEY_USAGE         the key may not sign this type of certificate
7. NOT_YET_VALID, EXPIRED   key and code, at the kiosk's own clock
8. REVOKED           identifier, country and identifier, or signature are on the list

Whether a certificate that holds is good enough is the policy's matter.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import NamedTuple

from kiosk.credentials import base45, cbor, cose, hc1_schema
from kiosk.credentials.bundle import IssuerKey, TrustBundle
from kiosk.credentials.certificate import Certificate
from kiosk.credentials.claims import CTI_BYTES, MAX_UNIX_S
from kiosk.credentials.credential import Credential, Refusal
from kiosk.credentials.errors import CredentialError
from kiosk.credentials.revocation import Revocations
from kiosk.terms import Instant, Reason

FORMAT = "HC1"
PREFIX = b"HC1:"
EXP, IAT, HEALTH_CERTIFICATE, EU_DCC = 4, 6, -260, 1


class Claims(NamedTuple):
    issued_at: datetime
    expires_at: datetime
    document: object


def open_certificate(body: bytes, bundle: TrustBundle, at: Instant) -> Credential | Refusal:
    """What the text after `HC1:` says, or the first rule above that it breaks."""
    try:
        message = read_message(body)
    except CredentialError as error:
        return Refusal(Reason.MALFORMED, FORMAT, detail=str(error))
    kid = message.kid
    key = bundle.keys.get(kid)
    if key is None:
        return Refusal(Reason.UNKNOWN_ISSUER, FORMAT, kid)
    if not cose.verify(message, key.public_key):
        return Refusal(Reason.BAD_SIGNATURE, FORMAT, kid)
    try:
        claims = read_claims(message.payload)
    except CredentialError as error:
        return Refusal(Reason.MALFORMED, FORMAT, kid, str(error))
    try:
        certificate, masked_name = hc1_schema.read(claims.document)
    except CredentialError as error:
        return Refusal(Reason.SCHEMA, FORMAT, kid, str(error))
    credential = Credential(
        format=FORMAT,
        kid=kid,
        subject=sha256(certificate.identifier.encode()).digest()[:CTI_BYTES],
        colour=None,
        roles=frozenset(),
        area="",
        masked_name=masked_name,
        rotating=False,
        issued_at=claims.issued_at,
        expires_at=claims.expires_at,
        certificate=certificate,
        revocation_names=_revocation_names(certificate, message),
    )
    reason = _judge(credential, certificate, key, at, bundle.revocations)
    return credential if reason is None else Refusal(reason, FORMAT, kid)


def holds(credential: Credential, bundle: TrustBundle, at: Instant) -> Reason | None:
    """Why a certificate that was accepted before holds no more: rules 2 and 5 to 8; None where it does."""
    key = bundle.keys.get(credential.kid)
    if key is None or credential.certificate is None:
        return Reason.UNKNOWN_ISSUER
    return _judge(credential, credential.certificate, key, at, bundle.revocations)


def read_message(body: bytes) -> cose.Sign1:
    """The text after `HC1:` down to the signed message. Raises CredentialError."""
    return cose.decode_hc1(_decompress(base45.decode(body)))


def read_claims(payload: bytes) -> Claims:
    """Raises CredentialError."""
    fields = cbor.decode(payload)
    if type(fields) is not dict:
        raise CredentialError("the claims are not a map")
    container = fields.get(HEALTH_CERTIFICATE)
    if not isinstance(container, dict) or not isinstance(container.get(EU_DCC), dict):
        raise CredentialError(f"the claims hold no certificate under {HEALTH_CERTIFICATE}, {EU_DCC}")
    return Claims(_time(fields, IAT), _time(fields, EXP), container[EU_DCC])


def _decompress(data: bytes) -> bytes:
    """One whole zlib stream (RFC 1950) and nothing after it, of at most what CBOR may have."""
    stream = zlib.decompressobj()
    try:
        out = stream.decompress(data, cbor.MAX_BYTES + 1)
    except zlib.error as error:
        raise CredentialError("zlib: not compressed, or broken") from error
    if len(out) > cbor.MAX_BYTES:
        raise CredentialError(f"zlib: more than {cbor.MAX_BYTES} bytes come out")
    if not stream.eof or stream.unused_data:
        raise CredentialError("zlib: cut short, or with bytes after its end")
    if _has_padding(data, out):
        raise CredentialError("zlib: with bits after its end")
    return out


def _has_padding(data: bytes, out: bytes) -> bool:
    """Whether bits are set that say nothing (RFC 1951, 3.2.3 and 3.2.4): another spelling of the same code.

    They stand after a first block's head where the block is stored as it is, and in the last byte before
    the checksum: its highest bit that is set is such a one if all comes out without it too.
    """
    is_stored, rest = not data[2] & 0b110, data[2] >> 3
    if is_stored and rest:
        return True
    last = data[-5]
    if is_stored:
        return False
    if not last:
        return False
    try:
        without = data[:-5] + bytes([last ^ 1 << last.bit_length() - 1]) + data[-4:]
        return zlib.decompressobj().decompress(without, cbor.MAX_BYTES + 1) == out
    except zlib.error:
        return False


def _time(fields: Mapping[object, object], claim: int) -> datetime:
    value = fields.get(claim)
    if type(value) is not int or not 0 <= value <= MAX_UNIX_S:
        raise CredentialError(f"claim {claim} is no time")
    return datetime.fromtimestamp(value, UTC)


def _judge(
    credential: Credential,
    certificate: Certificate,
    key: IssuerKey,
    at: Instant,
    revocations: Revocations | None,
) -> Reason | None:
    """Rules 5 to 8."""
    if FORMAT not in key.formats:
        return Reason.NOT_ASSERTABLE
    if key.usages and certificate.type.value not in key.usages:
        return Reason.KEY_USAGE
    if at.utc < credential.issued_at or (key.not_before is not None and at.utc < key.not_before):
        return Reason.NOT_YET_VALID
    if at.utc >= credential.expires_at or (key.not_after is not None and at.utc > key.not_after):
        return Reason.EXPIRED
    is_revoked = revocations is not None and revocations.names_any(credential.revocation_names)
    return Reason.REVOKED if is_revoked else None


def _revocation_names(certificate: Certificate, message: cose.Sign1) -> tuple[bytes, ...]:
    """As in the EU's revocation lists: by UVCI, country code with UVCI, or signature (of ECDSA its r)."""
    half = len(message.signature) // 2
    signature = message.signature[:half] if message.algorithm is cose.Algorithm.ES256 else message.signature
    names = certificate.identifier.encode(), (certificate.country + certificate.identifier).encode()
    return (*names, signature)
