"""The claims set of an HP1 pass: read strictly, written by the issuer. The numbers stand in `hp1`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from kiosk.credentials import cbor
from kiosk.credentials.credential import Colour
from kiosk.credentials.errors import CredentialError
from kiosk.credentials.rotation import MAX_COUNT, VALUE_BYTES, Rotation
from kiosk.credentials.shapes import byte_string, whole

AUD, EXP, IAT, CTI = 3, 4, 6, 7
COLOUR, ROLES, ROTATION, MASKED_NAME, REVOCATION_INDEX = -65537, -65538, -65539, -65540, -65541

CTI_BYTES = 8
MAX_ROLES = 8
MAX_ROLE = 255
MAX_NAME_CHARACTERS = 24
MAX_UNIX_S = 2**33
"""The year 2242: far enough, and inside what datetime takes."""
_KEYS = frozenset({int})
_COLOURS = {colour.value: colour for colour in Colour}
AREA_PATTERN = re.compile(r"[0-9]{2,6}(/[a-z0-9-]{1,32})?", re.ASCII)


class Claims(NamedTuple):
    """One claims set. Both times are aware, UTC, whole seconds."""

    area: str
    issued_at: datetime
    expires_at: datetime
    cti: bytes
    colour: Colour
    roles: frozenset[int] = frozenset()
    masked_name: str | None = None
    rotation: Rotation | None = None
    revocation_index: int | None = None


def write_claims(claims: Claims) -> bytes:
    """The claims as the CBOR that `read_claims` reads, and read back. Raises CredentialError."""
    fields: dict[int, object] = {
        AUD: claims.area,
        EXP: int(claims.expires_at.timestamp()),
        IAT: int(claims.issued_at.timestamp()),
        CTI: claims.cti,
        COLOUR: int(claims.colour),
    }
    if claims.roles:
        fields[ROLES] = sorted(claims.roles)
    if claims.rotation is not None:
        fields[ROTATION] = [claims.rotation.anchor, claims.rotation.first_slot, claims.rotation.count]
    if claims.masked_name is not None:
        fields[MASKED_NAME] = claims.masked_name
    if claims.revocation_index is not None:
        fields[REVOCATION_INDEX] = claims.revocation_index
    encoded = cbor.encode(fields)
    read_claims(encoded)
    return encoded


def read_claims(payload: bytes) -> Claims:
    """The claims in a signed payload. Raises CredentialError."""
    fields = cbor.decode(payload)
    if type(fields) is not dict or not _KEYS.issuperset(map(type, fields)):
        raise CredentialError("the claims are not a map with integer keys")
    issued_at, expires_at = _time(fields, IAT), _time(fields, EXP)
    if expires_at <= issued_at:
        raise CredentialError("a pass that ends before it begins")
    return Claims(
        _area(fields.get(AUD)),
        issued_at,
        expires_at,
        byte_string(fields.get(CTI), CTI_BYTES),
        _COLOURS[whole(fields.get(COLOUR), min(_COLOURS), max(_COLOURS))],
        _roles(fields[ROLES]) if ROLES in fields else frozenset(),
        _name(fields[MASKED_NAME]) if MASKED_NAME in fields else None,
        _rotation(fields[ROTATION]) if ROTATION in fields else None,
        whole(fields[REVOCATION_INDEX], 0, 2**31) if REVOCATION_INDEX in fields else None,
    )


def _time(fields: Mapping[int, object], claim: int) -> datetime:
    return datetime.fromtimestamp(whole(fields.get(claim), 0, MAX_UNIX_S), UTC)


def _area(value: object) -> str:
    if type(value) is not str or AREA_PATTERN.fullmatch(value) is None:
        raise CredentialError("not an area such as 330100 or 330100/plant-7")
    return value


def _roles(value: object) -> frozenset[int]:
    if type(value) is not list or len(value) > MAX_ROLES:
        raise CredentialError(f"roles are an array of at most {MAX_ROLES}")
    return frozenset([whole(role, 0, MAX_ROLE) for role in value])


def _name(value: object) -> str:
    """Printable only: no control or direction characters ever reach the screen."""
    if type(value) is not str or not 1 <= len(value) <= MAX_NAME_CHARACTERS or not value.isprintable():
        raise CredentialError(f"a masked name is 1 to {MAX_NAME_CHARACTERS} printable characters")
    return value


def _rotation(value: object) -> Rotation:
    if type(value) is not list or len(value) != 3:
        raise CredentialError("a rotation is [anchor, first slot, count]")
    anchor, first_slot, count = value
    return Rotation(byte_string(anchor, VALUE_BYTES), whole(first_slot, 0, 2**32), whole(count, 1, MAX_COUNT))
