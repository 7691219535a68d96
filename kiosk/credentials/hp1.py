"""HP1, the native pass: `HP1:` and the base45 of CBOR.

A static pass is a COSE_Sign1 (see `cose`); a rotating one is the array
`[COSE_Sign1, slot, reveal]` (see `rotation`). The signed payload is a CWT
claims set (RFC 8392):

    3 aud       the area, `330100` or `330100/plant-7`
    4 exp       not valid at or after this Unix second
    6 iat       not valid before this Unix second
    7 cti       8 bytes, the holder's pseudonym
    -65537      colour: 1 green, 2 yellow, 3 red
    -65538      roles: an array of small integers, optional
    -65539      rotation: [anchor (16 bytes), first slot, count], only if rotating
    -65540      masked name, optional
    -65541      index in the revocation list, optional

Other claims with integer keys are ignored (RFC 8392, 3). The checks stand in
the order in which `open_pass` makes them, and the first that fails is the
reason:

1. MALFORMED         base45, CBOR, COSE shape, shape of slot and reveal
2. UNKNOWN_ISSUER    the kid is not in the bundle
3. BAD_SIGNATURE
4. MALFORMED         the claims, which nobody reads before the signature holds
5. NOT_ASSERTABLE    the issuer's key may not assert this format, area or role
6. NOT_YET_VALID, EXPIRED
7. ROTATION_INVALID  the chain does not lead to the signed anchor, or there is none
8. ROTATION_STALE    a right reveal, more than two slots from the moment
9. REVOKED, STATUS_UNKNOWN   by the issuer's bitmap, where lists are asked at all

Who checks the same holder's passes over and over gives `reveals`, which keeps
the last proven value of each chain: a day's chain is then not hashed anew.
"""

from __future__ import annotations

from typing import NamedTuple

from kiosk.credentials import base45, cbor, cose
from kiosk.credentials.bundle import IssuerKey, TrustBundle
from kiosk.credentials.claims import Claims, read_claims
from kiosk.credentials.credential import Credential, Refusal
from kiosk.credentials.errors import CredentialError
from kiosk.credentials.revocation import Revocations, Status
from kiosk.credentials.rotation import VALUE_BYTES, Known, Reveals, Rotation
from kiosk.terms import Instant, Reason

FORMAT = "HP1"
PREFIX = b"HP1:"

_STATUS_REASON = {
    Status.VALID: None,
    Status.REVOKED: Reason.REVOKED,
    Status.UNKNOWN: Reason.STATUS_UNKNOWN,
}
_TAGS = frozenset({cose.SIGN1_TAG})


class Envelope(NamedTuple):
    """A code taken apart, nothing of it verified. `slot` and `reveal` are both None when static."""

    message: cose.Sign1
    slot: int | None
    reveal: bytes | None


def open_pass(
    body: bytes, bundle: TrustBundle, at: Instant, reveals: Reveals | None = None
) -> Credential | Refusal:
    """What the text after `HP1:` says, or the first rule above that it breaks."""
    try:
        envelope = read_envelope(body)
    except CredentialError as error:
        return Refusal(Reason.MALFORMED, FORMAT, detail=str(error))
    kid = envelope.message.kid
    key = bundle.keys.get(kid)
    if key is None:
        return Refusal(Reason.UNKNOWN_ISSUER, FORMAT, kid)
    if not cose.verify(envelope.message, key.public_key):
        return Refusal(Reason.BAD_SIGNATURE, FORMAT, kid)
    try:
        claims = read_claims(envelope.message.payload)
    except CredentialError as error:
        return Refusal(Reason.MALFORMED, FORMAT, kid, str(error))
    reason = _judge(claims, envelope, key, at, reveals) or _status(
        claims.revocation_index, kid, bundle.revocations
    )
    return _credential(claims, envelope) if reason is None else Refusal(reason, FORMAT, kid)


def holds(credential: Credential, bundle: TrustBundle, at: Instant) -> Reason | None:
    """Why a pass that was accepted before holds no more: rules 2, 5, 6 and 9; None where it does."""
    key = bundle.keys.get(credential.kid)
    if key is None:
        return Reason.UNKNOWN_ISSUER
    return _judge_claims(credential, key, at) or _status(
        credential.revocation_index, credential.kid, bundle.revocations
    )


def read_envelope(body: bytes) -> Envelope:
    """The text after `HP1:` taken apart. Raises CredentialError."""
    data = base45.decode(body)
    if data.startswith(cose.TAGGED):
        return Envelope(cose.decode(data), None, None)
    item = cbor.decode(data, tags=_TAGS)
    if type(item) is not list or len(item) != 3:
        raise CredentialError("neither a COSE_Sign1 nor the three parts of a rotating pass")
    message, slot, reveal = item
    if type(slot) is not int or type(reveal) is not bytes or len(reveal) != VALUE_BYTES:
        raise CredentialError("a slot is an integer and its reveal 16 bytes")
    return Envelope(cose.read(message), slot, reveal)


def may_assert(key: IssuerKey, area: str, roles: frozenset[int]) -> bool:
    """Whether the key may sign HP1 passes for this area and these roles.

    A key for `330100` may assert `330100` and every `330100/…` in it.
    """
    in_area = not key.areas or any(area == mine or area.startswith(f"{mine}/") for mine in key.areas)
    return FORMAT in key.formats and in_area and (not key.roles or roles <= key.roles)


def _judge(
    claims: Claims, envelope: Envelope, key: IssuerKey, at: Instant, reveals: Reveals | None
) -> Reason | None:
    """Rules 5 to 8."""
    return _judge_claims(claims, key, at) or _judge_rotation(claims, envelope, at, reveals)


def _judge_claims(claims: Claims | Credential, key: IssuerKey, at: Instant) -> Reason | None:
    """Rules 5 and 6."""
    if not may_assert(key, claims.area, claims.roles):
        return Reason.NOT_ASSERTABLE
    if at.utc < claims.issued_at:
        return Reason.NOT_YET_VALID
    return Reason.EXPIRED if at.utc >= claims.expires_at else None


def _judge_rotation(
    claims: Claims, envelope: Envelope, at: Instant, reveals: Reveals | None
) -> Reason | None:
    rotation, slot, reveal = claims.rotation, envelope.slot, envelope.reveal
    if rotation is None and slot is None:
        return None
    if rotation is None or slot is None or reveal is None:
        return Reason.ROTATION_INVALID
    known = None if reveals is None else reveals.of(claims.cti)
    if not rotation.proves(claims.cti, slot, reveal, known):
        return Reason.ROTATION_INVALID
    if reveals is not None:
        reveals.keep(Known((claims.cti, rotation), slot, reveal))
    return None if rotation.is_current(slot, at.utc) else Reason.ROTATION_STALE


def _status(index: int | None, kid: bytes, revocations: Revocations | None) -> Reason | None:
    """Rule 9."""
    if revocations is None or index is None:
        return None
    return _STATUS_REASON[revocations.status(kid, index)]


def _credential(claims: Claims, envelope: Envelope) -> Credential:
    return Credential(
        format=FORMAT,
        kid=envelope.message.kid,
        subject=claims.cti,
        colour=claims.colour,
        roles=claims.roles,
        area=claims.area,
        masked_name=claims.masked_name,
        rotating=claims.rotation is not None,
        issued_at=claims.issued_at,
        expires_at=claims.expires_at,
        slot=_unix_slot(claims.rotation, envelope.slot),
        revocation_index=claims.revocation_index,
    )


def _unix_slot(rotation: Rotation | None, slot: int | None) -> int | None:
    """A slot in units of 30 s of Unix time: what holds across the passes of one holder."""
    return None if rotation is None or slot is None else rotation.first_slot + slot - 1
